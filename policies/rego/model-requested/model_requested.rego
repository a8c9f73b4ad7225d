# Tools that are called only where a model asked for this very call through the gateway: not by the agent's program of its own accord, and not with
# other arguments than the model's. It is allow-shaped: what is not known to have been asked for was not.
package portcullis.organisation.model_requested

import data.portcullis.patterns

default tools := []

tools := data.portcullis_settings.tools.require_model_request if is_array(data.portcullis_settings.tools.require_model_request)

deny contains {"rule": "no_model_request", "message": concat("", [
	"no model asked for this call of ", name, " with these arguments through the gateway (policy.settings.tools.require_model_request); ",
	"let the model ask for it, and pass its arguments on as they are",
])} if {
	input.action.phase == "request"
	input.action.kind == "tool.call"
	some pattern in tools
	patterns.matches(pattern, name)
	not input.provenance.model_requested == true
}

name := concat("/", [input.resource.server, input.resource.original_name])
