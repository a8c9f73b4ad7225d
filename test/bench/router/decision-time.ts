// How long one decision takes: features, predictions, plan. Nothing is remembered from one prompt to the next.
import type { DifficultyModel } from '../../../router/difficulty/model.ts'
import { planRoute } from '../../../router/plan.ts'
import type { Row } from '../../../router/train/read-data.ts'

export interface DecisionTimes { readonly p50Us: number; readonly p99Us: number; readonly longestPromptP50Us: number; readonly count: number }

const noSession = { last: null, lock: null, escalation: 0, stayUsd: 0, switchUsd: 0 } as const

const decideOnce = (model: DifficultyModel, { answers, prompt }: Pick<Row, 'answers' | 'prompt'>): string => {
  const score = model.score(prompt)
  const options = answers.map(({ model: id, usd }) => ({
    id, success: model.success(score, { profile: id, quality: null }), slack: 0.05, usd, coldUsd: 0, p50Ms: null, p95Ms: null, foreign: false,
  }))
  return planRoute({ strategy: 'learned', prefer: 'balanced', maxSwitchShare: 1, options, session: noSession }).order[0] ?? ''
}

const timesOf = (count: number, once: (at: number) => unknown): number[] => Array.from({ length: count }, (_, at) => {
  const began = process.hrtime.bigint()
  once(at)
  return Number(process.hrtime.bigint() - began) / 1000
}).sort((a, b) => a - b)

export const measureDecisions = (model: DifficultyModel, rows: readonly Row[], count: number): DecisionTimes => {
  const row = (at: number): Row => rows[at % rows.length] as Row
  const long = { answers: row(0).answers, prompt: rows.map(({ prompt }) => prompt).join('\n').slice(0, 1_000_000) }
  timesOf(Math.min(count, 3000), at => decideOnce(model, row(at)))
  const times = timesOf(count, at => decideOnce(model, row(at)))
  const longTimes = timesOf(1000, () => decideOnce(model, long))
  return { p50Us: times[Math.floor(count * 0.5)] ?? 0, p99Us: times[Math.floor(count * 0.99)] ?? 0, longestPromptP50Us: longTimes[500] ?? 0, count }
}
