// Reads routed exchanges out of the audit log, and makes their recorded choices again.
import { join } from 'node:path'
import type { DifficultyModel } from '../../router/difficulty/model.ts'
import { planRoute, type PlanInputs } from '../../router/plan.ts'
import { readLines } from './read-lines.ts'
import { auditRecordSchema, type RecordedPlan, type RecordOf } from './record.ts'
import { listSegments } from './segments.ts'

export type RoutedOutcome = RecordOf<'outcome'> & { readonly route: NonNullable<RecordOf<'outcome'>['route']> }

/** Outcomes that went to a model, oldest first. @param mustHold text that a line has to hold to be parsed at all */
export async function* routedOutcomes(folder: string, mustHold: string): AsyncGenerator<RoutedOutcome> {
  for (const segment of listSegments(folder)) {
    for await (const { bytes, ended } of readLines(join(folder, segment))) {
      if (!ended || !bytes.includes(mustHold)) continue
      const read = auditRecordSchema.safeParse(JSON.parse(bytes.toString('utf8')))
      if (read.success && read.data.phase === 'outcome' && read.data.route !== null && read.data.surface !== 'mcp') yield read.data as RoutedOutcome
    }
  }
}

/** What the router was asked. */
export const inputsOf = ({ max_switch_share, options, prefer, session, strategy }: RecordedPlan): PlanInputs => ({
  strategy, prefer, maxSwitchShare: max_switch_share,
  options: options.map(({ cold_usd, foreign, id, p50_ms, p95_ms, slack, success, usd }) => ({ id, success, slack, usd, coldUsd: cold_usd, p50Ms: p50_ms, p95Ms: p95_ms, foreign })),
  session: { last: session.last, lock: session.lock, escalation: session.escalation, stayUsd: session.stay_usd, switchUsd: session.switch_usd },
})

export interface Replay {
  /** What the router puts first when it is asked again. */
  readonly planned: string
  readonly same: boolean
  readonly reason: string
  /** `same`: predictions come out again with this version's weights; `other-weights`: they cannot, the recorded ones were used. */
  readonly predictions: 'none' | 'same' | 'differ' | 'other-weights'
}

const sameShare = (a: number, b: number): boolean => Math.abs(a - b) < 2e-5

const checkPredictions = (plan: RecordedPlan, model: () => DifficultyModel): Replay['predictions'] => {
  if (plan.score === null) return 'none'
  const { level, slope, weights } = plan.score
  if (model().version !== weights) return 'other-weights'
  const fits = plan.options.every(({ quality, success }) => quality === null || success === null
    || sameShare(model().success({ level, slope, logits: [] }, { quality, profile: null }) ?? -1, success))
  return fits ? 'same' : 'differ'
}

/** Makes a recorded choice again. */
export const replay = (plan: RecordedPlan, model: () => DifficultyModel): Replay => {
  const again = planRoute(inputsOf(plan))
  const planned = again.order[0] ?? ''
  return { planned, same: planned === plan.planned && again.locked === plan.locked, reason: again.reason, predictions: checkPredictions(plan, model) }
}
