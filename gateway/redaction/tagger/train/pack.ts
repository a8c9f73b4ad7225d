// Puts what was learnt into the table that the tagger reads: a signed byte for each weight.
import { tags } from '../features.ts'
import { buckets, weightsOfFeature } from '../model.ts'
import { place, slotOf, slotsOf } from '../table.ts'
import type { Fitted } from './fit.ts'

const count = tags.length

/** As many features as the table takes. */
export const mostFeatures = Math.floor(slotsOf(buckets) * 0.92)

export const packed = ({ hashes, kept, weights }: Fitted, scale: number): { readonly checks: Uint16Array; readonly weights: Int8Array } => {
  const checks = new Uint16Array(slotsOf(buckets))
  const bytes = new Int8Array(slotsOf(buckets) * weightsOfFeature)
  for (const number of kept) {
    const hash = hashes[number] ?? 0
    // The same check in the same bucket is another feature: the stronger one stays.
    if (slotOf(checks, hash) >= 0) continue
    const slot = place(checks, hash, (from, to) => { bytes.copyWithin(to * weightsOfFeature, from * weightsOfFeature, (from + 1) * weightsOfFeature) })
    if (slot < 0) continue
    const weightOf = (tag: number): number => weights[number * count + tag] ?? 0
    for (let tag = 1; tag < count; tag += 1) bytes[slot * weightsOfFeature + tag - 1] = Math.max(-127, Math.min(127, Math.round((weightOf(tag) - weightOf(0)) * scale)))
  }
  return { checks, weights: bytes }
}
