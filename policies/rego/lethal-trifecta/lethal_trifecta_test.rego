package portcullis_test.lethal_trifecta

import data.portcullis.main
import data.portcullis.organisation.lethal_trifecta
import data.portcullis_test.facts

set_up(changes) := facts.set_up({"trifecta": object.union({"mode": "deny", "outward": ["files/*"]}, changes)})

denied(asked, changes) if {
	count(lethal_trifecta.deny) == 1 with input as asked with data.portcullis_settings as set_up(changes)
}

tool(session, held, annotations) := object.union(
	facts.call({"agent": {"session": session}, "data": held}),
	{"resource": {"annotations": annotations}},
)

both := {"labels": ["untrusted"], "sensitivity": "confidential"}

# [facts, settings that differ, denied]
cases := {
	"both legs and a named tool": [tool(both, {}, null), {}, true],
	"both legs and an open-world tool": [tool(both, {}, {"openWorldHint": true}), {"outward": []}, true],
	"a hint that is not taken": [tool(both, {}, {"openWorldHint": true}), {"outward": [], "open_world": false}, false],
	"a closed tool": [tool(both, {}, {"openWorldHint": false}), {"outward": []}, false],
	"a closed tool that is named": [tool(both, {}, {"openWorldHint": false}), {}, true],
	"no hints at all": [tool(both, {}, null), {"outward": []}, false],
	"an exception": [tool(both, {}, {"openWorldHint": true}), {"except": ["files/read"]}, false],
	"private data alone": [tool({"sensitivity": "restricted"}, {}, null), {}, false],
	"untrusted content alone": [tool({"labels": ["untrusted"]}, {}, null), {}, false],
	"private by label": [tool({"labels": ["untrusted", "secret"]}, {}, null), {}, true],
	"one leg in the arguments": [tool({"labels": ["untrusted"]}, {"sensitivity": "confidential"}, null), {}, true],
	"both legs in the arguments": [tool({}, both, null), {}, true],
	"labels of one's own": [tool({"labels": ["mail", "crm"]}, {}, null), {"private_labels": ["crm"], "untrusted_labels": ["mail"]}, true],
	"sensitivity does not count": [tool(both, {}, null), {"private_sensitivity": null}, false],
	"a higher bar": [tool(both, {}, null), {"private_sensitivity": "restricted"}, false],
	"off": [tool(both, {}, null), {"mode": "off"}, false],
	"the answer": [object.union(tool(both, {}, null), {"action": {"phase": "response"}}), {}, false],
	"a list": [object.union(tool(both, {}, null), {"action": {"kind": "tool.list"}}), {}, false],
	"a resource": [object.union(tool(both, {}, null), {"action": {"kind": "resource.read"}}), {}, true],
	"a prompt": [object.union(tool(both, {}, null), {"action": {"kind": "prompt.get"}}), {}, true],
	"a completion": [object.union(tool(both, {}, null), {"action": {"kind": "completion"}}), {}, true],
}

test_every_case if {
	every one in cases {
		[asked, changes, expected] := one
		expected == denied_or_not(asked, changes)
	}
}

default denied_or_not(_, _) := false

denied_or_not(asked, changes) if denied(asked, changes)

test_it_can_ask_for_approval if {
	asked := tool(both, {}, null)
	approvals := lethal_trifecta.approve with input as asked with data.portcullis_settings as set_up({"mode": "approve", "approvers": ["security"]})
	some one in approvals
	one.approval == {"class": "lethal-trifecta", "approvers": ["security"], "ttl_s": 900, "quorum": 1}
	not denied(asked, {"mode": "approve"})
}

duties(session, changes) := said if {
	asked := object.union(facts.model(["openai/gpt-5"]), {"agent": {"session": session}})
	said := lethal_trifecta.duties with input as asked with data.portcullis_settings as set_up(changes)
}

test_models_count_where_settings_say_so if {
	duties(both, {"models": true}) == {{"route": {"local": true}}}
	duties(both, {}) == set()
	duties(both, {"models": true, "mode": "off"}) == set()
	duties({"labels": ["untrusted"]}, {"models": true}) == set()
}

test_the_reason_names_both_legs if {
	decision := main.decision with input as tool(both, {}, null) with data.portcullis_settings as object.union(
		set_up({}),
		{"access": [{"groups": ["engineering"], "tools": ["*"], "except": []}]},
	)
	some reason in decision.reasons
	reason.rule == "organisation.lethal_trifecta.third_leg"
	contains(reason.message, "private data (confidential) and has seen untrusted content (untrusted)")
}

test_without_settings_it_is_off if {
	without := object.remove(facts.settings, ["trifecta"])
	lethal_trifecta.deny == set() with input as tool(both, {}, {"openWorldHint": true}) with data.portcullis_settings as without
}
