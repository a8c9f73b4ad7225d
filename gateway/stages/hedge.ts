// Two attempts at once: where the first is slower to begin than it nearly always is, the next candidate is asked as well. The first answer
// wins; the other attempt is broken off, and whoever started it says what that costs.
export interface Runner<T> {
  run(): Promise<T>
  /** Breaks it off. An answer that it gave all the same is thrown away. */
  cancel(): void
}

export interface Hedged<T, R extends Runner<T>> { readonly value: T; readonly by: R; readonly loser: R | null }

/** Resolves with true after the delay, or with false as soon as the work has ended either way. */
const isSlow = (work: Promise<unknown>, afterMs: number): Promise<boolean> => new Promise(resolve => {
  const timer = setTimeout(resolve, afterMs, true)
  const ended = (): void => {
    clearTimeout(timer)
    resolve(false)
  }
  work.then(ended, ended)
})

/**
 * Runs the first; after the delay the second beside it, if there is one then.
 * @throws what the first threw, when neither answers
 */
export const hedge = async <T, R extends Runner<T>>(first: R, afterMs: number, second: () => R | null): Promise<Hedged<T, R>> => {
  const firstRun = first.run()
  const other = await isSlow(firstRun, afterMs) ? second() : null
  if (other === null) return { value: await firstRun, by: first, loser: null }
  const runs = [{ by: first, loser: other, run: firstRun }, { by: other, loser: first, run: other.run() }]
  try {
    const won = await Promise.any(runs.map(async ({ run, by, loser }) => ({ value: await run, by, loser })))
    won.loser.cancel()
    return won
  } catch (thrown) {
    other.cancel()
    throw thrown instanceof AggregateError ? thrown.errors[0] : thrown
  }
}
