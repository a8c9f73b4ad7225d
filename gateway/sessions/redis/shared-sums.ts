// Budgets and rates of all gateways: what is asked of the scripts, and what their answers mean.
import { Failure } from '../../exchange/failure.ts'
import type { Amount, Budget, BudgetState, BudgetWatch, Hold, Limits, Rate, RateState } from '../../exchange/limits.ts'
import type { Reservation } from '../../exchange/session.ts'
import { budgetExhausted, quotaExceeded } from '../limit-failures.ts'
import type { RedisLink } from './link.ts'

export interface SharedSumsOptions {
  readonly link: RedisLink
  readonly prefix: string
  readonly leaseMs: number
  /** Text of the time for the scripts; empty: the server's. */
  readonly now: () => string
  readonly watch?: BudgetWatch
  readonly onExpired?: (count: number) => void
}

/** Redis counts money in integers of 1e-9 USD. */
export const nanoUsd = 1e9
/** Longer than any call that began in a window, or under a lease, goes on. */
const graceMs = 24 * 3_600_000

/** Limits as the scripts read them, written once per caller. */
interface Written {
  readonly budgets: string
  /** Counting one request of an exchange, or of an attempt. */
  readonly call: string
  readonly attempt: string
}

const budgetText = ({ account, window, limitUsd, limitTokens, warnAt, idleMs }: Budget): object => ({
  account, window, usd: limitUsd === null ? -1 : Math.round(limitUsd * nanoUsd), tokens: limitTokens ?? -1, steps: warnAt, idle: idleMs ?? 0,
})

const rateText = (take: (rate: Rate) => number) => (rate: Rate): object =>
  ({ account: rate.account, requests: rate.requestsPerMinute ?? 0, tokens: rate.tokensPerMinute ?? 0, take: rate.requestsPerMinute === null ? 0 : take(rate) })

const write = ({ budgets, rates }: Limits): Written => {
  const sums = budgets.map(budgetText)
  return {
    budgets: JSON.stringify({ budgets: sums, rates: [] }),
    call: JSON.stringify({ budgets: sums, rates: rates.map(rateText(({ ofModel }) => ofModel ? 0 : 1)) }),
    attempt: JSON.stringify({ budgets: sums, rates: rates.map(rateText(({ ofModel }) => ofModel ? 1 : 0)) }),
  }
}

type Answer = readonly unknown[]
type Row = readonly [usd: string, tokens: string, heldUsd: string, heldTokens: string, endsAt: string]

const stateOf = (budget: Budget, [usd, tokens, heldUsd, heldTokens, endsAt]: Row): BudgetState => ({
  budget, spent: { usd: Number(usd) / nanoUsd, tokens: Number(tokens) }, reserved: { usd: Number(heldUsd) / nanoUsd, tokens: Number(heldTokens) },
  resetsAt: endsAt === '0' ? null : Number(endsAt),
})

const isAmount = (value: number): boolean => value >= 0 && Number.isFinite(value)
const nothingHeld: Reservation = Object.freeze({ rates: Object.freeze([]), settle: () => undefined, release: () => undefined })

export class SharedSums {
  readonly #options: SharedSumsOptions
  readonly #base: string
  readonly #written = new WeakMap<Limits, Written>()

  constructor(options: SharedSumsOptions) {
    this.#options = options
    this.#base = `${options.prefix}:{budgets}:`
  }

  /** @param counts takes one request from the rates of calls. @throws Failure quota.exceeded | state.unavailable */
  async look(limits: Limits, counts: boolean): Promise<BudgetState[]> {
    const { budgets, rates } = limits
    if (budgets.length === 0 && (!counts || rates.length === 0)) return []
    const { call, budgets: plain } = this.#textOf(limits)
    const said = await this.#options.link.run('portcullisLook', this.#leases, this.#options.now(), this.#base, counts ? call : plain) as Answer
    this.#refuse(limits, said)
    return budgets.map((budget, at) => {
      const state = stateOf(budget, said.slice(2 + at * 5, 7 + at * 5) as unknown as Row)
      this.#options.watch?.used(state)
      return state
    })
  }

  /** @throws Failure budget.exhausted | quota.exceeded | state.unavailable */
  reserve(limits: Limits, hold: Hold, lease: string): Reservation | Promise<Reservation> {
    if (limits.budgets.length + limits.rates.length === 0) return nothingHeld
    return this.#reserve(limits, hold, lease)
  }

  async #reserve(limits: Limits, hold: Hold, lease: string): Promise<Reservation> {
    const { leaseMs, link, now, onExpired } = this.#options
    const [first] = limits.budgets
    if (first !== undefined && !(isAmount(hold.usd) && isAmount(hold.tokens))) {
      throw budgetExhausted({ budget: first, unit: isAmount(hold.usd) ? 'tokens' : 'usd', wanted: hold, taken: { usd: 0, tokens: 0 }, resetsAt: null, nowMs: 0 })
    }
    let said: Answer
    try {
      said = await link.run('portcullisReserve', this.#leases, now(), this.#base, lease, leaseMs, graceMs, Math.round(hold.usd * nanoUsd), hold.tokens, hold.estimatedTokens, this.#textOf(limits).attempt) as Answer
    } catch (thrown) {
      // It may have been taken all the same; and if it arrives later, it finds that it is over.
      this.#end(limits, lease, { usd: 0, tokens: 0 }, hold.estimatedTokens)
      throw thrown
    }
    this.#refuse(limits, said, hold)
    if (Number(said[1]) > 0) onExpired?.(Number(said[1]))
    const levels = said[2] as readonly string[]
    const rates = limits.rates.map((rate, at): RateState => ({ rate, requestsLeft: Number(levels[at * 2]), tokensLeft: Number(levels[at * 2 + 1]) }))
    return { rates, ...this.#endings(limits, hold, lease) }
  }

  #endings(limits: Limits, hold: Hold, lease: string): Omit<Reservation, 'rates'> {
    let open = true
    const end = (actual: Amount): void => {
      if (!open) return
      open = false
      this.#end(limits, lease, actual, hold.estimatedTokens - actual.tokens)
    }
    return {
      settle: ({ usd, tokens }) => { end({ usd: isAmount(usd) ? usd : hold.usd, tokens: isAmount(tokens) ? tokens : hold.tokens }) },
      release: () => { end({ usd: 0, tokens: 0 }) },
    }
  }

  #end(limits: Limits, lease: string, actual: Amount, tooManyTokens: number): void {
    const { link, now, watch } = this.#options
    const at = now()
    link.soon(async () => {
      const said = await link.run('portcullisSettle', this.#leases, at, this.#base, lease, graceMs, Math.round(actual.usd * nanoUsd), actual.tokens, tooManyTokens, this.#textOf(limits).attempt) as Answer
      if (said[0] !== 'ok') return
      limits.budgets.forEach((budget, index) => {
        const row = said[1 + index] as readonly [...Row, readonly number[]]
        const state = stateOf(budget, row.slice(0, 5) as unknown as Row)
        watch?.used(state)
        for (const step of row[5]) watch?.warned({ budget, step, resetsAt: state.resetsAt })
      })
    })
  }

  get #leases(): string { return `${this.#base}leases` }

  #textOf(limits: Limits): Written {
    let text = this.#written.get(limits)
    if (text === undefined) this.#written.set(limits, text = write(limits))
    return text
  }

  #refuse({ budgets, rates }: Limits, said: Answer, hold?: Hold): void {
    switch (said[0]) {
      case 'ok': return
      case 'rate': throw quotaExceeded(rates[Number(said[1])] as Rate, said[2] === 'tokens' ? 'tokens' : 'requests', Number(said[3]))
      case 'budget': {
        const [, at, unit, usd, tokens, endsAt, nowMs, steps] = said
        const budget = budgets[Number(at)] as Budget
        const resetsAt = endsAt === '0' ? null : Number(endsAt)
        for (const step of steps as readonly number[]) this.#options.watch?.warned({ budget, step, resetsAt })
        throw budgetExhausted({
          budget, unit: unit === 'tokens' ? 'tokens' : 'usd', wanted: hold ?? { usd: 0, tokens: 0 }, taken: { usd: Number(usd) / nanoUsd, tokens: Number(tokens) }, resetsAt, nowMs: Number(nowMs),
        })
      }
      default: throw new Failure('state.unavailable', 'The shared state did not take the reservation.', { retryAfterMs: 1000 })
    }
  }
}
