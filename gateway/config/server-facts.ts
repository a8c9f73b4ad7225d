// What a generation knows of each MCP server as decisions, routing and readiness need it.
import { matchesGlob } from '../../router/glob.ts'
import type { McpServer } from '../../registry/mcp-server.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { McpServerFacts } from '../pipeline/runtime.ts'

/** Names come from servers' lists, so the memory is bounded. */
const mostNames = 10_000

/** The first glob that matches a tool's own name, in written order; worked out once per tool and generation. */
const deadlines = ({ call_timeout_ms: usual, tool_timeouts: written }: McpServer): McpServerFacts['timeoutOf'] => {
  const patterns = Object.entries(written)
  if (patterns.length === 0) return () => usual
  const known = new Map<string, number>()
  return tool => {
    if (tool === null) return usual
    let timeoutMs = known.get(tool)
    if (timeoutMs === undefined) {
      if (known.size >= mostNames) known.clear()
      known.set(tool, timeoutMs = patterns.find(([pattern]) => matchesGlob(pattern, tool))?.[1] ?? usual)
    }
    return timeoutMs
  }
}

type Marks = McpServer['tool_labels']

const joined = (labels: Labels, { labels: more, sensitivity }: Marks[string]): Labels => joinLabels(labels, { labels: more, sensitivity: sensitivity ?? 'public' })

/** What is declared for a tool or resource comes on top of what its server has; worked out once per name and generation. */
const marked = (base: Labels, marks: Marks): ((name: string) => Labels) => {
  const patterns = Object.entries(marks)
  if (patterns.length === 0) return () => base
  const known = new Map<string, Labels>()
  return name => {
    let labels = known.get(name)
    if (labels === undefined) {
      if (known.size >= mostNames) known.clear()
      known.set(name, labels = patterns.reduce((all, [pattern, one]) => matchesGlob(pattern, name) ? joined(all, one) : all, base))
    }
    return labels
  }
}

const labelsOf = (server: McpServer, base: Labels): McpServerFacts['labelsOf'] => {
  const tool = marked(base, server.tool_labels)
  const resource = marked(base, server.resource_labels)
  return (kind, name) => kind === 'tool' ? tool(name) : kind === 'resource' ? resource(name) : base
}

const baseOf = ({ labels, sensitivity }: McpServer): Labels => ({ labels: [...new Set(labels)].sort(), sensitivity })

export const serverFacts = (server: McpServer, base = baseOf(server)): McpServerFacts => ({
  env: server.environment, trust: server.trust, required: server.required, timeoutOf: deadlines(server), callLimitMs: server.call_limit_ms,
  labels: base, labelsOf: labelsOf(server, base),
})
