// A recorded choice, in words: what could have answered, what was expected of each, and why it was this one.
import type { RecordedPlan } from './record.ts'
import { plainText, textTable } from './text-table.ts'
import type { Replay, RoutedOutcome } from './route-log.ts'

const share = (value: number | null): string => value === null ? '-' : value.toFixed(3)
const usd = (value: number | null | undefined): string => value === null || value === undefined ? '-' : value.toFixed(8)
const ms = (value: number | null): string => value === null ? '-' : value.toFixed(0)

const optionTable = (plan: RecordedPlan, chosen: string): string => textTable([
  ['CANDIDATE', 'SUCCESS', 'SLACK', 'USD', 'OF IT COLD', 'P50 MS', 'P95 MS', 'WHY'],
  ...plan.options.map(option => [
    option.id, share(option.success), share(option.slack), usd(option.usd), usd(option.cold_usd), ms(option.p50_ms), ms(option.p95_ms),
    option.id === chosen ? 'answered' : option.id === plan.planned ? 'planned, but failed' : plan.passed_over.find(({ id }) => id === option.id)?.why ?? '',
  ]),
  ...plan.passed_over.filter(({ id }) => !plan.options.some(option => option.id === id)).map(({ id, why }) => [id, '-', '-', '-', '-', '-', '-', why]),
])

const predictionWords: Readonly<Record<Replay['predictions'], string>> = {
  none: 'the prompt was not looked at', same: 'predictions come out again', differ: 'PREDICTIONS DIFFER',
  'other-weights': 'recorded with other weights than this version has: recorded predictions were used',
}

const settings = ({ best, difficulty, max_switch_share, prefer, rule, score, session, strategy }: RecordedPlan): string[] => [
  `strategy    ${strategy}, prefer ${prefer}${best === null ? '' : `, best predicted success ${share(best)}`}`,
  ...rule === null ? [] : [`rule        rules[${rule}] of the alias held`],
  ...score === null ? [] : [`difficulty  ${share(difficulty)} (weights ${score.weights})`],
  ...session.last === null && session.escalation === 0 ? [] : [
    `session     last ${session.last ?? 'none'}, lock ${session.lock ?? 'none'}, escalation ${session.escalation}, switches ${usd(session.switch_usd)} of ${usd(session.stay_usd)} USD (at most ${Math.round(max_switch_share * 100)} %)`,
  ],
]

/** Text for the terminal, without a newline at the end. */
export const explainText = (outcome: RoutedOutcome, plan: RecordedPlan, again: Replay): string => {
  const { route } = outcome
  const { shadow } = plan
  return [
    `exchange    ${outcome.exchange} at ${outcome.time}, asked for ${outcome.target.name ?? '-'}`,
    `chosen      ${route.chosen} after ${route.attempts} ${route.attempts === 1 ? 'attempt' : 'attempts'}: ${route.reason}`,
    ...settings(plan), '',
  ].map(plainText).concat(optionTable(plan, route.chosen), [
    '',
    `cost        ${usd(outcome.cost_usd)} USD; ${route.baseline?.model ?? 'no baseline'} would have cost ${usd(route.baseline?.cost_usd)}, saved ${usd(route.saved_usd)}`,
    ...shadow === null ? [] : [`shadow      ${shadow.strategy} (${shadow.prefer}) would have chosen ${shadow.chosen} at ${usd(shadow.usd)} USD`],
    `replayed    ${again.same ? 'same choice' : `OTHER CHOICE: ${again.planned}`} (${predictionWords[again.predictions]})`,
  ].map(plainText)).join('\n')
}
