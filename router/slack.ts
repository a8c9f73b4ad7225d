// How far below the best predicted success an answer may be expected to be.
import type { Preference } from './plan.ts'

/** Share of the general distance between two models that may be missing with one prompt. */
const shares: Readonly<Record<Preference, number>> = { cost: 1.1, balanced: 0.75, quality: 0.4, latency: 0.75 }

/** Two models of the same quality differ by chance: that much never matters. */
const leastSlack = 0.02

export interface Tier {
  /** General quality, 0 to 1. */
  readonly quality: number
  readonly usd: number
}

/**
 * Slack of each candidate, in their order: in proportion to how far it is below the best in general. A candidate that is dearer than a
 * better one has nothing to offer for what it lacks, and gets none: its own low quality must not make it acceptable.
 */
export const slacksFor = (prefer: Preference, tiers: readonly Tier[]): number[] => {
  const best = Math.max(...tiers.map(({ quality }) => quality))
  return tiers.map(({ quality, usd }) => {
    const isPointless = tiers.some(other => other.quality >= quality && other.usd <= usd && (other.quality > quality || other.usd < usd))
    return isPointless ? leastSlack : Math.max(leastSlack, shares[prefer] * (best - quality))
  })
}
