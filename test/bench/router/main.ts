// npm run bench -- router DATA: what choosing by difficulty saves on held-out prompts of data that the developer downloaded, against always
// the strong model, always the cheap one, mixing at random, rules by hand and an oracle. Quality figures are the same on every machine.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { difficultyModel, type DifficultyModel } from '../../../router/difficulty/model.ts'
import { gpt4, mixtral, readData, type Row, type SetName } from '../../../router/train/read-data.ts'
import { isHeldOut } from '../../../router/train/split.ts'
import { byProfile, byQuality, judge, type Judged, type Predict, type Sides } from './choices.ts'
import { measureDecisions } from './decision-time.ts'
import { auc, bootstrap, calibrationError, crossFitted, gainArea, pointOf, savedAt, type Interval } from './figures.ts'

const pair: Sides = { strong: gpt4, cheap: mixtral }
/** Strong: right most often on the training prompts. Cheap: lowest price. */
const sides: Readonly<Record<SetName, Sides>> = { mmlu: pair, gsm8k: pair, llmrouter: { strong: 'llama-3.1-nemotron-51b-instruct', cheap: 'gemma-2-9b-it' } }

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const range = ({ value, low, high }: Interval): string => `${percent(value)} (${percent(low)} to ${percent(high)})`
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')

interface Group { readonly name: string; readonly rows: readonly Judged[] }

/** Cost of reaching this accuracy by sending a random share to the strong model, as a saving. */
const randomSaving = (rows: readonly Judged[], accuracy: number): number => {
  const strong = pointOf(rows, row => row.strong)
  const cheap = pointOf(rows, row => row.cheap)
  const share = Math.min(1, Math.max(0, (accuracy - cheap.accuracy) / (strong.accuracy - cheap.accuracy)))
  return 1 - (share * strong.usd + (1 - share) * cheap.usd) / strong.usd
}

const strategies = ({ name, rows }: Group): string[][] => {
  const strong = pointOf(rows, row => row.strong)
  const told = (title: string, { accuracy, usd }: { accuracy: number; usd: number }): string[] => [name, title, percent(accuracy), usd.toFixed(4), percent(1 - usd / strong.usd), percent(randomSaving(rows, accuracy))]
  return [
    told('always strong', strong), told('always cheap', pointOf(rows, row => row.cheap)), told('rules by hand', pointOf(rows, row => row.hand)),
    ...(['quality', 'balanced', 'cost'] as const).map(prefer => told(`router, prefer ${prefer}`, pointOf(rows, row => row.preferring[prefer]))),
    ...[10, 20].map(at => told(`router, tolerance ${at / 200}`, pointOf(rows, row => row.router[at] ?? row.strong))),
    told('oracle', pointOf(rows, row => row.oracle)),
  ]
}

const equalAccuracy = ({ name, rows }: Group, resamples: number): string[] => {
  const strong = pointOf(rows, row => row.strong)
  const oracle = pointOf(rows, row => row.oracle)
  const hand = pointOf(rows, row => row.hand)
  const fitted = crossFitted(rows, 0)
  return [
    name, String(rows.length), range(bootstrap(rows, sample => savedAt(sample, 0), resamples)), range(bootstrap(rows, sample => savedAt(sample, 0.01), resamples)),
    `${percent(fitted.saved)} at ${(-fitted.lost * 100).toFixed(1)} points`, '0.0 %', hand.accuracy >= strong.accuracy ? percent(1 - hand.usd / strong.usd) : `not reached (${percent(hand.accuracy - strong.accuracy)})`, percent(1 - oracle.usd / strong.usd),
  ]
}

const predictions = ({ name, rows }: Group): string[] => {
  const models = rows[0]?.row.answers.map(({ model }) => model) ?? []
  const per = models.map((_, at) => rows.map((row): readonly [number, number] => [row.predicted[at] ?? 0, row.row.answers[at]?.right ?? 0]))
  const mean = (of: (pairs: readonly (readonly [number, number])[]) => number): number => per.reduce((total, pairs) => total + of(pairs), 0) / per.length
  const side = (row: Judged, taken: Judged['strong']): number => row.predicted[row.row.answers.findIndex(answer => answer === taken)] ?? 0
  return [name, String(models.length), mean(auc).toFixed(3), mean(calibrationError).toFixed(3), gainArea(rows, row => side(row, row.strong) - side(row, row.cheap)).toFixed(3)]
}

const groupsOf = (rows: readonly Row[], predict: Predict): Group[] => {
  const judged = rows.map(row => judge(row, sides[row.set], { predict, qualityOf: model => difficultyModel().qualityOf(model) ?? 0 }))
  const sets = [...new Set(rows.map(({ set }) => set))].map(name => ({ name, rows: judged.filter(({ row }) => row.set === name) }))
  return sets.length > 1 ? [...sets, { name: 'all, one tolerance', rows: judged }] : sets
}

const reportText = (rows: readonly Row[], model: DifficultyModel, quick: boolean, machine: string): string => {
  const resamples = quick ? 40 : 200
  const groups = groupsOf(rows, byProfile(model))
  const declared = groupsOf(rows, byQuality(model))
  const times = measureDecisions(model, rows, quick ? 4000 : 20_000)
  return [
    '# Choosing a model: figures', '',
    `Held-out prompts only (one in five, by a hash of the prompt); weights ${model.version}. Costs: tokens are characters / 4; ${gpt4} 10 and 30 USD per million tokens in and out, ${mixtral} 0.6 and 0.6; MMLU answers are one token, GSM8K's are the recorded texts, LLMRouter's 150 tokens at the prices of its own table. Strong and cheap: ${gpt4} and ${mixtral}; for LLMRouter ${sides.llmrouter.strong} and ${sides.llmrouter.cheap}, of nine.`, '',
    '## Cost at equal accuracy', '',
    'Saved against always strong, with the interval that holds 95 % of bootstrap resamples. "Best of the curve" takes the best tolerance for these very rows, so its interval lies above what one can count on; "tolerance from the other half" does not. Mixing strong and cheap at random saves nothing at equal accuracy.', '',
    table(['rows', 'n', 'best of the curve, equal', 'best of the curve, 1 point less', 'tolerance from the other half', 'random', 'rules by hand', 'oracle'], groups.map(group => equalAccuracy(group, resamples))), '',
    'The same where the router knows nothing of the models but one number for the quality of each:', '',
    table(['rows', 'n', 'best of the curve, equal', 'best of the curve, 1 point less', 'tolerance from the other half', 'random', 'rules by hand', 'oracle'], declared.map(group => equalAccuracy(group, resamples))), '',
    '## Strategies', '', table(['rows', 'strategy', 'accuracy', 'USD', 'saved', 'random mixing saves at this accuracy'], groups.flatMap(strategies)), '',
    '## Predictions', '', 'AUC and calibration error (ten bins) are means over the models. Gain area: share of the distance from cheap to strong that is gained, over all mixtures; 0.5 is random.', '',
    table(['rows', 'models', 'AUC', 'calibration error', 'gain area'], groups.filter(({ name }) => !name.startsWith('all')).map(predictions)), '',
    '## Time of a decision', '', `${times.count} decisions (features, predictions for every model, plan): p50 ${times.p50Us.toFixed(1)} µs, p99 ${times.p99Us.toFixed(1)} µs; with a prompt of a million characters p50 ${times.longestPromptP50Us.toFixed(1)} µs. ${machine}.`, '',
  ].join('\n')
}

/** @returns the exit code */
export const runRouterBench = (data: string | undefined, quick: boolean, machine: string): number => {
  if (data === undefined) {
    console.error('Usage: npm run bench -- router DATA [quick]; README ("Choosing a model") says what DATA holds')
    return 2
  }
  const rows = readData(data).filter(({ prompt }) => isHeldOut(prompt))
  if (rows.length === 0) {
    console.error(`${data} has none of the files that README ("Choosing a model") lists`)
    return 1
  }
  const report = reportText(rows, difficultyModel(), quick, machine)
  console.log(report)
  const results = join(import.meta.dirname, '../results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, 'router.md'), report)
  return 0
}
