// Whether to try again, where, and when. Only ever asked while no byte has been answered to the caller.

export interface FailedAttempt {
  /** From 1. */
  readonly attemptNo: number
  readonly retryable: boolean
  readonly retryAfterMs: number | null
  /** Are there candidates after this one? */
  readonly hasNext: boolean
}

export interface RetryAdvice { readonly retry: 'same' | 'next' | 'no'; readonly afterMs: number }

const no: RetryAdvice = { retry: 'no', afterMs: 0 }
const longestWaitMs = 2000

/**
 * @param maxAttempts most attempts of one exchange.
 * @param random 0 to 1, for jitter.
 */
export const retryAdvice = (failed: FailedAttempt, maxAttempts: number, random: number): RetryAdvice => {
  if (!failed.retryable || failed.attemptNo >= maxAttempts) return no
  // Another candidate is better than waiting for this one.
  if (failed.hasNext) return { retry: 'next', afterMs: 0 }
  const backoffMs = Math.min(100 * 2 ** (failed.attemptNo - 1), longestWaitMs) * (0.5 + random / 2)
  if (failed.retryAfterMs !== null && failed.retryAfterMs > longestWaitMs) return no
  return { retry: 'same', afterMs: Math.max(failed.retryAfterMs ?? 0, backoffMs) }
}
