// Streams on which stateless clients hear of changes (2026-07-28, subscriptions/listen): what each asked for, and nothing else.
import { Failure } from '../../exchange/failure.ts'
import type { McpOwner } from '../../exchange/mcp.ts'
import { metaKeys } from '../../exchange/mcp-wire.ts'
import { eventStreamHeaders, eventText, keepAliveText, notificationText, type ResponseSink } from './event-stream.ts'
import { resultText } from './reply.ts'
import type { ListKind } from './session.ts'

/** What a client wants to hear of, as far as it may. */
export interface Wanted {
  readonly kinds: ReadonlySet<ListKind>
  /** Server of each resource. */
  readonly resources: ReadonlyMap<string, string>
}

const heartbeatMs = 15_000
/** Announcements of one kind within this time are one announcement. */
const settleMs = 100
const mostPerOwner = 64

const membersOf = (params: string | null): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(params ?? '{}')
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

const filterNames = { toolsListChanged: 'tools', promptsListChanged: 'prompts', resourcesListChanged: 'resources' } as const satisfies Record<string, ListKind>

/** The list kinds and resources that params of subscriptions/listen ask for; null where they are not what the protocol asks for. */
export const readFilter = (notifications: unknown): { readonly kinds: ReadonlySet<ListKind>; readonly uris: readonly string[] } | null => {
  if (typeof notifications !== 'object' || notifications === null || Array.isArray(notifications)) return null
  const filter = notifications as Readonly<Record<string, unknown>>
  const uris: unknown = filter['resourceSubscriptions'] ?? []
  if (!Array.isArray(uris) || !uris.every(uri => typeof uri === 'string')) return null
  const kinds = Object.entries(filterNames).filter(([name]) => filter[name] === true).map(([, kind]) => kind)
  return { kinds: new Set(kinds), uris: [...new Set(uris)] }
}

export class McpListener {
  readonly owner: McpOwner
  readonly wanted: Wanted
  readonly #response: ResponseSink
  readonly #idText: string
  readonly #changed = new Set<ListKind>()
  readonly #heartbeat: NodeJS.Timeout
  #settling: NodeJS.Timeout | null = null

  /** Writes the acknowledgement: the first frame, and with what is granted. @param headers sent with the head */
  constructor(owner: McpOwner, wanted: Wanted, out: { readonly response: ResponseSink; readonly idText: string; readonly headers: Readonly<Record<string, string>> }) {
    this.owner = owner
    this.wanted = wanted
    this.#response = out.response
    this.#idText = out.idText
    out.response.writeHead(200, { ...out.headers, ...eventStreamHeaders })
    out.response.flushHeaders()
    const granted = Object.fromEntries(Object.entries(filterNames).filter(([, kind]) => wanted.kinds.has(kind)).map(([name]) => [name, true]))
    this.#notify('notifications/subscriptions/acknowledged', {
      notifications: { ...granted, ...wanted.resources.size === 0 ? {} : { resourceSubscriptions: [...wanted.resources.keys()] } },
    })
    this.#heartbeat = setInterval(() => { this.#response.write(keepAliveText) }, heartbeatMs)
    this.#heartbeat.unref()
  }

  /** Announces a changed list, once per burst. */
  listChanged(kind: ListKind): void {
    if (!this.wanted.kinds.has(kind)) return
    this.#changed.add(kind)
    this.#settling ??= setTimeout(() => {
      this.#settling = null
      for (const changed of this.#changed) this.#notify(`notifications/${changed}/list_changed`, {})
      this.#changed.clear()
    }, settleMs)
  }

  /** Passes on what a server said of its own accord, if it was asked for. */
  hear(server: string, method: string, params: string | null): void {
    if (method !== 'notifications/resources/updated') return
    const told = membersOf(params)
    if (typeof told['uri'] === 'string' && this.wanted.resources.get(told['uri']) === server) this.#notify(method, told)
  }

  /** Ends the stream as the protocol ends one: with the result of the request. */
  end(): void {
    this.stop()
    if (!this.#response.destroyed && !this.#response.writableEnded) this.#response.end(eventText(resultText(this.#idText, `{"resultType":"complete","_meta":${this.#meta()}}`)))
  }

  stop(): void {
    clearInterval(this.#heartbeat)
    if (this.#settling !== null) clearTimeout(this.#settling)
  }

  #meta(): string { return `{"${metaKeys.subscriptionId}":${this.#idText}}` }

  /** The id on the frames is this stream's, whatever the server called its own. */
  #notify(method: string, params: Readonly<Record<string, unknown>>): void {
    if (this.#response.destroyed || this.#response.writableEnded) return
    const _meta = { [metaKeys.subscriptionId]: JSON.parse(this.#idText) as unknown }
    this.#response.write(eventText(notificationText(method, JSON.stringify({ ...params, _meta }))))
  }
}

const keyOf = (owner: McpOwner): string => `${owner.principal.length}:${owner.principal}${owner.session}`

export class McpListeners {
  readonly #byOwner = new Map<string, Set<McpListener>>()

  has(owner: McpOwner): boolean { return this.#byOwner.has(keyOf(owner)) }
  of(owner: McpOwner): Iterable<McpListener> { return this.#byOwner.get(keyOf(owner)) ?? [] }

  all(): McpListener[] { return [...this.#byOwner.values()].flatMap(all => [...all]) }

  /** Resources of a server that any of the owner's listeners wants to hear of. */
  resourcesOf(owner: McpOwner, server: string): string[] {
    const uris = [...this.of(owner)].flatMap(({ wanted }) => [...wanted.resources].filter(([, of]) => of === server).map(([uri]) => uri))
    return [...new Set(uris)]
  }

  /** @throws Failure gateway.overloaded */
  requireRoom(owner: McpOwner): void {
    if ((this.#byOwner.get(keyOf(owner))?.size ?? 0) >= mostPerOwner) {
      throw new Failure('gateway.overloaded', `${mostPerOwner} streams of this caller are open already.`, { retryAfterMs: 1000 })
    }
  }

  add(listener: McpListener): void {
    const key = keyOf(listener.owner)
    const all = this.#byOwner.get(key)
    if (all === undefined) this.#byOwner.set(key, new Set([listener]))
    else all.add(listener)
  }

  remove(listener: McpListener): void {
    const key = keyOf(listener.owner)
    const all = this.#byOwner.get(key)
    all?.delete(listener)
    if (all?.size === 0) this.#byOwner.delete(key)
    listener.stop()
  }

  close(): void { for (const listener of this.all()) listener.end() }
}
