package portcullis_test.argument_rules

import data.portcullis.organisation.argument_rules
import data.portcullis_test.facts

none := {"paths_within": null, "hosts": null, "max_number": null, "one_of": null}

rule(changes) := object.union(object.union(none, {"tools": ["files/*"], "argument": "x", "required": true}), changes)

denied(changes, args) := count(answer) > 0 if {
	answer := argument_rules.deny with input as facts.called_with({}, args)
		with data.portcullis_settings as facts.set_up({"arguments": [rule(changes)]})
}

within := {"paths_within": ["/srv/files", "/tmp/work/"]}

good_paths := [
	"/srv/files", "/srv/files/", "/srv/files/a.txt", "/srv/files/a/b", "/srv/files/..a", "/srv/files/a..b", "/srv/files/...", "/srv/files/.hidden",
	"/srv/files//a", "/tmp/work", "/tmp/work/x", "/srv/files/ü", "/srv/files/a b", ["/srv/files/a"], ["/srv/files/a", "/tmp/work/b"],
]

test_paths_inside_pass[path] if {
	some path in good_paths
	not denied(within, {"x": path})
}

bad_paths := [
	"", "/", "/srv", "/srv/file", "/srv/files-evil", "/srv/files-evil/a", "/srv/filesystem", "/srv/files.bak", "/tmp/workspace", "/etc/passwd",
	"srv/files/a", "./srv/files/a", "~/a", "files/a", " /srv/files/a", "/Srv/Files/a", "//srv/files/a",
	"/srv/files/..", "/srv/files/../x", "/srv/files/a/../../x", "/srv/files/.", "/srv/files/./a", "/../srv/files/a", "/srv/files/a/..",
	"/srv/files/%2e%2e/x", "/srv/files/..%2fx", "/srv/files/%252e%252e/x", "/srv/files/a%00", "/srv/files/100%",
	"/srv/files\\..\\x", "/srv/files/..\\x", "\\srv\\files", "file:///srv/files/a", "C:\\srv\\files",
	"/srv/files/a\u0000.txt", "/srv/files/a\nb", "/srv/files/a\tb", "/srv/files/a\u007f", "/srv/files/\u001b[0m",
	[], [[]], ["/srv/files/a", "/etc/passwd"], ["/srv/files/a", null], ["/srv/files/a", 1], [["/srv/files/a"]],
	null, 1, true, false, {}, {"path": "/srv/files/a"},
]

test_paths_outside_are_denied[path] if {
	some path in bad_paths
	denied(within, {"x": path})
}

test_the_root_holds_every_plain_path if {
	not denied({"paths_within": ["/"]}, {"x": "/etc/passwd"})
	denied({"paths_within": ["/"]}, {"x": "/etc/../passwd"})
	denied({"paths_within": ["/"]}, {"x": "etc/passwd"})
}

hosts := {"hosts": ["api.example.com", "*.Example.org"]}

good_urls := [
	"https://api.example.com", "http://api.example.com/", "https://api.example.com/a/b?c=d#e", "https://API.example.com/", "https://api.example.com:8443/x",
	"https://api.example.com?x=https://evil.com", "https://a.example.org", "https://a.b.example.org/x", "https://A.EXAMPLE.ORG", "https://api.example.com/@evil.com",
	["https://api.example.com/a", "https://a.example.org/b"],
]

test_urls_on_the_hosts_pass[url] if {
	some url in good_urls
	not denied(hosts, {"x": url})
}

bad_urls := [
	"", "api.example.com", "//api.example.com", "https://", "https:///api.example.com", "https:api.example.com", "https:/api.example.com",
	"ftp://api.example.com", "file://api.example.com/etc/passwd", "javascript:alert(1)//api.example.com", "HTTPS://api.example.com", " https://api.example.com",
	"https://evil.com", "https://evil.com/api.example.com", "https://evil.com?api.example.com", "https://evil.com#api.example.com", "https://evil.com://api.example.com",
	"https://api.example.com.evil.com", "https://evilapi.example.com", "https://xapi.example.com", "https://example.com", "https://example.org", "https://evilexample.org",
	"https://api.example.com@evil.com", "https://api.example.com:80@evil.com", "https://user:pass@api.example.com", "https://evil.com:443@api.example.com",
	"https://api.example.com\\@evil.com", "https://evil.com\\.example.org", "https://api.example.com/\\evil.com", "https://evil.com\\@api.example.com/",
	"https://api.example.com.", "https://a.example.org./x", "https://api.example.com:", "https://api.example.com:x", "https://api.example.com:123456",
	"https://api。example.com", "https://аpi.example.com", "https://api.example.com\u200b", "https://ａpi.example.com", "https://%61pi.example.com",
	"https://[::1]/", "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://localhost/",
	"https://api.example.com\nhttps://evil.com", "https://api.example.com/ https://evil.com", "https://api.example.com/\thttps://evil.com", "https://evil.com\n.example.org",
	[], ["https://api.example.com", "https://evil.com"], ["https://api.example.com", null],
	null, 1, true, {}, {"url": "https://api.example.com"},
]

test_urls_elsewhere_are_denied[url] if {
	some url in bad_urls
	denied(hosts, {"x": url})
}

# [value, denied]
numbers := [
	[0, false], [10, false], [9.99, false], [-5, false], [10.0001, true], [11, true], [1e300, true],
	["5", true], [null, true], [true, true], [[5], true], [{}, true], ["", true],
]

test_numbers[[value, expected]] if {
	some [value, expected] in numbers
	expected == denied({"max_number": 10}, {"x": value})
}

choices := [
	["read", false], [2, false], [true, false], ["Read", true], ["read ", true], ["", true], ["2", true], [false, true], [1, true], [null, true], [["read"], true], [{}, true],
]

test_choices[[value, expected]] if {
	some [value, expected] in choices
	expected == denied({"one_of": ["read", 2, true]}, {"x": value})
}

kinds_of_rule := {"paths_within": ["/srv"], "hosts": ["a.example"], "max_number": 3, "one_of": ["a"]}

test_a_missing_argument_is_denied_unless_it_is_optional[kind] if {
	some kind, wanted in kinds_of_rule
	denied({kind: wanted}, {})
	denied({kind: wanted}, {"X": "a", "y": "a"})
	denied({kind: wanted}, null)
	denied({kind: wanted}, ["a"])
	denied({kind: wanted}, "a")
	not denied({kind: wanted, "required": false}, {})
	not denied({kind: wanted, "required": false}, null)
}

test_an_optional_argument_still_has_to_fit[kind] if {
	some kind, wanted in kinds_of_rule
	denied({kind: wanted, "required": false}, {"x": "elsewhere"})
	denied({kind: wanted, "required": false}, {"x": null})
	denied({kind: wanted, "required": false}, {"x": false})
}

test_rules_concern_their_tools_only[note] if {
	some note, [tools, expected] in {
		"exact": [["files/read"], true], "glob": [["*/read"], true], "second of two": [["db/*", "files/*"], true],
		"other tool": [["files/write"], false], "other server": [["db/*"], false], "sibling": [["file/*"], false],
	}
	expected == denied({"tools": tools, "max_number": 3}, {"x": 4})
}

test_a_dot_in_the_name_of_a_tool_escapes_no_rule if {
	answer := argument_rules.deny with input as facts.called_with({"resource": {"original_name": "read.v2"}}, {"x": 4})
		with data.portcullis_settings as facts.set_up({"arguments": [rule({"max_number": 3})]})
	count(answer) == 1
}

test_only_calls_going_out_are_judged[note] if {
	some note, action in {"list": {"kind": "tool.list"}, "answer": {"phase": "response"}, "prompt": {"kind": "prompt.get"}}
	answer := argument_rules.deny with input as facts.called_with({"action": action}, {"x": 4})
		with data.portcullis_settings as facts.set_up({"arguments": [rule({"max_number": 3})]})
	count(answer) == 0
}

test_every_rule_has_to_hold if {
	rules := [rule({"max_number": 3}), rule({"argument": "y", "one_of": ["a"]})]
	answer := argument_rules.deny with input as facts.called_with({}, {"x": 4, "y": "b"})
		with data.portcullis_settings as facts.set_up({"arguments": rules})
	{one.rule | some one in answer} == {"max_number", "one_of"}
}

messages := {
	"argument x must be an absolute path inside /srv or /tmp": {"paths_within": ["/srv", "/tmp"]},
	"argument x must be an http(s) URL on a.example or b.example": {"hosts": ["a.example", "b.example"]},
	"argument x must be a number of at most 0.5": {"max_number": 0.5},
	"argument x must be one of the configured choices": {"one_of": ["a"]},
}

test_messages_say_what_is_allowed_and_never_the_value[message] if {
	some message, changes in messages
	answer := argument_rules.deny with input as facts.called_with({}, {"x": "hunter2"})
		with data.portcullis_settings as facts.set_up({"arguments": [rule(changes)]})
	{one.message | some one in answer} == {message}
}
