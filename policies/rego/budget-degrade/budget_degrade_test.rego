package portcullis_test.budget_degrade

import data.portcullis.main
import data.portcullis.organisation.budget_degrade
import data.portcullis_test.facts

entry(changes) := object.union({"groups": ["*"], "budgets": ["*"], "from_percent": 80, "models": ["cheap/*", "home/llama"], "max_usd": null}, changes)

with_entries(entries) := facts.set_up({"degrade": entries, "models": [{"groups": ["*"], "models": ["*"], "max_usd": null}]})

at(percents) := [object.union(facts.tool.budget, {"name": name, "used_percent": percent}) | some name, percent in percents]

asked(ids, percents) := object.union(facts.model(ids), {"budgets": at(percents)})

both := ["strong/large", "cheap/small"]

# [percents by budget, entry, models that are left; null: as many as there were]
steps := {
	"below its step": [{"eng": 79}, entry({}), null],
	"at its step": [{"eng": 80}, entry({}), ["cheap/small"]],
	"above it": [{"eng": 130}, entry({}), ["cheap/small"]],
	"no budget at all": [{}, entry({}), null],
	"one budget of several": [{"eng": 10, "key": 95}, entry({}), ["cheap/small"]],
	"another budget than is meant": [{"eng": 99}, entry({"budgets": ["key"]}), null],
	"a glob over budgets": [{"eng-day": 99}, entry({"budgets": ["eng-*"]}), ["cheap/small"]],
	"another group": [{"eng": 99}, entry({"groups": ["research"]}), null],
	"the caller's group": [{"eng": 99}, entry({"groups": ["engineering"]}), ["cheap/small"]],
	"a ceiling only": [{"eng": 99}, entry({"models": null, "max_usd": 0.1}), null],
}

test_steps[[note, kind]] if {
	some note, [percents, one, expected] in steps
	some kind in ["model.call", "model.embed", "model.list"]
	question := object.union(asked(both, percents), {"action": {"kind": kind}})
	said := budget_degrade.duties with input as question with data.portcullis_settings as with_entries([one])
	{duty.route.models | some duty in said; duty.route.models} == {expected | is_array(expected)}
	count(budget_degrade.deny) == 0 with input as question with data.portcullis_settings as with_entries([one])
}

test_the_cheapest_is_preferred if {
	said := budget_degrade.duties with input as asked(both, {"eng": 80}) with data.portcullis_settings as with_entries([entry({})])
	{duty.route.prefer | some duty in said} == {"cost"}
}

test_a_ceiling_is_a_duty if {
	said := budget_degrade.duties with input as asked(both, {"eng": 80}) with data.portcullis_settings as with_entries([entry({"models": null, "max_usd": 0.1})])
	said == {{"route": {"max_usd": 0.1, "prefer": "cost"}}}
}

test_what_no_cheap_model_could_answer_is_denied_with_the_reason if {
	said := budget_degrade.deny with input as asked(["strong/large"], {"eng": 85, "key": 90}) with data.portcullis_settings as with_entries([entry({})])
	said == {{
		"rule": "none_left",
		"message": "from 80 percent of the budget eng, key on only these models may be used: cheap/*, home/llama",
	}}
}

test_a_name_that_nothing_answers_to_is_left_to_the_router if {
	count(budget_degrade.deny) == 0 with input as asked([], {"eng": 99}) with data.portcullis_settings as with_entries([entry({})])
}

test_tools_are_none_of_its_business if {
	question := facts.call({"budgets": at({"eng": 100})})
	count(budget_degrade.deny) == 0 with input as question with data.portcullis_settings as with_entries([entry({})])
	count(budget_degrade.duties) == 0 with input as question with data.portcullis_settings as with_entries([entry({})])
}

test_steps_add_up_to_the_strictest if {
	entries := [entry({"from_percent": 50, "models": ["cheap/*", "home/*"]}), entry({"from_percent": 90, "models": ["home/*"]})]
	ids := ["strong/large", "cheap/small", "home/llama"]
	halfway := main.decision with input as asked(ids, {"eng": 60}) with data.portcullis_settings as with_entries(entries)
	halfway.duties.route.models == ["cheap/small", "home/llama"]
	late := main.decision with input as asked(ids, {"eng": 95}) with data.portcullis_settings as with_entries(entries)
	late.duties.route.models == ["home/llama"]
	late.result == "allow"
}
