package portcullis_test.sticky_local

import data.portcullis.organisation.sticky_local
import data.portcullis_test.facts

cloud := {"id": "openai/gpt-5", "provider": "openai", "local": false}

home := {"id": "home/llama", "provider": "home", "local": true}

model(session, held, candidates) := object.union(facts.model([]), {
	"agent": {"session": session}, "data": held,
	"resource": {"requested": "chat", "candidates": candidates},
})

set_up(changes) := facts.set_up({"sticky_local": object.union({"labels": ["crm"], "sensitivity": "restricted"}, changes)})

duties(asked, changes) := said if {
	said := sticky_local.duties with input as asked with data.portcullis_settings as set_up(changes)
}

rules(asked, changes) := {one.rule | some one in said} if {
	said := sticky_local.deny with input as asked with data.portcullis_settings as set_up(changes)
}

local := {{"route": {"local": true}}}

# [facts, settings that differ, duties, rules that deny]
cases := {
	"a labelled session": [model({"labels": ["crm"]}, {}, [cloud, home]), {}, local, set()],
	"a labelled request": [model({}, {"labels": ["crm"]}, [cloud, home]), {}, local, set()],
	"by sensitivity": [model({"sensitivity": "restricted"}, {}, [cloud, home]), {}, local, set()],
	"not sensitive enough": [model({"sensitivity": "confidential"}, {}, [cloud]), {}, set(), set()],
	"other labels": [model({"labels": ["pii"]}, {}, [cloud]), {}, set(), set()],
	"sensitivity does not count": [model({"sensitivity": "restricted"}, {}, [cloud]), {"sensitivity": null}, set(), set()],
	"nothing local": [model({"labels": ["crm"]}, {}, [cloud]), {}, local, {"no_local_model"}],
	"nothing at all": [model({"labels": ["crm"]}, {}, []), {}, local, {"no_local_model"}],
	"a tool": [facts.call({"agent": {"session": {"labels": ["crm"]}}}), {}, set(), set()],
}

test_every_case if {
	every one in cases {
		[asked, changes, expected, denied] := one
		expected == duties(asked, changes)
		denied == rules(asked, changes)
	}
}

test_without_settings_it_does_nothing if {
	asked := model({"labels": ["crm"], "sensitivity": "restricted"}, {}, [cloud])
	sticky_local.duties == set() with input as asked with data.portcullis_settings as object.remove(facts.settings, ["sticky_local"])
}

test_the_reason_names_model_and_labels if {
	denied := sticky_local.deny with input as model({"labels": ["crm"]}, {}, [cloud]) with data.portcullis_settings as set_up({})
	some one in denied
	contains(one.message, "holds crm and keeps to local models")
	contains(one.message, "\"chat\" has none")
}
