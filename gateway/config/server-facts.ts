// What a generation knows of each MCP server as decisions, routing and readiness need it.
import { matchesGlob } from '../../router/glob.ts'
import type { McpServer } from '../../registry/mcp-server.ts'
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

export const serverFacts = (server: McpServer): McpServerFacts => ({
  env: server.environment, trust: server.trust, required: server.required, timeoutOf: deadlines(server), callLimitMs: server.call_limit_ms,
  labels: { labels: [...new Set(server.labels)].sort(), sensitivity: server.sensitivity },
})
