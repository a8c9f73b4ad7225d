# What a server says of its tools, prompts and resource templates has to be what was approved. It is asked about lists and calls alike: what
# nobody approved is neither shown nor called. Messages name the server alone, which is a plain word: names of tools are the server's choice, and have
# no place in a text that a model reads as ours or that people copy into a shell.
package portcullis.organisation.definition_pins

noun := "tool" if {
	startswith(input.action.kind, "tool.")
} else := "prompt" if {
	startswith(input.action.kind, "prompt.")
} else := "resource" if {
	startswith(input.action.kind, "resource.")
} else := "thing"

definition := concat("", ["the definition of this ", noun, " of server ", input.resource.server])

rules := data.portcullis_pinning.servers[input.resource.server] if {
	data.portcullis_pinning.servers[input.resource.server]
} else := data.portcullis_pinning.usual

# Whoever gives no settings has not said that anything may pass.
default on_drift := "block"

on_drift := rules.on_drift

default first_sight := "quarantine"

first_sight := rules.first_sight

default on_flags := "report"

on_flags := rules.flags

default flags := []

flags := input.resource.flags if is_array(input.resource.flags)

command(verb) := concat("", ["`portcullis pins ", verb, " ", input.resource.server, "`"])

deny contains {"rule": "drift", "message": concat("", [
	definition, " is not the one that was approved; an operator can compare them with ", command("diff"), " and release it with ", command("approve"),
])} if {
	input.resource.pin == "drift"
	on_drift != "report"
	not "pins_unreadable" in flags
}

deny contains {"rule": "unreadable", "message": concat("", [
	"the pin database cannot be used, so nobody knows whether ", definition, " is the one that was approved; the gateway's log says why",
])} if {
	input.resource.pin == "drift"
	on_drift != "report"
	"pins_unreadable" in flags
}

deny contains {"rule": "quarantine", "message": concat("", [
	"nobody has approved ", definition, " yet; an operator can look at it with ", command("diff"), " and approve it with ", command("approve"),
])} if {
	input.resource.pin == "new"
	first_sight != "trust"
}

deny contains {"rule": "flags", "message": concat("", [
	definition, " is flagged: ", concat(", ", sort(flags)), "; ", "`portcullis pins list --server ", input.resource.server, "` says why, and pinning.flags decides what follows",
])} if {
	on_flags == "block"
	count(flags) > 0
	not "pins_unreadable" in flags
}
