// Runs work that may need something first: placeholders of a vault that several processes share, texts that a local model rewrites. It is done
// again once that is there.
import { Pending } from '../exchange/pending.ts'

const mostRounds = 5

const rounds = async <T>(pending: Pending, work: () => T): Promise<T> => {
  let wait = pending
  for (let round = 1; ; round += 1) {
    await wait.ready()
    try {
      return work()
    } catch (thrown) {
      // Each round names what the one before did not come to, so there are few.
      if (!(thrown instanceof Pending) || round === mostRounds) throw thrown
      wait = thrown
    }
  }
}

/** @param work changes nothing before all that it needs is there. @throws what the work throws; Failure state.unavailable */
export const whenAgreed = <T>(work: () => T): T | Promise<T> => {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof Pending)) throw thrown
    return rounds(thrown, work)
  }
}
