// An MCP server over the HTTP+SSE transport of revision 2024-11-05: messages go out by POST, everything comes back on one GET stream. The
// stream is the session: with it go its calls. Like the other transports it forwards no header of a caller and follows no redirect.
import type { Answer } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import type { McpCall, McpReply, QuestionAnswer } from '../exchange/mcp.ts'
import { closedFailure, ConnectionBase, type ConnectionDeps, type PooledConnection } from './mcp-connection.ts'
import { initialize, type McpHello } from './mcp-hello.ts'
import type { HttpClient } from './mcp-http.ts'
import { discard } from './mcp-http-answer.ts'
import { longestAnswerMs, named } from './mcp-http-exchange.ts'
import { readIncoming, writeCancelled, writeNotification, writeRequest, writeResponse } from './mcp-message.ts'
import { rewriteParams, type OutgoingParams } from './mcp-params.ts'
import type { PendingCall } from './mcp-pending.ts'
import type { McpHttpTransport } from './mcp-server.ts'
import { readSse } from './mcp-sse-stream.ts'

const ownTimeoutMs = 10_000

/** One GET stream, and where its messages go. */
interface Line { readonly path: string; readonly answer: Answer }

export class McpSseConnection extends ConnectionBase implements PooledConnection {
  readonly #http: HttpClient
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>
  #line: Promise<Line> | null = null
  /** The stream that counts; what an earlier one still says is nobody's. */
  #current: Answer | null = null
  #recovery: Promise<void> | null = null
  #broken: Failure | null = null

  constructor(deps: ConnectionDeps, transport: McpHttpTransport, http: HttpClient) {
    super(deps)
    this.#http = http
    this.#url = new URL(transport.url)
    this.#headers = transport.headers
  }

  request(call: McpCall): Promise<McpReply> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    const id = this.pending.nextId()
    let params: OutgoingParams
    try {
      params = rewriteParams({ method: call.method, params: call.params, token: id, envelope: null }, this.deps.readJson)
    } catch (thrown) {
      return Promise.reject(named(this.server, thrown))
    }
    const pending = this.pending.begin(id, call)
    if (pending.ended) return pending.promise
    pending.callerToken = params.callerToken
    void this.#send(pending, writeRequest(id, call.method, params.text), false)
    return pending.promise
  }

  notify(method: string, params: string | null): void {
    void this.#post(writeNotification(method, rewriteParams({ method, params, token: 0, envelope: null }, this.deps.readJson).text))
  }

  notified(method: string): Promise<void> { return this.#post(writeNotification(method, null)) }

  ready(hello: McpHello): Promise<void> {
    this.hello = hello
    return Promise.resolve()
  }

  /** The one stream is there from the beginning, and tells of everything. */
  protected override relisten(): void { /* nothing to ask for */ }

  close(): Promise<void> {
    this.#broken ??= closedFailure(this.server)
    this.pending.failAll(this.#broken)
    this.#hangUp()
    return Promise.resolve()
  }

  protected override respond(idText: string, answer: QuestionAnswer): void { void this.#post(writeResponse(idText, answer)) }

  #hangUp(): void {
    this.#current?.abort(new Error('the connection is closing'))
    this.#current = null
    this.#line = null
  }

  /** Sends a request; its answer comes on the stream. A server that does not know the session has not executed it: once more, then. */
  async #send(pending: PendingCall, body: string, isRepeated: boolean): Promise<void> {
    const stop = new AbortController()
    const isHello = pending.call.method === 'initialize'
    pending.abandon = why => {
      stop.abort(new Error('nobody waits for this answer'))
      if (!isHello) void this.#post(writeCancelled(pending.id, why))
    }
    try {
      const line = await this.#open()
      if (pending.ended) return
      const answer = await this.#postTo(line, body, longestAnswerMs, stop.signal)
      discard(answer)
      if (this.pending.get(pending.id) === undefined || (answer.status >= 200 && answer.status < 300)) return
      if (!isHello && !isRepeated && (answer.status === 404 || answer.status === 400)) {
        await this.#recover(line, pending)
        await this.#send(pending, body, true)
      } else pending.reject(named(this.server, new Failure('upstream.refused', `The server answered with HTTP status ${answer.status}.`, { detail: { upstreamStatus: answer.status } })))
    } catch (thrown) {
      pending.reject(named(this.server, thrown))
    }
  }

  #open(): Promise<Line> { return this.#line ??= this.#connect() }

  #connect(): Promise<Line> {
    const { connectTimeoutMs } = this.deps.spec
    return new Promise((resolve, reject) => {
      this.#http.send({
        origin: this.#url.origin, path: this.#url.pathname + this.#url.search, method: 'GET', headers: { ...this.#headers, accept: 'text/event-stream' }, body: null,
        connectTimeoutMs, firstByteTimeoutMs: connectTimeoutMs, idleTimeoutMs: longestAnswerMs,
      }).then(answer => {
        if (this.#broken !== null) {
          answer.abort(this.#broken)
          throw this.#broken
        }
        this.#current = answer
        readSse(answer, this.#url, {
          endpoint: path => { resolve({ path, answer }) },
          message: text => { if (this.#current === answer) this.#message(text) },
          ended: failure => {
            reject(failure)
            if (this.#current === answer) this.#break(named(this.server, failure))
          },
        })
      }).catch(reject)
    })
  }

  #message(text: string): void {
    let incoming: ReturnType<typeof readIncoming>
    try {
      incoming = readIncoming(this.server, text, this.deps.readJson)
    } catch {
      // One message that cannot be read must not cost the others theirs. Its content stays out of the log: it may be a result.
      this.deps.log(this.server, 'ignored', `an event of ${text.length} characters that is not JSON-RPC`)
      return
    }
    if (incoming.kind === 'reply') this.pending.get(incoming.id)?.resolve(incoming.reply)
    else this.deliver(incoming, null)
  }

  /** The server lost the session of this stream: a new stream and handshake. Concurrent callers share the work. */
  #recover(lost: Line, pending: PendingCall): Promise<void> {
    if (this.#current !== null && this.#current !== lost.answer) return this.#recovery ?? Promise.resolve()
    return this.#recovery ??= this.#reinitialise(pending).finally(() => { this.#recovery = null })
  }

  async #reinitialise(pending: PendingCall): Promise<void> {
    const { capabilities, log, spec, version } = this.deps
    log(this.server, 'connect', 'the server lost the session; starting a new one')
    this.#hangUp()
    // Whatever else was under way can get no answer any more.
    this.pending.failAll(new Failure('upstream.connect', `MCP server "${this.server}" lost the session while answering.`, { detail: { server: this.server } }), pending)
    try {
      await this.ready(await initialize(this, { version, timeoutMs: spec.connectTimeoutMs, capabilities }))
    } catch (thrown) {
      this.#break(named(this.server, thrown))
      throw thrown
    }
  }

  #break(failure: Failure): void {
    if (this.#broken !== null) return
    this.#broken = failure
    this.pending.failAll(failure)
    this.#hangUp()
    this.deps.events.onBroken(failure)
  }

  async #post(body: string): Promise<void> {
    if (this.#broken !== null) return
    try {
      discard(await this.#postTo(await this.#open(), body, ownTimeoutMs))
    } catch {
      this.deps.log(this.server, 'ignored', 'a notification or response could not be delivered')
    }
  }

  #postTo({ path }: Line, body: string, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    const version = this.protocolVersion
    return this.#http.send({
      origin: this.#url.origin, path, method: 'POST', body,
      headers: { ...this.#headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...version === '' ? {} : { 'mcp-protocol-version': version } },
      connectTimeoutMs: Math.min(this.deps.spec.connectTimeoutMs, timeoutMs), firstByteTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs,
    }, signal)
  }
}
