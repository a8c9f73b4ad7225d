// Tries ranked choices until one answers. Whether and where to try again is the policy's word; this only counts, waits and stops.
import { asFailure, type Failure, type FailureCode } from '../exchange/failure.ts'

/** What to do after a failure: the same choice again, another one, or nothing. */
export interface RetryAdvice {
  readonly retry: 'same' | 'next' | 'no'
  readonly afterMs: number
  /** With "next": how many choices further; default 1. */
  readonly by?: number
  /** Nothing was asked of an upstream: it does not count as an attempt. */
  readonly uncounted?: boolean
}

export interface AttemptPolicy {
  /**
   * @param attemptNo number of the attempt that failed, from 1.
   * @param elapsedMs time since the first attempt began.
   */
  readonly next: (attemptNo: number, failure: Failure, elapsedMs: number) => RetryAdvice
  /** Ends waits between attempts; `run` gets it ended in its own way. */
  readonly signal?: AbortSignal
}

export interface AttemptRecord<Choice> {
  readonly choice: Choice
  readonly attemptNo: number
  readonly durationMs: number
  /** Null for the attempt that answered. */
  readonly failure: FailureCode | null
}

export interface Attempted<Choice, T> { readonly value: T; readonly choice: Choice; readonly attempts: readonly AttemptRecord<Choice>[] }

/** Carries the record of attempts that all failed beside the failure that is to be answered. Whoever calls `attempt` unwraps it. */
export class AttemptsFailed<Choice> extends Error {
  readonly failure: Failure
  readonly attempts: readonly AttemptRecord<Choice>[]

  constructor(failure: Failure, attempts: readonly AttemptRecord<Choice>[]) {
    super(failure.message, { cause: failure })
    this.name = 'AttemptsFailed'
    this.failure = failure
    this.attempts = attempts
  }
}

/** Resolves after the delay, or at once with false when the signal aborts. */
const wait = (delayMs: number, signal: AbortSignal | undefined): Promise<boolean> => new Promise(resolve => {
  const stop = (): void => {
    clearTimeout(timer)
    resolve(false)
  }
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', stop)
    resolve(true)
  }, delayMs)
  signal?.addEventListener('abort', stop, { once: true })
})

/**
 * Runs `run` with the ranked choices, best first.
 * @throws AttemptsFailed with the last failure when the policy says no, the choices are used up, or the signal aborts.
 */
export const attempt = async <Choice, T>(
  choices: readonly Choice[],
  run: (choice: Choice, attemptNo: number) => Promise<T>,
  policy: AttemptPolicy,
): Promise<Attempted<Choice, T>> => {
  const attempts: AttemptRecord<Choice>[] = []
  const startedMs = performance.now()
  let at = 0
  for (let attemptNo = 1; ; attemptNo += 1) {
    const choice = choices[at]
    if (choice === undefined) throw new RangeError('attempt needs at least one choice')
    const beganMs = performance.now()
    const number = attemptNo
    const record = (failure: FailureCode | null): void => {
      attempts.push({ choice, attemptNo: number, durationMs: performance.now() - beganMs, failure })
    }
    try {
      const value = await run(choice, attemptNo)
      record(null)
      return { value, choice, attempts }
    } catch (thrown) {
      const failure = asFailure(thrown)
      const { retry, afterMs, by = 1, uncounted = false } = policy.next(attemptNo, failure, performance.now() - startedMs)
      if (uncounted && retry === 'next') attemptNo -= 1
      else record(failure.code)
      if (retry === 'next') at += by
      if (retry === 'no' || at >= choices.length || policy.signal?.aborted === true) throw new AttemptsFailed(failure, attempts)
      if (afterMs > 0 && !await wait(afterMs, policy.signal)) throw new AttemptsFailed(failure, attempts)
    }
  }
}
