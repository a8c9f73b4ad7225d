// What each owner's servers offer, remembered until the server says otherwise or the memory is old. A tools/call on a warm catalog
// costs look-ups and no waiting.
import { asFailure, Failure } from '../exchange/failure.ts'
import type { McpOwner } from '../exchange/mcp.ts'
import type { Bundle } from './mcp-bundle.ts'
import { CatalogView, type Exposing, type FailedServer, type NamedLists } from './mcp-catalog-view.ts'
import type { McpPool } from './mcp-pool.ts'
import type { McpLog } from './mcp-server.ts'
import { fetchLists, type ServerLists } from './mcp-server-lists.ts'

export interface McpCatalogOptions {
  readonly pool: McpPool
  readonly log: McpLog
  /** Compares fetched lists with their pins; without it nothing is pinned. */
  readonly judge?: (server: string, lists: ServerLists) => ServerLists
  readonly nowMs?: () => number
  /** Lists are fetched again after this time even if the server announced no change. */
  readonly maxAgeMs?: number
  /** Longest wait for one page. */
  readonly timeoutMs?: number
  /** A merged view does not wait longer than this for one server; the server is then left out until it has answered. */
  readonly patienceMs?: number
  /** A server that had been left out has answered: clients should fetch their lists again. */
  readonly onLateArrival?: (server: string, owner: McpOwner) => void
}

export interface McpCatalog {
  /**
   * The merged view of some servers for an owner; synchronous while everything is fresh. Servers that fail are left out and listed in
   * `failed`; the view itself never fails.
   * @param servers names in their configured order; pass the same array each time, it is compared by identity first.
   * @param exposing under which names; pass the same bundle each time, too.
   */
  view(owner: McpOwner, servers: readonly string[], exposing: Exposing): CatalogView | Promise<CatalogView>
  /** Forgets what a server listed, for every owner. */
  drop(server: string): void
  /** Forgets an owner (end of its session). */
  forget(owner: McpOwner): void
  close(): void
}

const defaultMaxAgeMs = 300_000
/** A server that says "do not remember" is still not asked on every call. */
const leastAgeMs = 1000
/** How long a failing server is left alone. */
const failureAgeMs = 5000
const defaultPatienceMs = 10_000
const mostOwners = 10_000

interface Fresh { readonly untilMs: number; readonly lists: ServerLists | null; readonly failure: Failure | null }

interface MergedView { readonly servers: readonly string[]; readonly exposing: Exposing; readonly view: CatalogView; readonly untilMs: number; readonly version: number }

class OwnerCatalog {
  /** Grows with every change; a merged view of an older version is stale. */
  version = 0
  readonly fresh = new Map<string, Fresh>()
  readonly fetching = new Map<string, Promise<Fresh>>()
  readonly merged = new Map<string, MergedView>()
  /** Those of bundles go with their generation. */
  readonly bundled = new WeakMap<Bundle, MergedView>()
  last: MergedView | null = null

  drop(server: string): void {
    this.version += 1
    this.fresh.delete(server)
    // A fetch under way may have read the old list: its result must not be remembered.
    this.fetching.delete(server)
  }
}

const keyOf = (owner: McpOwner): string => `${owner.principal.length}:${owner.principal}${owner.session}`

class Catalog implements McpCatalog {
  readonly #options: McpCatalogOptions
  readonly #nowMs: () => number
  readonly #owners = new Map<string, OwnerCatalog>()
  readonly #unsubscribe: () => void

  constructor(options: McpCatalogOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
    this.#unsubscribe = options.pool.subscribe({
      onListChanged: (server, owner) => this.#owners.get(keyOf(owner))?.drop(server),
      onReopened: (server, owner) => this.#owners.get(keyOf(owner))?.drop(server),
      onRetired: server => { this.drop(server) },
    })
  }

  view(owner: McpOwner, servers: readonly string[], exposing: Exposing): CatalogView | Promise<CatalogView> {
    const catalog = this.#of(owner)
    const known = this.#known(catalog, servers, exposing)
    return known === null ? this.#build(catalog, owner, servers, exposing) : known.view
  }

  drop(server: string): void { for (const catalog of this.#owners.values()) catalog.drop(server) }
  forget(owner: McpOwner): void { this.#owners.delete(keyOf(owner)) }
  close(): void { this.#unsubscribe() }

  #of(owner: McpOwner): OwnerCatalog {
    const key = keyOf(owner)
    let catalog = this.#owners.get(key)
    if (catalog !== undefined) return catalog
    if (this.#owners.size >= mostOwners) {
      const oldest = this.#owners.keys().next().value
      if (oldest !== undefined) this.#owners.delete(oldest)
    }
    this.#owners.set(key, catalog = new OwnerCatalog())
    return catalog
  }

  #known(catalog: OwnerCatalog, servers: readonly string[], exposing: Exposing): MergedView | null {
    const now = this.#nowMs()
    const { last } = catalog
    const candidate = last?.servers === servers && last.exposing === exposing ? last : mergedOf(catalog, servers, exposing)
    if (candidate === undefined || candidate.version !== catalog.version || candidate.untilMs <= now) return null
    return catalog.last = candidate
  }

  async #build(catalog: OwnerCatalog, owner: McpOwner, servers: readonly string[], exposing: Exposing): Promise<CatalogView> {
    const { version } = catalog
    const parts = await Promise.all(servers.map(async server => this.#fresh(catalog, owner, server)))
    const named: NamedLists[] = []
    const failed: FailedServer[] = []
    let untilMs = Infinity
    parts.forEach((part, index) => {
      const server = servers[index] as string
      untilMs = Math.min(untilMs, part.untilMs)
      if (part.lists !== null) named.push({ server, lists: part.lists })
      else if (part.failure !== null) failed.push({ server, failure: part.failure })
    })
    const view = new CatalogView(named, failed, exposing)
    for (const { server, text } of view.problems) this.#options.log(server, 'list', text)
    if (catalog.version === version) {
      const merged = { servers, exposing, view, untilMs, version }
      if (typeof exposing === 'boolean') catalog.merged.set(mergedKey(servers, exposing), merged)
      else catalog.bundled.set(exposing, merged)
      catalog.last = merged
    }
    return view
  }

  #fresh(catalog: OwnerCatalog, owner: McpOwner, server: string): Fresh | Promise<Fresh> {
    const known = catalog.fresh.get(server)
    if (known !== undefined && known.untilMs > this.#nowMs()) return known
    const fetching = catalog.fetching.get(server) ?? this.#start(catalog, owner, server)
    // A server that failed before is asked again behind everybody's back, so that it delays nobody.
    if (known !== undefined && known.failure !== null) return known
    return this.#patiently(catalog, server, fetching)
  }

  #start(catalog: OwnerCatalog, owner: McpOwner, server: string): Promise<Fresh> {
    const fetching = this.#fetch(owner, server).then(fresh => {
      // Only the fetch that is still wanted may be remembered (see drop).
      if (catalog.fetching.get(server) !== fetching) return fresh
      catalog.fetching.delete(server)
      const wasLeftOut = (catalog.fresh.get(server)?.failure ?? null) !== null
      catalog.fresh.set(server, fresh)
      if (wasLeftOut && fresh.lists !== null) {
        catalog.version += 1
        this.#options.onLateArrival?.(server, owner)
      }
      return fresh
    })
    catalog.fetching.set(server, fetching)
    return fetching
  }

  #patiently(catalog: OwnerCatalog, server: string, fetching: Promise<Fresh>): Promise<Fresh> {
    const patienceMs = this.#options.patienceMs ?? defaultPatienceMs
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Fresh>(resolve => {
      timer = setTimeout(() => {
        const failure = new Failure('upstream.timeout', `MCP server "${server}" has not listed what it offers within ${patienceMs} ms; it is left out until it has.`, { detail: { server } })
        const fresh = { untilMs: this.#nowMs() + failureAgeMs, lists: null, failure }
        if (catalog.fetching.get(server) === fetching) catalog.fresh.set(server, fresh)
        resolve(fresh)
      }, patienceMs)
    })
    return Promise.race([fetching, late]).finally(() => { clearTimeout(timer) })
  }

  async #fetch(owner: McpOwner, server: string): Promise<Fresh> {
    const { judge = unjudged, maxAgeMs = defaultMaxAgeMs, pool, timeoutMs = 30_000 } = this.#options
    try {
      const lists = judge(server, await fetchLists(await pool.get(server, owner), timeoutMs))
      const age = Math.max(leastAgeMs, Math.min(maxAgeMs, lists.ttlMs ?? maxAgeMs))
      return { untilMs: this.#nowMs() + age, lists, failure: null }
    } catch (thrown) {
      const failure = asFailure(thrown)
      this.#options.log(server, 'list', failure.message)
      return { untilMs: this.#nowMs() + failureAgeMs, lists: null, failure }
    }
  }
}

const unjudged = (_server: string, lists: ServerLists): ServerLists => lists

const mergedOf = (catalog: OwnerCatalog, servers: readonly string[], exposing: Exposing): MergedView | undefined =>
  typeof exposing === 'boolean' ? catalog.merged.get(mergedKey(servers, exposing)) : catalog.bundled.get(exposing)

const mergedKey = (servers: readonly string[], prefix: boolean): string => `${prefix ? '+' : '-'}${servers.join(',')}`

export const createMcpCatalog = (options: McpCatalogOptions): McpCatalog => new Catalog(options)
