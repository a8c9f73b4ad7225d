// What one call holds of budgets and rates in this process, from before it until it ends.
import type { Hold, Limits, Rate } from '../exchange/limits.ts'
import type { Reservation } from '../exchange/session.ts'
import type { EmbeddedSums } from './embedded-sums.ts'
import type { RateBuckets, Taken } from './rate-buckets.ts'
import { stored } from './stored.ts'

/** Which rates count a call, and which each attempt at a model. */
export const oncePerCall = ({ ofModel }: Rate): number => ofModel ? 0 : 1
const oncePerAttempt = ({ ofModel }: Rate): number => ofModel ? 1 : 0
const nothingHeld: Reservation = Object.freeze({ rates: Object.freeze([]), settle: () => undefined, release: () => undefined })

/** Takes the hold from every budget and rate, or from none. @throws Failure budget.exhausted | quota.exceeded */
export const reserve = (held: { readonly sums: EmbeddedSums; readonly rates: RateBuckets }, { budgets, rates }: Limits, hold: Hold): Reservation => {
  if (budgets.length + rates.length === 0) return nothingHeld
  const end = stored(() => held.sums.hold(budgets, hold))
  let taken: Taken
  try {
    taken = held.rates.take(rates, oncePerAttempt, hold.estimatedTokens)
  } catch (thrown) {
    end(null)
    throw thrown
  }
  let open = true
  const close = (work: () => void): void => {
    if (!open) return
    open = false
    work()
  }
  return {
    rates: taken.states,
    settle: actual => { close(() => { end(actual); taken.correct(Number.isFinite(actual.tokens) ? actual.tokens : hold.estimatedTokens) }) },
    release: () => { close(() => { end(null); taken.correct(0) }) },
  }
}
