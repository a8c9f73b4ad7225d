package portcullis_test.definition_pins

import data.portcullis.main
import data.portcullis.organisation.definition_pins
import data.portcullis_test.facts

strict := {"first_sight": "quarantine", "on_drift": "block", "flags": "block"}

mild := {"first_sight": "trust", "on_drift": "report", "flags": "report"}

usual := {"first_sight": "trust", "on_drift": "block", "flags": "report"}

pinned(pin, flags) := facts.call({"resource": {"pin": pin, "flags": flags}})

said(asked, rules) := {one.rule | some one in denied} if {
	denied := definition_pins.deny with input as asked with data.portcullis_pinning as rules
}

# [pin, flags, settings, rules that deny]
cases := {
	"what was approved": ["match", [], usual, set()],
	"what has no pin": ["none", [], strict, set()],
	"a drift is blocked": ["drift", [], usual, {"drift"}],
	"a drift is reported only": ["drift", [], mild, set()],
	"first sight is trusted": ["new", [], usual, set()],
	"first sight is quarantined": ["new", [], strict, {"quarantine"}],
	"a drift under quarantine": ["drift", [], strict, {"drift"}],
	"flags are reported": ["match", ["hidden_text"], usual, set()],
	"flags are blocked": ["match", ["hidden_text"], strict, {"flags"}],
	"flags of what is not pinned": ["none", ["hidden_text"], strict, {"flags"}],
	"flagged and drifted": ["drift", ["instruction"], strict, {"drift", "flags"}],
	"the database cannot be used": ["drift", ["pins_unreadable"], usual, {"unreadable"}],
	"the database cannot be used, and everything is strict": ["drift", ["pins_unreadable"], strict, {"unreadable"}],
	"the database cannot be used, and drift is reported only": ["drift", ["pins_unreadable"], mild, set()],
}

test_every_case if {
	every one in cases {
		[pin, flags, rules, expected] := one
		got := said(pinned(pin, flags), {"usual": rules, "servers": {}})
		got == expected
	}
}

test_a_server_of_its_own if {
	said(pinned("drift", []), {"usual": usual, "servers": {"files": mild}}) == set()
	said(pinned("drift", []), {"usual": mild, "servers": {"files": usual}}) == {"drift"}
	said(pinned("drift", []), {"usual": usual, "servers": {"other": mild}}) == {"drift"}
}

test_without_settings_nothing_is_trusted if {
	rules_of("drift") == {"drift"}
	rules_of("new") == {"quarantine"}
	rules_of("match") == set()
}

rules_of(pin) := {one.rule | some one in denied} if {
	denied := definition_pins.deny with input as pinned(pin, [])
}

test_every_kind_of_action if {
	every kind in ["tool.list", "tool.call", "tool.task", "prompt.list", "prompt.get", "resource.list", "resource.read", "completion", "elicitation", "sampling", "roots"] {
		asked := object.union(pinned("drift", []), {"action": {"kind": kind}})
		got := said(asked, {"usual": usual, "servers": {}})
		got == {"drift"}
	}
}

test_models_have_no_pin if {
	said(facts.model(["local/llama"]), {"usual": strict, "servers": {}}) == set()
}

granting := facts.set_up({"access": [{"groups": ["engineering"], "tools": ["*"], "except": []}]})

test_the_reason_names_the_command if {
	decision := main.decision with input as pinned("drift", [])
		with data.portcullis_settings as granting
		with data.portcullis_pinning as {"usual": usual, "servers": {}}
	decision.result == "deny"
	decision.reasons[0].rule == "organisation.definition_pins.drift"
	contains(decision.reasons[0].message, "`portcullis pins diff files`")
}

test_an_approved_definition_passes if {
	decision := main.decision with input as pinned("match", [])
		with data.portcullis_settings as granting
		with data.portcullis_pinning as {"usual": usual, "servers": {}}
	decision.result == "allow"
}

test_an_observing_layer_stops_nothing if {
	observing := object.union(granting, {"layers": {"organisation": "observe", "tenant": "observe", "application": "observe"}})
	decision := main.decision with input as pinned("drift", [])
		with data.portcullis_settings as observing
		with data.portcullis_pinning as {"usual": usual, "servers": {}}
	decision.result == "none"
	decision.observed.result == "deny"
}
