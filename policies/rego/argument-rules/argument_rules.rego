# What the arguments of a tool call may say: paths, hosts, numbers, choices. A missing or mistyped argument satisfies no rule, so it is
# denied. Messages name the argument and what is allowed, never the value.
package portcullis.organisation.argument_rules

import data.portcullis.patterns

settings := data.portcullis_settings

name := concat("/", [input.resource.server, input.resource.original_name])

deny contains {"rule": found.rule, "message": found.message} if {
	input.action.kind == "tool.call"
	input.action.phase == "request"
	some rule in settings.arguments
	applies(rule)
	not satisfied(rule)
	found := explain(rule)
}

applies(rule) if {
	some pattern in rule.tools
	patterns.matches(pattern, name)
}

default arguments := {}

arguments := input.args if is_object(input.args)

present(rule) if _ = arguments[rule.argument]

satisfied(rule) if {
	rule.required == false
	not present(rule)
}

satisfied(rule) if {
	rule.paths_within != null
	values := texts(arguments[rule.argument])
	every value in values {
		within(value, rule.paths_within)
	}
}

satisfied(rule) if {
	rule.hosts != null
	values := texts(arguments[rule.argument])
	every value in values {
		host_allowed(value, rule.hosts)
	}
}

satisfied(rule) if {
	rule.max_number != null
	value := arguments[rule.argument]
	is_number(value)
	value <= rule.max_number
}

satisfied(rule) if {
	rule.one_of != null
	some choice in rule.one_of
	arguments[rule.argument] == choice
}

# One text, or a list of texts that is not empty.
texts(value) := [value] if is_string(value)

texts(value) := value if {
	is_array(value)
	count(value) > 0
}

within(path, roots) if {
	is_string(path)
	startswith(path, "/")
	plain_path(path)
	some root in roots
	under(path, trim_right(root, "/"))
}

under(path, root) if path == root

under(path, root) if startswith(path, concat("", [root, "/"]))

# Nothing that another reader could resolve differently: no parent steps, no encodings, no back slashes, no control characters.
plain_path(path) if {
	not contains(path, "\\")
	not contains(path, "%")
	not regex.match(`[\x00-\x1f\x7f]`, path)
	not ".." in split(path, "/")
	not "." in split(path, "/")
}

host_allowed(url, hosts) if {
	is_string(url)
	regex.match(`^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][^\\\s]*)?$`, url)
	host := lower(split(split(split(split(split(url, "://")[1], "/")[0], "?")[0], "#")[0], ":")[0])
	some allowed in hosts
	host_matches(host, lower(allowed))
}

host_matches(host, allowed) if host == allowed

host_matches(host, allowed) if {
	startswith(allowed, "*.")
	endswith(host, substring(allowed, 1, -1))
}

explain(rule) := {"rule": "paths_within", "message": concat("", ["argument ", rule.argument, " must be an absolute path inside ", concat(" or ", rule.paths_within)])} if {
	rule.paths_within != null
} else := {"rule": "hosts", "message": concat("", ["argument ", rule.argument, " must be an http(s) URL on ", concat(" or ", rule.hosts)])} if {
	rule.hosts != null
} else := {"rule": "max_number", "message": concat("", ["argument ", rule.argument, " must be a number of at most ", json.marshal(rule.max_number)])} if {
	rule.max_number != null
} else := {"rule": "one_of", "message": concat("", ["argument ", rule.argument, " must be one of the configured choices"])}
