# What happens before a budget is used up: from a step of it on, only cheaper models answer. A call that none of them could answer is denied,
# and told why.
package portcullis.organisation.budget_degrade

import data.portcullis.patterns

settings := data.portcullis_settings

# A name is listed by the same rule that lets it be called.
kinds := {"model.call", "model.embed", "model.list"}

groups := {"*"} | {group | some group in input.subject.groups}

# Entries whose step a budget of the caller has reached, each with the budgets that did.
in_force[entry] contains name if {
	input.action.kind in kinds
	some entry in settings.degrade
	some group in entry.groups
	group in groups

	# Written as paths, so that nothing but names and whole percents is handed over: sums would make equal questions look different.
	some at
	input.budgets[at].used_percent >= entry.from_percent
	name := input.budgets[at].name
	some pattern in entry.budgets
	patterns.matches(pattern, name)
}

left(entry) := {id |
	id := input.resource.candidates[_].id
	some pattern in entry.models
	patterns.matches(pattern, id)
}

duties contains {"route": {"models": sort(left(entry)), "prefer": "cost"}} if {
	some entry, _ in in_force
	is_array(entry.models)
	count(left(entry)) > 0
}

duties contains {"route": {"max_usd": entry.max_usd, "prefer": "cost"}} if {
	some entry, _ in in_force
	is_number(entry.max_usd)
}

deny contains {"rule": "none_left", "message": message} if {
	some entry, names in in_force
	is_array(entry.models)
	is_array(input.resource.candidates)
	count(input.resource.candidates) > 0
	count(left(entry)) == 0
	message := concat("", [
		"from ", format_int(entry.from_percent, 10), " percent of the budget ", concat(", ", sort(names)),
		" on only these models may be used: ", concat(", ", entry.models),
	])
}
