// Which resources a server tells an owner of: said again when the server was restarted or lost its session, and has forgotten it.
import type { McpConnection, McpOwner } from '../exchange/mcp.ts'
import { ownCall } from './mcp-hello.ts'
import type { McpPool } from './mcp-pool.ts'

const timeoutMs = 10_000

const subscribe = async (connection: McpConnection, method: 'resources/subscribe' | 'resources/unsubscribe', uris: readonly string[]): Promise<void> => {
  for (const uri of uris) await connection.request(ownCall(method, JSON.stringify({ uri }), timeoutMs))
}

/**
 * Makes the owner's present connection tell of these resources.
 * @param before what it told of until now; empty for a new connection
 * @throws Failure upstream.* for the first one that cannot be asked
 */
export const follow = async (pool: McpPool, { server, owner }: { server: string; owner: McpOwner }, uris: readonly string[], before: readonly string[] = []): Promise<void> => {
  if (uris.length === 0 && before.length === 0) return
  const connection = await pool.get(server, owner)
  if (connection.era === 'modern') {
    connection.watch(uris)
    return
  }
  await subscribe(connection, 'resources/subscribe', uris.filter(uri => !before.includes(uri)))
  await subscribe(connection, 'resources/unsubscribe', before.filter(uri => !uris.includes(uri)))
}
