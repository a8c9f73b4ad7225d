// One JSON-RPC request over streamable HTTP, from its POST to its end: refusals, notifications before the answer, resumed streams,
// a lost session. A request that may have been executed is never sent twice.
import type { Answer } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import type { ReadJson } from '../exchange/mcp.ts'
import { discard, isEventStream, readMessages, type MessageSink } from './mcp-http-answer.ts'
import type { ConnectionBase } from './mcp-connection.ts'
import { readIncoming, writeCancelled, type Incoming } from './mcp-message.ts'
import type { Abandonment, PendingCall } from './mcp-pending.ts'

export interface Sending {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly body: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  readonly server: string
  readonly readJson: ReadJson
  readonly era: ConnectionBase['era']
  readonly session: string | null
  send(sending: Sending, signal?: AbortSignal): Promise<Answer>
  adoptSession(id: string | undefined): void
  /** Starts a new session in place of the lost one; concurrent callers share the work. */
  recover(lost: string): Promise<void>
  deliver(incoming: Exclude<Incoming, { kind: 'reply' }>, origin: PendingCall): void
}

const mostResumptions = 5
const defaultResumeDelayMs = 1000
const longestResumeDelayMs = 30_000
/** Longer than any limit of a call. */
export const longestAnswerMs = 2 * 86_400_000

/** Says which server it was; keeps code and detail. */
export const named = (server: string, thrown: unknown): Failure => {
  if (!(thrown instanceof Failure)) return new Failure('gateway.bug', `The exchange with MCP server "${server}" failed unexpectedly.`, { cause: thrown })
  if (thrown.message.includes(`"${server}"`)) return thrown
  return new Failure(thrown.code, `MCP server "${server}": ${thrown.message}`, { detail: { ...thrown.detail, server }, cause: thrown.cause })
}

/** 404 is the protocol's word for it; many servers built on the SDK's example answer 400 with -32000 and a sentence. */
const saysSessionLost = (status: number, incoming: Incoming | null): boolean => {
  if (status === 404) return true
  if (status !== 400 || incoming?.kind !== 'reply' || incoming.reply.kind !== 'error') return false
  const { error } = incoming.reply.document.value as { error: { code?: unknown; message?: unknown } }
  return (error.code === -32000 || error.code === -32001) && /session/i.test(String(error.message))
}

/** 401 and 403 concern the connection, 5xx the server: neither says anything about the request. */
const mayAnswerRequest = (status: number): boolean => status >= 400 && status < 500 && status !== 401 && status !== 403

const isErrorFor = (incoming: Extract<Incoming, { kind: 'reply' }>, id: number): boolean =>
  incoming.reply.kind === 'error' && (incoming.id === id || incoming.id === null)

export class HttpExchange implements MessageSink {
  readonly #host: ExchangeHost
  readonly #pending: PendingCall
  readonly #body: string
  readonly #headers: Readonly<Record<string, string>>
  #answer: Answer | null = null
  #session: string | null = null
  #retried = false
  /** Ends a request that has no answer yet; the call's own signal ends the pending call, which abandons it. */
  readonly #stop = new AbortController()
  #eventId: string | null = null
  #resumeDelayMs = defaultResumeDelayMs
  #resumptions = 0

  constructor(host: ExchangeHost, pending: PendingCall, body: string, headers: Readonly<Record<string, string>>) {
    this.#host = host
    this.#pending = pending
    this.#body = body
    this.#headers = headers
    pending.abandon = why => { this.#abandon(why) }
  }

  start(): void {
    this.#session = this.#host.session
    this.#send('POST', this.#body, this.#headers)
  }

  message(text: string): void {
    const pending = this.#pending
    if (pending.ended) {
      // Whatever follows the answer is nobody's; do not hold the connection for it.
      this.#answer?.abort(new Error('the request has been answered'))
      return
    }
    const incoming = readIncoming(this.#host.server, text, this.#host.readJson)
    if (incoming.kind !== 'reply') this.#host.deliver(incoming, pending)
    else if (incoming.id === pending.id) pending.resolve(incoming.reply)
  }

  position(eventId: string | null, retryMs: number | null): void {
    if (eventId !== null) {
      this.#eventId = eventId
      this.#resumptions = 0
    }
    if (retryMs !== null) this.#resumeDelayMs = Math.min(retryMs, longestResumeDelayMs)
  }

  end(): void {
    if (this.#pending.ended || this.#resume()) return
    this.#fail(new Failure('upstream.protocol', 'The server closed its answer without answering the request.'))
  }

  fail(thrown: unknown): void {
    const cut = thrown instanceof Failure && thrown.code === 'upstream.protocol' && this.#answer !== null
    if (this.#pending.ended || (cut && this.#resume())) return
    this.#fail(thrown)
  }

  #fail(thrown: unknown): void { this.#pending.reject(named(this.#host.server, thrown)) }

  #send(method: 'GET' | 'POST', body: string | null, headers: Readonly<Record<string, string>>): void {
    const { limitMs, timeoutMs } = this.#pending.call
    // The call's own timer keeps the time: progress, and questions to the caller, on whatever stream they come, make it longer.
    this.#host.send({ method, body, headers, timeoutMs: limitMs === undefined ? timeoutMs : longestAnswerMs }, this.#stop.signal).then(
      answer => { this.#answered(answer) },
      (thrown: unknown) => { this.#fail(thrown) },
    )
  }

  #answered(answer: Answer): void {
    if (this.#pending.ended) {
      answer.abort(new Error('nobody waits for this answer'))
      return
    }
    this.#answer = answer
    if (answer.status !== 200) {
      this.#refused(answer)
      return
    }
    if (this.#pending.call.method === 'initialize') this.#host.adoptSession(answer.headers['mcp-session-id'])
    readMessages(answer, this)
  }

  /** A status that is not success may still carry a JSON-RPC error, and only its text tells a lost session from a bad request. */
  #refused(answer: Answer): void {
    if ((answer.headers['content-type'] ?? '').includes('json')) {
      let text = ''
      readMessages(answer, {
        message: body => { text = body }, position: () => undefined,
        end: () => { this.#judge(answer.status, text) },
        fail: () => { this.#judge(answer.status, '') },
      })
    } else {
      discard(answer)
      this.#judge(answer.status, '')
    }
  }

  #judge(status: number, text: string): void {
    if (this.#pending.ended) return
    const incoming = this.#readQuietly(text)
    const lost = this.#session !== null && this.#host.era === 'legacy' && saysSessionLost(status, incoming) ? this.#session : null
    if (lost !== null && !this.#retried) {
      this.#recoverSession(lost)
      return
    }
    if (lost === null && mayAnswerRequest(status) && incoming?.kind === 'reply' && isErrorFor(incoming, this.#pending.id)) {
      this.#pending.resolve(incoming.reply)
      return
    }
    this.#fail(new Failure('upstream.refused', `The server answered with HTTP status ${status}.`, { detail: { upstreamStatus: status } }))
  }

  #readQuietly(text: string): Incoming | null {
    try {
      return text === '' ? null : readIncoming(this.#host.server, text, this.#host.readJson)
    } catch {
      return null
    }
  }

  /** A server that does not know the session has not executed the request, so it may be sent once more. */
  #recoverSession(lost: string): void {
    this.#retried = true
    this.#answer = null
    this.#host.recover(lost).then(
      () => { if (!this.#pending.ended) this.start() },
      (thrown: unknown) => { this.#fail(thrown) },
    )
  }

  /** Legacy servers may close the stream and expect to be asked again (SEP-1699). */
  #resume(): boolean {
    const eventId = this.#eventId
    if (this.#host.era !== 'legacy' || eventId === null || this.#answer === null || !isEventStream(this.#answer)) return false
    if (this.#resumptions >= mostResumptions) return false
    this.#resumptions += 1
    setTimeout(() => { if (!this.#pending.ended) this.#send('GET', null, { 'last-event-id': eventId }) }, this.#resumeDelayMs)
    return true
  }

  #abandon(why: Abandonment): void {
    const { id, call } = this.#pending
    // Legacy servers work on when the connection closes; modern ones take exactly that as the sign. initialize is never cancelled.
    if (this.#host.era === 'legacy' && call.method !== 'initialize') {
      this.#host.send({ method: 'POST', body: writeCancelled(id, why), headers: {}, timeoutMs: 10_000 }).then(discard, () => undefined)
    }
    if (this.#answer === null) this.#stop.abort(new Error('nobody waits for this answer'))
    else this.#answer.abort(new Error('nobody waits for this answer'))
  }
}
