// Held-out rows as strategies see them, and what each strategy pays and gets right. The router chooses with the code that the gateway runs.
import type { DifficultyModel } from '../../../router/difficulty/model.ts'
import { planRoute, type PlanInputs, type Preference } from '../../../router/plan.ts'
import { promptNumber } from '../../../router/train/split.ts'
import { slacksFor } from '../../../router/slack.ts'
import type { Answered, Row } from '../../../router/train/read-data.ts'

/** What one strategy did with one row. */
export interface Taken { readonly right: number; readonly usd: number }

export const tolerances: readonly number[] = Array.from({ length: 121 }, (_, at) => at / 200)

/** Everything about a row that the figures need, computed once. */
export interface Judged {
  readonly row: Row
  readonly predicted: readonly number[]
  readonly strong: Taken
  readonly cheap: Taken
  readonly hand: Taken
  readonly oracle: Taken
  /** The router's choice at each tolerance. */
  readonly router: readonly Taken[]
  /** Its choice where the alias says no more than what it prefers. */
  readonly preferring: Readonly<Record<'cost' | 'balanced' | 'quality', Taken>>
  /** Half of the rows that a threshold is chosen on, or judged by. */
  readonly half: 0 | 1
}

export interface Sides { readonly strong: string; readonly cheap: string }

const answerOf = (row: Row, model: string): Answered => {
  const found = row.answers.find(answer => answer.model === model)
  if (found === undefined) throw new Error(`a row of ${row.set} has no answer of ${model}`)
  return found
}

const noSession = { last: null, lock: null, escalation: 0, stayUsd: 0, switchUsd: 0 } as const

const chosen = (row: Row, predicted: readonly number[], slackOf: (at: number) => number): Taken => {
  const inputs: PlanInputs = {
    strategy: 'learned', prefer: 'balanced', maxSwitchShare: 1, session: noSession,
    options: row.answers.map(({ model, usd }, at) => ({ id: model, success: predicted[at] ?? 0, slack: slackOf(at), usd, coldUsd: 0, p50Ms: null, p95Ms: null, foreign: false })),
  }
  return answerOf(row, planRoute(inputs).order[0] ?? '')
}

const cheapestRight = ({ answers }: Row): Taken => {
  const byCost = answers.toSorted((a, b) => a.usd - b.usd || a.right - b.right)
  const best = Math.max(...answers.map(({ right }) => right))
  return byCost.find(({ right }) => right === best) ?? { right: 0, usd: 0 }
}

/** What people write by hand: long, mathematical or technical prompts to the strong model. */
const handRule = (prompt: string): boolean =>
  prompt.length > 600 || /[\\$^=]|\bprove\b|\bderiv|\bintegral\b|\bequation|\bfunction\b|\bdef \b|\bclass \b|\blegal\b|\bstatute\b|\bplaintiff\b/i.test(prompt) || (prompt.match(/\d+/g)?.length ?? 0) > 6

export type Predict = (row: Row) => readonly number[]

/** Predictions for the models that the difficulty model was trained on. */
export const byProfile = (model: DifficultyModel): Predict => row => {
  const score = model.score(row.prompt)
  return row.answers.map(answer => model.success(score, { profile: answer.model, quality: 0.5 }) ?? 0)
}

/** Predictions where only a general quality of each model is known, as an operator declares it. */
export const byQuality = (model: DifficultyModel): Predict => row => {
  const score = model.score(row.prompt)
  return row.answers.map(answer => model.success(score, { profile: null, quality: model.qualityOf(answer.model) }) ?? 0)
}

export const judge = (row: Row, { cheap, strong }: Sides, { predict, qualityOf }: { readonly predict: Predict; readonly qualityOf: (model: string) => number }): Judged => {
  const predicted = predict(row)
  const preferring = (prefer: Preference): Taken => {
    const slacks = slacksFor(prefer, row.answers.map(({ model, usd }) => ({ quality: qualityOf(model), usd })))
    return chosen(row, predicted, at => slacks[at] ?? 0)
  }
  return {
    row, predicted, strong: answerOf(row, strong), cheap: answerOf(row, cheap), hand: answerOf(row, handRule(row.prompt) ? strong : cheap), oracle: cheapestRight(row),
    router: tolerances.map(tolerance => chosen(row, predicted, () => tolerance)),
    preferring: { cost: preferring('cost'), balanced: preferring('balanced'), quality: preferring('quality') }, half: (promptNumber(row.prompt) >>> 16) % 2 === 0 ? 0 : 1,
  }
}
