# A loop that nobody watches: the same call again and again that comes to the same, spending far above a session's own past, one user request that
# sets off more than it may. It only ever denies, and only what is asked: lists and answers pass, or a tool would vanish in the middle of a loop.
# The facts about repetition and speed come in steps, so that an ordinary call's decision is remembered. Messages are read by models.
package portcullis.organisation.runaway_loops

import data.portcullis.patterns

kinds := {"model.call", "model.embed", "tool.call", "resource.read", "prompt.get"}

tools := {"tool.call", "resource.read", "prompt.get"}

default loops := {}

loops := data.portcullis_settings.loops if is_object(data.portcullis_settings.loops)

# Whoever gives no settings has not said that loops may run.
max_repeats := object.get(loops, "max_repeats", 8)

max_repeats_in_root := object.get(loops, "max_repeats_in_root", 50)

max_model_repeats := object.get(loops, "max_model_repeats", 20)

spend_factor := object.get(loops, "spend_factor", 20)

spend_floor := object.get(loops, "spend_floor_usd", 1)

max_root_calls := object.get(loops, "max_root_calls", null)

max_root_usd := object.get(loops, "max_root_usd", null)

# Null lifts a limit: in Rego it is below every number, and would be passed at once.
passed(count, limit) if {
	is_number(limit)
	count >= limit
}

deny contains {"rule": "repeated_call", "message": concat("", [
	"this very call was made ", json.marshal(input.agent.session.repeats), " times in a row with the same arguments and the same result; ", way_out,
])} if {
	input.action.phase == "request"
	input.action.kind in tools
	passed(input.agent.session.repeats, max_repeats)
	not exempt
}

deny contains {"rule": "repeated_in_request", "message": concat("", [
	"this very call was made ", json.marshal(input.agent.session.repeats_in_root), " times or more for one user request and came to the same; ", way_out,
])} if {
	input.action.phase == "request"
	input.action.kind in tools
	passed(input.agent.session.repeats_in_root, max_repeats_in_root)
	not exempt
}

deny contains {"rule": "repeated_step", "message": concat("", [
	"the same tool calls with the same arguments and results were reported ", json.marshal(input.agent.session.repeats),
	" times in a row: this agent goes round in circles; a new message of the user starts afresh",
])} if {
	input.action.phase == "request"
	input.action.kind == "model.call"
	passed(input.agent.session.repeats, max_model_repeats)
}

deny contains {"rule": "spend_speed", "message": concat("", [
	"this session spends ", json.marshal(input.agent.session.spend_per_min_usd), " USD a minute or more, at least ", json.marshal(spend_factor), " times the ",
	json.marshal(input.agent.session.usual_spend_per_min_usd), " that is usual for it; go on in a minute or two, or ask an operator (policy.settings.loops)",
])} if {
	input.action.phase == "request"
	input.action.kind == "model.call"
	is_number(spend_factor)
	is_number(input.agent.session.usual_spend_per_min_usd)
	passed(input.agent.session.spend_per_min_usd, spend_floor)
	input.agent.session.spend_per_min_usd >= spend_factor * input.agent.session.usual_spend_per_min_usd
}

deny contains {"rule": "request_calls", "message": concat("", [
	"one user request has set off ", json.marshal(max_root_calls), " calls, and may set off no more (policy.settings.loops.max_root_calls); ask the user how to go on",
])} if {
	input.action.phase == "request"
	input.action.kind in kinds
	passed(input.agent.session.root.calls, max_root_calls)
}

deny contains {"rule": "request_cost", "message": concat("", [
	"one user request has cost ", json.marshal(max_root_usd), " USD, and may cost no more (policy.settings.loops.max_root_usd); ask the user how to go on",
])} if {
	input.action.phase == "request"
	input.action.kind in kinds
	passed(input.agent.session.root.spend_usd, max_root_usd)
}

way_out := "change the arguments, use another tool, or ask the user"

# Tools that wait for something.
exempt if {
	some pattern in loops.exempt
	patterns.matches(pattern, concat("/", [input.resource.server, input.resource.original_name]))
}
