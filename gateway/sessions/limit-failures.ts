// How both stores say that a limit is reached: which one, whose, how much is left, and when it is worth coming back.
import { Failure } from '../exchange/failure.ts'
import type { Amount, Budget, Rate } from '../exchange/limits.ts'

export interface Refused {
  readonly budget: Budget
  readonly unit: 'usd' | 'tokens'
  readonly wanted: Amount
  /** Spent and held by others. */
  readonly taken: Amount
  readonly resetsAt: number | null
  readonly nowMs: number
}

const usd = (amount: number): string => `${amount.toFixed(4)} USD`
const tokens = (amount: number): string => `${Math.ceil(amount)} tokens`

/** "the day budget "engineering" (shared)". */
const nameOf = ({ name, scope, window }: Budget): string => `the ${window} budget "${name}" (${scope})`

export const budgetExhausted = ({ budget, unit, wanted, taken, resetsAt, nowMs }: Refused): Failure => {
  const limit = unit === 'usd' ? `${budget.limitUsd ?? 0} USD` : `${budget.limitTokens ?? 0} tokens`
  const left = Math.max(0, unit === 'usd' ? (budget.limitUsd ?? 0) - taken.usd : (budget.limitTokens ?? 0) - taken.tokens)
  const says = unit === 'usd' ? usd : tokens
  return new Failure('budget.exhausted', `This call may cost ${says(wanted[unit])}, and ${nameOf(budget)} of ${limit} has ${says(left)} left${resetsAt === null ? '; it never resets' : `; it resets at ${new Date(resetsAt).toISOString()}`}.`, {
    detail: { field: 'budget', budget: budget.name, scope: budget.scope, limit, ...budget.ofModel ? { ofModel: true } : {}, ...resetsAt === null ? { remedy: 'Ask for a higher limit.' } : {} },
    ...(resetsAt === null ? {} : { retryAfterMs: Math.max(1, resetsAt - nowMs) }),
  })
}

/** @param waitMs until there is room again */
export const quotaExceeded = ({ name, scope, requestsPerMinute, tokensPerMinute, ofModel }: Rate, unit: 'requests' | 'tokens', waitMs: number): Failure => {
  const what = unit === 'requests' ? `${requestsPerMinute ?? 0} requests` : `${tokensPerMinute ?? 0} tokens`
  return new Failure('quota.exceeded', `The rate "${name}" (${scope}) allows ${what} a minute.`, {
    retryAfterMs: Math.max(1, Math.ceil(waitMs)),
    detail: { field: unit === 'requests' ? 'requests_per_minute' : 'tokens_per_minute', rate: name, scope, ...ofModel ? { ofModel: true } : {} },
  })
}
