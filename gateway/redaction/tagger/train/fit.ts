// Learns the weights of a linear-chain conditional random field: stochastic gradient descent with a rate for each weight (AdaGrad), over features that are seen often enough.
import { featureCount, ownFeatures, tags } from '../features.ts'
import type { Groups } from '../groups.ts'
import { Sequence, transitionCount } from '../sequence.ts'
import { shuffle } from '../../../../router/train/random.ts'
import type { Example } from './as-text.ts'
import { FeatureIndex } from './feature-index.ts'
import { lessonsOf, type Lesson } from './lessons.ts'

const count = tags.length

export interface Settings {
  readonly passes: number
  readonly rate: number
  /** Passes at the end, with the features alone that are kept; the mean of what each of them leaves is the result. */
  readonly lastPasses: number
  /** How many features are kept. */
  readonly keep: number
  /** Strength of the pull towards zero. */
  readonly decay: number
  /** Features that are seen less often are left out. */
  readonly least: number
  /** Share of the words whose own letters are hidden. */
  readonly hidden: number
}

/** `kept`: numbers of the features to keep, the strongest first. */
export interface Fitted { readonly hashes: Uint32Array; readonly kept: readonly number[]; readonly weights: Float32Array; readonly transitions: Float64Array }

/** How much a feature tells: the spread of its weights. */
const spreadOf = (weights: Float32Array, from: number): number => {
  let least = Infinity
  let most = -Infinity
  for (let tag = 0; tag < count; tag += 1) {
    const weight = weights[from + tag] ?? 0
    least = Math.min(least, weight)
    most = Math.max(most, weight)
  }
  return most - least
}

/** Numbers of the features that tell most, those first. */
const strongest = (weights: Float32Array, hashes: Uint32Array, most: number): readonly number[] => {
  const spread = Float32Array.from(hashes, (_, number) => spreadOf(weights, number * count))
  return Array.from(hashes, (_, number) => number).sort((a, b) => (spread[b] ?? 0) - (spread[a] ?? 0) || (hashes[a] ?? 0) - (hashes[b] ?? 0)).slice(0, most)
}

class Learner {
  readonly weights: Float32Array
  readonly transitions = new Float64Array(transitionCount)
  readonly #squares: Float32Array
  readonly #transitionSquares = new Float64Array(transitionCount)
  readonly #sequence = new Sequence(this.transitions)
  readonly #settings: Settings
  readonly #random: () => number
  readonly #used: (feature: number) => number

  constructor(size: number, used: (feature: number) => number, settings: Settings, random: () => number) {
    this.weights = new Float32Array(size * count)
    this.#squares = new Float32Array(size * count)
    this.#settings = settings
    this.#random = random
    this.#used = used
  }

  learn(lesson: Lesson): void {
    const { gold, roles } = lesson
    const sequence = this.#sequence
    sequence.reserve(gold.length)
    const active = Array.from(gold, (_, at) => this.#activate(lesson, at, this.#random() < this.#settings.hidden))
    const total = sequence.weigh(gold.length)
    this.#moveTransitions(gold, roles, total)
    for (let at = 0; at < gold.length; at += 1) for (let tag = 0; tag < count; tag += 1) {
      const gradient = (sequence.marginals[at * count + tag] ?? 0) - (gold[at] === tag ? 1 : 0)
      if (Math.abs(gradient) > 1e-4) this.#move(active[at] ?? [], tag, gradient)
    }
  }

  /** Weighs one word. @returns where the weights of its features begin */
  #activate({ features, roles }: Lesson, at: number, isHidden: boolean): readonly number[] {
    const active: number[] = []
    for (let one = 0; one < featureCount; one += 1) {
      const feature = isHidden && ownFeatures.has(one) ? -1 : this.#used(features[at * featureCount + one] ?? 0)
      if (feature >= 0) active.push(feature * count)
    }
    for (let tag = 0; tag < count; tag += 1) {
      let sum = 0
      for (const from of active) sum += this.weights[from + tag] ?? 0
      this.#sequence.emissions[at * count + tag] = sum
    }
    this.#sequence.roles[at] = roles[at] ?? 0
    return active
  }

  #move(own: readonly number[], tag: number, gradient: number): void {
    const { decay, rate } = this.#settings
    for (const from of own) {
      const at = from + tag
      const weight = this.weights[at] ?? 0
      const slope = gradient + decay * weight
      const square = (this.#squares[at] ?? 0) + slope * slope
      this.#squares[at] = square
      this.weights[at] = weight - rate * slope / Math.sqrt(square + 0.1)
    }
  }

  #moveTransitions(gold: Uint8Array, roles: Uint8Array, total: number): void {
    const { rate } = this.#settings
    for (let index = 0; index < gold.length; index += 1) {
      for (let previous = 0; previous < count; previous += 1) for (let tag = 0; tag < count; tag += 1) {
        const isGold = gold[index] === tag && (index === 0 ? 0 : gold[index - 1]) === previous
        const gradient = this.#sequence.pair(index, previous, tag, total) - (isGold ? 1 : 0)
        if (Math.abs(gradient) < 1e-4) continue
        const at = ((roles[index] ?? 0) * count + previous) * count + tag
        const square = (this.#transitionSquares[at] ?? 0) + gradient * gradient
        this.#transitionSquares[at] = square
        this.transitions[at] = (this.transitions[at] ?? 0) - rate * gradient / Math.sqrt(square + 0.1)
      }
    }
  }
}

/** @returns what was learnt; the same examples, settings and random numbers give the same */
export const fit = (examples: readonly Example[], lexicon: Uint8Array, groups: Groups, settings: Settings, random: () => number): Fitted => {
  const index = new FeatureIndex()
  const lessons = lessonsOf(examples, lexicon, groups, index)
  const { hashes, used } = index.often(settings.least)
  const learner = new Learner(hashes.length, feature => used[feature] ?? -1, settings, random)
  const order = [...lessons]
  const pass = (): void => {
    shuffle(order, random)
    for (const lesson of order) learner.learn(lesson)
  }
  for (let count = 0; count < settings.passes; count += 1) pass()
  const kept = strongest(learner.weights, hashes, settings.keep)
  const isKept = new Uint8Array(hashes.length)
  for (const number of kept) isKept[number] = 1
  used.forEach((number, at) => { if (number >= 0 && isKept[number] !== 1) used[at] = -1 })
  const weights = new Float32Array(learner.weights.length)
  const transitions = new Float64Array(transitionCount)
  for (let count = 0; count < settings.lastPasses; count += 1) {
    pass()
    for (const number of kept) for (let at = number * tags.length; at < (number + 1) * tags.length; at += 1) weights[at] = (weights[at] ?? 0) + (learner.weights[at] ?? 0) / settings.lastPasses
    learner.transitions.forEach((weight, at) => { transitions[at] = (transitions[at] ?? 0) + weight / settings.lastPasses })
  }
  return { hashes, kept, weights, transitions }
}
