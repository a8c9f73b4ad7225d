package portcullis_test.model_access

import data.portcullis.organisation.model_access
import data.portcullis_test.facts

grant(groups, models, max_usd) := {"groups": groups, "models": models, "max_usd": max_usd}

settings := facts.set_up({"models": [
	grant(["engineering"], ["openai/*", "local/llama"], 0.5),
	grant(["research"], ["openai/gpt-5"], 2),
	grant(["research"], ["anthropic/*"], null),
	grant(["*"], ["free/*"], null),
]})

asked(groups, ids) := object.union(facts.model(ids), {"subject": {"groups": groups}})

# [groups, candidates, candidates that stay]
uses := {
	"a glob": [["engineering"], ["openai/gpt-5"], ["openai/gpt-5"]],
	"a version with a dot": [["engineering"], ["openai/gpt-4.1"], ["openai/gpt-4.1"]],
	"a model with a slash": [["engineering"], ["openai/team/tuned"], ["openai/team/tuned"]],
	"an exact name": [["engineering"], ["local/llama"], ["local/llama"]],
	"a longer name": [["engineering"], ["local/llama-70b"], []],
	"a provider that begins alike": [["engineering"], ["openai-evil/gpt-5"], []],
	"a provider that ends alike": [["engineering"], ["evil/openai/gpt-5"], []],
	"what is not granted is taken out": [["engineering"], ["anthropic/opus", "openai/gpt-5"], ["openai/gpt-5"]],
	"nothing is left": [["engineering"], ["anthropic/opus", "mistral/large"], []],
	"two groups add up": [["engineering", "research"], ["anthropic/opus", "openai/gpt-5"], ["anthropic/opus", "openai/gpt-5"]],
	"everybody": [[], ["free/small", "openai/gpt-5"], ["free/small"]],
	"no group": [[], ["openai/gpt-5"], []],
	"an unknown group": [["Engineering"], ["openai/gpt-5"], []],
}

test_uses[[note, kind]] if {
	some note, [groups, ids, left] in uses
	some kind in ["model.call", "model.embed", "model.list"]
	question := object.union(asked(groups, ids), {"action": {"kind": kind}})
	allowed := model_access.allow with input as question with data.portcullis_settings as settings
	said := model_access.duties with input as question with data.portcullis_settings as settings
	{one.rule | some one in allowed} == {"granted" | left != []}
	{one.route.models | some one in said; one.route.models} == {left | left != []}
}

test_a_name_that_nothing_answers_to_is_left_to_the_router if {
	answer := model_access.allow with input as asked([], []) with data.portcullis_settings as settings
	{one.rule | some one in answer} == {"unknown_model"}
}

test_unknown_candidates_are_no_empty_candidates if {
	question := facts.call({"action": {"kind": "model.call"}})
	count(model_access.allow) == 0 with input as question with data.portcullis_settings as settings
}

test_only_models_are_granted[kind] if {
	some kind in ["tool.call", "sampling", "resource.read", "completion"]
	question := object.union(asked(["engineering"], ["openai/gpt-5"]), {"action": {"kind": kind}})
	count(model_access.allow) == 0 with input as question with data.portcullis_settings as settings
	count(model_access.duties) == 0 with input as question with data.portcullis_settings as settings
	nothing := object.union(asked(["engineering"], []), {"action": {"kind": kind}})
	count(model_access.allow) == 0 with input as nothing with data.portcullis_settings as settings
}

# [groups, candidates, ceiling or null]
ceilings := {
	"a grant's ceiling": [["engineering"], ["openai/gpt-5"], 0.5],
	"the more generous of two grants of the model": [["engineering", "research"], ["openai/gpt-5"], 2],
	"a grant without ceiling has none": [["research"], ["anthropic/opus"], null],
	"a grant of another model lifts nothing": [["engineering", "research"], ["openai/gpt-4.1"], 0.5],
	"everybody's grant of another model lifts nothing": [["engineering"], ["openai/gpt-5", "free/small"], 0.5],
	"the lowest ceiling of several models": [["engineering", "research"], ["openai/gpt-5", "openai/gpt-4.1", "anthropic/opus"], 0.5],
	"what is taken out counts for nothing": [["research"], ["openai/gpt-4.1", "anthropic/opus"], null],
	"no grant": [[], ["openai/gpt-5"], null],
}

test_ceilings[note] if {
	some note, [groups, ids, expected] in ceilings
	said := model_access.duties with input as asked(groups, ids) with data.portcullis_settings as settings
	{one.route.max_usd | some one in said; is_number(one.route.max_usd)} == {expected | is_number(expected)}
}

test_two_grants_of_one_model_one_without_ceiling_have_none if {
	both := facts.set_up({"models": [grant(["*"], ["openai/*"], 0.1), grant(["*"], ["openai/gpt-5"], null)]})
	said := model_access.duties with input as asked([], ["openai/gpt-5"]) with data.portcullis_settings as both
	{one | some one in said; one.route.max_usd >= 0} == set()
}

test_a_ceiling_of_zero_is_a_ceiling if {
	free := facts.set_up({"models": [grant(["*"], ["openai/*"], 0)]})
	said := model_access.duties with input as asked([], ["openai/gpt-5"]) with data.portcullis_settings as free
	{"route": {"max_usd": 0}} in said
}
