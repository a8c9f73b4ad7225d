// All connections to MCP servers. Principals and their sessions never share one, a bad server never delays the others, and nothing
// is started twice. It decides nothing about what may be called.
import { Failure } from '../exchange/failure.ts'
import type { McpConnection, McpOwner, ReadJson } from '../exchange/mcp.ts'
import type { McpEra } from '../exchange/operation.ts'
import { noChildBook, type ChildBook } from './mcp-child-book.ts'
import { PoolEntry, type EntryDeps } from './mcp-entry.ts'
import type { HttpClient } from './mcp-http.ts'
import { EraMemory } from './mcp-probe.ts'
import { sameServer, type McpLog, type McpServerSpec } from './mcp-server.ts'

export type ListKind = 'tools' | 'resources' | 'prompts'

export interface McpPoolListener {
  onListChanged?(server: string, owner: McpOwner, kind: ListKind): void
  /** Any other notification that belongs to no request: notifications/message on stdio, resource updates. */
  onNotification?(server: string, owner: McpOwner, method: string, params: string | null): void
  /** A connection replaced an earlier one of the same owner. */
  onReopened?(server: string, owner: McpOwner): void
  /** The server was removed or changed by update(), or forgiven. */
  onRetired?(server: string): void
}

export interface McpServerHealth {
  readonly server: string
  readonly state: 'idle' | 'connecting' | 'ready' | 'failed'
  readonly lastError: string | null
  readonly era: McpEra | null
  readonly connections: number
}

export interface McpPoolOptions {
  readonly servers: readonly McpServerSpec[]
  readonly http: HttpClient
  /** The client for one server's requests, where it is not the plain one. */
  readonly httpFor?: (spec: McpServerSpec) => HttpClient
  readonly readJson: ReadJson
  readonly log: McpLog
  /** Version of the gateway, for clientInfo. */
  readonly version: string
  readonly nowMs?: () => number
  /** Does an owner wait to hear of changes? Its connections are not closed for being idle. */
  readonly isListening?: (owner: McpOwner) => boolean
  /** Most connections per server, all owners together. */
  readonly maxConnectionsPerServer?: number
  /** Notes the processes of stdio servers, so that the next start can end what a kill -9 leaves. */
  readonly children?: ChildBook
}

export interface McpPool {
  /**
   * The owner's connection to a server: itself when it is there, else a promise shared by all who wait.
   * @throws Failure upstream.connect | upstream.timeout | upstream.protocol | upstream.refused | gateway.overloaded (thrown or rejected)
   */
  get(server: string, owner: McpOwner): McpConnection | Promise<McpConnection>
  has(server: string): boolean
  /** Ends all connections of an owner (end of its session). */
  close(owner: McpOwner): Promise<void>
  /** Ends everything; calls under way get until the deadline. */
  closeAll(deadlineMs: number): Promise<void>
  health(): readonly McpServerHealth[]
  /** Takes a new configuration: unchanged servers keep their connections, the others finish their calls first. */
  update(servers: readonly McpServerSpec[]): void
  /** What made a server fail has been repaired: it is tried again at once, and what was known of it is forgotten. */
  forgive(server: string): void
  subscribe(listener: McpPoolListener): () => void
}

interface Slot { readonly spec: McpServerSpec; readonly entries: Map<string, PoolEntry>; lastError: string | null; era: McpEra | null }

const drainMs = 30_000
const sweepMs = 5000
const listKindOf = (method: string): ListKind | null => {
  const match = /^notifications\/(tools|resources|prompts)\/list_changed$/.exec(method)
  return match === null ? null : match[1] as ListKind
}

/** The length keeps two owners apart whatever characters their names hold. */
const keyOf = (owner: McpOwner): string => `${owner.principal.length}:${owner.principal}${owner.session}`

class Pool implements McpPool {
  readonly #options: McpPoolOptions
  readonly #nowMs: () => number
  readonly #eras: EraMemory
  readonly #slots = new Map<string, Slot>()
  readonly #listeners = new Set<McpPoolListener>()
  readonly #sweeper: NodeJS.Timeout
  /** Slots that left the configuration and are finishing their calls. */
  readonly #leaving = new Set<Promise<unknown>>()
  #closed = false

  constructor(options: McpPoolOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
    this.#eras = new EraMemory(this.#nowMs)
    for (const spec of options.servers) this.#add(spec)
    this.#sweeper = setInterval(() => { this.#sweep() }, sweepMs)
    this.#sweeper.unref()
  }

  get(server: string, owner: McpOwner): McpConnection | Promise<McpConnection> {
    const slot = this.#slots.get(server)
    if (slot === undefined || this.#closed) {
      throw new Failure(this.#closed ? 'gateway.draining' : 'upstream.connect', this.#closed ? 'The gateway is shutting down.' : `There is no MCP server "${server}".`, { detail: { server } })
    }
    const entry = this.#entry(slot, owner)
    entry.lastUsedMs = this.#nowMs()
    return entry.connection ?? entry.open()
  }

  has(server: string): boolean { return this.#slots.has(server) }

  async close(owner: McpOwner): Promise<void> {
    const key = keyOf(owner)
    await Promise.all([...this.#slots.values()].map(async slot => {
      const entry = slot.entries.get(key)
      slot.entries.delete(key)
      await entry?.retire(0)
    }))
  }

  async closeAll(deadlineMs: number): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweeper)
    const slots = [...this.#slots.values()]
    await Promise.all([...slots.flatMap(slot => [...slot.entries.values()].map(entry => entry.retire(deadlineMs))), ...this.#leaving])
    for (const slot of slots) slot.entries.clear()
  }

  health(): readonly McpServerHealth[] {
    return [...this.#slots.values()].map(slot => {
      const entries = [...slot.entries.values()]
      const connections = entries.filter(entry => entry.connection !== null).length
      const state = connections > 0 ? 'ready' : entries.some(entry => entry.isOpening) ? 'connecting' : slot.lastError === null ? 'idle' : 'failed'
      return { server: slot.spec.name, state, lastError: slot.lastError, era: slot.era, connections }
    })
  }

  update(servers: readonly McpServerSpec[]): void {
    const wanted = new Map(servers.map(spec => [spec.name, spec]))
    for (const [name, slot] of this.#slots) {
      const spec = wanted.get(name)
      if (spec !== undefined && sameServer(spec, slot.spec)) continue
      this.#slots.delete(name)
      this.#eras.forget(name)
      for (const listener of this.#listeners) listener.onRetired?.(name)
      const leaving: Promise<unknown> = Promise.all([...slot.entries.values()].map(entry => entry.retire(drainMs)))
        .finally(() => this.#leaving.delete(leaving))
      this.#leaving.add(leaving)
    }
    for (const spec of servers) if (!this.#slots.has(spec.name)) this.#add(spec)
  }

  forgive(server: string): void {
    for (const entry of this.#slots.get(server)?.entries.values() ?? []) entry.forgive()
    for (const listener of this.#listeners) listener.onRetired?.(server)
  }

  subscribe(listener: McpPoolListener): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  #add(spec: McpServerSpec): void { this.#slots.set(spec.name, { spec, entries: new Map(), lastError: null, era: null }) }

  #entry(slot: Slot, owner: McpOwner): PoolEntry {
    const key = keyOf(owner)
    let entry = slot.entries.get(key)
    if (entry === undefined) {
      this.#makeRoom(slot)
      slot.entries.set(key, entry = new PoolEntry(owner, this.#entryDeps(slot, owner)))
    }
    return entry
  }

  #makeRoom(slot: Slot): void {
    if (slot.entries.size < (this.#options.maxConnectionsPerServer ?? 256)) return
    let oldest: [string, PoolEntry] | null = null
    for (const pair of slot.entries) {
      if (!pair[1].isBusy && (oldest === null || pair[1].lastUsedMs < oldest[1].lastUsedMs)) oldest = pair
    }
    if (oldest === null) {
      throw new Failure('gateway.overloaded', `All connections to MCP server "${slot.spec.name}" are in use.`, { detail: { server: slot.spec.name }, retryAfterMs: 1000 })
    }
    slot.entries.delete(oldest[0])
    void oldest[1].retire(0)
  }

  #entryDeps(slot: Slot, owner: McpOwner): EntryDeps {
    const { children = noChildBook, log, readJson, version } = this.#options
    const http = this.#options.httpFor?.(slot.spec) ?? this.#options.http
    const { name } = slot.spec
    return {
      spec: slot.spec, children, http, log, readJson, version, capabilities: owner.capabilities, nowMs: this.#nowMs, eras: this.#eras,
      events: {
        onNotification: (method, params) => { this.#notified(name, owner, method, params) },
      },
      onState: failure => {
        slot.lastError = failure?.message ?? null
        slot.era = this.#eras.get(name)?.era ?? (slot.spec.era === 'auto' ? null : slot.spec.era)
        if (failure !== null) log(name, 'connect', failure.message)
      },
      onReopened: () => { for (const listener of this.#listeners) listener.onReopened?.(name, owner) },
    }
  }

  #notified(server: string, owner: McpOwner, method: string, params: string | null): void {
    const kind = listKindOf(method)
    for (const listener of this.#listeners) {
      if (kind === null) listener.onNotification?.(server, owner, method, params)
      else listener.onListChanged?.(server, owner, kind)
    }
  }

  #sweep(): void {
    const now = this.#nowMs()
    for (const { entries, spec } of this.#slots.values()) {
      for (const [key, entry] of entries) {
        if (entry.isBusy || now - entry.lastUsedMs < spec.idleStopMs || this.#options.isListening?.(entry.owner) === true) continue
        entries.delete(key)
        void entry.retire(0)
      }
    }
  }
}

/** Makes the pool of one process; it outlives reloads (update). Connections are opened at their first use. */
export const createMcpPool = (options: McpPoolOptions): McpPool => new Pool(options)
