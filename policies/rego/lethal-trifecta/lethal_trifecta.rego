# Private data, untrusted content and a way out: any two of them are work, all three are how data is stolen through an agent. Whoever wrote the
# untrusted content can ask for the rest. So the third leg is what this looks at: the call that could send something out.
package portcullis.organisation.lethal_trifecta

import data.portcullis.patterns

default settings := {"mode": "off"}

settings := data.portcullis_settings.trifecta if is_object(data.portcullis_settings.trifecta)

model_kinds := {"model.call", "model.embed"}

deny contains {"rule": "third_leg", "message": reason} if {
	settings.mode == "deny"
	third_leg
}

approve contains {
	"rule": "third_leg", "message": reason,
	"approval": {"class": "lethal-trifecta", "approvers": settings.approvers, "ttl_s": 900, "quorum": 1},
} if {
	settings.mode == "approve"
	third_leg
}

# A model is no tool that could be asked for approval each time: the session goes on at home.
duties contains {"route": {"local": true}} if {
	settings.mode in {"deny", "approve"}
	settings.models == true
	input.action.kind in model_kinds
	has_private
	has_untrusted
}

reason := concat("", [
	"this session holds private data (", concat(", ", sort(private)), ") and has seen untrusted content (", concat(", ", sort(untrusted)),
	"): a tool that can send data out may not be used in it; go on in a new session without one of them, or ask an operator",
])

third_leg if {
	input.action.phase == "request"
	input.action.kind in {"tool.call", "resource.read", "prompt.get", "completion"}
	outward
	has_private
	has_untrusted
}

held := {label | some label in input.data.labels} | {label | some label in input.agent.session.labels}

private := (held & {label | some label in settings.private_labels}) | {level |
	level := order[max([rank(input.data.sensitivity), rank(input.agent.session.sensitivity)])]
	is_string(settings.private_sensitivity)
	rank(level) >= rank(settings.private_sensitivity)
}

untrusted := held & {label | some label in settings.untrusted_labels}

has_private if count(private) > 0

has_untrusted if count(untrusted) > 0

outward if {
	named_outward
	not excepted
}

outward if {
	settings.open_world == true
	input.resource.annotations.openWorldHint == true
	not excepted
}

named_outward if {
	some pattern in settings.outward
	patterns.matches(pattern, name)
}

excepted if {
	some pattern in settings.except
	patterns.matches(pattern, name)
}

name := concat("/", [input.resource.server, input.resource.original_name])

order := ["public", "internal", "confidential", "restricted"]

rank(wanted) := place if order[place] == wanted
