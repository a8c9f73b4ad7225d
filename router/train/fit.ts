// Fits the difficulty model: one logistic regression over hashed features for each model of the data, by AdaGrad with weight decay. Several
// fits from differently shuffled data are averaged, which is again one linear model. Same data and seed, same weights, bit for bit.
import { buckets, countedFeatures, featuresOf } from '../difficulty/features.ts'
import { logitOf, sigmoid } from '../difficulty/model.ts'
import { packWeights, type WeightsHead } from '../difficulty/weights.ts'
import { randomFrom, shuffle } from './random.ts'
import type { Row } from './read-data.ts'

export interface FitOptions { readonly seed: number; readonly epochs: number; readonly rate: number; readonly decay: number; readonly counted: number; readonly fits: number }

/** Chosen by cross-validation on training prompts. */
export const fitOptions: FitOptions = { seed: 5, epochs: 10, rate: 0.02, decay: 3e-3, counted: 0.5, fits: 3 }

interface Example { readonly at: Uint16Array; readonly values: Float32Array; readonly columns: Int32Array; readonly right: Float32Array }

const valuesOf = (count: number, counted: number): Float32Array => {
  const words = count - countedFeatures
  return new Float32Array(count).fill(words > 0 ? 1 / Math.sqrt(words) : 0, 0, words).fill(counted, words)
}

const exampleOf = (row: Row, models: readonly string[], counted: number): Example => {
  const { at, count } = featuresOf(row.prompt)
  return {
    at: at.slice(0, count), values: valuesOf(count, counted),
    columns: Int32Array.from(row.answers, ({ model }) => models.indexOf(model)), right: Float32Array.from(row.answers, ({ right }) => right),
  }
}

/** Weights of one fit. */
class Fit {
  readonly weights: Float32Array
  readonly bias: Float32Array
  readonly #squares: Float32Array
  readonly #biasSquares: Float32Array
  readonly #width: number
  readonly #logits: Float64Array

  constructor(width: number) {
    this.#width = width
    this.weights = new Float32Array(buckets * width)
    this.#squares = new Float32Array(buckets * width).fill(1e-2)
    this.bias = new Float32Array(width)
    this.#biasSquares = new Float32Array(width).fill(1e-1)
    this.#logits = new Float64Array(width)
  }

  learn({ at, columns, right, values }: Example, { decay, rate }: FitOptions): void {
    const { bias, weights } = this
    const width = this.#width
    const logits = this.#logits
    for (const column of columns) logits[column] = bias[column] ?? 0
    for (let index = 0; index < at.length; index += 1) {
      for (const column of columns) logits[column] = (logits[column] ?? 0) + (weights[(at[index] ?? 0) * width + column] ?? 0) * (values[index] ?? 0)
    }
    columns.forEach((column, which) => {
      const error = sigmoid(logits[column] ?? 0) - (right[which] ?? 0)
      logits[column] = error
      this.#biasSquares[column] = (this.#biasSquares[column] ?? 0) + error * error
      bias[column] = (bias[column] ?? 0) - rate * error / Math.sqrt(this.#biasSquares[column] ?? 1)
    })
    for (let index = 0; index < at.length; index += 1) {
      for (const column of columns) this.#step((at[index] ?? 0) * width + column, (logits[column] ?? 0) * (values[index] ?? 0), decay, rate)
    }
  }

  #step(at: number, gradient: number, decay: number, rate: number): void {
    const slope = gradient + decay * (this.weights[at] ?? 0)
    this.#squares[at] = (this.#squares[at] ?? 0) + slope * slope
    this.weights[at] = (this.weights[at] ?? 0) - rate * slope / Math.sqrt(this.#squares[at] ?? 1)
  }
}

interface Averaged { readonly weights: Float32Array; readonly bias: Float32Array }

const fitAll = (examples: readonly Example[], width: number, options: FitOptions): Averaged => {
  const mean = { weights: new Float32Array(buckets * width), bias: new Float32Array(width) }
  for (let which = 0; which < options.fits; which += 1) {
    const fit = new Fit(width)
    const random = randomFrom(options.seed + which)
    const order = [...examples]
    for (let epoch = 0; epoch < options.epochs; epoch += 1) {
      shuffle(order, random)
      for (const example of order) fit.learn(example, options)
    }
    fit.weights.forEach((weight, at) => { mean.weights[at] = (mean.weights[at] ?? 0) + weight / options.fits })
    fit.bias.forEach((bias, at) => { mean.bias[at] = (mean.bias[at] ?? 0) + bias / options.fits })
  }
  return mean
}

const logitsOf = ({ bias, weights }: Averaged, { at, values }: Example): number[] => Array.from(bias, (start, column) => {
  let logit = start
  for (let index = 0; index < at.length; index += 1) logit += (weights[(at[index] ?? 0) * bias.length + column] ?? 0) * (values[index] ?? 0)
  return logit
})

/** Mean logit and mean success of each model over all prompts, those included that it never answered: one scale for all. */
const abilities = (fitted: Averaged, examples: readonly Example[]): { ability: number; quality: number }[] => {
  const sums = Array.from(fitted.bias, () => ({ ability: 0, quality: 0 }))
  for (const example of examples) {
    logitsOf(fitted, example).forEach((logit, column) => {
      const sum = sums[column]
      if (sum === undefined) return
      sum.ability += logit / examples.length
      sum.quality += sigmoid(logit) / examples.length
    })
  }
  return sums
}

/** Straight line through points, by least squares. */
const lineThrough = (points: readonly (readonly [number, number])[]): { intercept: number; slope: number } => {
  const mean = (of: (point: readonly [number, number]) => number): number => points.reduce((sum, point) => sum + of(point), 0) / points.length
  const x = mean(point => point[0])
  const y = mean(point => point[1])
  const slope = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return { intercept: y - slope * x, slope }
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6

/** Fits to the rows and packs the weights as the file that is shipped. */
export const fitWeights = (rows: readonly Row[], options: FitOptions = fitOptions): Buffer => {
  const models = [...new Set(rows.flatMap(({ answers }) => answers.map(({ model }) => model)))].sort()
  const examples = rows.map(row => exampleOf(row, models, options.counted))
  const fitted = fitAll(examples, models.length, options)
  const scales = models.map((_, column) => {
    let most = 0
    for (let at = column; at < fitted.weights.length; at += models.length) most = Math.max(most, Math.abs(fitted.weights[at] ?? 0))
    return most / 127
  })
  const bytes = Int8Array.from(fitted.weights, (weight, at) => Math.round(weight / (scales[at % models.length] ?? 1)))
  const known = abilities(fitted, examples)
  const prompts: Record<string, number> = {}
  for (const { set } of rows) prompts[set] = (prompts[set] ?? 0) + 1
  const line = lineThrough(known.map(({ ability, quality }) => [logitOf(quality), ability]))
  const head: WeightsHead = {
    format: 1, buckets, counted: options.counted,
    models: models.map((name, column) => ({
      name, bias: rounded(fitted.bias[column] ?? 0), scale: scales[column] ?? 1,
      ability: rounded(known[column]?.ability ?? 0), quality: rounded(known[column]?.quality ?? 0),
    })),
    ability: { intercept: rounded(line.intercept), slope: rounded(line.slope) },
    trained: { seed: options.seed, prompts },
  }
  return packWeights(head, bytes)
}
