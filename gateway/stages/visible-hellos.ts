// What servers say of themselves to a model: only those of which the caller may see something, because instructions tell of tools.
import type { McpOwner } from '../exchange/mcp.ts'
import type { Principal } from '../exchange/principal.ts'
import type { SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { UpstreamHello } from '../surfaces/mcp/local-answers.ts'
import type { McpCatalog } from '../upstream/mcp-catalog.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'
import { isVisible } from './decide-mcp.ts'
import { hellosOf } from './mcp-door.ts'
import { sessionOf } from './session-of.ts'

export interface Greeted {
  readonly principal: Principal
  readonly endpoint: string
  readonly owner: McpOwner
}

/** The servers behind an endpoint, without the instructions of those that the caller may use nothing of. */
export const visibleHellos = async (
  exchange: Exchange<Runtime>, { principal, endpoint, owner }: Greeted, { pool, catalog, sessions }: { pool: McpPool; catalog: McpCatalog; sessions: SessionStore },
): Promise<readonly UpstreamHello[]> => {
  const behind = exchange.runtime.mcpEndpoint(endpoint, principal.subject.groups)
  if (behind === undefined) return []
  const hellos = await hellosOf(pool, owner, behind.servers)
  const { instructions: own } = behind
  // The operator's words stand for all of a virtual server; they are said once.
  if (own !== null) return hellos.map(({ era, capabilities }, at) => ({ server: endpoint, era, capabilities, instructions: at === 0 ? own : null }))
  if (hellos.every(({ instructions }) => instructions === null)) return hellos
  const view = await catalog.view(owner, behind.servers, behind.exposing)
  const keys = sessionOf(principal, exchange.request.headers, null)
  const session = await sessions.load(keys, exchange.runtime.limitsOf(principal, keys, []))
  const entries = [...view.tools, ...view.prompts, ...view.resources, ...view.templates]
  return hellos.map(({ server, era, capabilities }) => {
    // The text that was judged, not the hello's: a connection may have been opened anew in between.
    const instructions = view.instructions.get(server)
    if (instructions === undefined) return { server, era, capabilities, instructions: null }
    const { pin, flags, text } = instructions
    // They are held to what holds for definitions: an entry is asked about as if it were in their place.
    const isUsable = entries.some(entry => entry.server === server && isVisible(exchange, principal, session, entry) && isVisible(exchange, principal, session, { ...entry, pin, flags }))
    return { server, era, capabilities, instructions: isUsable ? text : null }
  })
}
