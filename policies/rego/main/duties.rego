# How duties merge: the strongest action per kind, the intersection of sinks, providers and models, the minimum of money, OR of local,
# the maximum of trust. A duty can only ever be tightened by another layer.
package portcullis.main

no_duties := {"redact": [], "restore": [], "route": {}, "limit": {}, "label": [], "notify": []}

duties_of(of) := {
	"redact": redactions({one | some found in said; some one in object.get(found, "redact", [])}),
	"restore": restores({one | some found in said; some one in object.get(found, "restore", [])}),
	"route": routes({found.route | some found in said; is_object(found.route)}),
	"limit": limits({found.limit | some found in said; is_object(found.limit)}),
	"label": sort({label | some found in said; some label in object.get(found, "label", [])}),
	"notify": sort({whom | some found in said; some whom in object.get(found, "notify", [])}),
} if {
	said := {found.duty | some found in duty; found.layer in of}
}

strength := {"allow": 0, "mask": 1, "pseudonymise": 2, "drop": 3, "block": 4}

actions := ["allow", "mask", "pseudonymise", "drop", "block"]

# A duty that a local destination lifts and one that it does not lift stand side by side: the destination decides which of them counts.
redactions(said) := [one |
	some unless_local in [false, true]
	some rank in [4, 3, 2, 1, 0]
	kinds := {kind |
		some kind in kinds_of(said)
		rank == max({strength[other.action] | some other in said; other.unless_local == unless_local; kind in other.kinds})
	}
	count(kinds) > 0
	one := {"kinds": sort(kinds), "action": actions[rank], "unless_local": unless_local}
]

kinds_of(said) := {kind | some one in said; some kind in one.kinds}

# A kind is restored at a sink only where no policy that speaks of the kind leaves the sink out.
restores(said) := [{"kinds": [kind], "sinks": sort(sinks)} |
	some kind in sort(kinds_of(said))
	sinks := intersection({{sink | some sink in one.sinks} | some one in said; kind in one.kinds})
]

routes(said) := object.union_n([
	{"local": true | some one in said; one.local == true},
	{"trust": sensitivity[max(ranks)] | ranks := {rank_of(one.trust) | some one in said}; count(ranks) > 0},
	{"providers": sort(intersection(sets)) | sets := {{id | some id in one.providers} | some one in said; is_array(one.providers)}; count(sets) > 0},
	{"models": sort(intersection(sets)) | sets := {{id | some id in one.models} | some one in said; is_array(one.models)}; count(sets) > 0},
	{"max_usd": min(sums) | sums := {one.max_usd | some one in said; is_number(one.max_usd)}; count(sums) > 0},
	{"prefer": min(wishes) | wishes := {one.prefer | some one in said}; count(wishes) > 0},
])

sensitivity := ["public", "internal", "confidential", "restricted"]

rank_of(wanted) := rank if sensitivity[rank] == wanted

limits(said) := {name: min({one[name] | some one in said}) | some one in said; some name, _ in one}
