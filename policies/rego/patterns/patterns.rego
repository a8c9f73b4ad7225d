# How globs of the settings match names: `*` stands for anything, also for "/" and ".", because tools, models and URIs hold both.
# An exception that a dot in a name could slip past would be none.
package portcullis.patterns

# Compiling a glob costs more than all the rest of a rule, so the engine says beforehand which patterns are plain text, or plain text and a
# final `*` (data.portcullis_patterns, made from the settings). Without it the answers are the same.
# A line feed is matched as a space: compiled to WebAssembly, `*` stops at it, and an exception must not end there.
matches(pattern, name) := startswith(name, start) if {
	start := data.portcullis_patterns.start[pattern]
} else := name == pattern if {
	data.portcullis_patterns.exact[pattern]
} else := glob.match(pattern, null, replace(name, "\n", " "))
