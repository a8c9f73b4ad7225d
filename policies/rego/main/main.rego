# The one entrypoint: asks every layer, merges verdicts and duties, and denies what nobody allows.
# Layers are packages: portcullis.organisation.<policy>, portcullis.tenant.<tenant>.<policy>, portcullis.application.<agent>.<policy>.
# A policy may define the partial sets allow, deny and approve ({"rule", "message"}, approve also {"approval"}) and duties.
package portcullis.main

decision := object.union(verdict(enforced_layers), {"observed": observed})

default observed := null

# What all layers together would say, wherever one of them only observes.
observed := verdict(layers) if count(enforced_layers) < count(layers)

layers := {"organisation", "tenant", "application"}

enforced_layers := {layer | some layer in layers; object.get(data.portcullis_settings.layers, layer, "enforce") == "enforce"}

# METADATA
# description: deny beats approve beats allow; nobody speaking is a deny, except that observing layers cannot even do that
verdict(of) := {"result": "deny", "reasons": sorted_reasons(said), "duties": no_duties, "approval": null} if {
	said := {entry | some entry in denied; entry.layer in of}
	count(said) > 0
} else := {"result": "approve", "reasons": sorted_reasons(said), "duties": duties_of(of), "approval": approval_of(said)} if {
	said := {entry | some entry in approving; entry.layer in of}
	count(said) > 0
} else := {"result": "allow", "reasons": sorted_reasons(said), "duties": duties_of(of), "approval": null} if {
	said := {entry | some entry in allowed; entry.layer in of}
	count(said) > 0
} else := {"result": "none", "reasons": [], "duties": no_duties, "approval": null} if {
	count(of) == 0
} else := {"result": "deny", "reasons": [default_reason], "duties": no_duties, "approval": null}

default_reason := {"rule": "main.default_deny", "message": concat("", [
	"no rule allows ", input.action.kind, " of ", asked_for, " for ", input.subject.id,
	"; grant it in policy.settings.access or policy.settings.models",
])}

default asked_for := "this"

asked_for := concat("/", [input.resource.server, input.resource.original_name]) if {
	is_string(input.resource.server)
	is_string(input.resource.original_name)
} else := input.resource.requested if {
	is_string(input.resource.requested)
} else := input.resource.server if {
	is_string(input.resource.server)
}

allowed contains entry("organisation", policy, found) if some found in data.portcullis.organisation[policy].allow

allowed contains entry("tenant", policy, found) if some found in data.portcullis.tenant[input.subject.tenant][policy].allow

allowed contains entry("application", policy, found) if some found in data.portcullis.application[input.agent.id][policy].allow

denied contains entry("organisation", policy, found) if some found in data.portcullis.organisation[policy].deny

denied contains entry("tenant", policy, found) if some found in data.portcullis.tenant[input.subject.tenant][policy].deny

denied contains entry("application", policy, found) if some found in data.portcullis.application[input.agent.id][policy].deny

approving contains entry("organisation", policy, found) if some found in data.portcullis.organisation[policy].approve

approving contains entry("tenant", policy, found) if some found in data.portcullis.tenant[input.subject.tenant][policy].approve

approving contains entry("application", policy, found) if some found in data.portcullis.application[input.agent.id][policy].approve

duty contains {"layer": "organisation", "duty": found} if some found in data.portcullis.organisation[policy].duties

duty contains {"layer": "tenant", "duty": found} if some found in data.portcullis.tenant[input.subject.tenant][policy].duties

duty contains {"layer": "application", "duty": found} if some found in data.portcullis.application[input.agent.id][policy].duties

entry(layer, policy, found) := {
	"layer": layer,
	"rule": concat(".", [layer, policy, found.rule]),
	"message": found.message,
	"approval": object.get(found, "approval", null),
}

sorted_reasons(said) := [{"rule": found.rule, "message": found.message} |
	some found in sort([{"rule": one.rule, "message": one.message} | some one in said])
]

# Several approvals at once: every approver list has to be able to agree, so classes are joined and the hardest terms win.
approval_of(said) := {
	"class": concat("+", sort({one.class | some one in asked})),
	"approvers": sort({name | some one in asked; some name in object.get(one, "approvers", [])}),
	"ttl_s": min({object.get(one, "ttl_s", 900) | some one in asked}),
	"quorum": max({object.get(one, "quorum", 1) | some one in asked}),
} if {
	asked := {one.approval | some one in said; is_object(one.approval)}
	count(asked) > 0
} else := {"class": "unspecified", "approvers": [], "ttl_s": 900, "quorum": 1}
