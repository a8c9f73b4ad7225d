# Who may use which tools, resources and prompts. One rule decides lists and calls: what may not be called is not listed.
# Writes on production servers need an approval; they stay listed, so that the agent can ask.
package portcullis.organisation.tool_access

import data.portcullis.patterns

settings := data.portcullis_settings

kinds := {"tool.list", "tool.call", "tool.task", "resource.list", "resource.read", "prompt.list", "prompt.get", "completion"}

name := concat("/", [input.resource.server, input.resource.original_name])

groups := {"*"} | {group | some group in input.subject.groups}

granted if {
	some entry in settings.access
	some group in entry.groups
	group in groups
	some pattern in entry.tools
	patterns.matches(pattern, name)
	not withheld(entry)
}

withheld(entry) if {
	some pattern in entry.except
	patterns.matches(pattern, name)
}

allow contains {"rule": "granted", "message": concat("", [name, " is granted"])} if {
	input.action.kind in kinds
	granted
}

# What a server asks while it answers: of callers who may make that call, and only what the grant says.
asks := {"elicitation", "sampling", "roots"}

allow contains {"rule": "may_ask", "message": concat("", [input.resource.server, " may ask for ", input.action.kind])} if {
	input.action.kind in asks
	some entry in settings.access
	some group in entry.groups
	group in groups
	some pattern in entry.tools
	patterns.matches(pattern, name)
	not withheld(entry)
	input.action.kind in entry.asks
}

# A form is no place for a password (MCP, "Elicitation": servers must not ask for secrets in forms).
deny contains {"rule": "form_asks_secret", "message": concat("", ["a form of ", input.resource.server, " asks for ", field, ", and secrets are not typed into forms"])} if {
	input.action.kind == "elicitation"
	input.action.phase == "request"
	some field in input.args.fields
	regex.match(`(?i)passw(or)?d|passphrase|secret($|[_-])|api[_-]?key|private[_-]?key|access[_-]?token|^cv[vc]`, field)
}

# The user is sent only where nobody can read along.
deny contains {"rule": "insecure_url", "message": concat("", [input.resource.server, " sends the user to a URL that is not https"])} if {
	input.action.kind == "elicitation"
	input.action.phase == "request"
	input.args.mode == "url"
	not startswith(input.args.url, "https://")
}

# A merged list has no single server: whether it may be asked for at all is not a secret, each entry is decided for itself.
allow contains {"rule": "list", "message": "lists are filtered entry by entry"} if {
	input.action.kind in {"tool.list", "resource.list", "prompt.list"}
	is_null(input.resource.server)
}

approve contains {
	"rule": "production_write",
	"message": concat("", [name, " may change ", input.resource.env, ", and only reads pass there without a human"]),
	"approval": {"class": "production-write", "approvers": settings.production.approvers, "ttl_s": 900, "quorum": 1},
} if {
	input.action.kind == "tool.call"
	input.action.phase == "request"
	input.resource.env in settings.production.environments
	granted
	not is_read
}

# SQL decides for itself, also where an operator called the tool a read.
is_read if {
	is_object(input.sql)
	reads_only(input.sql)
}

is_read if {
	is_null(input.sql)
	some pattern in settings.production.reads
	patterns.matches(pattern, name)
}

reads_only(sql) if {
	sql.parsed == true
	sql.statements == 1
	every kind in sql.kinds {
		kind == "select"
	}
}
