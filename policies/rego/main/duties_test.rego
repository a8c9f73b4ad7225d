package portcullis_test.duties

import data.portcullis.main
import data.portcullis_test.facts

# Each layer states some duties; all of them allow.
merged(organisation, tenant, application) := merged_where(facts.settings, organisation, tenant, application)

merged_where(settings, organisation, tenant, application) := answer.duties if {
	answer := main.decision with input as facts.tool
		with data.portcullis_settings as settings
		with data.portcullis.organisation as {"p": {"allow": {{"rule": "r", "message": "m"}}, "duties": organisation}}
		with data.portcullis.tenant as {"acme": {"p": {"duties": tenant}}}
		with data.portcullis.application as {"assistant": {"p": {"duties": application}}}
}

redact(action, kinds, unless_local) := {"redact": [{"kinds": kinds, "action": action, "unless_local": unless_local}]}

# [organisation, tenant, application, set of [action, kinds, unless_local]]
redactions := {
	"nobody": [set(), set(), set(), set()],
	"one layer": [{redact("mask", ["email", "card"], true)}, set(), set(), {["mask", ["email", "card"], true]}],
	"kinds as a set": [{redact("mask", {"email", "card"}, true)}, set(), set(), {["mask", ["card", "email"], true]}],
	"a kind twice": [{redact("mask", ["email", "email"], true), redact("mask", ["card"], true)}, set(), set(), {["mask", ["card", "email"], true]}],
	"no kinds": [{redact("mask", [], true)}, set(), set(), set()],
	"kinds add up": [{redact("mask", ["email"], true)}, {redact("mask", ["card"], true)}, set(), {["mask", ["card", "email"], true]}],
	"block beats drop": [{redact("drop", ["email"], true)}, {redact("block", ["email"], true)}, set(), {["block", ["email"], true]}],
	"drop beats mask": [{redact("drop", ["email"], true)}, {redact("mask", ["email"], true)}, set(), {["drop", ["email"], true]}],
	"drop beats pseudonymise": [{redact("drop", ["email"], true)}, {redact("pseudonymise", ["email"], true)}, set(), {["drop", ["email"], true]}],
	"rephrase beats pseudonymise": [{redact("pseudonymise", ["email"], true)}, {redact("rephrase", ["email"], true)}, set(), {["rephrase", ["email"], true]}],
	"hash beats rephrase": [{redact("hash", ["email"], true)}, {redact("rephrase", ["email"], true)}, set(), {["hash", ["email"], true]}],
	"mask beats hash": [set(), {redact("mask", ["email"], true)}, {redact("hash", ["email"], true)}, {["mask", ["email"], true]}],
	"hash beats pseudonymise": [set(), {redact("hash", ["email"], true)}, {redact("pseudonymise", ["email"], true)}, {["hash", ["email"], true]}],
	"pseudonymise beats allow": [set(), {redact("allow", ["email"], true)}, {redact("pseudonymise", ["email"], true)}, {["pseudonymise", ["email"], true]}],
	"what never comes back beats what does": [set(), {redact("mask", ["email"], true)}, {redact("pseudonymise", ["email"], true)}, {["mask", ["email"], true]}],
	"mask beats allow": [{redact("mask", ["email"], true)}, set(), {redact("allow", ["email"], true)}, {["mask", ["email"], true]}],
	"an allow alone": [{redact("allow", ["email"], true)}, set(), set(), {["allow", ["email"], true]}],
	"only the kind that both name": [
		{redact("mask", ["email", "card"], true)}, {redact("block", ["card", "iban"], true)}, set(),
		{["block", ["card", "iban"], true], ["mask", ["email"], true]},
	],
	"three layers": [
		{redact("mask", ["email"], true)}, {redact("pseudonymise", ["email"], true)}, {redact("drop", ["email"], true)},
		{["drop", ["email"], true]},
	],
	"two of one layer": [{redact("mask", ["email"], true), redact("block", ["email"], true)}, set(), set(), {["block", ["email"], true]}],
	"what local lifts stands beside what it does not lift": [
		{redact("block", ["email"], true)}, {redact("mask", ["email"], false)}, set(),
		{["block", ["email"], true], ["mask", ["email"], false]},
	],
}

test_the_strongest_action_per_kind[note] if {
	some note, [organisation, tenant, application, expected] in redactions
	duties := merged(organisation, tenant, application)
	{[one.action, one.kinds, one.unless_local] | some one in duties.redact} == expected
	count(duties.redact) == count(expected)
}

inspect(action, kinds) := {"inspect": [{"kinds": kinds, "action": action}]}

# [organisation, tenant, application, set of [action, kinds]]
inspections := {
	"nobody": [set(), set(), set(), set()],
	"one layer": [{inspect("mask", ["jwt", "card"])}, set(), set(), {["mask", ["card", "jwt"]]}],
	"no kinds": [{inspect("mask", [])}, set(), set(), set()],
	"block beats drop": [{inspect("drop", ["card"])}, {inspect("block", ["card"])}, set(), {["block", ["card"]]}],
	"drop beats mask": [{inspect("drop", ["card"])}, set(), {inspect("mask", ["card"])}, {["drop", ["card"]]}],
	"mask beats label": [set(), {inspect("label", ["card"])}, {inspect("mask", ["card"])}, {["mask", ["card"]]}],
	"kinds apart": [{inspect("label", ["card", "jwt"])}, {inspect("drop", ["jwt", "iban"])}, set(), {["drop", ["iban", "jwt"]], ["label", ["card"]]}],
}

test_answers_are_inspected_by_the_strongest_action[note] if {
	some note, [organisation, tenant, application, expected] in inspections
	duties := merged(organisation, tenant, application)
	{[one.action, one.kinds] | some one in duties.inspect} == expected
	count(duties.inspect) == count(expected)
}

with_terms(action, terms) := {"redact": [object.union({"kinds": ["email"], "action": action, "unless_local": false}, terms)]}

# [what two policies say, what is left of it]
conditions := {
	"a surrogate says more than a placeholder": [
		[with_terms("pseudonymise", {"form": "surrogate"}), with_terms("pseudonymise", {})],
		[{"action": "pseudonymise"}],
	],
	"a placeholder by its name is one": [
		[with_terms("pseudonymise", {"form": "placeholder"}), with_terms("pseudonymise", {"form": "surrogate"})],
		[{"action": "pseudonymise"}],
	],
	"a surrogate that all want": [
		[with_terms("pseudonymise", {"form": "surrogate"}), with_terms("allow", {})],
		[{"action": "pseudonymise", "form": "surrogate"}],
	],
	"a form means nothing to a mask": [
		[with_terms("mask", {"form": "surrogate"}), with_terms("mask", {"form": "placeholder"})],
		[{"action": "mask"}],
	],
	"providers that one of them trusts": [
		[with_terms("mask", {"unless_providers": ["b", "a"]}), with_terms("pseudonymise", {})],
		[{"action": "pseudonymise"}, {"action": "mask", "unless_providers": ["a", "b"]}],
	],
	"the same providers": [
		[with_terms("mask", {"unless_providers": ["b", "a"]}), with_terms("hash", {"unless_providers": {"a", "b"}})],
		[{"action": "mask", "unless_providers": ["a", "b"]}],
	],
	"trust": [
		[with_terms("mask", {"unless_trust": "restricted"}), with_terms("mask", {"unless_trust": "internal"})],
		[{"action": "mask", "unless_trust": "internal"}, {"action": "mask", "unless_trust": "restricted"}],
	],
	"surer findings": [
		[with_terms("block", {"min_confidence": 0.9}), with_terms("mask", {})],
		[{"action": "mask"}, {"action": "block", "min_confidence": 0.9}],
	],
}

test_conditions_stand_side_by_side[note] if {
	some note, [[first, second], expected] in conditions
	duties := merged({first}, {second}, set())
	{object.remove(one, ["kinds", "unless_local"]) | some one in duties.redact} == {one | some one in expected}
	count(duties.redact) == count(expected)
}

test_one_duty_keeps_its_terms if {
	terms := {"form": "surrogate", "min_confidence": 0.8, "unless_providers": ["a"], "unless_trust": "confidential"}
	merged({with_terms("pseudonymise", terms)}, set(), set()).redact == [object.union({"kinds": ["email"], "action": "pseudonymise", "unless_local": false}, terms)]
}

restore(kinds, sinks) := {"restore": [{"kinds": kinds, "sinks": sinks}]}

restore_at(kinds, sinks, paths) := {"restore": [{"kinds": kinds, "sinks": sinks, "paths": paths}]}

# [organisation, tenant, application, sinks by kind]
restores := {
	"nobody": [set(), set(), set(), {}],
	"one layer": [{restore(["email", "card"], ["tool:crm", "client"])}, set(), set(), {"email": ["client", "tool:crm"], "card": ["client", "tool:crm"]}],
	"one kind": [{restore(["email"], ["client"])}, set(), set(), {"email": ["client"]}],
	"no kinds": [{restore([], ["client"])}, set(), set(), {}],
	"the sinks of both": [{restore(["email"], ["client", "tool:crm"])}, {restore(["email"], ["client", "tool:mail"])}, set(), {"email": ["client"]}],
	"no common sink": [{restore(["email"], ["client"])}, {restore(["email"], ["tool:crm"])}, set(), {}],
	"an empty list forbids": [{restore(["email"], ["client"])}, set(), {restore(["email"], [])}, {}],
	"only the kind that both name": [
		{restore(["email", "card"], ["client", "tool:crm"])}, {restore(["card"], ["client"])}, set(),
		{"email": ["client", "tool:crm"], "card": ["client"]},
	],
	"three layers": [{restore(["email"], ["a", "b", "c"])}, {restore(["email"], ["b", "c"])}, {restore(["email"], ["c", "d"])}, {"email": ["c"]}],
	"two duties of one policy": [{restore(["email"], ["a", "b"]), restore(["email"], ["c"])}, set(), set(), {"email": ["a", "b", "c"]}],
	"kinds apart": [{restore(["email"], ["a"])}, {restore(["card"], ["b"])}, set(), {"email": ["a"], "card": ["b"]}],
	"one tool of a server": [{restore(["email"], ["tool:crm"])}, {restore(["email"], ["tool:crm/send"])}, set(), {"email": ["tool:crm/send"]}],
	"a server that is called alike": [{restore(["email"], ["tool:crm"])}, {restore(["email"], ["tool:crm-2/send"])}, set(), {}],
	"a server beside one of its tools": [{restore(["email"], ["tool:crm"]), restore(["email"], ["tool:crm/send"])}, set(), set(), {"email": ["tool:crm", "tool:crm/send"]}],
	"kinds and sinks as sets": [{restore({"email", "card"}, {"client"})}, {restore({"email"}, {"client"})}, set(), {"email": ["client"], "card": ["client"]}],
}

test_sinks_that_every_policy_grants[note] if {
	some note, [organisation, tenant, application, expected] in restores
	duties := merged(organisation, tenant, application)
	kinds := {kind | some one in duties.restore; some kind in one.kinds}
	{kind: sort({sink | some one in duties.restore; kind in one.kinds; some sink in one.sinks}) | some kind in kinds} == expected
	every one in duties.restore {
		count(one.kinds) > 0
	}
}

# [organisation, tenant, duties]
paths := {
	"one duty": [
		{restore_at(["email"], ["tool:crm"], ["/to"])}, set(),
		{{"kinds": ["email"], "sinks": ["tool:crm"], "paths": ["/to"]}},
	],
	"a path of what may be anywhere": [
		{restore(["email"], ["client", "tool:crm"])}, {restore_at(["email"], ["tool:crm/send"], ["/to", "/cc/*"])},
		{{"kinds": ["email"], "sinks": ["tool:crm/send"], "paths": ["/cc/*", "/to"]}},
	],
	"one names the tool, the other the path": [
		{restore_at(["email"], ["tool:crm"], ["/to"])}, {restore(["email"], ["tool:crm/send"])},
		{{"kinds": ["email"], "sinks": ["tool:crm/send"], "paths": ["/to"]}},
	],
	"paths that differ": [{restore_at(["email"], ["tool:crm"], ["/to"])}, {restore_at(["email"], ["tool:crm"], ["/cc"])}, set()],
	"no paths at all": [{restore_at(["email"], ["tool:crm"], [])}, {restore(["email"], ["tool:crm"])}, set()],
	"a place that a wider grant covers": [
		{restore(["email"], ["tool:mail"]), restore_at(["email"], ["tool:mail/send"], ["/to"])}, set(),
		{{"kinds": ["email"], "sinks": ["tool:mail"]}, {"kinds": ["email"], "sinks": ["tool:mail/send"], "paths": ["/to"]}},
	],
	"a tool and a place of one policy that stand apart": [
		{restore(["email"], ["tool:web/echo"]), restore_at(["email"], ["tool:web"], ["/key"])}, {restore(["email"], ["tool:web"])},
		{{"kinds": ["email"], "sinks": ["tool:web/echo"]}, {"kinds": ["email"], "sinks": ["tool:web"], "paths": ["/key"]}},
	],
	"one names tools, the other places": [
		{restore_at(["email"], ["tool:mail"], ["/to", "/cc"])}, {restore(["email", "card"], ["tool:mail/send", "tool:mail/draft"])},
		{{"kinds": ["email"], "sinks": ["tool:mail/draft", "tool:mail/send"], "paths": ["/cc", "/to"]}, {"kinds": ["card"], "sinks": ["tool:mail/draft", "tool:mail/send"]}},
	],
	"a place beside the client": [
		{restore(["card", "email"], ["client"]), restore_at(["email"], ["tool:mail/send"], ["/to"])}, set(),
		{{"kinds": ["card", "email"], "sinks": ["client"]}, {"kinds": ["email"], "sinks": ["tool:mail/send"], "paths": ["/to"]}},
	],
}

test_paths[note] if {
	some note, [organisation, tenant, expected] in paths
	duties := merged(organisation, tenant, set())
	{one | some one in duties.restore} == expected
	count(duties.restore) == count(expected)
}

test_two_policies_of_one_layer_both_count if {
	answer := main.decision with input as facts.tool
		with data.portcullis_settings as facts.settings
		with data.portcullis.organisation as {
			"p": {"allow": {{"rule": "r", "message": "m"}}, "duties": {restore(["email"], ["client", "tool:crm"])}},
			"q": {"duties": {restore(["email"], ["tool:crm"])}},
		}
	answer.duties.restore == [{"kinds": ["email"], "sinks": ["tool:crm"]}]
}

route(said) := {{"route": said}}

# [organisation, tenant, application, route]
routes := {
	"nobody": [set(), set(), set(), {}],
	"local": [route({"local": true}), set(), set(), {"local": true}],
	"one local is enough": [route({"local": false}), route({"local": true}), route({"local": false}), {"local": true}],
	"no local": [route({"local": false}), set(), set(), {}],
	"the highest trust": [route({"trust": "internal"}), route({"trust": "restricted"}), route({"trust": "public"}), {"trust": "restricted"}],
	"common providers": [route({"providers": ["b", "a", "c"]}), route({"providers": ["c", "b"]}), set(), {"providers": ["b", "c"]}],
	"no common provider": [route({"providers": ["a"]}), route({"providers": ["b"]}), set(), {"providers": []}],
	"common models": [route({"models": ["x", "y"]}), set(), route({"models": ["y", "z"]}), {"models": ["y"]}],
	"models as sets": [route({"models": {"x", "y"}}), set(), route({"models": {"y"}}), {"models": ["y"]}],
	"an empty choice stays empty": [route({"models": []}), route({"models": ["x"]}), set(), {"models": []}],
	"the least money": [route({"max_usd": 1}), route({"max_usd": 0.25}), route({"max_usd": 2}), {"max_usd": 0.25}],
	"one ceiling": [route({"max_usd": 1}), set(), set(), {"max_usd": 1}],
	"no money": [route({"max_usd": 0}), route({"max_usd": 2}), set(), {"max_usd": 0}],
	"a preference": [route({"prefer": "latency"}), set(), set(), {"prefer": "latency"}],
	"cost before latency": [route({"prefer": "latency"}), route({"prefer": "cost"}), set(), {"prefer": "cost"}],
	"everything at once": [
		route({"local": true, "max_usd": 3}), route({"trust": "internal", "providers": ["a"]}), route({"models": ["m"], "max_usd": 2}),
		{"local": true, "max_usd": 2, "trust": "internal", "providers": ["a"], "models": ["m"]},
	],
}

test_routes_only_tighten[note] if {
	some note, [organisation, tenant, application, expected] in routes
	merged(organisation, tenant, application).route == expected
}

test_limits_labels_and_notes if {
	duties := merged(
		{{"limit": {"max_tokens": 100, "calls": 3}, "label": ["b", "a"]}, {"notify": ["security"]}},
		{{"limit": {"max_tokens": 50}, "label": ["a", "c"]}},
		{{"limit": {"rows": 7}, "notify": ["dpo", "security"]}},
	)
	duties.limit == {"max_tokens": 50, "calls": 3, "rows": 7}
	duties.label == ["a", "b", "c"]
	duties.notify == ["dpo", "security"]
}

test_an_observing_layer_has_no_duties if {
	settings := object.union(facts.settings, {"layers": {"tenant": "observe"}})
	merged_where(settings, {redact("mask", ["email"], true)}, {redact("block", ["email"], true)}, set()).redact == [{
		"kinds": ["email"],
		"action": "mask",
		"unless_local": true,
	}]
}

# What cannot be merged leaves no decision, and the engine fails closed.
malformed := {
	"an unknown duty": {"redcat": []},
	"no object": "redact",
	"an unknown action": {"redact": [{"kinds": ["email"], "action": "hide", "unless_local": true}]},
	"no unless_local": {"redact": [{"kinds": ["email"], "action": "mask"}]},
	"kinds that are no list": {"redact": [{"kinds": "email", "action": "mask", "unless_local": true}]},
	"a redaction that is no list": {"redact": "email"},
	"an unknown way to inspect": {"inspect": [{"kinds": ["email"], "action": "redact"}]},
	"kinds to inspect that are no list": {"inspect": [{"kinds": "email", "action": "mask"}]},
	"an unknown condition": {"redact": [{"kinds": ["email"], "action": "mask", "unless_local": true, "unless": ["a"]}]},
	"an unknown form": {"redact": [{"kinds": ["email"], "action": "pseudonymise", "unless_local": true, "form": "token"}]},
	"a confidence that is no number": {"redact": [{"kinds": ["email"], "action": "mask", "unless_local": true, "min_confidence": "high"}]},
	"providers of a redaction that are no list": {"redact": [{"kinds": ["email"], "action": "mask", "unless_local": true, "unless_providers": "a"}]},
	"an unknown trust of a redaction": {"redact": [{"kinds": ["email"], "action": "mask", "unless_local": true, "unless_trust": "all"}]},
	"paths that are no list": {"restore": [{"kinds": ["email"], "sinks": ["tool:crm"], "paths": "/to"}]},
	"an unknown part of a restoration": {"restore": [{"kinds": ["email"], "sinks": ["tool:crm"], "path": ["/to"]}]},
	"no sinks": {"restore": [{"kinds": ["email"]}]},
	"kinds to restore that are no list": {"restore": [{"kinds": "email", "sinks": ["client"]}]},
	"no kinds to restore": {"restore": [{"sinks": ["client"]}]},
	"an unknown list": {"route": {"regions": ["eu"]}},
	"sinks that are no list": {"restore": [{"kinds": ["email"], "sinks": "client"}]},
	"an unknown wish": {"route": {"locl": true}},
	"a local that is no truth value": {"route": {"local": "yes"}},
	"an unknown trust": {"route": {"trust": "top secret"}},
	"providers that are no list": {"route": {"providers": "a"}},
	"money that is no number": {"route": {"max_usd": "1"}},
	"an unknown preference": {"route": {"prefer": "quality"}},
	"a route that is no object": {"route": true},
	"a limit that is no number": {"limit": {"calls": "3"}},
	"labels that are no list": {"label": "secret"},
	"whom to tell that is no list": {"notify": true},
}

test_a_malformed_duty_leaves_no_decision[note] if {
	some note, duty in malformed
	not merged({redact("mask", ["email"], true)}, {duty}, set())
}

test_a_deny_needs_no_duties if {
	answer := main.decision with input as facts.tool
		with data.portcullis_settings as facts.settings
		with data.portcullis.organisation as {"p": {"deny": {"stop"}, "duties": {{"redcat": []}, redact("mask", ["email"], true)}}}
	answer.result == "deny"
	answer.duties == {"redact": [], "restore": [], "inspect": [], "route": {}, "limit": {}, "label": [], "notify": []}
}

lasting(seconds, of) := {"label": "leaver", "outlasts_s": seconds, "of": of}

test_labels_may_outlast_the_session if {
	merged({{"label": ["plain"]}, {"label": [lasting(60, "agent")]}}, set(), set()).label == ["plain", lasting(60, "agent")]
}

test_of_two_times_the_longer_holds if {
	said := {{"label": [lasting(60, "agent"), lasting(60, "subject")]}, {"label": [lasting(900, "agent")]}}
	merged(said, set(), set()).label == [lasting(900, "agent"), lasting(60, "subject")]
}

malformed_labels := [
	{"label": "x"}, {"label": "x", "outlasts_s": 60}, {"label": "x", "outlasts_s": 0, "of": "agent"}, {"label": "x", "outlasts_s": "60", "of": "agent"},
	{"label": "x", "outlasts_s": 60, "of": "everybody"}, {"label": 1, "outlasts_s": 60, "of": "agent"}, {"label": "x", "outlasts_s": 60, "of": "agent", "more": 1}, 7, null,
]

test_a_malformed_label_leaves_no_decision if {
	every one in malformed_labels {
		not merged({{"label": [one]}}, set(), set())
	}
}
