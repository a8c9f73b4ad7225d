// Tells a caller, in the headers of his own dialect, how much is left of the gateway's rates: clients pace themselves by these. They stand in for the
// provider's own, which are about the operator's account, only where the gateway has a rate of the kind.
import type { RateState } from '../exchange/limits.ts'
import type { Dialect } from '../exchange/operation.ts'

interface Left { readonly limit: number; readonly left: number }

/** The rate that has the smallest share left, or null where none counts the unit. */
const scarcest = (states: readonly RateState[], unit: 'requests' | 'tokens'): Left | null => {
  let found: Left | null = null
  for (const { rate, requestsLeft, tokensLeft } of states) {
    const limit = unit === 'requests' ? rate.requestsPerMinute : rate.tokensPerMinute
    if (limit === null) continue
    const left = unit === 'requests' ? requestsLeft : tokensLeft
    if (found === null || left / limit < found.left / found.limit) found = { limit, left }
  }
  return found
}

/** Seconds until the bucket is full again. */
const fullAfterS = ({ left, limit }: Left): number => ((limit - left) * 60) / limit

const openai = (unit: string, one: Left): Record<string, string> => ({
  [`x-ratelimit-limit-${unit}`]: String(one.limit), [`x-ratelimit-remaining-${unit}`]: String(Math.max(0, Math.floor(one.left))), [`x-ratelimit-reset-${unit}`]: `${fullAfterS(one).toFixed(3)}s`,
})

const anthropic = (unit: string, one: Left, nowMs: number): Record<string, string> => ({
  [`anthropic-ratelimit-${unit}-limit`]: String(one.limit), [`anthropic-ratelimit-${unit}-remaining`]: String(Math.max(0, Math.floor(one.left))),
  [`anthropic-ratelimit-${unit}-reset`]: new Date(nowMs + fullAfterS(one) * 1000).toISOString(),
})

const nothing: Readonly<Record<string, string>> = Object.freeze({})

/** Headers for the rates of a call, as they stand with it. */
export const rateHeaders = (states: readonly RateState[], dialect: Dialect, nowMs: number): Readonly<Record<string, string>> => {
  if (states.length === 0) return nothing
  const headers: Record<string, string> = {}
  for (const unit of ['requests', 'tokens'] as const) {
    const one = scarcest(states, unit)
    if (one !== null) Object.assign(headers, dialect === 'anthropic' ? anthropic(unit, one, nowMs) : openai(unit, one))
  }
  return headers
}
