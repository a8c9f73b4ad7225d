// How likely a model answers a prompt rightly: a logistic model over the prompt's features for each model that it was trained on, and for
// any other model, of which only its general quality is known, a line through those. No call, no allocation that grows with the prompt.
import { countedFeatures, featuresOf } from './features.ts'
import { readWeights, type Weights } from './weights.ts'

/** What is kept of a prompt: numbers from which nobody reads the prompt. */
export interface Score {
  /** Logit of an average model: low for hard prompts. */
  readonly level: number
  /** How much more an able model gets right than another. */
  readonly slope: number
  /** Logit of each model that was trained on, in the order of the weights. */
  readonly logits: readonly number[]
}

/** What is known of a candidate: its general quality from 0 to 1, or the trained model that it is. */
export interface Ability { readonly quality: number | null; readonly profile: string | null }

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))
export const logitOf = (share: number): number => {
  const inside = Math.min(0.995, Math.max(0.005, share))
  return Math.log(inside / (1 - inside))
}

/** More able models must not be predicted to do worse: that would send hard prompts to weak ones. */
const leastSlope = 0.15

export class DifficultyModel {
  readonly version: string
  readonly #weights: Weights
  readonly #profiles: ReadonlyMap<string, number>
  readonly #meanAbility: number
  /** Least-squares weights: slope of the logits over the abilities. */
  readonly #lines: Float64Array
  readonly #sums: Float64Array

  constructor(weights: Weights) {
    const { models } = weights.head
    this.version = weights.version
    this.#weights = weights
    this.#profiles = new Map(models.map(({ name }, at) => [name, at]))
    this.#meanAbility = models.reduce((sum, { ability }) => sum + ability, 0) / models.length
    const spread = models.reduce((sum, { ability }) => sum + (ability - this.#meanAbility) ** 2, 0)
    this.#lines = Float64Array.from(models, ({ ability }) => (ability - this.#meanAbility) / spread)
    this.#sums = new Float64Array(models.length)
  }

  get profiles(): readonly string[] { return [...this.#profiles.keys()] }

  /** Share of the training prompts that a trained model is predicted to answer rightly. */
  qualityOf(profile: string | null): number | null {
    const column = profile === null ? undefined : this.#profiles.get(profile)
    return column === undefined ? null : this.#weights.head.models[column]?.quality ?? null
  }

  /** Scores a prompt: some microseconds, however long it is. */
  score(text: string): Score {
    const { bytes, head: { counted, models } } = this.#weights
    const { at, count } = featuresOf(text)
    const width = models.length
    const sums = this.#sums.fill(0)
    const words = count - countedFeatures
    for (let index = 0; index < words; index += 1) {
      const row = (at[index] ?? 0) * width
      for (let column = 0; column < width; column += 1) sums[column] = (sums[column] ?? 0) + (bytes[row + column] ?? 0)
    }
    const share = words > 0 ? 1 / Math.sqrt(words) : 0
    for (let column = 0; column < width; column += 1) sums[column] = (sums[column] ?? 0) * share
    for (let index = words; index < count; index += 1) {
      const row = (at[index] ?? 0) * width
      for (let column = 0; column < width; column += 1) sums[column] = (sums[column] ?? 0) + counted * (bytes[row + column] ?? 0)
    }
    return this.#read(models.map(({ bias, scale }, column) => bias + scale * (sums[column] ?? 0)))
  }

  #read(logits: readonly number[]): Score {
    let level = 0
    let slope = 0
    for (let column = 0; column < logits.length; column += 1) {
      level += (logits[column] ?? 0) / logits.length
      slope += (logits[column] ?? 0) * (this.#lines[column] ?? 0)
    }
    return { level, slope, logits }
  }

  /** Predicted share of right answers; null for a candidate of which nothing is known. */
  success(score: Score, { profile, quality }: Ability): number | null {
    const column = profile === null ? undefined : this.#profiles.get(profile)
    if (column !== undefined) return sigmoid(score.logits[column] ?? 0)
    if (quality === null) return null
    const { intercept, slope } = this.#weights.head.ability
    return sigmoid(score.level + Math.max(leastSlope, score.slope) * (intercept + slope * logitOf(quality) - this.#meanAbility))
  }

  /** 0 (an average model is right for sure) to 1. */
  difficulty(score: Score): number { return 1 - sigmoid(score.level) }
}

let shipped: DifficultyModel | null = null

/** The model that is shipped, read at its first use. */
export const difficultyModel = (): DifficultyModel => shipped ??= new DifficultyModel(readWeights())
