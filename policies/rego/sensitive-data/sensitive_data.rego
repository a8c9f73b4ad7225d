# What happens to personal data and secrets. Models see pseudonyms; the agent and trusted tools get the values back, a secret only a tool's
# named argument; what holds a secret stays on local models, for the rest of the session too.
package portcullis.organisation.sensitive_data

settings := data.portcullis_settings.data

model_kinds := {"model.call", "model.embed"}

duties contains {"redact": redactions} if {
	input.action.kind in model_kinds
	count(redactions) > 0
}

redactions := array.concat(hidden, [duty |
	some action in ["pseudonymise", "rephrase", "hash", "mask", "drop", "block"]
	some duty in duties_for(action, settings[action])
])

# Secrets that are hidden need no trusted model. Stronger actions of the settings win.
hidden := [{"kinds": secret_kinds, "action": "pseudonymise", "unless_local": settings.unless_local}] if {
	settings.secrets == "hide"
} else := []

secret_kinds := ["jwt", "private_key", "api_key", "cloud_key", "password", "url_credentials", "connection_string", "cookie", "own-secret:*"]

# The common case costs no look at single kinds.
duties_for(action, kinds) := [{"kinds": kinds, "action": action, "unless_local": settings.unless_local}] if {
	count(kinds) > 0
	count(settings.may_see) == 0
	count(surrogates_for(action)) == 0
} else := [object.union_n([{"kinds": alike, "action": action, "unless_local": settings.unless_local}, form, lifted]) |
	special := {kind | some kind in surrogates_for(action)} | {kind | some entry in settings.may_see; some kind in entry.kinds}
	terms := {kind: [form_of(action, kind), lifted_for(kind)] | some kind in special; kind in kinds}
	some [form, lifted] in ({[{}, {}]} | {each | some each in terms})
	alike := [kind | some kind in kinds; object.get(terms, [kind], [{}, {}]) == [form, lifted]]
	count(alike) > 0
]

surrogates_for(action) := settings.surrogates if {
	action == "pseudonymise"
} else := []

form_of(action, kind) := {"form": "surrogate"} if {
	kind in surrogates_for(action)
} else := {}

# Who may see a kind: the providers that are named for it, and from the lowest trust on that is.
lifted_for(kind) := object.union(
	{"unless_providers": providers | count(providers) > 0},
	{"unless_trust": order[min(ranks)] | count(ranks) > 0},
) if {
	entries := [entry | some entry in settings.may_see; kind in entry.kinds]
	providers := sort({provider | some entry in entries; some provider in entry.providers})
	ranks := {rank(entry.trust) | some entry in entries; entry.trust != null}
}

duties contains {"restore": restores} if count(restores) > 0

duties contains {"restore": [{"kinds": settings.rephrase, "sinks": array.concat(["client"], tools)}]} if count(settings.rephrase) > 0

restores := array.concat(usual, [granted(entry) | some entry in settings.restore])

tools := [concat(":", ["tool", server]) | some server in settings.restore_servers]

# Where the client gets everything back, one duty says it all.
usual := [{"kinds": settings.pseudonymise, "sinks": array.concat(["client"], tools)}] if {
	is_null(settings.restore_client)
	count(settings.pseudonymise) > 0
} else := [{"kinds": kinds, "sinks": sinks} |
	shown := [kind | some kind in settings.pseudonymise; kind in settings.restore_client]
	some [kinds, sinks] in [[shown, ["client"]], [settings.pseudonymise, tools]]
	count(kinds) > 0
	count(sinks) > 0
]

granted(entry) := object.remove(entry, [name | some name, value in entry; is_null(value)])

held_kinds := object.keys(input.data.entities)

approve contains {
	"rule": "data_approval",
	"message": concat("", ["the request holds ", kind, " data, which a human has to let pass"]),
	"approval": {"class": "data", "approvers": settings.approvers, "ttl_s": 900, "quorum": 1},
} if {
	input.action.kind in model_kinds
	count(settings.approve) > 0
	some kind in held_kinds
	names(settings.approve, kind)
}

duties contains {"route": {"local": true}} if {
	input.action.kind in model_kinds
	count(settings.local) > 0
	some kind in held_kinds
	names(settings.local, kind)
}

# `own:*` and `own-secret:*` are all kinds of the operator's own.
names(kinds, kind) if kind in kinds

names(kinds, kind) if concat(":", [split(kind, ":")[0], "*"]) in kinds

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

# Arguments of a prompt, an address, what is to be completed: a server reads them as it reads the arguments of a tool.
asks_server if {
	input.action.kind in {"tool.call", "tool.task", "resource.read", "prompt.get", "completion"}
	input.action.phase == "request"
}

goes_to_server if asks_server

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
	asks_server
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
