# How duties merge: the strongest action per kind, the intersection of sinks, providers and models, the minimum of money, OR of local,
# the maximum of trust. A duty can only ever be tightened by another layer.
package portcullis.main

no_duties := {"redact": [], "restore": [], "route": {}, "limit": {}, "label": [], "notify": []}

# One malformed duty leaves no decision: what cannot be merged must not be dropped silently.
duties_of(of) := {
	"redact": redactions({one | some found in said; some one in found.redact}),
	"restore": restores({one | some found in said; some one in found.restore}),
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
	}
}

fits("restore", said) if {
	every one in said {
		is_list(one.kinds)
		is_list(one.sinks)
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

strength := {"allow": 0, "mask": 1, "pseudonymise": 2, "drop": 3, "block": 4}

# A duty that a local destination lifts and one that it does not lift stand side by side: the destination decides which of them counts.
redactions(said) := [{"kinds": kinds, "action": one.action, "unless_local": one.unless_local} |
	some one in said
	kinds := sort({kind | some kind in one.kinds})
	count(kinds) > 0
] if {
	count(said) < 2
} else := [one |
	some unless_local in [false, true]
	some action in ["block", "drop", "pseudonymise", "mask", "allow"]
	kinds := kinds_of({other | some other in said; other.unless_local == unless_local; other.action == action})
	stronger := kinds_of({other | some other in said; other.unless_local == unless_local; strength[other.action] > strength[action]})
	one := {"kinds": sort(kinds - stronger), "action": action, "unless_local": unless_local}
	count(one.kinds) > 0
]

kinds_of(said) := {kind | some one in said; some kind in one.kinds}

# A kind is restored at a sink only where no policy that speaks of the kind leaves the sink out. Kinds with the same sinks stand together.
restores(said) := [{"kinds": kinds, "sinks": sort({sink | some sink in one.sinks})} |
	some one in said
	kinds := sort({kind | some kind in one.kinds})
	count(kinds) > 0
] if {
	count(said) < 2
} else := [{"kinds": sort(kinds), "sinks": sinks} |
	shared := {[kind, sinks_of(kind, said)] | some kind in kinds_of(said)}
	some sinks in sort({each[1] | some each in shared})
	kinds := {each[0] | some each in shared; each[1] == sinks}
]

sinks_of(kind, said) := sort(intersection({{sink | some sink in one.sinks} | some one in said; kind in one.kinds}))

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
