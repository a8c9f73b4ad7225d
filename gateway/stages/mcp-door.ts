// Who is behind an MCP endpoint, and what do they say of themselves? Servers of both eras stand behind every door.
import type { McpConnection, McpOwner } from '../exchange/mcp.ts'
import type { UpstreamHello } from '../surfaces/mcp/local-answers.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'

/** Longest wait for one server when a client says hello; it may come in later. */
const patienceMs = 10_000

const waitFor = async (connection: Promise<McpConnection>): Promise<McpConnection | null> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => { timer = setTimeout(() => { resolve(null) }, patienceMs) })
  return Promise.race([connection.catch(() => null), late]).finally(() => { clearTimeout(timer) })
}

/** Opens the owner's connections. A server that does not answer in time is left out of the hello and takes part later. */
export const hellosOf = async (pool: McpPool, owner: McpOwner, names: readonly string[]): Promise<readonly UpstreamHello[]> => {
  const connections = await Promise.all(names.map(async server => {
    try {
      const connection = pool.get(server, owner)
      return connection instanceof Promise ? await waitFor(connection) : connection
    } catch {
      return null
    }
  }))
  return connections.filter(connection => connection !== null)
}
