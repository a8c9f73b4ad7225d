// One call: undici's handler on one side, an Answer on the other. It must deliver nothing after an abort or a failure, and must
// never hold more of an answer than what arrived before somebody attached or while the caller was slow.
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Answer, ByteSink, HttpSend } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import { brokenOff, notSent } from './http-failure.ts'

type Controller = Dispatcher.DispatchController
type Phase = 'connect' | 'first byte' | 'body' | 'over'

interface Settle { readonly resolve: (answer: Answer) => void; readonly reject: (thrown: Error) => void }

// One socket read is 64 KiB; more than one is not taken before a sink is there.
const keptBeforeAttach = 64 * 1024

const joined = (headers: IncomingHttpHeaders): Record<string, string> => {
  for (const name in headers) {
    const value = headers[name]
    if (Array.isArray(value)) headers[name] = value.join(', ')
  }
  // undici's record is fresh per answer and its names are lower-case; after joining, every value is a string.
  return headers as Record<string, string>
}

export class Call implements Dispatcher.DispatchHandler, Answer {
  status = 0
  headers: Readonly<Record<string, string>> = {}
  readonly #request: HttpSend
  readonly #settle: Settle
  readonly #signal: AbortSignal | undefined
  #controller: Controller | null = null
  #phase: Phase = 'connect'
  #timer: NodeJS.Timeout | undefined
  readonly #total: NodeJS.Timeout | undefined
  /** When the timer fires, and when it should: it is set again only for an earlier time, and looks at the clock when it fires. */
  #firesMs = Infinity
  #deadlineMs = Infinity
  #lastByteMs = 0
  #sink: ByteSink | null = null
  #kept: Buffer[] = []
  #keptBytes = 0
  #ended = false
  #failure: Error | null = null
  #abortReason: Error | null = null
  /** The sink asked for a pause: no byte counts as late until it asks for more. */
  #held = false

  constructor(request: HttpSend, settle: Settle, signal: AbortSignal | undefined) {
    this.#request = request
    this.#settle = settle
    this.#signal = signal
    if (signal?.aborted === true) {
      this.#cancelled()
      return
    }
    signal?.addEventListener('abort', this.#cancelled)
    this.#arm(request.connectTimeoutMs)
    const totalMs = request.totalTimeoutMs ?? null
    if (totalMs !== null) this.#total = setTimeout(() => { this.#giveUp(new Failure('upstream.timeout', `The upstream did not complete its answer within ${totalMs} ms.`), this.#controller) }, totalMs)
  }

  /** True once nothing more will happen; a call can be over before it is dispatched. */
  get over(): boolean { return this.#phase === 'over' }

  attach(sink: ByteSink): void {
    this.#sink = sink
    const kept = this.#kept
    this.#kept = []
    this.#keptBytes = 0
    let wantsMore = true
    for (const chunk of kept) {
      if (this.#abortReason !== null) return
      wantsMore = sink.data(chunk) && wantsMore
    }
    if (this.#abortReason !== null) return
    if (this.#ended) sink.end()
    else if (this.#failure !== null) sink.fail(this.#failure)
    else if (wantsMore) this.resume()
    else this.#pause()
  }

  resume(): void {
    this.#held = false
    this.#lastByteMs = performance.now()
    this.#controller?.resume()
  }

  abort(reason: Error): void {
    if (this.#abortReason !== null) return
    this.#abortReason = reason
    this.#kept = []
    const alreadyOver = this.over
    this.#finish()
    if (!alreadyOver) this.#controller?.abort(reason)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    // A call that was given up while it waited for a connection cannot be taken out of the queue; it ends here.
    if (this.#abortReason !== null) {
      controller.abort(this.#abortReason)
      return
    }
    this.#phase = 'first byte'
    this.#arm(this.#request.firstByteTimeoutMs)
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    // Interim answers (100 Continue, 103 Early Hints) are not the answer.
    if (status < 200 || this.over) return
    this.#signal?.removeEventListener('abort', this.#cancelled)
    this.status = status
    this.headers = joined(headers)
    const encoding = this.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      this.#giveUp(new Failure('upstream.protocol', 'The upstream encoded its answer although identity was asked for.'), controller)
      return
    }
    this.#phase = 'body'
    this.#lastByteMs = performance.now()
    this.#arm(this.#request.idleTimeoutMs)
    this.#settle.resolve(this)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.over) return
    this.#lastByteMs = performance.now()
    if (this.#sink !== null) {
      if (!this.#sink.data(chunk)) this.#pause()
      return
    }
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    if (this.#keptBytes >= keptBeforeAttach) controller.pause()
  }

  onResponseEnd(): void {
    if (this.over) return
    this.#ended = true
    this.#finish()
    this.#sink?.end()
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (this.over) return
    this.#fail(this.#phase === 'body' ? brokenOff(error) : notSent(error))
  }

  #pause(): void {
    this.#held = true
    this.#controller?.pause()
  }

  #cancelled = (): void => {
    const reason: unknown = this.#signal?.reason
    this.#giveUp(reason instanceof Failure ? reason : new Failure('client.gone', 'The call was cancelled before it was answered.', { cause: reason }), this.#controller)
  }

  /** Ends the call from our side, with a failure for whoever waits. */
  #giveUp(failure: Failure, controller: Controller | null): void {
    this.#fail(failure)
    this.#abortReason = failure
    controller?.abort(failure)
  }

  #fail(failure: Error): void {
    const answered = this.#phase === 'body'
    this.#finish()
    if (!answered) {
      this.#settle.reject(failure)
      return
    }
    this.#failure = failure
    this.#sink?.fail(failure)
  }

  #finish(): void {
    this.#phase = 'over'
    clearTimeout(this.#timer)
    clearTimeout(this.#total)
    this.#signal?.removeEventListener('abort', this.#cancelled)
  }

  #arm(delayMs: number): void {
    this.#deadlineMs = performance.now() + delayMs
    if (this.#deadlineMs < this.#firesMs) this.#setTimer(delayMs)
  }

  #setTimer(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#firesMs = performance.now() + delayMs
    this.#timer = setTimeout(this.#fired, delayMs)
  }

  #fired = (): void => {
    this.#firesMs = Infinity
    const leftMs = this.#deadlineMs - performance.now()
    // Timers may fire up to a millisecond early.
    if (leftMs > 1) this.#setTimer(Math.ceil(leftMs))
    else this.#late()
  }

  #late(): void {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs } = this.#request
    if (this.#phase === 'connect') {
      this.#giveUp(new Failure('upstream.connect', `No connection to the upstream within ${connectTimeoutMs} ms.`), null)
    } else if (this.#phase === 'first byte') {
      this.#giveUp(new Failure('upstream.timeout', `The upstream did not begin its answer within ${firstByteTimeoutMs} ms.`), this.#controller)
    } else if (this.#phase === 'body') {
      // The timer is not touched per chunk: it looks at the clock when it fires.
      const quietMs = this.#held || this.#controller?.paused === true ? 0 : performance.now() - this.#lastByteMs
      if (quietMs < idleTimeoutMs) this.#arm(Math.max(1, Math.ceil(idleTimeoutMs - quietMs)))
      else this.#giveUp(new Failure('upstream.timeout', `The upstream sent nothing for ${idleTimeoutMs} ms.`), this.#controller)
    }
  }
}
