// A message that belongs to an exchange and has a record of its own: what a server asks while it answers.
import { randomUUID } from 'node:crypto'
import type { FailureCode } from '../exchange/failure.ts'
import type { SpanHandle } from '../exchange/trace.ts'
import { describeSpan } from './describe-span.ts'
import type { Recorder } from './exchange.ts'
import { Ledger } from './ledger.ts'

export interface AsideInit<Runtime> {
  readonly runtime: Runtime
  /** Of the exchange that it belongs to. */
  readonly ledger: Ledger
  readonly span: SpanHandle
  readonly method: string
  readonly recorder: Recorder
}

export class Aside<Runtime> {
  readonly id: string = randomUUID()
  readonly runtime: Runtime
  readonly ledger: Ledger
  readonly span: SpanHandle
  readonly #recorder: Recorder
  #recorded = false

  constructor({ runtime, ledger, span, method, recorder }: AsideInit<Runtime>) {
    this.runtime = runtime
    this.#recorder = recorder
    this.ledger = new Ledger({ exchange: this.id, surface: ledger.surface, method, client: ledger.client, startedMs: performance.now() })
    this.ledger.trace = ledger.trace
    this.ledger.sampled = ledger.sampled
    this.ledger.principal = ledger.principal
    this.ledger.session = ledger.session
    this.ledger.root = ledger.root
    this.span = span.child(method, 'internal')
  }

  recordIntent(inputDigest: string): void { this.#recorder.audit.append(this.ledger.intent(inputDigest)) }

  /** Writes the outcome once; later calls do nothing. */
  record(status: number, failure: FailureCode | null): void {
    if (this.#recorded) return
    this.#recorded = true
    const outcome = this.ledger.outcome(status, failure, performance.now())
    this.#recorder.metrics.recordExchange(outcome, this.ledger)
    describeSpan(this.span, outcome)
    this.span.end(failure === null ? { status } : { status, errorType: failure })
    this.#recorder.audit.append(outcome)
  }
}
