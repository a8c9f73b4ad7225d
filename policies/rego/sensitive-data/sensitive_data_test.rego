package portcullis_test.sensitive_data

import data.portcullis.organisation.sensitive_data
import data.portcullis_test.facts

with_data(changes) := object.union(facts.settings, {"data": changes})

model(changes) := object.union(facts.model(["openai/gpt-5"]), changes)

said(question, changes) := answer if {
	answer := sensitive_data.duties with input as question with data.portcullis_settings as with_data(changes)
}

denials(question, changes) := {one.rule | some one in answer} if {
	answer := sensitive_data.deny with input as question with data.portcullis_settings as with_data(changes)
}

actions := ["pseudonymise", "hash", "mask", "drop", "block"]

only(action, kinds) := object.union({name: [] | some name in actions}, {action: kinds})

test_each_setting_is_its_duty[[action, kind, unless_local]] if {
	some action in actions
	some unless_local in [true, false]
	some kind in ["model.call", "model.embed"]
	duties := said(model({"action": {"kind": kind}}), object.union(only(action, ["email", "card"]), {"unless_local": unless_local}))
	{one | some duty in duties; some one in duty.redact} == {{"kinds": ["email", "card"], "action": action, "unless_local": unless_local}}
}

test_only_models_are_kept_from_data[kind] if {
	some kind in ["tool.call", "tool.list", "resource.read", "model.list", "sampling"]
	question := facts.call({"action": {"kind": kind}, "data": {"labels": ["secret"], "sensitivity": "restricted", "entities": {"card": 1, "iban": 1}}})
	changes := {"mask": ["card"], "block": ["iban"], "hash": ["email"], "drop": ["phone"], "local": ["card"], "approve": ["iban"]}
	{name | some duty in said(question, changes); some name, _ in duty} == {"restore"}
	asked := sensitive_data.approve with input as question with data.portcullis_settings as with_data(changes)
	asked == set()
}

test_one_kind_is_enough[action] if {
	some action in actions
	duties := said(model({}), only(action, ["iban"]))
	{one.kinds | some duty in duties; some one in duty.redact} == {["iban"]}
}

test_no_kinds_are_no_duty if {
	duties := said(model({}), only("mask", []))
	{one | some duty in duties; some one in duty.redact} == set()
	{one | some duty in duties; some one in duty.restore} == set()
}

redacted(changes) := {object.remove(one, ["unless_local"]) | some duty in said(model({}), changes); some one in duty.redact}

# [changes, duties without unless_local]
forms := {
	"no surrogates": [
		{"pseudonymise": ["email", "card"]},
		{{"kinds": ["email", "card"], "action": "pseudonymise"}},
	],
	"surrogates for one of two": [
		{"pseudonymise": ["email", "card"], "surrogates": ["email", "iban"]},
		{{"kinds": ["email"], "action": "pseudonymise", "form": "surrogate"}, {"kinds": ["card"], "action": "pseudonymise"}},
	],
	"what is masked has no surrogate": [
		{"pseudonymise": [], "mask": ["email"], "surrogates": ["email"]},
		{{"kinds": ["email"], "action": "mask"}},
	],
	"a provider that may see a kind": [
		{"pseudonymise": ["email", "card"], "mask": ["iban"], "may_see": [{"kinds": ["email", "iban"], "providers": ["eu"], "trust": null}]},
		{
			{"kinds": ["email"], "action": "pseudonymise", "unless_providers": ["eu"]},
			{"kinds": ["card"], "action": "pseudonymise"},
			{"kinds": ["iban"], "action": "mask", "unless_providers": ["eu"]},
		},
	],
	"trust that is enough": [
		{"pseudonymise": ["email"], "may_see": [{"kinds": ["email"], "providers": [], "trust": "confidential"}]},
		{{"kinds": ["email"], "action": "pseudonymise", "unless_trust": "confidential"}},
	],
	"several entries": [
		{
			"pseudonymise": ["email"], "surrogates": ["email"],
			"may_see": [
				{"kinds": ["email"], "providers": ["eu"], "trust": "restricted"},
				{"kinds": ["email"], "providers": ["home", "eu"], "trust": "confidential"},
			],
		},
		{{"kinds": ["email"], "action": "pseudonymise", "form": "surrogate", "unless_providers": ["eu", "home"], "unless_trust": "confidential"}},
	],
}

test_forms_and_destinations[note] if {
	some note, [changes, expected] in forms
	redacted(changes) == expected
}

# [settings, restore duties as [kinds, sinks, paths]]
restores := {
	"the client": [{}, {[["email"], ["client"], null]}],
	"trusted servers": [{"restore_servers": ["crm", "mail"]}, {[["email"], ["client", "tool:crm", "tool:mail"], null]}],
	"nothing to restore": [{"pseudonymise": [], "restore_servers": ["crm"]}, set()],
	"not all kinds for the client": [
		{"pseudonymise": ["email", "card"], "restore_client": ["card", "iban"], "restore_servers": ["crm"]},
		{[["card"], ["client"], null], [["email", "card"], ["tool:crm"], null]},
	],
	"nothing for the client": [{"restore_client": []}, set()],
	"a place": [
		{"restore": [{"kinds": ["email"], "sinks": ["tool:mail/send"], "paths": ["/to"]}]},
		{[["email"], ["client"], null], [["email"], ["tool:mail/send"], ["/to"]]},
	],
	"a tool": [
		{"restore_client": [], "restore": [{"kinds": ["email"], "sinks": ["tool:mail/send"], "paths": null}]},
		{[["email"], ["tool:mail/send"], null]},
	],
}

test_restores[[note, question.action.kind]] if {
	some note, [changes, expected] in restores
	some question in [facts.tool, model({})]
	duties := said(question, changes)
	{[one.kinds, one.sinks, object.get(one, "paths", null)] | some duty in duties; some one in duty.restore} == expected
}

# [kinds in the settings, entities, does it hold]
kinds_found := {
	"the kind": [["card"], {"card": 2, "email": 1}, true],
	"another kind": [["card"], {"email": 1}, false],
	"nothing": [["card"], {}, false],
	"no kinds": [[], {"card": 1}, false],
	"an own kind by its name": [["own:projects"], {"own:projects": 1}, true],
	"all own kinds": [["own:*"], {"own:projects": 1}, true],
	"own secrets are not own data": [["own:*"], {"own-secret:codes": 1}, false],
	"all own secrets": [["own-secret:*"], {"own-secret:codes": 1}, true],
}

test_kinds_that_need_a_human_or_a_local_model[[note, kind]] if {
	some note, [kinds, entities, holds] in kinds_found
	some kind in ["model.call", "model.embed"]
	question := object.union(model({"action": {"kind": kind}}), {"data": {"entities": entities}})
	{true | some duty in said(question, {"local": kinds}); duty.route.local} == {true | holds}
	asked := sensitive_data.approve with input as question with data.portcullis_settings as with_data({"approve": kinds, "approvers": ["dpo"]})
	{one.approval | some one in asked} == {{"class": "data", "approvers": ["dpo"], "ttl_s": 900, "quorum": 1} | holds}
}

test_answers_are_looked_at_where_kinds_say_so[kind] if {
	some kind in ["model.call", "model.embed", "tool.call"]
	some kinds in [[], ["api_key"]]
	duties := said(facts.call({"action": {"kind": kind}}), {"answers": {"kinds": kinds, "action": "drop"}})
	found := {one | some duty in duties; some one in duty.inspect}
	found == {{"kinds": kinds, "action": "drop"} | kind == "model.call"; count(kinds) > 0}
}

labels(now, before) := {"data": {"labels": now}, "agent": {"session": {"labels": before}}}

# [labels, labels of the session, setting, local only, denied]
secrets := {
	"a secret": [["secret"], [], "local", true, false],
	"a secret among others": [["pii", "secret"], [], "local", true, false],
	"a secret that the session has read": [[], ["secret"], "local", true, false],
	"no secret": [["pii"], ["customer"], "local", false, false],
	"a label in another case": [["Secret"], [], "local", false, false],
	"a secret that is allowed": [["secret"], ["secret"], "allow", false, false],
	"a secret that stops": [["secret"], [], "block", false, true],
	"nothing that stops": [["pii"], [], "block", false, false],
}

test_secrets_and_models[note] if {
	some note, [now, before, setting, local, stopped] in secrets
	question := model(labels(now, before))
	{true | some duty in said(question, {"secrets": setting}); duty.route.local} == {true | local}
	denials(question, {"secrets": setting}) == {"secret_blocked" | stopped}
}

# [labels, server, setting, denied]
arguments := {
	"a secret": [["secret"], "files", "local", true],
	"a secret where models must not see any": [["secret"], "files", "block", true],
	"a secret where all is allowed": [["secret"], "files", "allow", false],
	"a server that is trusted with secrets": [["secret"], "vault", "local", false],
	"a sibling of that server": [["secret"], "vault-evil", "local", true],
	"no secret": [["pii"], "files", "local", false],
}

test_secrets_in_arguments[[note, kind]] if {
	some note, [now, server, setting, stopped] in arguments
	some kind in ["tool.call", "tool.task", "resource.read", "prompt.get", "completion"]
	question := facts.call({"action": {"kind": kind}, "data": {"labels": now}, "resource": {"server": server}})
	denials(question, {"secrets": setting, "secret_servers": ["vault"]}) == {"secret_in_arguments" | stopped}
}

test_a_secret_without_a_server_is_not_trusted if {
	question := facts.call({"data": {"labels": ["secret"]}, "resource": {"server": null}})
	denials(question, {"secret_servers": ["vault"]}) == {"secret_in_arguments"}
}

test_answers_are_not_arguments if {
	question := facts.call({"data": {"labels": ["secret"]}, "action": {"phase": "response"}})
	denials(question, {}) == set()
}

# [sensitivity, of the session, trust that a destination needs]
trusts := [
	["public", "public", "public"], ["internal", "public", "internal"], ["public", "internal", "internal"], ["confidential", "internal", "confidential"],
	["internal", "restricted", "restricted"], ["restricted", "public", "restricted"],
]

test_the_higher_sensitivity_is_the_trust_that_is_needed[row] if {
	some row in trusts
	[now, before, expected] := row
	duties := said(model({"data": {"sensitivity": now}, "agent": {"session": {"sensitivity": before}}}), {})
	{duty.route.trust | some duty in duties; duty.route.trust} == {expected}
}

answered(kind, phase, server, labels) := object.union(
	facts.tool,
	{"action": {"kind": kind, "name": "x", "phase": phase}, "resource": {"server": server}, "data": {"labels": labels}},
)

# What may go back to a server that asked: [kind, phase, server, labels, denials].
answers := {
	"a secret to a server that is not trusted with it": ["elicitation", "response", "crm", ["secret"], 1],
	"a secret from a model": ["sampling", "response", "crm", ["secret"], 1],
	"no secret": ["elicitation", "response", "crm", ["pii"], 0],
	"the question, which goes to the caller": ["elicitation", "request", "crm", ["secret"], 0],
	"a secret to the server that keeps them": ["elicitation", "response", "vault", ["secret"], 0],
}

test_secrets_in_answers[note] if {
	some note, [kind, phase, server, labels, denials] in answers
	with_vault := facts.set_up({"data": {"secrets": "local", "secret_servers": ["vault"], "pseudonymise": [], "restore_servers": []}})
	denied := sensitive_data.deny with input as answered(kind, phase, server, labels) with data.portcullis_settings as with_vault
	count(denied) == denials
}

# [what was not looked at, setting, local only, denied]
unseen_media := {
	"a picture that is allowed": [["image"], "allow", false, false],
	"a picture that stays at home": [["image"], "local", true, false],
	"a file among others": [["detector:names", "file"], "local", true, false],
	"sound that stops": [["audio"], "block", false, true],
	"nothing that stops": [[], "block", false, false],
	"a detector that failed is no picture": [["detector:names", "too_long"], "block", false, false],
}

test_media_that_nobody_looks_into[note] if {
	some note, [unseen, setting, local, stopped] in unseen_media
	question := model({"data": {"unseen": unseen}})
	{true | some duty in said(question, {"unseen_media": setting}); duty.route.local} == {true | local}
	denials(question, {"unseen_media": setting}) == {"unseen_media" | stopped}
}

test_media_are_a_matter_of_models if {
	question := facts.call({"data": {"unseen": ["image"]}})
	denials(question, {"unseen_media": "block"}) == set()
}

# What goes to servers and was not looked at: [kind, phase, labels, server, setting, denied].
unseen_words := {
	"arguments": ["tool.call", "request", ["unseen"], "crm", "local", true],
	"a later word about a task": ["tool.task", "request", ["unseen"], "crm", "block", true],
	"an address": ["resource.read", "request", ["unseen"], "crm", "local", true],
	"arguments of a prompt": ["prompt.get", "request", ["unseen"], "crm", "local", true],
	"what is to be completed": ["completion", "request", ["unseen"], "crm", "local", true],
	"what a resource says": ["resource.read", "response", ["unseen"], "crm", "local", false],
	"an answer to a question": ["elicitation", "response", ["unseen"], "crm", "local", true],
	"a question, which goes to the caller": ["elicitation", "request", ["unseen"], "crm", "local", false],
	"a result, which goes to the caller": ["tool.call", "response", ["unseen"], "crm", "local", false],
	"arguments that were looked at": ["tool.call", "request", ["pii"], "crm", "local", false],
	"a server that is trusted with secrets": ["tool.call", "request", ["unseen"], "vault", "local", false],
	"secrets may go anywhere": ["tool.call", "request", ["unseen"], "crm", "allow", false],
}

test_what_was_not_looked_at_goes_to_no_server[note] if {
	some note, [kind, phase, labels, server, setting, stopped] in unseen_words
	question := answered(kind, phase, server, labels)
	denials(question, {"secrets": setting, "secret_servers": ["vault"]}) == {"unseen_to_server" | stopped}
}

test_hidden_secrets_are_replaced_and_need_no_local_model[kind] if {
	some kind in ["model.call", "model.embed"]
	duties := said(model({"action": {"kind": kind}, "data": {"labels": ["secret"]}}), {"pseudonymise": [], "secrets": "hide"})
	some duty in duties
	some one in duty.redact
	one.action == "pseudonymise"
	{"password", "api_key", "own-secret:*"} - {each | some each in one.kinds} == set()
	every other in duties {
		not other.route.local
	}
}

test_hidden_secrets_still_reach_no_server if {
	question := facts.call({"action": {"kind": "tool.call", "phase": "request"}, "data": {"labels": ["secret"]}})
	denials(question, {"secrets": "hide", "secret_servers": []}) == {"secret_in_arguments"}
}
