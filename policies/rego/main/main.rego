# The one entrypoint: asks every layer, merges verdicts and duties, and denies what nobody allows.
# Layers are packages: portcullis.organisation.<policy>, portcullis.tenant.<tenant>.<policy>, portcullis.application.<agent>.<policy>.
# A policy may define the partial sets allow, deny and approve ({"rule", "message"}, approve also {"approval"}) and duties.
# An allow has to have that form. A deny or approve counts in any form: `deny := true` and `deny contains "text"` must not be silence.
package portcullis.main

decision := object.union(verdict(enforced_layers), {"observed": observed})

default observed := null

# What all layers together would say, wherever one of them only observes.
observed := verdict(layers) if enforced_layers != layers

layers := {"organisation", "tenant", "application"}

enforced_layers := layers - {layer | some layer, "observe" in data.portcullis_settings.layers}

# The outcome is found first and explained afterwards: whatever an explanation stumbles over leaves no decision at all, never a milder one.
verdict(of) := explained(outcome(of), of)

# METADATA
# description: deny beats approve beats allow; nobody speaking is a deny, except that observing layers cannot even do that
outcome(of) := "deny" if {
	count(spoken(denied, of)) > 0
} else := "approve" if {
	count(spoken(approving, of)) > 0
} else := "allow" if {
	count(spoken(allowed, of)) > 0
} else := "none" if {
	count(of) == 0
} else := "silence"

explained("deny", of) := {"result": "deny", "reasons": reasons(spoken(denied, of)), "duties": no_duties, "approval": null}

explained("approve", of) := {"result": "approve", "reasons": reasons(said), "duties": duties_of(of), "approval": approval_of(said)} if {
	said := spoken(approving, of)
}

explained("allow", of) := {"result": "allow", "reasons": reasons(spoken(allowed, of)), "duties": duties_of(of), "approval": null}

explained("none", _) := {"result": "none", "reasons": [], "duties": no_duties, "approval": null}

explained("silence", _) := {"result": "deny", "reasons": [default_reason], "duties": no_duties, "approval": null}

# Where every layer counts there is nothing to sort out.
spoken(entries, of) := entries if {
	of == layers
} else := {entry | some entry in entries; entry.layer in of}

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

allowed contains entry("organisation", policy, found) if {
	some found in data.portcullis.organisation[policy].allow
	well_formed(found)
}

allowed contains entry("tenant", policy, found) if {
	some found in data.portcullis.tenant[input.subject.tenant][policy].allow
	well_formed(found)
}

allowed contains entry("application", policy, found) if {
	some found in data.portcullis.application[input.agent.id][policy].allow
	well_formed(found)
}

denied contains entry("organisation", policy, found) if some found in members(data.portcullis.organisation[policy].deny)

denied contains entry("tenant", policy, found) if some found in members(data.portcullis.tenant[input.subject.tenant][policy].deny)

denied contains entry("application", policy, found) if some found in members(data.portcullis.application[input.agent.id][policy].deny)

approving contains entry("organisation", policy, found) if some found in members(data.portcullis.organisation[policy].approve)

approving contains entry("tenant", policy, found) if some found in members(data.portcullis.tenant[input.subject.tenant][policy].approve)

approving contains entry("application", policy, found) if some found in members(data.portcullis.application[input.agent.id][policy].approve)

duty contains {"layer": "organisation", "policy": policy, "duty": found} if some found in members(data.portcullis.organisation[policy].duties)

duty contains {"layer": "tenant", "policy": policy, "duty": found} if some found in members(data.portcullis.tenant[input.subject.tenant][policy].duties)

duty contains {"layer": "application", "policy": policy, "duty": found} if some found in members(data.portcullis.application[input.agent.id][policy].duties)

# What a rule states: the members of a set or list, or the one thing that it is. A partial rule that holds for nothing is empty.
members(said) := said if {
	is_set(said)
} else := said if {
	is_array(said)
} else := set() if {
	said in {null, false, {}}
} else := {said}

well_formed(found) if {
	is_string(found.rule)
	is_string(found.message)
}

entry(layer, policy, found) := {
	"layer": layer,
	"reason": {"rule": concat(".", [layer, policy, rule_of(found)]), "message": message_of(found)},
	"approval": approval_in(found),
}

rule_of(found) := found.rule if {
	is_string(found.rule)
} else := "unnamed"

message_of(found) := found.message if {
	is_string(found.message)
} else := found if {
	is_string(found)
} else := "the policy gives no message"

approval_in(found) := found.approval if {
	is_object(found.approval)
} else := null

reasons(said) := sort({one.reason | some one in said})

# Several approvals at once: every approver list has to be able to agree, so classes are joined and the hardest terms win.
approval_of(said) := {
	"class": concat("+", sort({class_of(one) | some one in asked})),
	"approvers": sort({name | some one in asked; some name in one.approvers}),
	"ttl_s": min({object.get(one, "ttl_s", 900) | some one in asked}),
	"quorum": max({object.get(one, "quorum", 1) | some one in asked}),
} if {
	asked := {one.approval | some one in said; is_object(one.approval)}
	count(asked) > 0
} else := {"class": "unspecified", "approvers": [], "ttl_s": 900, "quorum": 1}

class_of(approval) := approval.class if {
	is_string(approval.class)
} else := "unspecified"
