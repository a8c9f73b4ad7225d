// A server that was restarted, or lost its session, has forgotten what it was to tell of.
import type { McpOwner } from '../exchange/mcp.ts'
import type { McpPool } from './mcp-pool.ts'

const timeoutMs = 10_000

/**
 * Subscribes to resources anew on the owner's present connection.
 * @throws Failure upstream.* for the first one that cannot be asked
 */
export const resubscribe = async (pool: McpPool, server: string, owner: McpOwner, uris: readonly string[]): Promise<void> => {
  if (uris.length === 0) return
  const connection = await pool.get(server, owner)
  for (const uri of uris) {
    await connection.request({ method: 'resources/subscribe', params: JSON.stringify({ uri }), signal: null, timeoutMs, onNotification: null, caller: null })
  }
}
