// What both transports share: the hello, the envelope, and what happens to messages that answer nobody's request.
import type { JsonDocument } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { McpCall, McpConnection, QuestionAnswer, ReadJson } from '../exchange/mcp.ts'
import type { McpEra } from '../exchange/operation.ts'
import type { ChildBook } from './mcp-child-book.ts'
import { clientInfoText, ownCall, type McpHello, type McpWire } from './mcp-hello.ts'
import { refusedQuestion, type Incoming } from './mcp-message.ts'
import type { Envelope } from './mcp-params.ts'
import { PendingCalls, progressIdOf, type PendingCall } from './mcp-pending.ts'
import type { McpLog, McpServerSpec } from './mcp-server.ts'

export interface ConnectionEvents {
  /** Notifications that belong to no request of ours: list_changed, log messages on stdio, resource updates. */
  readonly onNotification: (method: string, params: string | null) => void
  /** The connection ended by itself; it is of no use any more. */
  readonly onBroken: (failure: Failure) => void
}

export interface ConnectionDeps {
  readonly spec: McpServerSpec
  readonly readJson: ReadJson
  readonly log: McpLog
  readonly events: ConnectionEvents
  /** Version of the gateway, for clientInfo. */
  readonly version: string
  /** JSON text of what the client behind us can be asked. */
  readonly capabilities: string
  /** Where processes that are started are noted. */
  readonly children: ChildBook
}

/** A connection as the pool keeps it. */
export interface PooledConnection extends McpConnection, McpWire {
  readonly server: string
  /** Requests without an answer. */
  readonly pendingCount: number
  /** Resolves once nothing is pending. */
  idle(): Promise<void>
  /** Called once with the outcome of the handshake; starts listening. Resolves when the server may be called: it could ask on the shared stream at once. */
  ready(hello: McpHello): Promise<void>
}

const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']
const logTimeoutMs = 5000

/** These concern the session, on whatever stream they come. */
const unrelated = /^notifications\/(?:(?:tools|resources|prompts)\/list_changed|resources\/updated)$/

export abstract class ConnectionBase implements McpWire {
  readonly server: string
  protected readonly deps: ConnectionDeps
  protected readonly pending: PendingCalls
  /** Null in the legacy era. */
  #envelope: Envelope | null = null
  /** Rank of the level that the server was asked for. */
  #logRank = Infinity
  /** Questions of the server that nobody has answered yet, by their ids. */
  readonly #questions = new Map<string, AbortController>()
  protected hello: McpHello | null = null
  protected spoken: McpEra = 'legacy'
  protected watched: readonly string[] = []

  constructor(deps: ConnectionDeps) {
    this.deps = deps
    this.server = deps.spec.name
    this.pending = new PendingCalls(deps.spec.name)
  }

  abstract request(call: Parameters<McpWire['request']>[0]): ReturnType<McpWire['request']>
  abstract notify(method: string, params: string | null): void
  abstract notified(method: string): Promise<void>
  /** Sends the answer to a request of the server. */
  protected abstract respond(idText: string, answer: QuestionAnswer): void

  get era(): McpEra { return this.spoken }
  get protocolVersion(): string { return this.hello?.protocolVersion ?? '' }
  get capabilities(): Readonly<Record<string, unknown>> { return this.hello?.capabilities ?? {} }
  get serverInfo(): Readonly<Record<string, unknown>> { return this.hello?.serverInfo ?? {} }
  get instructions(): string | null { return this.hello?.instructions ?? null }
  get pendingCount(): number { return this.pending.size }
  idle(): Promise<void> { return this.pending.idle() }

  speak(era: McpEra, protocolVersion: string | null): void {
    this.spoken = era
    this.#envelope = era === 'legacy' ? null : {
      protocolVersion: JSON.stringify(protocolVersion), clientInfo: clientInfoText(this.deps.version), clientCapabilities: '{}', logLevel: null,
    }
  }

  /** The envelope of one request: ours, but for what the caller can be asked and wants to hear. */
  protected envelopeFor(caller: McpCall['caller']): Envelope | null {
    const envelope = this.#envelope
    if (envelope === null || caller === null) return envelope
    return { ...envelope, clientCapabilities: caller.capabilities, logLevel: caller.logLevel === null ? null : JSON.stringify(caller.logLevel) }
  }

  logFrom(level: string): Promise<void> | undefined {
    const rank = levels.indexOf(level)
    if (this.spoken === 'modern' || this.capabilities['logging'] === undefined || rank === -1 || rank >= this.#logRank) return undefined
    this.#logRank = rank
    // A server that refuses goes on as before.
    return this.request(ownCall('logging/setLevel', JSON.stringify({ level }), logTimeoutMs)).then(() => undefined, () => undefined)
  }

  /** Which kinds of list_changed the server said it would send. */
  protected get announcedKinds(): readonly ('tools' | 'resources' | 'prompts')[] {
    return (['tools', 'resources', 'prompts'] as const).filter(kind =>
      (this.capabilities[kind] as { listChanged?: unknown } | undefined)?.listChanged === true)
  }

  watch(uris: readonly string[]): void {
    if (this.spoken !== 'modern' || uris.length === this.watched.length && uris.every(uri => this.watched.includes(uri))) return
    this.watched = uris
    this.relisten()
  }

  /** Begins to listen anew, for what is wanted now. */
  protected abstract relisten(): void

  /** Will the server say anything of its own accord? Many servers of the session era ask on the shared stream, not on that of the call. */
  protected get announcesAnything(): boolean {
    if (this.announcedKinds.length > 0 || this.watched.length > 0) return true
    return this.spoken === 'legacy' && (this.deps.capabilities !== '{}' || (this.capabilities['resources'] as { subscribe?: unknown } | undefined)?.subscribe === true)
  }

  /** Params of subscriptions/listen for everything that the server announced, and the resources that somebody follows. */
  protected get listenParams(): string {
    const kinds = Object.fromEntries(this.announcedKinds.map(kind => [`${kind}ListChanged`, true]))
    return JSON.stringify({ notifications: this.watched.length === 0 ? kinds : { ...kinds, resourceSubscriptions: this.watched } })
  }

  /**
   * Delivers what is not a reply.
   * @param origin the request on whose own stream the message came; null on a shared channel.
   */
  protected deliver(incoming: Exclude<Incoming, { kind: 'reply' }>, origin: PendingCall | null): void {
    if (incoming.kind === 'request') {
      void this.#serve(incoming, origin)
      return
    }
    const { method, params, document } = incoming
    if (method === 'notifications/cancelled') {
      this.#takeBack(document)
      return
    }
    if (method === 'notifications/progress') {
      // Tokens on the wire are our request ids: whatever a server invents reaches nobody.
      this.pending.get(progressIdOf(document))?.notify(method, params, document)
    } else if (origin === null || unrelated.test(method)) this.deps.events.onNotification(method, params)
    else origin.notify(method, params, document)
  }

  async #serve({ idText, method, params }: Extract<Incoming, { kind: 'request' }>, origin: PendingCall | null): Promise<void> {
    if (method === 'ping') {
      this.respond(idText, { kind: 'result', text: '{}' })
      return
    }
    const gone = new AbortController()
    this.#questions.set(idText, gone)
    const answer = await this.#ask(idText, { method, params }, { origin, signal: gone.signal })
    this.#questions.delete(idText)
    if (!gone.signal.aborted) this.respond(idText, answer)
  }

  /** On a stream of its own a question belongs to that call. */
  async #ask(idText: string, { method, params }: { method: string; params: string | null }, { origin, signal }: { origin: PendingCall | null; signal: AbortSignal }): Promise<QuestionAnswer> {
    const id: unknown = JSON.parse(idText)
    try {
      const answer = await (origin ?? this.pending.likelyAsker())?.ask({ key: String(id), method, params }, signal)
      if (answer !== null && answer !== undefined) return answer
      this.deps.log(this.server, 'ignored', `refused the server's request ${JSON.stringify(method)}: it belongs to no call`)
      return refusedQuestion
    } catch {
      return { kind: 'error', text: '{"code":-32603,"message":"The request that this belongs to has ended."}' }
    }
  }

  #takeBack(document: JsonDocument): void {
    const span = document.locate(['params', 'requestId'])
    if (span !== undefined) this.#questions.get(document.text.slice(span.start, span.end))?.abort()
  }
}

export const closedFailure = (server: string): Failure =>
  new Failure('upstream.connect', `The connection to MCP server "${server}" was closed.`, { detail: { server } })
