# What happens to personal data and secrets. Models see pseudonyms; the agent and trusted tools get the values back; what holds a secret
# stays on local models, for the rest of the session too.
package portcullis.organisation.sensitive_data

settings := data.portcullis_settings.data

model_kinds := {"model.call", "model.embed"}

duties contains {"redact": [{"kinds": settings.pseudonymise, "action": "pseudonymise", "unless_local": settings.unless_local}]} if {
	input.action.kind in model_kinds
	count(settings.pseudonymise) > 0
}

duties contains {"redact": [{"kinds": settings.mask, "action": "mask", "unless_local": settings.unless_local}]} if {
	input.action.kind in model_kinds
	count(settings.mask) > 0
}

duties contains {"redact": [{"kinds": settings.rephrase, "action": "rephrase", "unless_local": settings.unless_local}]} if {
	input.action.kind in model_kinds
	count(settings.rephrase) > 0
}

duties contains {"restore": [{"kinds": settings.rephrase, "sinks": sinks}]} if count(settings.rephrase) > 0

duties contains {"redact": [{"kinds": settings.block, "action": "block", "unless_local": settings.unless_local}]} if {
	input.action.kind in model_kinds
	count(settings.block) > 0
}

duties contains {"restore": [{"kinds": settings.pseudonymise, "sinks": sinks}]} if count(settings.pseudonymise) > 0

sinks := array.concat(["client"], [concat(":", ["tool", server]) | some server in settings.restore_servers])

duties contains {"inspect": [settings.answers]} if {
	input.action.kind == "model.call"
	count(settings.answers.kinds) > 0
}

# What was read stays read: a session that held a secret keeps to local models.
duties contains {"route": {"local": true}} if {
	input.action.kind in model_kinds
	settings.secrets == "local"
	"secret" in held
}

held := {label | some label in input.data.labels} | {label | some label in input.agent.session.labels}

duties contains {"route": {"trust": needed}} if {
	input.action.kind in model_kinds
	needed := order[max([rank(input.data.sensitivity), rank(input.agent.session.sensitivity)])]
}

order := ["public", "internal", "confidential", "restricted"]

rank(wanted) := place if order[place] == wanted

deny contains {"rule": "secret_blocked", "message": "the request holds a secret, and secrets go to no model"} if {
	input.action.kind in model_kinds
	settings.secrets == "block"
	"secret" in input.data.labels
}

deny contains {"rule": "secret_in_arguments", "message": "the arguments hold a secret that this server is not trusted with"} if {
	input.action.kind in {"tool.call", "tool.task"}
	input.action.phase == "request"
	settings.secrets != "allow"
	"secret" in input.data.labels
	not input.resource.server in settings.secret_servers
}

deny contains {"rule": "secret_in_answer", "message": "the answer holds a secret that this server is not trusted with"} if {
	input.action.kind in {"elicitation", "sampling", "roots"}
	input.action.phase == "response"
	settings.secrets != "allow"
	"secret" in input.data.labels
	not input.resource.server in settings.secret_servers
}
