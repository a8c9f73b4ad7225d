// One exchange: its pinned runtime, its sockets, its record. It is recorded exactly once, whatever happens.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Failure, failureTable, type FailureCode } from '../exchange/failure.ts'
import type { AuditLog } from '../exchange/record.ts'
import type { ExchangeMetrics, SpanHandle } from '../exchange/trace.ts'
import type { ResponseSink } from '../surfaces/mcp/event-stream.ts'
import { Aside } from './aside.ts'
import { describeSpan } from './describe-span.ts'
import { Ledger } from './ledger.ts'

export interface Recorder { readonly audit: AuditLog; readonly metrics: ExchangeMetrics }

export interface ExchangeInit<Runtime, Out extends ResponseSink> {
  readonly runtime: Runtime
  readonly request: IncomingMessage
  readonly response: Out
  /** Text of the message where the request's body holds several. */
  readonly given?: string
  readonly surface: string
  readonly method: string
  readonly recorder: Recorder
  readonly startSpan: (name: string) => SpanHandle
}

/** `Out`: node's own response, or what stands for it where one response answers several exchanges. */
export class Exchange<Runtime = unknown, Out extends ResponseSink = ResponseSink> {
  readonly id: string = randomUUID()
  readonly runtime: Runtime
  readonly request: IncomingMessage
  readonly response: Out
  readonly given: string | null
  readonly ledger: Ledger
  readonly span: SpanHandle
  readonly #recorder: Recorder
  readonly #endings: ((failure: FailureCode | null) => void)[] = []
  #recorded = false
  #abort: ((reason: Failure) => void) | null = null
  #outlives = false
  /** Set once the caller's connection closed before the answer was complete. */
  gone = false

  constructor(init: ExchangeInit<Runtime, Out>) {
    this.runtime = init.runtime
    this.request = init.request
    this.response = init.response
    this.given = init.given ?? null
    this.ledger = new Ledger({
      exchange: this.id, surface: init.surface, method: init.method,
      client: init.request.socket.remoteAddress ?? null, startedMs: performance.now(),
    })
    this.#recorder = init.recorder
    this.span = init.startSpan(init.method)
    this.ledger.trace = this.span.traceId
    this.ledger.sampled = this.span.sampled
    init.response.once('close', () => { this.#closed() })
  }

  get recorded(): boolean { return this.#recorded }

  /** Something to give back when the exchange ends: a place in the queue, a reservation. Runs once, before the record. */
  atEnd(ending: (failure: FailureCode | null) => void): void {
    if (this.#recorded) ending(this.gone ? 'client.gone' : null)
    else this.#endings.push(ending)
  }

  /** How to stop the work under way when the caller leaves. Called at once if it already left. */
  onGone(abort: (reason: Failure) => void): void {
    if (this.gone && !this.#outlives) abort(new Failure('client.gone', 'The caller closed the connection.'))
    else this.#abort = abort
  }

  /** The caller may leave and ask again: the work goes on to its end, and is recorded then. Nothing stops it but its own limits. */
  outlivesCaller(): void { this.#outlives = true }

  /** Begins the exchange of one message of this request's body. */
  part(given: string, response: ResponseSink): Exchange<Runtime> {
    const { request, runtime, ledger: { method, surface } } = this
    return new Exchange<Runtime>({ runtime, request, response, given, surface, method, recorder: this.#recorder, startSpan: name => this.span.child(name, 'internal') })
  }

  /** Begins a message of its own that belongs to this exchange. */
  aside(method: string): Aside<Runtime> {
    const { runtime, ledger, span } = this
    return new Aside({ runtime, ledger, span, method, recorder: this.#recorder })
  }

  #closed(): void {
    if (this.#recorded) return
    this.gone = true
    if (this.#outlives) return
    this.#abort?.(new Failure('client.gone', 'The caller closed the connection.'))
    this.record(failureTable['client.gone'].http, 'client.gone', () => undefined)
  }

  /** Writes the intent: what is about to happen. It shares the group write with its neighbours and is not waited for. */
  recordIntent(inputDigest: string): void {
    this.#recorder.audit.append(this.ledger.intent(inputDigest))
  }

  /**
   * Writes the outcome once; later calls only run `acknowledged`.
   * @param acknowledged runs when the record is written: only then may the answer be completed.
   */
  record(status: number, failure: FailureCode | null, acknowledged: (error?: Error) => void): void {
    if (this.#recorded) {
      acknowledged()
      return
    }
    this.#recorded = true
    for (const ending of this.#endings) ending(failure)
    const { ledger, span } = this
    const outcome = ledger.outcome(status, failure, performance.now())
    this.#recorder.metrics.recordExchange(outcome, ledger)
    describeSpan(span, outcome)
    span.end(failure === null ? { status } : { status, errorType: failure })
    this.#recorder.audit.append(outcome, acknowledged)
  }
}
