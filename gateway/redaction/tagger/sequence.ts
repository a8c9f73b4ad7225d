// The most likely tags of a run, and how likely each tag is: a chain of words where each depends on the one before (a linear-chain conditional random field).
import { tags } from './features.ts'
import { roles } from './words.ts'

const count = tags.length

export const transitionCount = roles * count * count

/** May a tag follow? A name goes on only as what it began as. */
export const mayFollow = (previous: number, tag: number): boolean => tag % 2 === 1 || tag === 0 || previous === tag || previous === tag - 1

const allowed = Array.from({ length: count }, (_, previous) => Array.from({ length: count }, (_, tag) => mayFollow(previous, tag)))

/** One run at a time; the arrays are used again. */
export class Sequence {
  /** Logarithms, `count` for each word; whoever asks fills them. */
  emissions = new Float64Array(64 * count)
  roles = new Uint8Array(64)
  /** How likely each tag is, `count` for each word. */
  marginals = new Float64Array(64 * count)
  readonly best: number[] = []
  #forward = new Float64Array(64 * count)
  #backward = new Float64Array(64 * count)
  #from = new Uint8Array(64 * count)
  readonly #transitions: Float64Array

  /** @param transitions of each role, tag before and tag */
  constructor(transitions: Float64Array) { this.#transitions = transitions }

  /** Makes room for a run. */
  reserve(length: number): void {
    if (this.roles.length >= length) return
    const size = length * 2
    this.emissions = new Float64Array(size * count)
    this.marginals = new Float64Array(size * count)
    this.#forward = new Float64Array(size * count)
    this.#backward = new Float64Array(size * count)
    this.#from = new Uint8Array(size * count)
    this.roles = new Uint8Array(size)
  }

  #transition(index: number, previous: number, tag: number): number { return this.#transitions[((this.roles[index] ?? 0) * count + previous) * count + tag] ?? 0 }

  /** Fills `best` with the most likely tags. */
  decode(length: number): void {
    for (let index = 0; index < length; index += 1) for (let tag = 0; tag < count; tag += 1) this.#reach(index, tag)
    const last = (length - 1) * count
    let tag = 0
    for (let one = 1; one < count; one += 1) if ((this.#forward[last + one] ?? 0) > (this.#forward[last + tag] ?? 0)) tag = one
    this.best.length = length
    for (let index = length - 1; index >= 0; index -= 1) {
      this.best[index] = tag
      tag = this.#from[index * count + tag] ?? 0
    }
  }

  /** The best way to a tag of a word. */
  #reach(index: number, tag: number): void {
    let most = -Infinity
    let from = 0
    for (let previous = 0; previous < (index === 0 ? 1 : count); previous += 1) {
      if (allowed[previous]?.[tag] !== true) continue
      const score = (index === 0 ? 0 : this.#forward[(index - 1) * count + previous] ?? 0) + this.#transition(index, previous, tag)
      if (score <= most) continue
      most = score
      from = previous
    }
    const at = index * count + tag
    this.#forward[at] = most + (this.emissions[at] ?? 0)
    this.#from[at] = from
  }

  /** Fills `marginals`. @returns the logarithm of the sum over all ways to tag */
  weigh(length: number): number {
    const total = this.#goForward(length)
    this.#goBackward(length)
    for (let at = 0; at < length * count; at += 1) this.marginals[at] = Math.exp((this.#forward[at] ?? 0) + (this.#backward[at] ?? 0) - total)
    return total
  }

  #goForward(length: number): number {
    const terms = new Float64Array(count)
    for (let index = 0; index < length; index += 1) {
      for (let tag = 0; tag < count; tag += 1) {
        let used = 0
        for (let previous = 0; previous < (index === 0 ? 1 : count); previous += 1) {
          if (allowed[previous]?.[tag] === true) terms[used++] = (index === 0 ? 0 : this.#forward[(index - 1) * count + previous] ?? 0) + this.#transition(index, previous, tag)
        }
        this.#forward[index * count + tag] = (used === 0 ? -1e9 : sumOf(terms, used)) + (this.emissions[index * count + tag] ?? 0)
      }
    }
    for (let tag = 0; tag < count; tag += 1) terms[tag] = this.#forward[(length - 1) * count + tag] ?? 0
    return sumOf(terms, count)
  }

  #goBackward(length: number): void {
    const terms = new Float64Array(count)
    for (let tag = 0; tag < count; tag += 1) this.#backward[(length - 1) * count + tag] = 0
    for (let index = length - 2; index >= 0; index -= 1) {
      for (let previous = 0; previous < count; previous += 1) {
        let used = 0
        for (let tag = 0; tag < count; tag += 1) {
          if (allowed[previous]?.[tag] !== true) continue
          const at = (index + 1) * count + tag
          terms[used++] = this.#transition(index + 1, previous, tag) + (this.emissions[at] ?? 0) + (this.#backward[at] ?? 0)
        }
        this.#backward[index * count + previous] = sumOf(terms, used)
      }
    }
  }

  /** How likely two tags are behind each other, after `weigh`. @param total what that gave @param index of the later word */
  pair(index: number, previous: number, tag: number, total: number): number {
    if (allowed[previous]?.[tag] !== true || (index === 0 && previous !== 0)) return 0
    const before = index === 0 ? 0 : this.#forward[(index - 1) * count + previous] ?? 0
    const at = index * count + tag
    return Math.exp(before + this.#transition(index, previous, tag) + (this.emissions[at] ?? 0) + (this.#backward[at] ?? 0) - total)
  }
}

/** Logarithm of the sum of exponentials. */
const sumOf = (terms: Float64Array, used: number): number => {
  let most = -Infinity
  for (let index = 0; index < used; index += 1) most = Math.max(most, terms[index] ?? 0)
  let sum = 0
  for (let index = 0; index < used; index += 1) sum += Math.exp((terms[index] ?? 0) - most)
  return most + Math.log(sum)
}
