# Facts and settings that the tests start from. Test files are left out of the bundle.
package portcullis_test.facts

tool := {
	"subject": {"id": "ada", "tenant": "acme", "groups": ["engineering"], "method": "key"},
	"agent": {
		"id": "assistant", "framework": null, "enforced_egress": false, "depth": 0, "chain": [],
		"session": {
			"id": "s", "age_s": 1, "labels": [], "sensitivity": "public", "calls": 0, "spend_usd": 0, "approvals": [],
			"repeats": 0, "repeats_in_root": 0, "spend_per_min_usd": 0, "usual_spend_per_min_usd": null,
			"root": {"id": "x", "calls": 0, "model_calls": 0, "tool_calls": 0, "spend_usd": 0, "age_s": 0, "depth": 0, "amplification": null},
		},
	},
	"action": {"kind": "tool.call", "name": "tools/call", "phase": "request"},
	"resource": {
		"server": "files", "env": "development", "trust": "internal", "tool": "files__read", "original_name": "read",
		"annotations": null, "pin": "match", "flags": [], "requested": null, "candidates": null,
	},
	"args": {},
	"sql": null,
	"data": {"labels": [], "sensitivity": "public", "entities": {}, "unseen": [], "origins": [], "bytes": 1},
	"data": {"labels": [], "sensitivity": "public", "entities": {}, "origins": [], "bytes": 1},
	"provenance": {"model_requested": null, "model": null, "labels": [], "sensitivity": "public"},
	"budget": {
		"name": null, "scope": "key:test", "window": null, "limit_usd": null, "spent_usd": 0, "reserved_usd": 0,
		"limit_tokens": null, "spent_tokens": 0, "reserved_tokens": 0, "used_percent": 0, "estimate_usd": null,
	},
	"budgets": [],
	"context": {"time": "2026-11-23T12:00:00Z", "environment": "development", "request_id": "r"},
}

model(ids) := object.union(tool, {
	"action": {"kind": "model.call"},
	"resource": {
		"server": null, "env": null, "trust": null, "tool": null, "original_name": null, "pin": null, "flags": null, "requested": "chat",
		"candidates": [{"id": id, "provider": split(id, "/")[0], "local": false} | some id in ids],
	},
	"args": null,
})

# Nested members replace those of the tool call.
call(changes) := object.union(tool, changes)

# object.union would merge them with what is there.
called_with(changes, args) := object.union(object.remove(call(changes), ["args"]), {"args": args})

settings := {
	"layers": {"organisation": "enforce", "tenant": "enforce", "application": "enforce"},
	"access": [],
	"production": {"environments": ["production"], "reads": [], "approvers": []},
	"arguments": [],
	"models": [],
	"degrade": [],
	"data": {
		"pseudonymise": ["email"], "surrogates": [], "hash": [], "rephrase": [], "mask": [], "drop": [], "block": [], "approve": [], "approvers": [], "local": [],
		"may_see": [], "unless_local": true, "secrets": "local", "unseen_media": "allow", "restore_client": null, "restore_servers": [], "restore": [], "secret_servers": [], "answers": {"kinds": [], "action": "mask"},
	},
	"trifecta": {
		"mode": "off", "private_labels": ["secret"], "private_sensitivity": "confidential", "untrusted_labels": ["untrusted"],
		"outward": [], "open_world": true, "except": [], "models": false, "approvers": [],
	},
	"sticky_local": {"labels": [], "sensitivity": null},
	"tools": {"require_model_request": []},
	"loops": {
		"max_repeats": 8, "max_repeats_in_root": 50, "max_model_repeats": 20, "exempt": ["*/*wait*"], "spend_factor": 20, "spend_floor_usd": 1,
		"max_root_calls": null, "max_root_usd": null,
	},
}

set_up(changes) := object.union(settings, changes)
