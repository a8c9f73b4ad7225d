// What the tagger has learnt, and what it says of each word of a run.
import { featureCount, tags, type Features } from './features.ts'
import type { Groups } from './groups.ts'
import type { Run } from './runs.ts'
import type { Sequence } from './sequence.ts'
import { slotOf } from './table.ts'

/** Power of two; four slots each. */
export const buckets = 2 ** 15

/** Weights of a feature: one for each tag but "no name", against which they count. */
export const weightsOfFeature = tags.length - 1

export interface Model {
  readonly lexicon: Uint8Array
  readonly groups: Groups
  /** Table of features. */
  readonly checks: Uint16Array
  /** `weightsOfFeature` for each slot. */
  readonly weights: Int8Array
  /** Units of a weight that are one in the logarithm. */
  readonly scale: number
  readonly transitions: Float64Array
}

/** Fills a sequence with what speaks for each tag of each word. */
export const weighWords = (sequence: Sequence, run: Run, features: Features, { checks, scale, weights }: Model, bias: number): void => {
  const length = run.to - run.from
  sequence.reserve(length)
  const { emissions, roles } = sequence
  emissions.fill(0, 0, length * tags.length)
  for (let index = 0; index < length; index += 1) {
    features.at(run.from + index, run)
    const at = index * tags.length
    for (let feature = 0; feature < featureCount; feature += 1) {
      const slot = slotOf(checks, features.found[feature] ?? 0)
      if (slot < 0) continue
      const from = slot * weightsOfFeature
      for (let tag = 1; tag < tags.length; tag += 1) emissions[at + tag] = (emissions[at + tag] ?? 0) + (weights[from + tag - 1] ?? 0)
    }
    for (let tag = 1; tag < tags.length; tag += 1) emissions[at + tag] = (emissions[at + tag] ?? 0) / scale
    emissions[at] = bias
    roles[index] = features.roleOf(run.from + index)
  }
}
