package portcullis_test.patterns

import data.portcullis.patterns

# What the engine says beforehand must not change an answer: [pattern, name, matches]
cases := [
	["files/*", "files/read", true], ["files/*", "files/", true], ["files/*", "files", false], ["files/*", "files/a/b.c", true], ["files/*", "file/read", false],
	["db/query", "db/query", true], ["db/query", "db/query2", false], ["db/query", "DB/query", false], ["*", "", true], ["*", "a/b.c\n", true],
	["files/*.txt", "files/a.b.txt", true], ["files/*.txt", "files/a.txt.exe", false], ["a/{b,c}", "a/c", true], ["a/?", "a/b", true], ["a/?", "a/bc", false],
	["files/{x}*", "files/x\ny", true], ["a/[xy]", "a/y", true], ["a/[xy]", "a/[xy]", false],
]

beforehand := {"start": {"files/*": "files/", "*": ""}, "exact": {"db/query": true}}

test_matches[[pattern, name]] if {
	some [pattern, name, expected] in cases
	expected == patterns.matches(pattern, name)
	expected == patterns.matches(pattern, name) with data.portcullis_patterns as beforehand
}
