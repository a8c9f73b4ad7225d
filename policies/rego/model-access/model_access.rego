# Who may use which models, and what one call may cost. Candidates that a group may not use are taken out of the choice; a call is denied
# only when none is left.
package portcullis.organisation.model_access

settings := data.portcullis_settings

# A name is listed by the same rule that lets it be called.
kinds := {"model.call", "model.embed", "model.list"}

groups := {"*"} | {group | some group in input.subject.groups}

grants contains entry if {
	some entry in settings.models
	some group in entry.groups
	group in groups
}

usable contains candidate.id if {
	some candidate in input.resource.candidates
	some entry in grants
	some pattern in entry.models
	glob.match(pattern, [], candidate.id)
}

allow contains {"rule": "granted", "message": "a group of the caller may use it"} if {
	input.action.kind in kinds
	count(usable) > 0
}

# Nothing can be reached by a name that nothing answers to: the router says so better than a denial would.
allow contains {"rule": "unknown_model", "message": "no such model"} if {
	input.action.kind in kinds
	input.resource.candidates == []
}

duties contains {"route": {"models": sort(usable)}} if {
	input.action.kind in kinds
	count(usable) > 0
}

# The most generous ceiling among the caller's grants counts; a grant without one has none.
duties contains {"route": {"max_usd": max({entry.max_usd | some entry in grants})}} if {
	input.action.kind in kinds
	count(grants) > 0
	every entry in grants {
		is_number(entry.max_usd)
	}
}
