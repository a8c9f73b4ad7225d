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

duties contains {"redact": [{"kinds": settings.block, "action": "block", "unless_local": settings.unless_local}]} if {
	input.action.kind in model_kinds
	count(settings.block) > 0
}

duties contains {"restore": [{"kinds": settings.pseudonymise, "sinks": sinks}]} if count(settings.pseudonymise) > 0

sinks := array.concat(["client"], [concat(":", ["tool", server]) | some server in settings.restore_servers])

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

goes_to_server if {
	input.action.kind in {"tool.call", "tool.task"}
	input.action.phase == "request"
}

goes_to_server if {
	input.action.kind in {"elicitation", "sampling", "roots"}
	input.action.phase == "response"
}

# Nobody looks into pictures, files and sound.
media := {"image", "file", "audio"} & {code | some code in input.data.unseen}

duties contains {"route": {"local": true}} if {
	input.action.kind in model_kinds
	settings.unseen_media == "local"
	count(media) > 0
}

deny contains {"rule": "unseen_media", "message": "the request holds a picture, a file or sound, which nobody can look into"} if {
	input.action.kind in model_kinds
	settings.unseen_media == "block"
	count(media) > 0
}

# What a detector did not look at counts as the most sensitive: models get it by their trust, servers by being trusted with secrets.
deny contains {"rule": "unseen_to_server", "message": "a detector did not look at this, and the server is not trusted with what it may hold"} if {
	goes_to_server
	settings.secrets != "allow"
	"unseen" in input.data.labels
	not input.resource.server in settings.secret_servers
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
