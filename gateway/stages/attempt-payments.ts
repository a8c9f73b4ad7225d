// What the attempts of a call cost: reserved before each is made, and paid for where one was made in vain.
import type { Choice } from '../../router/route.ts'
import { noLimits } from '../exchange/limits.ts'
import type { Reservation, SessionKeys, SessionStore } from '../exchange/session.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { OneAttempt } from './one-attempt.ts'

export interface Payment {
  readonly sessions: SessionStore
  /** Estimate of the request, for rates. */
  readonly inputTokens: number
  /** False where providers charge nothing for such a call. */
  readonly isCharged: boolean
}

export class AttemptPayments {
  readonly #exchange: Exchange<Runtime>
  readonly #keys: SessionKeys
  readonly #payment: Payment

  constructor(exchange: Exchange<Runtime>, keys: SessionKeys, payment: Payment) {
    this.#exchange = exchange
    this.#keys = keys
    this.#payment = payment
  }

  /** Holds what an attempt may cost at most. @throws Failure budget.exhausted | quota.exceeded | state.unavailable */
  async reserve(choice: Choice): Promise<Reservation> {
    const { ledger: { principal }, runtime } = this.#exchange
    const { sessions, inputTokens } = this.#payment
    const limits = principal === null ? noLimits : runtime.limitsOf(principal, this.#keys, [choice.candidate.id])
    const reserved = sessions.reserve(limits, { usd: choice.upperBoundUsd, tokens: choice.upperBoundTokens, estimatedTokens: inputTokens })
    const reservation = reserved instanceof Promise ? await reserved : reserved
    // The caller may have left meanwhile, and nobody comes to give it back.
    if (this.#exchange.recorded) reservation.release()
    return reservation
  }

  /** What was broken off was asked all the same: it is paid at what such a call is expected to cost. What had failed by itself costs nothing. */
  forLoser(loser: OneAttempt): void {
    const { reservation, choice } = loser
    if (loser.wasSent && !loser.failed && this.#payment.isCharged && reservation !== null) {
      reservation.settle({ usd: choice.expectedUsd, tokens: choice.expectedTokens })
      this.#exchange.ledger.hedgedUsd += choice.expectedUsd
      void this.#payment.sessions.commit(this.#keys, { spendUsd: choice.expectedUsd })
    }
    loser.end()
  }

  /** Who leaves while a provider works on the call has bought what was to be expected of it; anything else that is still held goes back. */
  atEnd(attempts: readonly OneAttempt[]): void {
    for (const one of attempts) {
      if (one.isAsking && this.#payment.isCharged && one.reservation !== null) this.#bill(one.choice, one.reservation)
      one.end()
    }
  }

  #bill({ expectedTokens, expectedUsd }: Choice, reservation: Reservation): void {
    const { ledger } = this.#exchange
    reservation.settle({ usd: expectedUsd, tokens: expectedTokens })
    ledger.costUsd = (ledger.costUsd ?? 0) + expectedUsd
    void this.#payment.sessions.commit(this.#keys, { spendUsd: expectedUsd, calls: 1 })
  }
}
