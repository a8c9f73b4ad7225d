# Who may use which models, and what one call may cost. Candidates that a group may not use are taken out of the choice; a call is denied
# only when none is left.
package portcullis.organisation.model_access

import data.portcullis.patterns

settings := data.portcullis_settings

# A name is listed by the same rule that lets it be called.
kinds := {"model.call", "model.embed", "model.list"}

groups := {"*"} | {group | some group in input.subject.groups}

grants contains entry if {
	some entry in settings.models
	some group in entry.groups
	group in groups
}

# Candidates that a grant of the caller covers, each with the ceilings of those grants.
covered[id] contains entry.max_usd if {
	# Written as a path, so that nothing but the ids is handed over: prices and latencies would only make equal questions look different.
	id := input.resource.candidates[_].id
	some entry in grants
	some pattern in entry.models
	patterns.matches(pattern, id)
}

usable := object.keys(covered)

allow contains {"rule": "granted", "message": "a group of the caller may use it"} if {
	input.action.kind in kinds
	count(usable) > 0
}

# Nothing can be reached by a name that nothing answers to: the router says so better than a denial would.
allow contains {"rule": "unknown_model", "message": "no such model"} if {
	input.action.kind in kinds
	is_array(input.resource.candidates)
	count(input.resource.candidates) == 0
}

duties contains {"route": {"models": sort(usable)}} if {
	input.action.kind in kinds
	count(usable) > 0
}

# For one model the caller's most generous grant that covers it counts, and one without a ceiling has none. Where several models could
# answer, the lowest of their ceilings counts: a grant of one model must not lift the ceiling of another.
duties contains {"route": {"max_usd": min(ceilings)}} if {
	input.action.kind in kinds
	count(ceilings) > 0
}

ceilings := {max(sums) |
	some sums in covered
	not null in sums
}
