# How duties merge: the strongest action per kind, the places of restoring that every policy grants, the intersection of providers and
# models, the minimum of money, OR of local, the maximum of trust. A duty can only ever be tightened by another policy.
package portcullis.main

no_duties := {"redact": [], "restore": [], "inspect": [], "route": {}, "limit": {}, "label": [], "notify": []}

# One malformed duty leaves no decision: what cannot be merged must not be dropped silently.
duties_of(of) := {
	"redact": redactions({one | some found in said; some one in found.redact}),
	"restore": restores({{"by": [found.layer, found.policy], "one": one} | some found in spoken(duty, of); some one in found.duty.restore}),
	"inspect": inspections({one | some found in said; some one in found.inspect}),
	"route": routes({found.route | some found in said}),
	"limit": limits({found.limit | some found in said}),
	"label": labels({label | some found in said; some label in found.label}),
	"notify": sort({whom | some found in said; some whom in found.notify}),
} if {
	said := {found.duty | some found in spoken(duty, of)}
	every one in said {
		understood(one)
	}
}

understood(one) if {
	every name, value in one {
		fits(name, value)
	}
}

fits("redact", said) if {
	every one in said {
		is_number(strength[one.action])
		is_boolean(one.unless_local)
		is_list(one.kinds)
		every name, value in object.remove(one, ["action", "unless_local", "kinds"]) {
			fits_redact(name, value)
		}
	}
}

fits("restore", said) if {
	every one in said {
		is_list(one.kinds)
		is_list(one.sinks)
		is_list(object.get(one, "paths", []))
		object.keys(one) - {"kinds", "sinks", "paths"} == set()
	}
}

fits("inspect", said) if {
	every one in said {
		is_number(inspect_strength[one.action])
		is_list(one.kinds)
	}
}

fits("route", said) if {
	every name, value in said {
		fits_route(name, value)
	}
}

fits("limit", said) if {
	every value in said {
		is_number(value)
	}
}

fits("notify", said) if is_list(said)

fits("label", said) if {
	is_list(said)
	every one in said {
		is_label(one)
	}
}

is_label(one) if is_string(one)

# One that outlasts the session.
is_label(one) if {
	is_string(one.label)
	is_number(one.outlasts_s)
	one.outlasts_s > 0
	one.of in {"agent", "subject"}
	object.keys(one) == {"label", "outlasts_s", "of"}
}

fits_redact("form", value) if value in {"placeholder", "surrogate"}

fits_redact("min_confidence", value) if is_number(value)

fits_redact("unless_providers", value) if is_list(value)

fits_redact("unless_trust", value) if value in sensitivity

fits_route("local", value) if is_boolean(value)

fits_route("trust", value) if value in sensitivity

fits_route(name, value) if {
	name in {"providers", "models"}
	is_list(value)
}

fits_route("max_usd", value) if is_number(value)

fits_route("prefer", value) if value in {"cost", "latency"}

is_list(value) if is_array(value)

is_list(value) if is_set(value)

strength := {"allow": 0, "pseudonymise": 2, "rephrase": 3, "hash": 4, "mask": 5, "drop": 6, "block": 7}

# A surrogate says more than a placeholder: what a value of its kind looks like.
strength_of(one) := 1 if {
	one.action == "pseudonymise"
	one.form == "surrogate"
} else := strength[one.action]

# Duties that different destinations or findings lift stand side by side: whoever carries them out takes the strongest that is left. Kinds of
# the same conditions are merged.
redactions(said) := [listed(one) |
	some one in said
	count(one.kinds) > 0
] if {
	count(said) < 2
} else := [object.union(one, {"kinds": sort(kinds)}) |
	normals := {normal(each) | some each in said}
	some conditions in {conditions_of(each) | some each in normals}
	same := {each | some each in normals; conditions_of(each) == conditions}
	some rank in {strength_of(each) | some each in same}
	those := {each | some each in same; strength_of(each) == rank}
	kinds := kinds_of(those) - kinds_of({each | some each in same; strength_of(each) > rank})
	count(kinds) > 0
	one := {name: value | some each in those; some name, value in each; name != "kinds"}
]

# One duty alone is left in the order in which it was written: decisions are made far more often than merged.
listed(one) := one if {
	is_array(one.kinds)
} else := object.union(one, {"kinds": sort(one.kinds)})

kinds_of(said) := {kind | some one in said; some kind in one.kinds}

conditions_of(one) := object.remove(one, ["kinds", "action", "form"])

# Equal duties are equal however they were written.
normal(one) := {name: written(name, value) |
	some name, value in one
	not says_nothing(one, name)
}

says_nothing(one, "form") if one.form == "placeholder"

says_nothing(one, "form") if one.action != "pseudonymise"

written(name, value) := sort({each | some each in value}) if {
	name == "unless_providers"
} else := value

# What one policy says of a kind adds up; several policies restore only what each of them does that speaks of the kind.
restores(said) := [listed(each.one) |
	some each in said
	count(each.one.kinds) > 0
	count(each.one.sinks) > 0
] if {
	count({each.by | some each in said}) < 2
} else := grouped(granted(said))

# What each policy grants of each kind, as [sink, path]; the path is empty where a duty names none, which is anywhere.
granted(said) := {[kind, place[0], place[1]] |
	some kind in kinds_of({each.one | some each in said})
	places := {[found | some found in said; found.by == policy; kind in found.one.kinds] | some policy in {each.by | some each in said}} - {[]}
	some place in shared({places_in(duties) | some duties in places})
}

places_in(duties) := {[sink, path] |
	some each in duties
	some sink in each.one.sinks
	some path in object.get(each.one, "paths", [""])
}

# What two policies grant together is the tool that one names at the place that the other names. Of one policy nothing is put together, and what
# a wider grant covers stays: a secret comes back only where one grant names both.
shared(policies) := {place |
	some place in candidates
	every grants in policies {
		agrees(grants, place)
	}
} if {
	meets := {[sink, path] |
		some one in policies
		some other in policies
		some [wider, path] in one
		some [sink, anywhere] in other
		one != other
		anywhere == ""
		covers_sink(wider, sink)
	}
	candidates := {place | some grants in policies; some place in grants} | meets
}

agrees(grants, place) if {
	some wider in grants
	covers_sink(wider[0], place[0])
	wider[1] in {"", place[1]}
}

covers_sink(wider, sink) if wider == sink

covers_sink(wider, sink) if {
	startswith(wider, "tool:")
	startswith(sink, concat("", [wider, "/"]))
}

# Kinds that are restored at the same sinks stand together, and so do paths.
grouped(grants) := [object.union({"kinds": group[0], "sinks": group[1]}, {"paths": paths | count(paths) > 0}) |
	by_place := {[sink, path]: sort({kind | some [kind, at, below] in grants; at == sink; below == path}) | some [_, sink, path] in grants}
	by_kinds := {[kinds, path]: sort({place[0] | some place, who in by_place; who == kinds; place[1] == path}) | some [_, path], kinds in by_place}
	groups := {[pair[0], sinks, pair[1] == ""] | some pair, sinks in by_kinds}
	some group in sort(groups)
	paths := sort({pair[1] | some pair, sinks in by_kinds; pair[0] == group[0]; sinks == group[1]; pair[1] != ""; group[2] == false})
]

inspect_strength := {"label": 0, "mask": 1, "drop": 2, "block": 3}

inspections(said) := [{"kinds": sort(kinds), "action": action} |
	some action in ["block", "drop", "mask", "label"]
	stronger := {kind | some other in said; inspect_strength[other.action] > inspect_strength[action]; some kind in other.kinds}
	kinds := {kind | some other in said; other.action == action; some kind in other.kinds} - stronger
	count(kinds) > 0
]

routes(said) := object.union_n([
	{"local": true | some one in said; one.local == true},
	{"trust": sensitivity[max(ranks)] | ranks := {rank_of(one.trust) | some one in said}; count(ranks) > 0},
	{"providers": sort(intersection(sets)) | sets := {{id | some id in one.providers} | some one in said; is_list(one.providers)}; count(sets) > 0},
	{"models": sort(intersection(sets)) | sets := {{id | some id in one.models} | some one in said; is_list(one.models)}; count(sets) > 0},
	{"max_usd": min(sums) | sums := {one.max_usd | some one in said}; count(sums) > 0},
	{"prefer": min(wishes) | wishes := {one.prefer | some one in said}; count(wishes) > 0},
]) if {
	count(said) > 0
} else := {}

# Of a label that several policies let outlast the session the longest time holds.
labels(said) := [one | some one in sort(said); not outlasted(one, said)]

outlasted(one, said) if {
	some other in said
	other.label == one.label
	other.of == one.of
	other.outlasts_s > one.outlasts_s
}

sensitivity := ["public", "internal", "confidential", "restricted"]

rank_of(wanted) := rank if sensitivity[rank] == wanted

limits(said) := {name: min({one[name] | some one in said}) | some one in said; some name, _ in one}
