// One legacy session: what the client negotiated, what it is waiting for, and its one stream for announcements.
import type { McpOwner, QuestionAnswer } from '../../exchange/mcp.ts'
import { reservedMeta } from '../../exchange/mcp-wire.ts'
import { carriedCapabilities } from './client-capabilities.ts'
import { eventStreamHeaders, eventText, keepAliveText, notificationText, type ResponseSink } from './event-stream.ts'

export interface SessionInit {
  /** Key of the principal that owns the session; no other may use it. */
  readonly principal: string
  readonly endpoint: string
  readonly protocolVersion: string
  readonly clientInfo: Readonly<Record<string, unknown>>
  readonly clientCapabilities: Readonly<Record<string, unknown>>
}

export interface InFlight { readonly signal: AbortSignal; end(): void }

/** In ascending severity (RFC 5424 names, as logging/setLevel takes them). */
export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const
export type LogLevel = (typeof logLevels)[number]

/** Is a log message severe enough? Levels that the protocol does not know pass: they are the server's own. */
export const passesLevel = (wanted: LogLevel | 'all', level: unknown): boolean => {
  if (wanted === 'all') return true
  const rank = (logLevels as readonly unknown[]).indexOf(level)
  return rank === -1 || rank >= (logLevels as readonly string[]).indexOf(wanted)
}

export type ListKind = 'tools' | 'resources' | 'prompts'

const defaultHeartbeatMs = 15_000
/** Announcements of one kind within this time are one announcement. */
const settleMs = 100

/** A client that subscribes to more than this hears of the first ones. */
const mostSubscriptions = 1000

/** What a stateless server stamps on its frames means nothing to a session. */
const withoutMeta = (told: Readonly<Record<string, unknown>>): string => JSON.stringify({ ...told, _meta: undefined })

const membersOf = (params: string | null): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(params ?? '{}')
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

export class McpSession implements SessionInit {
  readonly id: string
  readonly principal: string
  readonly endpoint: string
  readonly protocolVersion: string
  readonly clientInfo: Readonly<Record<string, unknown>>
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  /** Null until the client asked for a level: then servers' log messages of every level pass. */
  logLevel: LogLevel | null = null
  lastUsedMs: number
  /** For whom the session's connections are kept. */
  readonly owner: McpOwner
  /** Ids of ours that the client has not answered yet. */
  readonly #asked = new Map<string, (answer: QuestionAnswer) => void>()
  #lastQuestion = 0
  readonly #subscriptions = new Map<string, string>()
  readonly #inFlight = new Map<string, Set<AbortController>>()
  readonly #heartbeatMs: number
  readonly #changed = new Set<ListKind>()
  #settling: NodeJS.Timeout | null = null
  #stream: ResponseSink | null = null
  #heartbeat: NodeJS.Timeout | null = null
  #ended = false

  constructor(id: string, init: SessionInit, nowMs: number, heartbeatMs = defaultHeartbeatMs) {
    this.id = id
    this.principal = init.principal
    this.endpoint = init.endpoint
    this.protocolVersion = init.protocolVersion
    this.clientInfo = init.clientInfo
    this.clientCapabilities = init.clientCapabilities
    this.lastUsedMs = nowMs
    this.owner = { principal: init.principal, session: id, capabilities: carriedCapabilities(init.clientCapabilities) }
    this.#heartbeatMs = heartbeatMs
  }

  get isBusy(): boolean { return this.#inFlight.size > 0 || this.#stream !== null }
  /** Is there a stream on which the client hears of changes? */
  get isListening(): boolean { return this.#stream !== null }

  /**
   * Notes a request, so that notifications/cancelled finds it. Clients that reuse an id at the same time cancel both.
   * @param controller ends the request's work for whatever reason; a signal composed of several would be garbage that costs more than the call
   */
  begin(idText: string, controller = new AbortController()): InFlight {
    const same = this.#inFlight.get(idText)
    if (same === undefined) this.#inFlight.set(idText, new Set([controller]))
    else same.add(controller)
    if (this.#ended) controller.abort()
    return {
      signal: controller.signal,
      end: () => {
        const all = this.#inFlight.get(idText)
        all?.delete(controller)
        if (all?.size === 0) this.#inFlight.delete(idText)
      },
    }
  }

  get #canBeElicited(): boolean { return this.owner.capabilities.includes('"elicitation"') }

  /** A fresh id for a request to the client; `settle` gets the answer, if one comes. Ids are never used again. */
  expect(settle: (answer: QuestionAnswer) => void): { readonly idText: string; readonly forget: () => void } {
    const idText = `"gateway-${this.#lastQuestion += 1}"`
    this.#asked.set(idText, settle)
    return { idText, forget: () => { this.#asked.delete(idText) } }
  }

  /** Takes the client's answer. Answers that nobody waits for are a normal race. */
  answered(idText: string, answer: QuestionAnswer): void {
    const settle = this.#asked.get(idText)
    this.#asked.delete(idText)
    settle?.(answer)
  }

  /** Does a notifications/message of this level interest the client? */
  wantsLog(level: unknown): boolean { return passesLevel(this.logLevel ?? 'all', level) }

  /** Carries out notifications/cancelled. @param idText JSON text of params.requestId. Unknown ids are a normal race. */
  cancel(idText: string): void { for (const controller of this.#inFlight.get(idText) ?? []) controller.abort() }

  /** Takes the response of a GET as the session's stream. A newer one replaces an older: clients come back before we notice a cut. */
  attach(response: ResponseSink): void {
    this.#stream?.end()
    this.#stream = response
    response.writeHead(200, { ...eventStreamHeaders, 'mcp-session-id': this.id })
    response.flushHeaders()
    response.once('close', () => { if (this.#stream === response) this.#detach() })
    this.#heartbeat ??= setInterval(() => { this.#stream?.write(keepAliveText) }, this.#heartbeatMs)
    this.#heartbeat.unref()
    if (this.#changed.size > 0) this.#announceSoon()
  }

  /** Notes what a server agreed to: to tell of a resource, or no longer to. */
  followed(method: string, uri: string | null, server: string): void {
    if (uri === null) return
    if (method === 'resources/unsubscribe') this.#subscriptions.delete(uri)
    else if (method === 'resources/subscribe' && this.#subscriptions.size < mostSubscriptions) this.#subscriptions.set(uri, server)
  }

  /** What the client would hear of from a server once it had said this. */
  subscriptionsWith(method: string, uri: string | null, server: string): string[] {
    const others = this.subscriptionsTo(server).filter(other => other !== uri)
    return method === 'resources/subscribe' && uri !== null && others.length < mostSubscriptions ? [...others, uri] : others
  }

  /** Resources of a server that the client wants to hear of. */
  subscriptionsTo(server: string): string[] { return [...this.#subscriptions].filter(([, of]) => of === server).map(([uri]) => uri) }

  /** Passes on what a server said of its own accord: only what the client asked to be told, and nothing that the table does not know. */
  hear(server: string, method: string, params: string | null): void {
    const told = membersOf(params)
    const wanted = method === 'notifications/resources/updated' ? typeof told['uri'] === 'string' && this.#subscriptions.get(told['uri']) === server
      : method === 'notifications/message' ? this.wantsLog(told['level']) : method === 'notifications/elicitation/complete' && this.#canBeElicited
    if (wanted) this.notify(method, params?.includes(reservedMeta) === true ? withoutMeta(told) : params)
  }

  /** Sends a notification on the stream; without one it is dropped. `params` is JSON text. */
  notify(method: string, params: string | null): void { this.#stream?.write(eventText(notificationText(method, params))) }

  /** Announces a changed list, once per burst, now or when the client opens its stream. */
  listChanged(kind: ListKind): void {
    this.#changed.add(kind)
    if (this.#stream !== null) this.#announceSoon()
  }

  end(): void {
    this.#ended = true
    for (const controllers of this.#inFlight.values()) for (const controller of controllers) controller.abort()
    this.#stream?.end()
    this.#detach()
    if (this.#settling !== null) clearTimeout(this.#settling)
  }

  #announceSoon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = null
      if (this.#stream === null) return
      for (const kind of this.#changed) this.notify(`notifications/${kind}/list_changed`, null)
      this.#changed.clear()
    }, settleMs)
    this.#settling.unref()
  }

  #detach(): void {
    this.#stream = null
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    this.#heartbeat = null
  }
}
