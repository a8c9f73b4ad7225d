// Rates of this process: token buckets that hold one minute's worth. Bursts are fine, the average is not exceeded. Memory only: a minute is
// over before a restart is.
import type { Rate, RateState } from '../exchange/limits.ts'
import { quotaExceeded } from './limit-failures.ts'

interface Bucket { requests: number; tokens: number; refilledMs: number }

export interface Taken { readonly states: readonly RateState[]; correct(actualTokens: number): void }

const minuteMs = 60_000
const maxBuckets = 50_000

/** What a call takes from a bucket before it is made: more than a full one holds cannot be asked for, what is beyond becomes a debt. */
export const neededOf = (amount: number, perMinute: number): number => Math.min(amount, perMinute)

export class RateBuckets {
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(now: () => number) { this.#now = now }

  /**
   * Takes requests and tokens from all buckets, or from none.
   * @returns what is left, and what corrects the tokens to what they really were
   * @throws Failure quota.exceeded
   */
  take(rates: readonly Rate[], requests: (rate: Rate) => number, tokens: number): Taken {
    const buckets = rates.map(rate => this.#bucketOf(rate))
    rates.forEach((rate, at) => { this.#check(rate, buckets[at] as Bucket, requests(rate), tokens) })
    rates.forEach((rate, at) => {
      const bucket = buckets[at] as Bucket
      bucket.requests -= requests(rate)
      bucket.tokens -= tokens
    })
    return {
      states: rates.map((rate, at) => ({ rate, requestsLeft: buckets[at]?.requests ?? 0, tokensLeft: buckets[at]?.tokens ?? 0 })),
      correct: actual => {
        rates.forEach(({ tokensPerMinute }, at) => {
          const bucket = buckets[at] as Bucket
          bucket.tokens = Math.min(tokensPerMinute ?? 0, bucket.tokens + tokens - actual)
        })
      },
    }
  }

  #check(rate: Rate, bucket: Bucket, requests: number, tokens: number): void {
    const { requestsPerMinute, tokensPerMinute } = rate
    if (requestsPerMinute !== null && requests > 0 && bucket.requests < requests) throw quotaExceeded(rate, 'requests', ((requests - bucket.requests) * minuteMs) / requestsPerMinute)
    if (tokensPerMinute === null || tokens === 0) return
    const needed = neededOf(tokens, tokensPerMinute)
    if (bucket.tokens < needed) throw quotaExceeded(rate, 'tokens', ((needed - bucket.tokens) * minuteMs) / tokensPerMinute)
  }

  #bucketOf({ account, requestsPerMinute, tokensPerMinute }: Rate): Bucket {
    const now = this.#now()
    let bucket = this.#buckets.get(account)
    if (bucket === undefined) {
      this.#makeRoom(now)
      this.#buckets.set(account, bucket = { requests: requestsPerMinute ?? 0, tokens: tokensPerMinute ?? 0, refilledMs: now })
    }
    const passed = Math.max(0, now - bucket.refilledMs) / minuteMs
    bucket.refilledMs = now
    // The limits are asked anew each time: a reload may have changed them.
    bucket.requests = Math.min(requestsPerMinute ?? 0, bucket.requests + passed * (requestsPerMinute ?? 0))
    bucket.tokens = Math.min(tokensPerMinute ?? 0, bucket.tokens + passed * (tokensPerMinute ?? 0))
    return bucket
  }

  /** A bucket without debts that nobody used for a minute is full again: nothing is forgotten with it. */
  #makeRoom(now: number): void {
    if (this.#buckets.size < maxBuckets) return
    for (const [account, bucket] of this.#buckets) if (now - bucket.refilledMs > minuteMs && bucket.requests >= 0 && bucket.tokens >= 0) this.#buckets.delete(account)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size >= maxBuckets && oldest !== undefined) this.#buckets.delete(oldest)
  }
}
