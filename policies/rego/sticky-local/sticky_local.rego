# Sessions that hold certain data keep to local models: labels stick to a session, so what was read once keeps it at home for good.
# Where none of the models that were asked for is local the call ends with this rule, and never in a cloud.
package portcullis.organisation.sticky_local

default settings := {"labels": [], "sensitivity": null}

settings := data.portcullis_settings.sticky_local if is_object(data.portcullis_settings.sticky_local)

model_kinds := {"model.call", "model.embed"}

duties contains {"route": {"local": true}} if {
	input.action.kind in model_kinds
	count(reasons) > 0
}

deny contains {"rule": "no_local_model", "message": concat("", [
	"this session holds ", concat(", ", sort(reasons)), " and keeps to local models (policy.settings.sticky_local), and \"", input.resource.requested,
	"\" has none that is; ask for a local model, or begin a new session without that data",
])} if {
	input.action.kind in model_kinds
	input.action.phase == "request"
	count(reasons) > 0
	is_array(input.resource.candidates)
	not has_local
}

has_local if input.resource.candidates[_].local == true

held := {label | some label in input.data.labels} | {label | some label in input.agent.session.labels}

reasons := (held & {label | some label in settings.labels}) | {level |
	level := order[max([rank(input.data.sensitivity), rank(input.agent.session.sensitivity)])]
	is_string(settings.sensitivity)
	rank(level) >= rank(settings.sensitivity)
}

order := ["public", "internal", "confidential", "restricted"]

rank(wanted) := place if order[place] == wanted
