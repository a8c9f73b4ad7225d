// Loops of one root: the same call that comes to the same. A call whose result is another each time is making progress (polling), and so is a
// root that learns something new between two equal calls. Only digests are kept, and only of the latest calls.

/** Different calls that are remembered of one root, and lanes (the outermost agent and its sub-agents). */
const callsKept = 32
const lanesKept = 16

interface Made {
  result: string
  /** Times in a row that it came to this result, with nothing new in between. */
  streak: number
  /** Times in all that it came to this result, until that changed. */
  same: number
  /** What the root had learnt by then. */
  learnt: number
}

interface Step { readonly digest: string; length: number; streak: number }

export interface Repeated { readonly inRow: number; readonly inRoot: number }

const never: Repeated = { inRow: 0, inRoot: 0 }

const forgetOldest = (map: Map<string, unknown>, kept: number): void => {
  const [oldest] = map.keys()
  if (map.size > kept && oldest !== undefined) map.delete(oldest)
}

export class Repeats {
  readonly #made = new Map<string, Made>()
  readonly #steps = new Map<string, Step>()
  /** Counts what was new. */
  #learnt = 0

  /** How often a call of a tool came to the same before. */
  of(call: string): Repeated {
    const made = this.#made.get(call)
    return made === undefined ? never : { inRow: made.learnt === this.#learnt ? made.streak : 0, inRoot: made.same }
  }

  /** What a call came to. */
  came(call: string, result: string): void {
    const made = this.#made.get(call)
    this.#made.delete(call)
    if (made?.result !== result) {
      this.#learnt += 1
      this.#made.set(call, { result, streak: 1, same: 1, learnt: this.#learnt })
    } else {
      const streak = made.learnt === this.#learnt ? made.streak + 1 : 1
      this.#made.set(call, { result, streak, same: made.same + 1, learnt: this.#learnt })
    }
    forgetOldest(this.#made, callsKept)
  }

  /**
   * How often in a row an agent reported the same calls and results.
   * @param length messages of the request: one that is sent again reports nothing anew
   */
  reported(lane: string, digest: string | null, length: number): number {
    if (digest === null) {
      this.#steps.delete(lane)
      return 0
    }
    const step = this.#steps.get(lane)
    if (step?.digest === digest) {
      if (length > step.length) Object.assign(step, { length, streak: step.streak + 1 })
      return step.streak
    }
    this.#steps.set(lane, { digest, length, streak: 1 })
    forgetOldest(this.#steps, lanesKept)
    return 1
  }
}
