package portcullis_test.model_requested

import data.portcullis.organisation.model_requested
import data.portcullis_test.facts

asked(requested) := facts.call({"provenance": {"model_requested": requested}})

rules(given, globs) := {one.rule | some one in said} if {
	said := model_requested.deny with input as given with data.portcullis_settings as facts.set_up({"tools": {"require_model_request": globs}})
}

# [facts, globs, rules that deny]
cases := {
	"a model asked": [asked(true), ["files/*"], set()],
	"no model asked": [asked(false), ["files/*"], {"no_model_request"}],
	"nothing is known": [asked(null), ["files/*"], {"no_model_request"}],
	"another tool": [asked(false), ["mail/*"], set()],
	"no settings": [asked(false), [], set()],
	"a list": [object.union(asked(null), {"action": {"kind": "tool.list"}}), ["files/*"], set()],
	"an answer": [object.union(asked(false), {"action": {"phase": "response"}}), ["files/*"], set()],
}

test_every_case if {
	every one in cases {
		[given, globs, expected] := one
		expected == rules(given, globs)
	}
}

test_facts_without_provenance_count_as_not_asked if {
	rules(object.remove(asked(true), ["provenance"]), ["files/*"]) == {"no_model_request"}
}
