// The candidates of one call as the router's plan takes them: rounded numbers, so that a record of them gives the same choice again.
import type { Candidate } from '../../registry/registry.ts'
import { speaks } from '../../registry/provider.ts'
import type { DifficultyModel, Score } from '../../router/difficulty/model.ts'
import { expectedCost, type CachedPrefix } from '../../router/expected-cost.ts'
import type { PlanOption, Preference } from '../../router/plan.ts'
import { slacksFor } from '../../router/slack.ts'
import { expectedOutput, type Choice, type Health, type Needs } from '../../router/route.ts'

export const roundUsd = (usd: number): number => Math.round(usd * 1e10) / 1e10
const roundShare = (share: number): number => Math.round(share * 1e5) / 1e5
const roundMs = (value: number | null | undefined): number | null => value === null || value === undefined ? null : Math.round(value * 1000) / 1000

export interface OptionContext {
  readonly needs: Needs
  readonly dialect: string
  readonly health: (id: string) => Health
  readonly prefix: CachedPrefix | null
  readonly nowMs: number
  /** Null where the prompt was not looked at. */
  readonly scored: { readonly model: DifficultyModel; readonly score: Score } | null
  /** General quality of a candidate; declared, known by its profile, or guessed. */
  readonly qualityOf: (candidate: Candidate) => number
  readonly slackOf: (candidate: Candidate) => number
}

/** Candidates that nobody described are taken to be listed from the most able to the least. */
export const qualityByOrder = (candidates: readonly Candidate[], model: DifficultyModel | null) => (candidate: Candidate): number => {
  const at = candidates.indexOf(candidate)
  return candidate.quality ?? model?.qualityOf(candidate.profile) ?? roundShare(0.8 - 0.4 * Math.max(0, at) / Math.max(1, candidates.length - 1))
}

/** How far below the best each candidate may be: as configured, else as its quality and its price say. */
export const slackBy = (prefer: Preference, tolerance: number | null, choices: readonly Choice[], qualityOf: (candidate: Candidate) => number): OptionContext['slackOf'] => {
  if (tolerance !== null) return () => tolerance
  const slacks = slacksFor(prefer, choices.map(({ candidate, expectedUsd }) => ({ quality: qualityOf(candidate), usd: expectedUsd })))
  return candidate => slacks[choices.findIndex(choice => choice.candidate === candidate)] ?? 0
}

export const optionOf = ({ candidate, expectedUsd }: Choice, context: OptionContext): PlanOption => {
  const { dialect, health, needs, nowMs, prefix, qualityOf, scored, slackOf } = context
  const cost = prefix === null ? { usd: expectedUsd, coldUsd: 0 } : expectedCost(candidate, { input: needs.inputTokens, output: expectedOutput(needs) }, prefix, nowMs)
  const { p50Ms, p95Ms } = health(candidate.id)
  const success = scored?.model.success(scored.score, { profile: candidate.profile, quality: qualityOf(candidate) }) ?? null
  return {
    id: candidate.id, success: success === null ? null : roundShare(success), slack: scored === null ? 0 : roundShare(slackOf(candidate)), usd: roundUsd(cost.usd), coldUsd: roundUsd(cost.coldUsd),
    p50Ms: roundMs(p50Ms), p95Ms: roundMs(p95Ms), foreign: !speaks(candidate.provider, dialect),
  }
}
