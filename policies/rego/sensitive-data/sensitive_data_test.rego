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

redactions := {
	"pseudonymise": {"pseudonymise": ["email", "card"], "mask": [], "block": []},
	"mask": {"pseudonymise": [], "mask": ["email", "card"], "block": []},
	"block": {"pseudonymise": [], "mask": [], "block": ["email", "card"]},
}

test_each_setting_is_its_duty[[action, kind, unless_local]] if {
	some action, changes in redactions
	some unless_local in [true, false]
	some kind in ["model.call", "model.embed"]
	duties := said(model({"action": {"kind": kind}}), object.union(changes, {"unless_local": unless_local}))
	{one | some duty in duties; some one in duty.redact} == {{"kinds": ["email", "card"], "action": action, "unless_local": unless_local}}
}

test_only_models_are_kept_from_data[kind] if {
	some kind in ["tool.call", "tool.list", "resource.read", "model.list", "sampling"]
	duties := said(facts.call({"action": {"kind": kind}, "data": {"labels": ["secret"], "sensitivity": "restricted"}}), {"mask": ["card"], "block": ["iban"]})
	{name | some duty in duties; some name, _ in duty} == {"restore"}
}

# [kinds, servers that are trusted, restore duties]
test_one_kind_is_enough[action] if {
	some action in ["pseudonymise", "mask", "block"]
	duties := said(model({}), {"pseudonymise": [], action: ["iban"]})
	{one.kinds | some duty in duties; some one in duty.redact} == {["iban"]}
}

test_no_kinds_are_no_duty[action] if {
	some action in ["pseudonymise", "mask", "block"]
	duties := said(model({}), {"pseudonymise": [], action: []})
	{one | some duty in duties; some one in duty.redact} == set()
}

restores := {
	"the client": [["email"], [], {[["email"], ["client"]]}],
	"trusted servers": [["email"], ["crm", "mail"], {[["email"], ["client", "tool:crm", "tool:mail"]]}],
	"nothing to restore": [[], ["crm"], set()],
}

test_restores[[note, question.action.kind]] if {
	some note, [kinds, servers, expected] in restores
	some question in [facts.tool, model({})]
	duties := said(question, {"pseudonymise": kinds, "restore_servers": servers})
	{[one.kinds, one.sinks] | some duty in duties; some one in duty.restore} == expected
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

test_secrets_in_arguments[note] if {
	some note, [now, server, setting, stopped] in arguments
	question := facts.call({"data": {"labels": now}, "resource": {"server": server}})
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
