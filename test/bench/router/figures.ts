// Figures of held-out rows: accuracy and cost of each strategy, cost at equal accuracy, and how far chance alone could have moved them.
import { randomFrom } from '../../../router/train/random.ts'
import { tolerances, type Judged, type Taken } from './choices.ts'

export interface Interval { readonly value: number; readonly low: number; readonly high: number }

const sum = (rows: readonly Judged[], of: (row: Judged) => number): number => rows.reduce((total, row) => total + of(row), 0)

export interface Point { readonly accuracy: number; readonly usd: number }

export const pointOf = (rows: readonly Judged[], of: (row: Judged) => Taken): Point => ({ accuracy: sum(rows, row => of(row).right) / rows.length, usd: sum(rows, row => of(row).usd) })

const at = (tolerance: number) => (row: Judged): Taken => row.router[tolerance] ?? row.strong

/** The whole curve in one pass: resampling asks for it hundreds of times. */
const curveOf = (rows: readonly Judged[]): readonly Point[] => {
  const right = new Float64Array(tolerances.length)
  const usd = new Float64Array(tolerances.length)
  for (const { router } of rows) {
    for (let tolerance = 0; tolerance < router.length; tolerance += 1) {
      right[tolerance] = (right[tolerance] ?? 0) + (router[tolerance]?.right ?? 0)
      usd[tolerance] = (usd[tolerance] ?? 0) + (router[tolerance]?.usd ?? 0)
    }
  }
  return tolerances.map((_, tolerance) => ({ accuracy: (right[tolerance] ?? 0) / rows.length, usd: usd[tolerance] ?? 0 }))
}

/** Largest saving on the curve whose accuracy is at most `less` below the strong model's. */
export const savedAt = (rows: readonly Judged[], less: number): number => {
  const strong = pointOf(rows, row => row.strong)
  return curveOf(rows).reduce((most, { accuracy, usd }) => accuracy >= strong.accuracy - less - 1e-9 ? Math.max(most, 1 - usd / strong.usd) : most, 0)
}

/** The tolerance is chosen on one half of the rows and judged by the other, and the other way round. */
export const crossFitted = (rows: readonly Judged[], less: number): { readonly saved: number; readonly lost: number } => {
  const taken = [0, 1].flatMap(half => {
    const fitted = rows.filter(row => row.half !== half)
    const strong = pointOf(fitted, row => row.strong)
    const best = curveOf(fitted).reduce((kept, { accuracy, usd }, tolerance) =>
      accuracy >= strong.accuracy - less - 1e-9 && usd < kept.usd ? { usd, tolerance } : kept, { usd: strong.usd, tolerance: -1 })
    return rows.filter(row => row.half === half).map(row => ({ strong: row.strong, router: best.tolerance === -1 ? row.strong : at(best.tolerance)(row) }))
  })
  const total = (of: (row: (typeof taken)[number]) => number): number => taken.reduce((all, row) => all + of(row), 0)
  return { saved: 1 - total(row => row.router.usd) / total(row => row.strong.usd), lost: (total(row => row.strong.right) - total(row => row.router.right)) / taken.length }
}

/** Interval that holds 95 % of resamples. @param of figure of a resample */
export const bootstrap = (rows: readonly Judged[], of: (rows: readonly Judged[]) => number, resamples = 200): Interval => {
  const random = randomFrom(11)
  const values = Array.from({ length: resamples }, () => of(rows.map(() => rows[Math.floor(random() * rows.length)] as Judged))).sort((a, b) => a - b)
  return { value: of(rows), low: values[Math.floor(resamples * 0.025)] ?? 0, high: values[Math.floor(resamples * 0.975)] ?? 0 }
}

/** Probability that a right answer was predicted to be likelier than a wrong one. */
export const auc = (pairs: readonly (readonly [predicted: number, right: number])[]): number => {
  const sorted = pairs.toSorted((a, b) => a[0] - b[0])
  const rights = sorted.filter(([, right]) => right > 0.5).length
  let rankSum = 0
  for (let from = 0; from < sorted.length;) {
    let to = from
    while (to < sorted.length && sorted[to]?.[0] === sorted[from]?.[0]) to += 1
    for (let rank = from; rank < to; rank += 1) if ((sorted[rank]?.[1] ?? 0) > 0.5) rankSum += (from + to + 1) / 2
    from = to
  }
  return (rankSum - rights * (rights + 1) / 2) / (rights * (sorted.length - rights))
}

/** Mean distance between what was predicted and what came, over ten bins of predictions. */
export const calibrationError = (pairs: readonly (readonly [predicted: number, right: number])[]): number => {
  const bins = Array.from({ length: 10 }, () => ({ predicted: 0, right: 0 }))
  for (const [predicted, right] of pairs) {
    const bin = bins[Math.min(9, Math.floor(predicted * 10))]
    if (bin === undefined) continue
    bin.predicted += predicted
    bin.right += right
  }
  return bins.reduce((total, { predicted, right }) => total + Math.abs(predicted - right), 0) / pairs.length
}

/** Share of the distance between the cheap and the strong model that is gained over all mixtures of the two, in the order of predicted gain: 0.5 is chance. */
export const gainArea = (rows: readonly Judged[], gain: (row: Judged) => number): number => {
  const sorted = rows.toSorted((a, b) => gain(b) - gain(a))
  const whole = sum(rows, row => row.strong.right - row.cheap.right)
  let gained = 0
  return sorted.reduce((area, row) => area + (gained += row.strong.right - row.cheap.right) / whole / rows.length, 0)
}
