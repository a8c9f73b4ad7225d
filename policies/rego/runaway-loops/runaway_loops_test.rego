package portcullis_test.runaway_loops

import data.portcullis.main
import data.portcullis.organisation.runaway_loops
import data.portcullis_test.facts

tool(session) := facts.call({"agent": {"session": session}})

model(session) := object.union(facts.model(["openai/gpt-5"]), {"agent": {"session": session}})

set_up(loops) := facts.set_up({"loops": loops})

said(asked, loops) := {one.rule | some one in denied} if {
	denied := runaway_loops.deny with input as asked with data.portcullis_settings as set_up(loops)
}

limited := {"max_root_calls": 500, "max_root_usd": 5}

# [asked, settings that differ, rules that deny]
cases := {
	"a first call": [tool({}), {}, set()],
	"seven times": [tool({"repeats": 7}), {}, set()],
	"eight times": [tool({"repeats": 8}), {}, {"repeated_call"}],
	"more than that": [tool({"repeats": 80}), {}, {"repeated_call"}],
	"a limit of one's own": [tool({"repeats": 3}), {"max_repeats": 3}, {"repeated_call"}],
	"no limit": [tool({"repeats": 1000}), {"max_repeats": null}, set()],
	"a resource": [object.union(tool({"repeats": 8}), {"action": {"kind": "resource.read"}}), {}, {"repeated_call"}],
	"a prompt": [object.union(tool({"repeats": 8}), {"action": {"kind": "prompt.get"}}), {}, {"repeated_call"}],
	"scattered over the request": [tool({"repeats_in_root": 50}), {}, {"repeated_in_request"}],
	"scattered, not often enough": [tool({"repeats_in_root": 20}), {}, set()],
	"scattered, no limit": [tool({"repeats_in_root": 500}), {"max_repeats_in_root": null}, set()],
	"both": [tool({"repeats": 50, "repeats_in_root": 50}), {}, {"repeated_call", "repeated_in_request"}],
	"steps of a model": [model({"repeats": 20}), {}, {"repeated_step"}],
	"fewer steps of a model": [model({"repeats": 19}), {}, set()],
	"steps without limit": [model({"repeats": 1000}), {"max_model_repeats": null}, set()],
	"sudden spending": [model({"spend_per_min_usd": 2, "usual_spend_per_min_usd": 0.1}), {}, {"spend_speed"}],
	"spending just below": [model({"spend_per_min_usd": 1, "usual_spend_per_min_usd": 0.1}), {}, set()],
	"sudden but small": [model({"spend_per_min_usd": 0.5, "usual_spend_per_min_usd": 0.01}), {}, set()],
	"fast with another floor": [model({"spend_per_min_usd": 0.5, "usual_spend_per_min_usd": 0.01}), {"spend_floor_usd": 0.5}, {"spend_speed"}],
	"fast without a past": [model({"spend_per_min_usd": 100, "usual_spend_per_min_usd": null}), {}, set()],
	"fast as ever": [model({"spend_per_min_usd": 10, "usual_spend_per_min_usd": 10}), {}, set()],
	"any speed": [model({"spend_per_min_usd": 100, "usual_spend_per_min_usd": 0.01}), {"spend_factor": null}, set()],
	"tools spend nothing": [tool({"spend_per_min_usd": 100, "usual_spend_per_min_usd": 0.01}), {}, set()],
	"many calls of one request": [tool({"root": {"calls": 500}}), limited, {"request_calls"}],
	"many model calls": [model({"root": {"calls": 1000}}), limited, {"request_calls"}],
	"not so many": [tool({"root": {"calls": 200}}), limited, set()],
	"many and no limit": [tool({"root": {"calls": 100000}}), {}, set()],
	"a dear request": [model({"root": {"spend_usd": 5}}), limited, {"request_cost"}],
	"a dear request calls a tool": [tool({"root": {"spend_usd": 10}}), limited, {"request_cost"}],
	"embeddings of a request with many calls": [object.union(model({"root": {"calls": 500}}), {"action": {"kind": "model.embed"}}), limited, {"request_calls"}],
	"a cheap request": [model({"root": {"spend_usd": 2}}), limited, set()],
	"a dear request without limit": [model({"root": {"spend_usd": 500}}), {}, set()],
}

test_every_case if {
	every one in cases {
		[asked, loops, expected] := one
		got := said(asked, loops)
		got == expected
	}
}

test_tools_that_wait_may_repeat if {
	asked := object.union(tool({"repeats": 100, "repeats_in_root": 100}), {"resource": {"original_name": "wait_for_job"}})
	said(asked, {}) == set()
	said(asked, {"exempt": []}) == {"repeated_call", "repeated_in_request"}
}

test_what_waits_is_limited_all_the_same if {
	asked := object.union(tool({"repeats": 100, "root": {"calls": 500}}), {"resource": {"original_name": "wait_for_job"}})
	said(asked, limited) == {"request_calls"}
}

every_limit_passed := {
	"repeats": 1000, "repeats_in_root": 1000, "spend_per_min_usd": 1000, "usual_spend_per_min_usd": 0.01,
	"root": {"calls": 1000, "spend_usd": 1000},
}

test_lists_and_answers_pass if {
	every kind in ["tool.list", "tool.task", "prompt.list", "resource.list", "completion", "elicitation", "sampling", "roots", "model.list"] {
		got := said(object.union(tool(every_limit_passed), {"action": {"kind": kind}}), limited)
		got == set()
	}
	said(object.union(tool(every_limit_passed), {"action": {"phase": "response"}}), limited) == set()
}

test_without_settings_loops_are_stopped if {
	without := object.remove(facts.settings, ["loops"])
	denied := {one.rule | some one in runaway_loops.deny} with input as tool(every_limit_passed) with data.portcullis_settings as without
	denied == {"repeated_call", "repeated_in_request"}
	steps := {one.rule | some one in runaway_loops.deny} with input as model(every_limit_passed) with data.portcullis_settings as without
	steps == {"repeated_step", "spend_speed"}
}

granting(loops) := facts.set_up({"access": [{"groups": ["engineering"], "tools": ["*"], "except": []}], "loops": loops})

test_the_reason_says_what_to_do if {
	decision := main.decision with input as tool({"repeats": 8})
		with data.portcullis_settings as granting({})
		with data.portcullis_pinning as {"usual": {"first_sight": "trust", "on_drift": "block", "flags": "report"}, "servers": {}}
	decision.result == "deny"
	decision.reasons == [{"rule": "organisation.runaway_loops.repeated_call", "message": concat("", [
		"this very call was made 8 times in a row with the same arguments and the same result; ",
		"change the arguments, use another tool, or ask the user",
	])}]
}

test_an_observing_layer_stops_nothing if {
	observing := object.union(granting({}), {"layers": {"organisation": "observe", "tenant": "observe", "application": "observe"}})
	decision := main.decision with input as tool({"repeats": 8})
		with data.portcullis_settings as observing
		with data.portcullis_pinning as {"usual": {"first_sight": "trust", "on_drift": "block", "flags": "report"}, "servers": {}}
	decision.result == "none"
	decision.observed.result == "deny"
}
