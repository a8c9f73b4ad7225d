// An MCP server over streamable HTTP, in both eras: sessions and a GET stream (legacy), mirrored headers (modern). It forwards no
// header of a caller and follows no redirect.
import type { Answer, HttpSend } from '../exchange/answer.ts'
import type { McpCall, McpReply, QuestionAnswer } from '../exchange/mcp.ts'
import { encodeHeaderValue } from '../exchange/mcp-wire.ts'
import { closedFailure, ConnectionBase, type ConnectionDeps, type PooledConnection } from './mcp-connection.ts'
import { initialize, type McpHello } from './mcp-hello.ts'
import { discard } from './mcp-http-answer.ts'
import { HttpExchange, named, type ExchangeHost, type Sending } from './mcp-http-exchange.ts'
import { StandingStream } from './mcp-http-listen.ts'
import { readIncoming, writeNotification, writeRequest, writeResponse } from './mcp-message.ts'
import { rewriteParams, type OutgoingParams } from './mcp-params.ts'
import type { McpHttpTransport } from './mcp-server.ts'

/** The HTTP upstream (upstream/http.ts), injected. */
export interface HttpClient { send(request: HttpSend, signal?: AbortSignal): Promise<Answer> }

const standingIdleMs = 24 * 3_600_000
const ownTimeoutMs = 10_000
/** Longest that a call waits for the stream on which the server may ask; it comes later where the server is slow. */
const standingPatienceMs = 500
// The call's own timer names the failure; the socket's only has to be later.
const socketSlackMs = 250

export class McpHttpConnection extends ConnectionBase implements PooledConnection, ExchangeHost {
  readonly #http: HttpClient
  readonly #origin: string
  readonly #path: string
  readonly #base: Readonly<Record<string, string>>
  #headers: Readonly<Record<string, string>>
  #session: string | null = null
  #standing: StandingStream | null = null
  #recovery: Promise<void> | null = null
  #closed = false

  constructor(deps: ConnectionDeps, transport: McpHttpTransport, http: HttpClient) {
    super(deps)
    const url = new URL(transport.url)
    this.#http = http
    this.#origin = url.origin
    this.#path = url.pathname + url.search
    this.#base = { ...transport.headers, accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    this.#headers = this.#base
  }

  get readJson(): ConnectionDeps['readJson'] { return this.deps.readJson }
  get session(): string | null { return this.#session }

  request(call: McpCall): Promise<McpReply> {
    if (this.#closed) return Promise.reject(closedFailure(this.server))
    const id = this.pending.nextId()
    let params: OutgoingParams
    try {
      params = rewriteParams({ method: call.method, params: call.params, token: id, envelope: this.envelopeFor(call.caller) }, this.deps.readJson)
    } catch (thrown) {
      return Promise.reject(named(this.server, thrown))
    }
    const pending = this.pending.begin(id, call)
    pending.callerToken = params.callerToken
    if (!pending.ended) new HttpExchange(this, pending, writeRequest(id, call.method, params.text), { ...this.#mirror(call.method, params.name), ...this.spoken === 'modern' ? call.paramHeaders : {} }).start()
    return pending.promise
  }

  notify(method: string, params: string | null): void {
    const rewritten = rewriteParams({ method, params, token: 0, envelope: this.envelopeFor(null) }, this.deps.readJson)
    void this.#post(writeNotification(method, rewritten.text), this.#mirror(method, null))
  }

  notified(method: string): Promise<void> { return this.#post(writeNotification(method, null), this.#mirror(method, null)) }

  override speak(era: 'legacy' | 'modern', protocolVersion: string | null): void {
    super.speak(era, protocolVersion)
    this.#rebuildHeaders(protocolVersion)
  }

  async ready(hello: McpHello): Promise<void> {
    this.hello = hello
    this.relisten()
    if (hello.era === 'legacy' && this.deps.capabilities !== '{}') await this.#standing?.opened(standingPatienceMs)
  }

  protected override relisten(): void {
    const before = this.#standing
    this.#standing = null
    this.#listen()
    // Only then, so that nothing is said while nobody listens.
    before?.stop()
  }

  #listen(): void {
    // A server that announces no changes gets no stream: it would hold a socket per owner for nothing.
    if (this.#closed || !this.announcesAnything) return
    this.#standing = new StandingStream({
      open: lastEventId => this.spoken === 'legacy' ? this.#openGet(lastEventId) : this.#openListen(),
      message: text => { this.#standingMessage(text) },
    })
    this.#standing.start()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#standing?.stop()
    this.pending.failAll(closedFailure(this.server))
    if (this.#session === null) return
    const session = this.#session
    this.#session = null
    // Best effort: the server may be gone, and it may refuse (405) to end sessions.
    await this.send({ method: 'DELETE', body: null, headers: { 'mcp-session-id': session }, timeoutMs: 2000 }).then(discard, () => undefined)
  }

  send({ method, body, headers, timeoutMs }: Sending, signal?: AbortSignal): Promise<Answer> {
    const waitMs = timeoutMs + socketSlackMs
    return this.#http.send({
      origin: this.#origin, path: this.#path, method, headers: { ...this.#headers, ...headers }, body,
      connectTimeoutMs: Math.min(this.deps.spec.connectTimeoutMs, waitMs), firstByteTimeoutMs: waitMs, idleTimeoutMs: waitMs,
    }, signal)
  }

  adoptSession(id: string | undefined): void {
    this.#session = id !== undefined && /^[\x21-\x7e]{1,1024}$/.test(id) ? id : null
    this.#rebuildHeaders(this.hello?.protocolVersion ?? null)
  }

  recover(lost: string): Promise<void> {
    if (this.#session !== lost && this.#session !== null) return Promise.resolve()
    return this.#recovery ??= this.#reinitialise().finally(() => { this.#recovery = null })
  }

  // The host interface and the shared base agree on this one; it is protected there.
  override deliver(...args: Parameters<ConnectionBase['deliver']>): void { super.deliver(...args) }

  protected override respond(idText: string, answer: QuestionAnswer): void { void this.#post(writeResponse(idText, answer), {}) }

  async #reinitialise(): Promise<void> {
    this.deps.log(this.server, 'connect', 'the server lost the session; starting a new one')
    this.#session = null
    try {
      await this.ready(await initialize(this, { version: this.deps.version, timeoutMs: this.deps.spec.connectTimeoutMs, capabilities: this.deps.capabilities }))
    } catch (thrown) {
      // Without a session every later call would fail too: let the next one open a new connection.
      const failure = named(this.server, thrown)
      this.#closed = true
      this.#standing?.stop()
      this.deps.events.onBroken(failure)
      throw failure
    }
  }

  #rebuildHeaders(protocolVersion: string | null): void {
    this.#headers = {
      ...this.#base,
      ...this.#session === null ? {} : { 'mcp-session-id': this.#session },
      ...protocolVersion === null ? {} : { 'mcp-protocol-version': protocolVersion },
    }
  }

  /** Modern servers compare these headers with the body, so they are made from the body that is sent. */
  #mirror(method: string, name: string | null): Readonly<Record<string, string>> {
    if (this.spoken === 'legacy') return {}
    return name === null ? { 'mcp-method': method } : { 'mcp-method': method, 'mcp-name': encodeHeaderValue(name) }
  }

  #post(body: string, headers: Readonly<Record<string, string>>): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return this.send({ method: 'POST', body, headers, timeoutMs: ownTimeoutMs }).then(discard, () => {
      this.deps.log(this.server, 'ignored', 'a notification or response could not be delivered')
    })
  }

  #openGet(lastEventId: string | null): Promise<Answer> {
    return this.#open('GET', null, { accept: 'text/event-stream', ...lastEventId === null ? {} : { 'last-event-id': lastEventId } })
  }

  #openListen(): Promise<Answer> {
    const method = 'subscriptions/listen'
    const id = this.pending.nextId()
    const params = rewriteParams({ method, params: this.listenParams, token: id, envelope: this.envelopeFor(null) }, this.deps.readJson)
    return this.#open('POST', writeRequest(id, method, params.text), { 'mcp-method': method })
  }

  #open(method: 'GET' | 'POST', body: string | null, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#http.send({
      origin: this.#origin, path: this.#path, method, headers: { ...this.#headers, ...headers }, body,
      connectTimeoutMs: this.deps.spec.connectTimeoutMs, firstByteTimeoutMs: this.deps.spec.connectTimeoutMs, idleTimeoutMs: standingIdleMs,
    })
  }

  #standingMessage(text: string): void {
    const incoming = readIncoming(this.server, text, this.deps.readJson)
    if (incoming.kind !== 'reply') this.deliver(incoming, null)
  }
}
