// Loops of one root: the same call that comes to the same, soon after. A call whose result is another each time is making progress (polling), and
// so is a root that learns something new between two equal calls; what comes once a minute is a schedule. Only digests are kept, of the latest calls.
import { forgetOldest } from './forget-oldest.ts'

/** Different calls that are remembered of one root, and lanes (the outermost agent and its sub-agents). */
const callsKept = 32
const lanesKept = 16

/** A loop is fast: equal calls that come later after one another than this are none. */
const soonMs = 30_000

interface Made {
  result: string
  /** Times in a row that it came to this result, with nothing new in between. */
  streak: number
  /** Times in all that it came to this result, until that changed. */
  same: number
  /** What the root had learnt by then. */
  learnt: number
  endedMs: number
}

interface Step { readonly digest: string; length: number; streak: number }

export interface Repeated { readonly inRow: number; readonly inRoot: number }

/** Of what was not called yet. */
export const never: Repeated = { inRow: 0, inRoot: 0 }

export class Repeats {
  readonly #made = new Map<string, Made>()
  readonly #steps = new Map<string, Step>()
  /** Counts what was new. */
  #learnt = 0

  /** How often a call of a tool came to the same before. */
  of(call: string, nowMs: number): Repeated {
    const made = this.#made.get(call)
    return made === undefined || nowMs - made.endedMs > soonMs ? never : { inRow: made.learnt === this.#learnt ? made.streak : 0, inRoot: made.same }
  }

  /** What a call came to that began and ended at these times. */
  came(call: string, result: string, { beganMs, endedMs }: { readonly beganMs: number; readonly endedMs: number }): void {
    const made = this.#made.get(call)
    this.#made.delete(call)
    if (made?.result !== result) this.#learnt += 1
    const isSame = made?.result === result && beganMs - made.endedMs <= soonMs
    this.#made.set(call, {
      result, streak: isSame && made.learnt === this.#learnt ? made.streak + 1 : 1, same: isSame ? made.same + 1 : 1, learnt: this.#learnt, endedMs,
    })
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
