// An averaged perceptron over the tagger's own decisions: it learns from its mistakes, tagged as it tags, and the mean of all its states is kept.
import { Features, tags } from '../features.ts'
import { bestOf, mayGoOn, previousOf, scoreOf, weightCount } from '../tagger.ts'
import { shuffle } from '../../../../router/train/random.ts'
import type { Example } from './as-text.ts'

class Perceptron {
  readonly weights = new Float32Array(weightCount)
  readonly #totals = new Float64Array(weightCount)
  readonly #changedAt = new Uint32Array(weightCount)
  #steps = 0

  step(): void { this.#steps += 1 }

  move(features: Features, tag: number, by: number): void {
    for (let index = 0; index < features.count; index += 1) {
      const at = (features.found[index] ?? 0) * tags.length + tag
      this.#settle(at)
      this.weights[at] = (this.weights[at] ?? 0) + by
    }
  }

  mean(): Float32Array {
    const mean = new Float32Array(weightCount)
    for (let at = 0; at < weightCount; at += 1) {
      this.#settle(at)
      mean[at] = (this.#totals[at] ?? 0) / Math.max(1, this.#steps)
    }
    return mean
  }

  #settle(at: number): void {
    this.#totals[at] = (this.#totals[at] ?? 0) + (this.weights[at] ?? 0) * (this.#steps - (this.#changedAt[at] ?? 0))
    this.#changedAt[at] = this.#steps
  }
}

/** Words that the tagger is never asked about. */
const isAsked = ({ tokens }: Example, index: number, previous: number): boolean => tokens[index]?.isCapital === true || (previous !== 0 && mayGoOn(tokens, index))

const learn = (example: Example, perceptron: Perceptron, scores: Float64Array, lexicon: Uint8Array): void => {
  const features = new Features(lexicon)
  let previous = 0
  let before = 0
  for (let index = 0; index < example.tokens.length; index += 1) {
    previous = previousOf(example.tokens[index], previous)
    let tag = 0
    if (isAsked(example, index, previous)) {
      features.at(example.tokens, index, previous, before)
      scoreOf(perceptron.weights, features, scores)
      tag = bestOf(scores, previous).tag
      const gold = example.gold[index] ?? 0
      perceptron.step()
      if (gold !== tag) {
        perceptron.move(features, gold, 1)
        perceptron.move(features, tag, -1)
      }
    }
    before = previous
    previous = tag
  }
}

/** @returns mean weights; the same examples, passes and random numbers give the same */
export const fit = (examples: readonly Example[], lexicon: Uint8Array, passes: number, random: () => number): Float32Array => {
  const perceptron = new Perceptron()
  const scores = new Float64Array(tags.length)
  const order = [...examples]
  for (let pass = 0; pass < passes; pass += 1) {
    shuffle(order, random)
    for (const example of order) learn(example, perceptron, scores, lexicon)
  }
  return perceptron.mean()
}

/** Signed bytes; what is beyond the scale is cut. */
export const packed = (weights: Float32Array, scale: number): Int8Array => Int8Array.from(weights, weight => Math.max(-127, Math.min(127, Math.round(weight * scale))))
