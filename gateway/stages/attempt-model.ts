// Tries the ranked models in turn. Every attempt is transformed, priced and reserved for its own destination: a fallback never carries
// what only the first destination may see.
import { retryAdvice } from '../../router/retry.ts'
import type { Choice } from '../../router/route.ts'
import { asFailure, Failure, type FailureCode } from '../exchange/failure.ts'
import type { SessionKeys } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { attempt, AttemptsFailed, type RetryAdvice } from '../upstream/attempt.ts'
import { AttemptPayments, type Payment } from './attempt-payments.ts'
import { RefusedAnswer } from './forward.ts'
import { hedge, type Runner } from './hedge.ts'
import { OneAttempt, type AttemptedModel, type OneAttemptParts } from './one-attempt.ts'

export type { AttemptedModel } from './one-attempt.ts'

export interface AttemptParts extends Omit<OneAttemptParts, 'reserve' | 'flow'>, Payment {
  /** The alias asks for a second attempt beside a slow one. */
  readonly hedges: boolean
}

/** What keeps one candidate from being asked says nothing about the next: nothing was sent, and no attempt is used up. */
const skipped: ReadonlySet<FailureCode> = new Set(['budget.exhausted', 'content.blocked', 'route.lossy', 'gateway.overloaded'])
const wasSkipped = (failure: Failure): boolean => skipped.has(failure.code) || failure.detail['unasked'] === true || failure.detail['ofModel'] === true

const tooLate = new Failure('client.gone', 'Another attempt was faster.')

class Try implements Runner<AttemptedModel> {
  readonly attempt: OneAttempt
  readonly #leave = new AbortController()
  #refused: RefusedAnswer | null = null

  constructor(choice: Choice, parts: OneAttemptParts, signal: AbortSignal, canBeCancelled: boolean) {
    this.attempt = new OneAttempt(choice, parts, canBeCancelled ? AbortSignal.any([signal, this.#leave.signal]) : signal)
  }

  async run(): Promise<AttemptedModel> {
    try {
      const done = await this.attempt.run()
      if (this.#leave.signal.aborted) done.answer.abort(tooLate)
      return done
    } catch (thrown) {
      if (thrown instanceof RefusedAnswer) this.#refused = thrown
      throw thrown
    }
  }

  cancel(): void {
    this.attempt.cancelled = true
    this.#leave.abort(tooLate)
    this.#refused?.answer.abort(tooLate)
    if (this.#refused !== null) this.attempt.end()
  }
}

class Tries {
  readonly #exchange: Exchange<Runtime>
  readonly #choices: readonly Choice[]
  readonly #parts: AttemptParts & OneAttemptParts
  readonly #payments: AttemptPayments
  readonly #signal: AbortSignal
  readonly #all: OneAttempt[] = []
  #at = 0
  #attemptNo = 0
  #hedges = 0
  #last: OneAttempt | null = null
  #refusedBy: OneAttempt | null = null
  #retryAfterMs: number | null = null
  /** The last answer that was refused: when no attempt does better, the caller gets it verbatim. */
  refused: AttemptedModel | null = null
  /** What the last upstream that was asked did wrong: of more use to the caller than why others were not asked. */
  upstreamFailure: Failure | null = null

  constructor(exchange: Exchange<Runtime>, keys: SessionKeys, choices: readonly Choice[], parts: AttemptParts, signal: AbortSignal) {
    this.#exchange = exchange
    this.#payments = new AttemptPayments(exchange, keys, parts)
    this.#choices = choices
    this.#parts = {
      ...parts, flow: exchange.ledger.principal?.key ?? 'none', reserve: choice => this.#payments.reserve(choice),
      forward: (sendable, given) => {
        this.dropRefused()
        return parts.forward(sendable, given)
      },
    }
    this.#signal = signal
    exchange.atEnd(() => { this.#payments.atEnd(this.#all) })
  }

  get retryAfterMs(): number | null { return this.#retryAfterMs }

  async run(choice: Choice, attemptNo: number): Promise<AttemptedModel> {
    this.#at = this.#choices.indexOf(choice)
    this.#attemptNo = attemptNo
    const afterMs = this.#hedgeAfterMs(choice)
    const first = this.#start(choice, afterMs !== null)
    try {
      if (afterMs === null) return await first.run()
      const { value, by, loser } = await hedge<AttemptedModel, Try>(first, afterMs, () => this.#second())
      this.#last = by.attempt
      if (loser !== null) this.#payments.forLoser(loser.attempt)
      return value
    } catch (thrown) {
      // Of two that failed side by side the first is answered for.
      this.#last = first.attempt
      this.#note(asFailure(thrown))
      throw thrown
    } finally {
      for (const one of this.#all) {
        this.#exchange.ledger.upstreamMs += one.upstreamMs
        one.upstreamMs = 0
      }
    }
  }

  advise(attemptNo: number, failure: Failure): RetryAdvice {
    const { attempts } = this.#exchange.runtime.config.resilience
    const current = this.#choices[this.#at]
    if (wasSkipped(failure)) {
      // More will not be there for what takes more; a budget or rate of certain models says nothing about the next one.
      const by = this.#nextBy(choice => failure.code !== 'budget.exhausted' || failure.detail['ofModel'] === true || current === undefined || choice.upperBoundUsd < current.upperBoundUsd || choice.upperBoundTokens < current.upperBoundTokens)
      return by === 0 ? { retry: 'no', afterMs: 0 } : { retry: 'next', afterMs: 0, by, uncounted: true }
    }
    if (current !== undefined && attemptNo < attempts && this.#hasOtherKey(failure, current)) return { retry: 'same', afterMs: 0 }
    const by = this.#nextBy(() => true)
    const isFinal = failure instanceof RefusedAnswer && (failure.isFinal || failure.kind === 'credential' || failure.kind === 'missing')
    if (isFinal && by === 0) return { retry: 'no', afterMs: 0 }
    return { ...retryAdvice({ attemptNo, retryable: failure.row.retry, retryAfterMs: failure.retryAfterMs ?? null, hasNext: by > 0 }, attempts, Math.random()), by }
  }

  note(attempts: number): void {
    const choice = this.#last?.choice ?? this.#choices[this.#at]
    if (choice === undefined) return
    const { candidate, reason } = choice
    this.#exchange.ledger.route = {
      chosen: candidate.id, provider: candidate.provider.id, local: candidate.local, reason: this.#hedges === 0 ? reason : `${reason}; hedged`,
      candidates: this.#choices.map(option => option.candidate.id), attempts: attempts + this.#hedges, lost: this.#last?.lost ?? [],
    }
  }

  dropRefused(): void {
    this.refused?.answer.abort(new Failure('upstream.refused', 'Another attempt is made.'))
    this.#refusedBy?.end()
    this.refused = this.#refusedBy = null
  }

  #start(choice: Choice, canBeCancelled: boolean): Try {
    const made = new Try(choice, this.#parts, this.#signal, canBeCancelled)
    this.#all.push(made.attempt)
    this.#last = made.attempt
    return made
  }

  #note(failure: Failure): void {
    if (!wasSkipped(failure)) this.upstreamFailure = failure
    const { retryAfterMs } = failure
    if (retryAfterMs !== undefined) this.#retryAfterMs = Math.min(retryAfterMs, this.#retryAfterMs ?? Infinity)
    const by = this.#last
    const reservation = by?.reservation
    if (!(failure instanceof RefusedAnswer) || by === null || reservation == null) return
    this.#refusedBy = by
    this.refused = { answer: failure.answer, sendable: failure.sendable, reservation, isRefusal: true, retryAfterMs: null }
  }

  /** How many choices further the next one is that is healthy now and may be asked; 0: there is none. */
  #nextBy(mayAsk: (choice: Choice) => boolean): number {
    for (let at = this.#at + 1; at < this.#choices.length; at += 1) {
      const choice = this.#choices[at]
      if (choice !== undefined && mayAsk(choice) && this.#parts.health.of(choice.candidate.id).healthy) return at - this.#at
    }
    return 0
  }

  #hasOtherKey(failure: Failure, { candidate }: Choice): boolean {
    return failure instanceof RefusedAnswer && (failure.kind === 'limited' || failure.kind === 'credential') && this.#parts.credentials.hasFree(candidate.provider.id, candidate.id)
  }

  /** After how long a second attempt is worth its price; null: never. */
  #hedgeAfterMs({ candidate }: Choice): number | null {
    const { attempts, hedge: rules } = this.#exchange.runtime.config.resilience
    if (!(rules.enabled || this.#parts.hedges) || this.#attemptNo >= attempts || this.#nextBy(() => true) === 0) return null
    const { p95Ms } = this.#parts.health.of(candidate.id)
    return p95Ms === null ? null : Math.max(rules.min_ms, p95Ms)
  }

  #second(): Try | null {
    const by = this.#nextBy(({ candidate }) => this.#parts.limits.hasRoom(candidate))
    const choice = this.#choices[this.#at + by]
    if (by === 0 || choice === undefined) return null
    this.#at += by
    this.#hedges += 1
    return this.#start(choice, true)
  }
}

const withRetryAfter = (failure: Failure, retryAfterMs: number | null): Failure => retryAfterMs === null || failure.retryAfterMs !== undefined || failure.row.fault !== 'upstream'
  ? failure : new Failure(failure.code, failure.message, { detail: failure.detail, cause: failure.cause, retryAfterMs })

/** @throws Failure upstream.* | budget.exhausted | content.blocked | gateway.overloaded | client.gone */
export const attemptModel = async (
  exchange: Exchange<Runtime>, keys: SessionKeys, choices: readonly Choice[], parts: AttemptParts,
): Promise<AttemptedModel> => {
  const abort = new AbortController()
  exchange.onGone(reason => { abort.abort(reason) })
  const tries = new Tries(exchange, keys, choices, parts, abort.signal)
  try {
    const done = await attempt(choices, (choice, attemptNo) => tries.run(choice, attemptNo), {
      next: (attemptNo, failure) => tries.advise(attemptNo, failure), signal: abort.signal,
    })
    tries.note(done.attempts.length)
    return done.value
  } catch (thrown) {
    if (!(thrown instanceof AttemptsFailed)) throw thrown
    tries.note(thrown.attempts.length)
    const failure = wasSkipped(thrown.failure) ? tries.upstreamFailure ?? thrown.failure : thrown.failure
    if (tries.refused !== null && failure instanceof RefusedAnswer) return { ...tries.refused, retryAfterMs: tries.retryAfterMs }
    tries.dropRefused()
    throw withRetryAfter(failure, tries.retryAfterMs)
  }
}
