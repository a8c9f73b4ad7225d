// Tries the ranked models in turn. Every attempt is transformed, priced and reserved for its own destination: a fallback never carries
// what only the first destination may see.
import { retryAdvice } from '../../router/retry.ts'
import type { Choice } from '../../router/route.ts'
import type { Answer } from '../exchange/answer.ts'
import { asFailure, Failure } from '../exchange/failure.ts'
import { noLimits } from '../exchange/limits.ts'
import type { Reservation, SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { HealthBook } from '../pipeline/health-book.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { attempt, AttemptsFailed, type RetryAdvice } from '../upstream/attempt.ts'
import { RefusedAnswer } from './forward.ts'
import { whenAgreed } from './when-agreed.ts'
import type { ModelSendable } from './transform-model.ts'

export interface AttemptParts {
  readonly sessions: SessionStore
  /** Estimate of the request, for rates. */
  readonly inputTokens: number
  /** False where providers charge nothing for such a call. */
  readonly isCharged: boolean
  readonly health: HealthBook
  readonly transform: (choice: Choice) => ModelSendable
  readonly forward: (sendable: ModelSendable, signal: AbortSignal) => Promise<Answer>
}

export interface AttemptedModel {
  readonly answer: Answer
  readonly sendable: ModelSendable
  readonly reservation: Reservation
}

/** An answer of our own, as one that came from upstream. */
const textAnswer = (text: string): Answer => ({
  status: 200, headers: { 'content-type': 'application/json' },
  attach: sink => {
    sink.data(Buffer.from(text))
    sink.end()
  },
  resume: () => undefined, abort: () => undefined,
})

class Tries {
  readonly #exchange: Exchange<Runtime>
  readonly #keys: SessionKeys
  readonly #choices: readonly Choice[]
  readonly #parts: AttemptParts
  readonly #signal: AbortSignal
  #at = 0
  #lost: readonly string[] = []
  #reservation: Reservation | null = null
  /** What a provider is working on. */
  #asked: Choice | null = null
  /** The last answer that was refused: when no attempt does better, the caller gets it verbatim. */
  refused: AttemptedModel | null = null

  constructor(exchange: Exchange<Runtime>, keys: SessionKeys, choices: readonly Choice[], parts: AttemptParts, signal: AbortSignal) {
    this.#exchange = exchange
    this.#keys = keys
    this.#choices = choices
    this.#parts = parts
    this.#signal = signal
    exchange.atEnd(() => { this.#left() })
  }

  async run(choice: Choice): Promise<AttemptedModel> {
    const { health, transform, forward } = this.#parts
    this.dropRefused()
    this.#at = this.#choices.indexOf(choice)
    const transformed = whenAgreed(() => transform(choice))
    const sendable = transformed instanceof Promise ? await transformed : transformed
    this.#lost = sendable.lost
    const reservation = await this.#reserve(choice)
    if (sendable.answered !== null) return { answer: textAnswer(sendable.answered), sendable, reservation }
    const began = performance.now()
    health.started(choice.candidate.id)
    this.#asked = choice
    try {
      const answer = await forward(sendable, this.#signal)
      health.succeeded(choice.candidate.id, performance.now() - began)
      return { answer, sendable, reservation }
    } catch (thrown) {
      const failure = asFailure(thrown)
      if (failure.row.retry) health.failed(choice.candidate.id, failure.retryAfterMs)
      else health.abandoned(choice.candidate.id)
      if (failure instanceof RefusedAnswer) this.refused = { answer: failure.answer, sendable, reservation }
      throw failure
    } finally {
      this.#asked = null
      this.#exchange.ledger.upstreamMs += performance.now() - began
    }
  }

  advise(attemptNo: number, failure: Failure): RetryAdvice {
    return retryAdvice({
      // A budget or rate of certain models says nothing about the next one.
      attemptNo, retryable: failure.row.retry || (failure.detail['ofModel'] === true && this.#at < this.#choices.length - 1), retryAfterMs: failure.retryAfterMs ?? null, hasNext: this.#at < this.#choices.length - 1,
    }, this.#exchange.runtime.config.resilience.attempts, Math.random())
  }

  note(attempts: number): void {
    const choice = this.#choices[this.#at]
    if (choice === undefined) return
    this.#exchange.ledger.route = {
      chosen: choice.candidate.id, provider: choice.candidate.provider.id, local: choice.candidate.local, reason: choice.reason,
      candidates: this.#choices.map(option => option.candidate.id), attempts, lost: this.#lost,
    }
  }

  dropRefused(): void {
    this.refused?.answer.abort(new Failure('upstream.refused', 'Another attempt is made.'))
    this.refused = null
  }

  // Who leaves while a provider works on the call has bought what was to be expected of it; anything else that is still held goes back.
  #left(): void {
    const { ledger } = this.#exchange
    if (this.#asked === null || !this.#parts.isCharged) this.#reservation?.release()
    else {
      const { expectedTokens, expectedUsd } = this.#asked
      ledger.costUsd = expectedUsd
      this.#reservation?.settle({ usd: expectedUsd, tokens: expectedTokens })
      void this.#parts.sessions.commit(this.#keys, { spendUsd: expectedUsd, calls: 1 })
    }
  }

  async #reserve(choice: Choice): Promise<Reservation> {
    this.#reservation?.release()
    const { ledger: { principal }, runtime } = this.#exchange
    const limits = principal === null ? noLimits : runtime.limitsOf(principal, this.#keys, [choice.candidate.id])
    const reserved = this.#parts.sessions.reserve(limits, { usd: choice.upperBoundUsd, tokens: choice.upperBoundTokens, estimatedTokens: this.#parts.inputTokens })
    this.#reservation = reserved instanceof Promise ? await reserved : reserved
    // The caller may have left meanwhile, and nobody comes to give it back.
    if (this.#exchange.recorded) this.#reservation.release()
    return this.#reservation
  }
}

/** @throws Failure upstream.* | budget.exhausted | content.blocked | client.gone */
export const attemptModel = async (
  exchange: Exchange<Runtime>, keys: SessionKeys, choices: readonly Choice[], parts: AttemptParts,
): Promise<AttemptedModel> => {
  const abort = new AbortController()
  exchange.onGone(reason => { abort.abort(reason) })
  const tries = new Tries(exchange, keys, choices, parts, abort.signal)
  try {
    const done = await attempt(choices, choice => tries.run(choice), {
      next: (attemptNo, failure) => tries.advise(attemptNo, failure), signal: abort.signal,
    })
    tries.note(done.attempts.length)
    return done.value
  } catch (thrown) {
    if (!(thrown instanceof AttemptsFailed)) throw thrown
    tries.note(thrown.attempts.length)
    if (tries.refused !== null && thrown.failure instanceof RefusedAnswer) return tries.refused
    tries.dropRefused()
    throw thrown.failure
  }
}
