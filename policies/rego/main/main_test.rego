package portcullis_test.main

import data.portcullis.main
import data.portcullis_test.facts

enforcing := facts.settings

observing(names) := object.union(facts.settings, {"layers": {name: "observe" | some name in names}})

# What each layer says in a test. Real policies are replaced, so that only the merging is judged.
decide(said, settings) := answer if {
	answer := main.decision with input as facts.tool
		with data.portcullis_settings as settings
		with data.portcullis.organisation as object.get(said, "organisation", {})
		with data.portcullis.tenant as {"acme": object.get(said, "tenant", {}), "other": {"p": {"deny": {says("foreign")}}}}
		with data.portcullis.application as {"assistant": object.get(said, "application", {}), "other": {"p": {"allow": {says("foreign")}}}}
}

says(rule) := {"rule": rule, "message": concat(" ", ["because", rule])}

asks(class) := {"rule": "ask", "message": "ask", "approval": {"class": class, "approvers": ["dba"], "ttl_s": 900, "quorum": 1}}

yes := {"p": {"allow": {says("yes")}}}

no := {"p": {"deny": {says("no")}}}

ask := {"p": {"approve": {asks("c")}}}

# [what the layers say, result, rules]
verdicts := {
	"nobody speaks": [{}, "deny", ["main.default_deny"]],
	"an allow": [{"organisation": yes}, "allow", ["organisation.p.yes"]],
	"an allow of the tenant": [{"tenant": yes}, "allow", ["tenant.p.yes"]],
	"an allow of the application": [{"application": yes}, "allow", ["application.p.yes"]],
	"two allows": [{"organisation": yes, "tenant": yes}, "allow", ["organisation.p.yes", "tenant.p.yes"]],
	"deny beats allow": [{"organisation": yes, "tenant": no}, "deny", ["tenant.p.no"]],
	"deny beats allow from below": [{"organisation": no, "application": yes}, "deny", ["organisation.p.no"]],
	"deny beats allow in one policy": [{"organisation": {"p": {"allow": {says("yes")}, "deny": {says("no")}}}}, "deny", ["organisation.p.no"]],
	"deny beats approve": [{"organisation": ask, "application": no}, "deny", ["application.p.no"]],
	"approve beats allow": [{"organisation": yes, "tenant": ask}, "approve", ["tenant.p.ask"]],
	"an approve alone": [{"application": ask}, "approve", ["application.p.ask"]],
	"duties alone are no permission": [{"organisation": {"p": {"duties": {{"label": ["x"]}}}}}, "deny", ["main.default_deny"]],
	"several policies": [{"organisation": {"a": {"deny": {says("1")}}, "b": {"deny": {says("2"), says("0")}}}}, "deny", ["organisation.b.0", "organisation.a.1", "organisation.b.2"]],
}

test_verdicts[note] if {
	some note, [said, result, rules] in verdicts
	answer := decide(said, enforcing)
	answer.result == result
	[reason.rule | some reason in answer.reasons] == rules
	answer.observed == null
}

test_another_tenants_policy_does_not_count if decide({"organisation": yes}, enforcing).result == "allow"

test_another_agents_policy_does_not_count if decide({}, enforcing).result == "deny"

test_a_tenant_or_agent_without_policies_is_silent if {
	answer := main.decision with input as facts.call({"subject": {"tenant": "nobody"}, "agent": {"id": "nobody"}})
		with data.portcullis_settings as enforcing
		with data.portcullis.organisation as yes
		with data.portcullis.tenant as {"acme": no}
		with data.portcullis.application as {"assistant": no}
	answer.result == "allow"
}

# Forms in which a deny must not be overlooked: [what deny is, rules]
denials := {
	"text": [{"stop"}, ["organisation.p.unnamed"]],
	"a list": [["stop", "halt"], ["organisation.p.unnamed", "organisation.p.unnamed"]],
	"true": [true, ["organisation.p.unnamed"]],
	"one text": ["stop", ["organisation.p.unnamed"]],
	"one object": [says("one"), ["organisation.p.one"]],
	"no rule": [{{"message": "m"}}, ["organisation.p.unnamed"]],
	"no message": [{{"rule": "r"}}, ["organisation.p.r"]],
	"a rule that is no text": [{{"rule": 1, "message": 2}}, ["organisation.p.unnamed"]],
	"an empty object in the set": [{{}}, ["organisation.p.unnamed"]],
	"a number": [{5}, ["organisation.p.unnamed"]],
}

test_a_deny_counts_in_any_form[[note, layer]] if {
	some note, [form, rules] in denials
	some layer in ["organisation", "tenant", "application"]
	answer := decide(object.union({"organisation": yes}, {layer: {"p": {"deny": form}}}), enforcing)
	answer.result == "deny"
	[reason.rule | some reason in answer.reasons] == [replace(rule, "organisation", layer) | some rule in rules]
	every reason in answer.reasons {
		is_string(reason.message)
	}
}

test_a_deny_that_does_not_hold_is_silence[note] if {
	some note, form in {"false": false, "an empty set": set(), "an empty list": [], "an empty object": {}, "null": null}
	decide({"organisation": {"p": {"deny": form, "approve": form}}, "tenant": yes}, enforcing).result == "allow"
}

test_an_allow_has_to_have_its_form[[note, layer]] if {
	some note, form in {
		"text": {"yes"}, "true": true, "false": false, "a list of texts": ["yes"], "no message": {{"rule": "r"}}, "no rule": {{"message": "m"}},
		"a rule that is no text": {{"rule": 1, "message": "m"}}, "one object": says("one"),
	}
	some layer in ["organisation", "tenant", "application"]
	decide({layer: {"p": {"allow": form}}}, enforcing).result == "deny"
}

test_an_approve_counts_in_any_form[[note, layer]] if {
	some note, form in {
		"text": {"ask"}, "true": true, "no approval": {says("ask")}, "an approval that is none": {object.union(says("ask"), {"approval": "me"})},
		"a class that is no text": {object.union(says("ask"), {"approval": {"class": 5}})},
	}
	some layer in ["organisation", "tenant", "application"]
	answer := decide({layer: {"p": {"approve": form}}}, enforcing)
	answer.result == "approve"
	answer.approval == {"class": "unspecified", "approvers": [], "ttl_s": 900, "quorum": 1}
}

test_one_approval_keeps_its_terms if {
	decide({"tenant": ask}, enforcing).approval == {"class": "c", "approvers": ["dba"], "ttl_s": 900, "quorum": 1}
}

test_approvals_join_and_the_hardest_terms_win if {
	first := {"rule": "a", "message": "m", "approval": {"class": "write", "approvers": ["dba"], "ttl_s": 600, "quorum": 1}}
	second := {"rule": "b", "message": "m", "approval": {"class": "export", "approvers": ["dpo", "dba"], "ttl_s": 900, "quorum": 2}}
	answer := decide({"organisation": {"p": {"approve": {first}}}, "tenant": {"q": {"approve": {second}}}}, enforcing)
	answer.approval == {"class": "export+write", "approvers": ["dba", "dpo"], "ttl_s": 600, "quorum": 2}
}

# [what the layers say, layers that observe, result, observed result or null]
observations := {
	"all enforce": [{"organisation": yes, "tenant": no}, [], "deny", null],
	"an observing deny stops nothing": [{"organisation": yes, "tenant": no}, ["tenant"], "allow", "deny"],
	"an observing approve stops nothing": [{"organisation": yes, "application": ask}, ["application"], "allow", "approve"],
	"an observing allow permits nothing": [{"tenant": yes}, ["tenant"], "deny", "allow"],
	"an enforcing deny still stops": [{"organisation": no, "tenant": yes}, ["tenant"], "deny", "deny"],
	"all observe a deny": [{"organisation": no}, ["organisation", "tenant", "application"], "none", "deny"],
	"all observe an allow": [{"organisation": yes}, ["organisation", "tenant", "application"], "none", "allow"],
	"all observe silence": [{}, ["organisation", "tenant", "application"], "none", "deny"],
	"the rest is silent": [{"organisation": yes}, ["organisation"], "deny", "allow"],
}

test_observations[note] if {
	some note, [said, layers, result, observed] in observations
	answer := decide(said, observing(layers))
	answer.result == result
	object.get(answer, ["observed", "result"], null) == observed
}

test_a_mode_that_is_not_known_enforces if {
	settings := object.union(facts.settings, {"layers": {"tenant": "observ"}})
	decide({"organisation": yes, "tenant": no}, settings).result == "deny"
}

test_settings_without_layers_enforce if {
	settings := object.remove(facts.settings, ["layers"])
	decide({"organisation": yes, "tenant": no}, settings).result == "deny"
}

asked_for := {
	"files/read": {},
	"files": {"original_name": null},
	"gpt": {"server": null, "original_name": null, "requested": "gpt"},
	"this": {"server": null, "original_name": null},
}

test_the_default_deny_says_what_to_grant[text] if {
	some text, resource in asked_for
	answer := main.decision with input as facts.call({"resource": resource})
		with data.portcullis_settings as enforcing
		with data.portcullis.organisation as {}
	answer.reasons == [{"rule": "main.default_deny", "message": concat("", [
		"no rule allows tool.call of ", text, " for ada; grant it in policy.settings.access or policy.settings.models",
	])}]
}

test_default_settings_allow_nothing[[kind, base.resource.requested]] if {
	some kind in [
		"model.call", "model.embed", "model.list", "tool.call", "resource.read", "prompt.get", "completion", "sampling", "elicitation", "anything",
	]
	some base in [facts.tool, facts.model(["openai/gpt-5"])]
	answer := main.decision with input as object.union(base, {"action": {"kind": kind}}) with data.portcullis_settings as enforcing
	answer.result == "deny"
}
