// Requests that a server has not answered yet. Ids are ours and never reused on a connection; each call ends exactly once.
import { splice, type JsonDocument } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { McpCall, McpReply, QuestionAnswer, ServerQuestion } from '../exchange/mcp.ts'

export type Abandonment = 'cancelled' | 'timeout'

export class PendingCall {
  readonly id: number
  readonly call: McpCall
  readonly promise: Promise<McpReply>
  /** Set by the connection: tells the server that nobody waits any more. */
  abandon: ((why: Abandonment) => void) | null = null
  callerToken: string | null = null
  #resolve!: (reply: McpReply) => void
  #reject!: (failure: Failure) => void
  #timer: NodeJS.Timeout | null = null
  #ended = false
  #asked = 0
  #progress = -Infinity
  /** When the call began, later by what its caller took to answer. Looked at only where progress may extend the deadline. */
  #beganMs = 0
  #pausedMs = 0
  readonly #server: string
  readonly #onEnd: (id: number) => void
  readonly #onAbort: () => void

  constructor(id: number, server: string, call: McpCall, onEnd: (id: number) => void) {
    this.id = id
    this.call = call
    this.#server = server
    this.#onEnd = onEnd
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#onAbort = () => this.#leave('cancelled', new Failure('client.gone', 'The caller cancelled the request.'))
    if (call.limitMs !== undefined) this.#beganMs = performance.now()
    this.#startTimer()
    call.signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (call.signal?.aborted === true) this.#onAbort()
  }

  get ended(): boolean { return this.#ended }
  /** Does it wait for the caller? */
  get isAsking(): boolean { return this.#asked > 0 }

  resolve(reply: McpReply): void { if (this.#end()) this.#resolve(reply) }
  reject(failure: Failure): void { if (this.#end()) this.#reject(failure) }

  /** Asks the caller; the server's time stands still meanwhile. @throws when nobody can be asked, or the call ends first */
  async ask(question: ServerQuestion, signal: AbortSignal): Promise<QuestionAnswer | null> {
    const { caller } = this.call
    if (this.#ended || caller === null) return null
    this.#asked += 1
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#asked === 1) this.#pausedMs = performance.now()
    try {
      return await caller.ask(question, signal)
    } finally {
      this.#asked -= 1
      if (!this.ended && this.#asked === 0) {
        this.#beganMs += performance.now() - this.#pausedMs
        this.#startTimer()
      }
    }
  }

  /** Passes a notification of this request on, with the caller's progress token in place of ours. */
  notify(method: string, params: string | null, document: JsonDocument): void {
    if (this.#ended) return
    if (method === 'notifications/progress') this.#progressed(document)
    else this.call.onNotification?.(method, params)
  }

  /** Progress must increase with each notification (basic utilities, "Progress"); what stands still or goes back is none. */
  #progressed(document: JsonDocument): void {
    const { progress } = (document.value as { params?: { progress?: unknown } }).params ?? {}
    if (typeof progress !== 'number' || !(progress > this.#progress)) return
    this.#progress = progress
    this.#extend()
    const { onNotification } = this.call
    if (onNotification === null) return
    const all = document.locate(['params'])
    const token = document.locate(['params', 'progressToken'])
    if (all === undefined || token === undefined || this.callerToken === null) return
    onNotification('notifications/progress', splice(document.text.slice(all.start, all.end), [
      { start: token.start - all.start, end: token.end - all.start, text: this.callerToken },
    ]))
  }

  #startTimer(): void {
    const { limitMs, method, timeoutMs } = this.call
    if (!Number.isFinite(timeoutMs)) return
    const leftMs = limitMs === undefined ? timeoutMs : Math.max(0, this.#beganMs + limitMs - performance.now())
    const within = leftMs < timeoutMs ? `${limitMs ?? 0} ms, the longest time of a call` : `${timeoutMs} ms`
    this.#timer = setTimeout(() => this.#leave('timeout', new Failure(
      'upstream.timeout', `MCP server "${this.#server}" did not answer ${method} within ${within}.`, { detail: { server: this.#server } },
    )), Math.min(leftMs, timeoutMs))
  }

  /** The server works on the call: its time begins anew, up to the limit. */
  #extend(): void {
    if (this.call.limitMs === undefined || this.#asked > 0 || this.#timer === null) return
    clearTimeout(this.#timer)
    this.#startTimer()
  }

  #leave(why: Abandonment, failure: Failure): void {
    if (this.#ended) return
    const { abandon } = this
    this.reject(failure)
    abandon?.(why)
  }

  #end(): boolean {
    if (this.#ended) return false
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.call.signal?.removeEventListener('abort', this.#onAbort)
    this.#onEnd(this.id)
    return true
  }
}

/**
 * Emptied when its call ends. A Map that grows leaves its old table behind, still pointing at what it held, and V8's young collections
 * keep everything that such a table reaches: with the calls themselves in the map, each whole exchange was carried into the old space.
 */
interface Slot { pending: PendingCall | null }

export class PendingCalls {
  readonly #server: string
  readonly #calls = new Map<number, Slot>()
  #lastId = 0
  #lastAsker: PendingCall | undefined
  #waiters: (() => void)[] = []
  /** Bound once: it is handed to every call. */
  readonly #ended = (id: number): void => {
    const slot = this.#calls.get(id)
    if (slot !== undefined) slot.pending = null
    this.#calls.delete(id)
    if (this.#calls.size === 0 && this.#waiters.length > 0) for (const waiter of this.#waiters.splice(0)) waiter()
  }

  constructor(server: string) { this.#server = server }

  get size(): number { return this.#calls.size }

  nextId(): number { return this.#lastId += 1 }

  begin(id: number, call: McpCall): PendingCall {
    const pending = new PendingCall(id, this.#server, call, this.#ended)
    if (!pending.ended) this.#calls.set(id, { pending })
    return pending
  }

  get(id: unknown): PendingCall | undefined { return typeof id === 'number' ? this.#calls.get(id)?.pending ?? undefined : undefined }

  /**
   * The call to which a question on a shared channel most likely belongs; undefined when there is none. Such a question does not say. All
   * calls of a connection have the same owner: the latest that has nothing to wait for, else the one that was asked about last.
   */
  likelyAsker(): PendingCall | undefined {
    let latest: PendingCall | undefined
    for (const { pending } of this.#calls.values()) if (pending !== null && pending.call.caller !== null && !pending.isAsking) latest = pending
    if (latest !== undefined) return this.#lastAsker = latest
    return this.#lastAsker?.ended === false ? this.#lastAsker : undefined
  }

  failAll(failure: Failure, but: PendingCall | null = null): void { for (const { pending } of [...this.#calls.values()]) if (pending !== but) pending?.reject(failure) }

  /** Resolves once nothing is pending. */
  idle(): Promise<void> { return this.size === 0 ? Promise.resolve() : new Promise(resolve => { this.#waiters.push(resolve) }) }
}

/** The id on which a progress notification's token stands (tokens on the wire are request ids), or undefined. */
export const progressIdOf = (document: JsonDocument): unknown =>
  (document.value as { params?: { progressToken?: unknown } }).params?.progressToken
