// The measures of Presidio's evaluator as Markdown, beside what its makers publish.
import type { PresidioScore } from './presidio-measure.ts'
import { f1Of, precisionOf, recallOf, type Counts } from './score.ts'
import { percent, table } from './report-quality.ts'

export interface MeasuredSet { readonly name: string; readonly publishedF1?: number; readonly by: readonly { readonly name: string; readonly score: PresidioScore }[] }

const shares = (counts: Counts): string[] => [percent(precisionOf(counts)), percent(recallOf(counts)), percent(f1Of(counts))]

const typesText = ({ by }: MeasuredSet): string => {
  const types = by[0]?.score.types ?? new Map<string, { readonly tokens: number }>()
  const labelled = [...types].filter(([, { tokens }]) => tokens > 0).sort((a, b) => b[1].tokens - a[1].tokens)
  return table(['tokens under', 'number', ...by.flatMap(({ name }) => [`${name}: as it %`, 'as any %', 'precision %'])], labelled.map(([type, { tokens }]) => [type, String(tokens), ...by.flatMap(({ score }) => {
    const { asAny = 0, asIt = 0, tokens: all = Number.NaN, wrong = 0 } = score.types.get(type) ?? {}
    return [percent(asIt / all), percent(asAny / all), percent(asIt / (asIt + wrong))]
  })]))
}

/** The last finder that is ours looks for all that the set labels: it is compared with the published figure. */
const verdict = ({ by, publishedF1 }: MeasuredSet, name: string): string => {
  const reached = f1Of(by.find(one => one.name === name)?.score.rows ?? { right: 0, missed: 0, wrong: 0 })
  return publishedF1 === undefined ? '' : `By rows, ${name}: F1 ${percent(reached)}; published for the tuned Presidio: ${percent(publishedF1)} (${reached > publishedF1 ? 'above it' : 'not reached'}).`
}

/** @param all name of the finder that looks for everything */
export const measuredText = (set: MeasuredSet, all: string): string => [
  `### ${set.name}, by the measures of Presidio's evaluator`, '',
  table(['', 'tokens: precision %', 'recall %', 'F1 %', 'pieces: precision %', 'recall %', 'F1 %', 'rows: precision %', 'recall %', 'F1 %'], [
    ...set.by.map(({ name, score }) => [name, ...shares(score.tokens), ...shares(score.pieces), ...shares(score.rows)]),
    ...set.publishedF1 === undefined ? [] : [['Presidio, tuned: published, not measured here', '', '', '', '', '', '', '87.0', '83.9', percent(set.publishedF1)]],
  ]), '', verdict(set, all), '', typesText(set), '',
].join('\n')
