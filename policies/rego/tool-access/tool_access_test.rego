package portcullis_test.tool_access

import data.portcullis.organisation.tool_access
import data.portcullis_test.facts

settings := facts.set_up({
	"access": [
		{"groups": ["engineering", "ops"], "tools": ["files/*", "db/query", "web/{get,head}"], "except": ["files/delete_*", "files/*.secret"]},
		{"groups": ["*"], "tools": ["search/*"], "except": []},
		{"groups": ["admins"], "tools": ["*"], "except": []},
		{"groups": ["cleaners"], "tools": ["files/delete_*"], "except": []},
		{"groups": ["nobody"], "tools": [], "except": []},
	],
	"production": {"reads": ["db/list_*", "files/read"], "approvers": ["dba"]},
})

asking(groups, server, name) := facts.call({"subject": {"groups": groups}, "resource": {"server": server, "original_name": name}})

# Which names which groups reach: [groups, server, name, granted].
access := {
	"a granted glob": [["engineering"], "files", "read", true],
	"a second group of the grant": [["ops"], "files", "read", true],
	"any one group is enough": [["guests", "ops"], "files", "read", true],
	"an exact name": [["engineering"], "db", "query", true],
	"a longer name than the exact one": [["engineering"], "db", "query_all", false],
	"a shorter name than the exact one": [["engineering"], "db", "quer", false],
	"upper case": [["engineering"], "db", "QUERY", false],
	"a name with a dot": [["engineering"], "files", "read.v2", true],
	"a name with a slash, as resource URIs have": [["engineering"], "files", "file:///srv/a.txt", true],
	"one of alternatives": [["engineering"], "web", "head", true],
	"none of the alternatives": [["engineering"], "web", "post", false],
	"an exception": [["engineering"], "files", "delete_file", false],
	"an exception with a dot in the name": [["engineering"], "files", "delete_file.now", false],
	"an exception with a slash in the name": [["engineering"], "files", "delete_a/b", false],
	"an exception with a line feed in the name": [["engineering"], "files", "delete_a\nb", false],
	"an exception by ending": [["engineering"], "files", "a.b/c.secret", false],
	"an exception of another grant does not count": [["engineering", "cleaners"], "files", "delete_file", true],
	"a sibling of the server": [["engineering"], "files-evil", "read", false],
	"a server that begins a granted one": [["engineering"], "file", "read", false],
	"a name that climbs": [["engineering"], "db", "../files/read", false],
	"a glob as a name": [["engineering"], "db", "*", false],
	"everybody": [[], "search", "web", true],
	"no group": [[], "files", "read", false],
	"an unknown group": [["guests"], "files", "read", false],
	"a group that looks like everybody's": [["*"], "files", "read", false],
	"a group in another case": [["Engineering"], "files", "read", false],
	"a group that begins a granted one": [["engineer"], "files", "read", false],
	"everything": [["admins"], "any/thing", "at.all", true],
	"an empty grant": [["nobody"], "files", "read", false],
	"an empty name": [["engineering"], "db", "", false],
}

test_access[note] if {
	some note, [groups, server, name, granted] in access
	answer := tool_access.allow with input as asking(groups, server, name) with data.portcullis_settings as settings
	count(answer) > 0 == granted
}

test_lists_are_decided_by_the_same_rule[kind] if {
	some kind in ["tool.list", "tool.task", "resource.list", "resource.read", "prompt.list", "prompt.get", "completion"]
	yes := object.union(asking(["engineering"], "files", "read"), {"action": {"kind": kind}})
	no := object.union(asking(["engineering"], "files", "delete_file"), {"action": {"kind": kind}})
	count(tool_access.allow) == 1 with input as yes with data.portcullis_settings as settings
	count(tool_access.allow) == 0 with input as no with data.portcullis_settings as settings
}

test_other_kinds_are_not_granted[kind] if {
	some kind in ["model.call", "model.embed", "model.list", "sampling", "elicitation", "tool.calls", ""]
	asked := object.union(asking(["admins"], "files", "read"), {"action": {"kind": kind}})
	count(tool_access.allow) == 0 with input as asked with data.portcullis_settings as settings
}

test_a_merged_list_may_be_asked_for[kind] if {
	some kind, allowed in {"tool.list": true, "resource.list": true, "prompt.list": true, "tool.call": false, "resource.read": false, "completion": false}
	asked := object.union(asking([], null, null), {"action": {"kind": kind}})
	answer := tool_access.allow with input as asked with data.portcullis_settings as settings
	count(answer) > 0 == allowed
}

sql(parsed, statements, kinds) := {"parsed": parsed, "statements": statements, "kinds": kinds, "tables": [], "has_where": null}

# [server, name, env, SQL facts, needs approval]
writes := {
	"a tool that is not known to read": ["files", "write", "production", null, true],
	"a tool that is known to read": ["files", "read", "production", null, false],
	"a tool that begins like a read": ["files", "read_and_write", "production", null, true],
	"the same tool elsewhere": ["files", "write", "development", null, false],
	"a server without environment": ["files", "write", null, null, false],
	"another spelling of the environment is another one": ["files", "write", "Production", null, false],
	"one parsed select": ["db", "query", "production", sql(true, 1, ["select"]), false],
	"several kinds, all select": ["db", "query", "production", sql(true, 1, ["select", "select"]), false],
	"a delete": ["db", "query", "production", sql(true, 1, ["delete"]), true],
	"a select beside a delete": ["db", "query", "production", sql(true, 1, ["select", "delete"]), true],
	"two selects": ["db", "query", "production", sql(true, 2, ["select"]), true],
	"no statement": ["db", "query", "production", sql(true, 0, []), true],
	"SQL that was not understood": ["db", "query", "production", sql(false, 1, ["select"]), true],
	"SQL that was not understood at all": ["db", "query", "production", sql(false, 0, []), true],
	"an explain": ["db", "query", "production", sql(true, 1, ["explain"]), true],
	"kinds in another case": ["db", "query", "production", sql(true, 1, ["SELECT"]), true],
	"a write through a tool that is known to read": ["files", "read", "production", sql(true, 1, ["update"]), true],
	"a database tool without SQL": ["db", "query", "production", null, true],
	"what is not granted is denied, not up for approval": ["mail", "send", "production", null, false],
	"what is excepted is denied, not up for approval": ["files", "delete_all", "production", null, false],
}

test_production_writes[note] if {
	some note, [server, name, env, statement, needed] in writes
	changes := {"resource": {"server": server, "original_name": name, "env": env}, "sql": statement}
	answer := tool_access.approve with input as facts.call(changes) with data.portcullis_settings as settings
	count(answer) > 0 == needed
}

test_an_approval_names_class_and_approvers if {
	changes := {"resource": {"original_name": "write", "env": "production"}}
	answer := tool_access.approve with input as facts.call(changes) with data.portcullis_settings as settings
	some one in answer
	one.rule == "production_write"
	one.approval == {"class": "production-write", "approvers": ["dba"], "ttl_s": 900, "quorum": 1}
}

test_only_calls_going_out_need_approval[note] if {
	some note, action in {"a list": {"kind": "tool.list"}, "a resource": {"kind": "resource.read"}, "an answer": {"phase": "response"}}
	changes := {"action": action, "resource": {"original_name": "write", "env": "production"}}
	answer := tool_access.approve with input as facts.call(changes) with data.portcullis_settings as settings
	count(answer) == 0
}

test_production_writes_stay_listed if {
	changes := {"action": {"kind": "tool.list"}, "resource": {"original_name": "write", "env": "production"}}
	count(tool_access.allow) == 1 with input as facts.call(changes) with data.portcullis_settings as settings
}

asking_settings := facts.set_up({
	"access": [
		{"groups": ["engineering"], "tools": ["crm/*"], "except": ["crm/delete"], "asks": ["elicitation", "roots"]},
		{"groups": ["ops"], "tools": ["crm/*"], "except": [], "asks": []},
	],
	"production": {"reads": [], "approvers": []},
})

form(fields) := {"mode": "form", "fields": fields, "url": null, "host": null}

server_asks(groups, name, kind, args) := facts.call({
	"subject": {"groups": groups}, "resource": {"server": "crm", "original_name": name},
	"action": {"kind": kind, "name": "x"}, "args": args,
})

# Who may be asked for what: [groups, tool, kind, allowed].
asked := {
	"what the grant says": [["engineering"], "find", "elicitation", true],
	"the other thing that it says": [["engineering"], "find", "roots", true],
	"what it does not say": [["engineering"], "find", "sampling", false],
	"a tool that the grant leaves out": [["engineering"], "delete", "elicitation", false],
	"a grant that lets nobody be asked": [["ops"], "find", "elicitation", false],
	"a stranger": [[], "find", "elicitation", false],
}

test_servers_ask_what_the_grant_says[note] if {
	some note, [groups, name, kind, allowed] in asked
	answer := tool_access.allow with input as server_asks(groups, name, kind, form(["city"])) with data.portcullis_settings as asking_settings
	count(answer) > 0 == allowed
}

test_forms_do_not_ask_for_secrets[field] if {
	some field in ["password", "db_password", "userPassword", "API_KEY", "apiKey", "client_secret", "access-token", "cvv", "passphrase"]
	answer := tool_access.deny with input as server_asks(["engineering"], "find", "elicitation", form(["city", field])) with data.portcullis_settings as asking_settings
	count(answer) == 1
}

test_forms_may_ask_for_the_rest[field] if {
	some field in ["secretary", "city", "token_count", "key", "user"]
	answer := tool_access.deny with input as server_asks(["engineering"], "find", "elicitation", form([field])) with data.portcullis_settings as asking_settings
	count(answer) == 0
}

test_users_are_sent_to_https_only[url] if {
	some url, denials in {"https://pay.example/": 0, "http://pay.example/": 1, "javascript:alert(1)": 1, "": 1}
	args := {"mode": "url", "fields": [], "url": url, "host": null}
	answer := tool_access.deny with input as server_asks(["engineering"], "find", "elicitation", args) with data.portcullis_settings as asking_settings
	count(answer) == denials
}

test_a_url_that_is_missing_is_refused if {
	args := {"mode": "url", "fields": [], "url": null, "host": null}
	answer := tool_access.deny with input as server_asks(["engineering"], "find", "elicitation", args) with data.portcullis_settings as asking_settings
	count(answer) == 1
}
