// Runs work that may need new placeholders of a vault that several processes share: it is done again once they are agreed upon.
import { PlaceholdersPending } from '../exchange/session.ts'

const mostRounds = 5

const rounds = async <T>(pending: PlaceholdersPending, work: () => T): Promise<T> => {
  let wait = pending
  for (let round = 1; ; round += 1) {
    await wait.agreed()
    try {
      return work()
    } catch (thrown) {
      // Each round names what the one before did not come to, so there are few.
      if (!(thrown instanceof PlaceholdersPending) || round === mostRounds) throw thrown
      wait = thrown
    }
  }
}

/** @param work changes nothing before all of its placeholders are known. @throws what the work throws; Failure state.unavailable */
export const whenAgreed = <T>(work: () => T): T | Promise<T> => {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof PlaceholdersPending)) throw thrown
    return rounds(thrown, work)
  }
}
