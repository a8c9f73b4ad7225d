// How far below the best predicted success an answer may be expected to be.
import type { Preference } from './plan.ts'

/** Share of the general distance between two models that may be missing with one prompt. */
const shares: Readonly<Record<Preference, number>> = { cost: 1.1, balanced: 0.75, quality: 0.4, latency: 0.75 }

/** Two models of the same quality differ by chance: that much never matters. */
const leastSlack = 0.02

/** @param best quality of the most able candidate @param quality of this one, both from 0 to 1 */
export const slackFor = (prefer: Preference, best: number, quality: number): number => Math.max(leastSlack, shares[prefer] * (best - quality))
