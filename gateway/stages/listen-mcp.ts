// Opens the stream on which a stateless client hears of changes. Which resources it may hear of is decided like reading them.
import type { Principal } from '../exchange/principal.ts'
import { rpcCodes } from '../exchange/mcp-wire.ts'
import type { SessionState, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { McpEndpoint, Runtime } from '../pipeline/runtime.ts'
import { McpListener, readFilter, type McpListeners, type Wanted } from '../surfaces/mcp/listeners.ts'
import type { McpRequest } from '../surfaces/mcp/read-message.ts'
import { McpRefusal } from '../surfaces/mcp/refusal.ts'
import type { McpCatalog } from '../upstream/mcp-catalog.ts'
import type { CatalogView } from '../upstream/mcp-catalog-view.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'
import { follow } from '../upstream/mcp-resubscribe.ts'
import { ask, refusal } from './decide.ts'
import { mcpFacts, noData } from './decide-mcp.ts'
import { principalKey, statelessOwner } from './mcp-received.ts'
import { sessionOf } from './session-of.ts'

export interface McpListening {
  readonly listeners: McpListeners
  readonly catalog: McpCatalog
  readonly pool: McpPool
  readonly sessions: SessionStore
  /** Told of a server that could not be asked for updates. */
  readonly report: (server: string, thrown: unknown) => void
}

const mostResources = 1000

/** The server of a resource that the caller may read, or null. */
const readable = (exchange: Exchange<Runtime>, { principal, session, view, uri }: { principal: Principal; session: SessionState; view: CatalogView; uri: string }): string | null => {
  const route = view.resource(uri)
  if (route.found !== 'one') return null
  const refused = refusal(ask(exchange.runtime.policy, mcpFacts({
    exchange, principal, session, entry: route.entry, kind: 'resource.read', name: uri, phase: 'request', args: null, data: noData,
  })))
  return refused === null ? route.server : null
}

interface At { readonly message: McpRequest; readonly endpoint: string }

/** The address was checked when the request was received. */
const behindOf = (exchange: Exchange<Runtime>, principal: Principal, endpoint: string): McpEndpoint =>
  exchange.runtime.mcpEndpoint(endpoint, principal.subject.groups) ?? { servers: [], exposing: false, instructions: null, search: null }

const wantedBy = async (exchange: Exchange<Runtime>, principal: Principal, at: At, parts: McpListening): Promise<Wanted> => {
  const { message, endpoint } = at
  const filter = readFilter(message.params?.['notifications'])
  if (filter === null || filter.uris.length > mostResources) {
    throw new McpRefusal(`subscriptions/listen needs params.notifications: an object with the kinds of changes, and at most ${mostResources} resourceSubscriptions.`, {
      code: 'request.malformed', rpcCode: rpcCodes.invalidParams, httpStatus: 200, idText: message.idText, detail: { field: 'params.notifications' },
    })
  }
  if (filter.uris.length === 0) return { kinds: filter.kinds, resources: new Map() }
  const behind = behindOf(exchange, principal, endpoint)
  const view = await parts.catalog.view(statelessOwner(principalKey(principal), endpoint, message), behind.servers, behind.exposing)
  const keys = sessionOf(principal, exchange.request.headers, null)
  const session = await parts.sessions.load(keys, exchange.runtime.limitsOf(principal, keys, []))
  const servers = filter.uris.map(uri => [uri, readable(exchange, { principal, session, view, uri })] as const)
  return { kinds: filter.kinds, resources: new Map(servers.filter((pair): pair is readonly [string, string] => pair[1] !== null)) }
}

/** Recorded when it begins: the stream takes no place among the exchanges in flight. @throws McpRefusal | Failure gateway.overloaded */
export const listenMcp = async (exchange: Exchange<Runtime>, principal: Principal, at: At, parts: McpListening): Promise<void> => {
  const { response } = exchange
  const owner = statelessOwner(principalKey(principal), at.endpoint, at.message)
  const { listeners, pool, report } = parts
  const wanted = await wantedBy(exchange, principal, at, parts)
  listeners.requireRoom(owner)
  const servers = new Set(wanted.resources.values())
  const before = new Map([...servers].map(server => [server, listeners.resourcesOf(owner, server)]))
  const refollow = (server: string, told: readonly string[]): void => {
    follow(pool, { server, owner }, listeners.resourcesOf(owner, server), told).catch((thrown: unknown) => { report(server, thrown) })
  }
  exchange.record(200, null, error => {
    if (error !== undefined || response.destroyed) {
      response.destroy()
      return
    }
    const listener = new McpListener(owner, wanted, { response, idText: at.message.idText, headers: { 'x-portcullis-exchange': exchange.id } })
    listeners.add(listener)
    for (const [server, told] of before) refollow(server, told)
    // What changes is announced only by connections that are there.
    for (const server of behindOf(exchange, principal, at.endpoint).servers) Promise.resolve().then(() => pool.get(server, owner)).catch(() => undefined)
    response.once('close', () => {
      const told = new Map([...servers].map(server => [server, listeners.resourcesOf(owner, server)]))
      listeners.remove(listener)
      for (const [server, uris] of told) refollow(server, uris)
    })
  })
}
