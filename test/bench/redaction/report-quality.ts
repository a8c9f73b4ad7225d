// The figures of detection as Markdown: ours, and beside them whoever else was asked about the same rows.
import type { LabelledSet, Scored } from './labelled.ts'
import { f1Of, precisionOf, recallOf, sumOf, type Counts, type Score } from './score.ts'
import type { LeakyScore } from './score-leaky-repo.ts'

export interface ScoredSet { readonly set: LabelledSet; readonly by: readonly { readonly name: string; readonly score: Score }[] }

/** What issue 6 asks for: recall and precision, at least. */
const aims: Readonly<Record<Scored, readonly [recall: number, precision: number]>> = {
  email: [0.99, 0.98], card: [0.99, 0.98], iban: [0.99, 0.98], us_ssn: [0.99, 0.98], ip: [0.99, 0.98], url: [0.99, 0.98], phone: [0.95, 0.95], secret: [0.85, 0.80],
}

/** What no pattern finds. */
export const named: readonly Scored[] = ['person', 'organisation', 'address']

export const percent = (share: number): string => Number.isFinite(share) ? (share * 100).toFixed(1) : '–'
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')

const none: Counts = { right: 0, missed: 0, wrong: 0 }

const verdict = (scored: Scored, counts: Counts): string => {
  const aim = aims[scored]
  if (aim === undefined) return ''
  return recallOf(counts) >= aim[0] && precisionOf(counts) >= aim[1] ? 'met' : `missed (${aim[0] * 100} / ${aim[1] * 100})`
}

const cells = (counts: Counts): string[] => [percent(recallOf(counts)), percent(precisionOf(counts)), percent(f1Of(counts)), String(counts.wrong)]

const labelsOf = ({ missed, right }: Counts): number => right + missed

/** Kinds with labels, the most frequent first; then what is only a false alarm of somebody's. */
const kindsOf = ({ by }: ScoredSet): { readonly labelled: readonly Scored[]; readonly others: readonly Scored[] } => {
  const all = [...new Set(by.flatMap(({ score }) => [...score.kinds.keys()]))]
  const labels = (kind: Scored): number => Math.max(...by.map(({ score }) => labelsOf(score.kinds.get(kind) ?? none)))
  const labelled = all.filter(kind => labels(kind) > 0).sort((a, b) => labels(b) - labels(a))
  return { labelled, others: all.filter(kind => labels(kind) === 0).sort() }
}

const sumsOf = (scored: ScoredSet, labelled: readonly Scored[]): string[][] => {
  const structured = labelled.filter(kind => !named.includes(kind))
  const row = (title: string, of: (score: Score) => Counts): string[] =>
    [title, ...scored.by.slice(0, 1).map(({ score }) => String(labelsOf(of(score)))), ...scored.by.flatMap(({ score }) => cells(of(score))), '']
  return [
    ...structured.length > 0 && structured.length < labelled.length ? [row('**without names and addresses**', score => sumOf(score, structured))] : [],
    row('**whole**', score => score.whole),
  ]
}

const charactersText = ({ by }: ScoredSet): string => by.map(({ name, score: { characters: { both, found, labelled } } }) =>
  `${name}: characters under any label that are covered ${percent(both / labelled)} %, covered characters that are under a label ${percent(both / found)} %.`).join(' ')

/** One set: a row for each kind, the sums, and the characters whatever the kind. */
export const setText = (scored: ScoredSet): string => {
  const { set } = scored
  const { labelled, others } = kindsOf(scored)
  const head = ['kind', 'labels', ...scored.by.flatMap(({ name }) => [`${name}: recall %`, 'precision %', 'F1 %', 'false alarms']), 'aim']
  const rows = labelled.map(kind => {
    const first = scored.by[0]?.score.kinds.get(kind) ?? none
    return [kind, String(labelsOf(first)), ...scored.by.flatMap(({ score }) => cells(score.kinds.get(kind) ?? none)), verdict(kind, first)]
  })
  const alarms = scored.by.map(({ name, score }) => `${name}: ${others.flatMap(kind => {
    const wrong = score.kinds.get(kind)?.wrong ?? 0
    return wrong === 0 ? [] : [`${kind} ${wrong}`]
  }).join(', ') || 'none'}`).join('; ')
  return [
    `### ${set.name}`, '', `${set.rows.length} rows, ${set.synthetic ? 'synthetic' : 'real text'}, licence: ${set.licence}.`, '', table(head, [...rows, ...sumsOf(scored, labelled)]), '',
    ...set.judges === 'everything' ? [`False alarms of kinds that the set does not label (they count in the whole): ${alarms}.`] : ['Only the names are labelled, so nothing else is judged.'],
    charactersText(scored), '',
  ].join('\n')
}

export const leakyText = (score: LeakyScore): string => {
  const counts = { right: score.right, missed: score.missed, wrong: score.wrong }
  return [
    '### leaky-repo', '', `Configuration files with secrets, licence: MIT.`, '',
    table(['', 'found', 'of'], [['files with a secret', String(score.filesFound), String(score.files)], ['lines, as the set counts them', String(score.countedFound), String(score.counted)]]), '',
    table(['by line', 'recall %', 'precision %', 'F1 %', 'false alarms', 'aim'], [['secret', ...cells(counts), verdict('secret', counts)]]), '',
    `By line: ${score.right + score.missed} secrets whose lines are known. An alarm on a line that the set calls informative (half of a credential, an account's name) is neither right nor wrong.`,
    `False alarms at: ${score.wrongAt.join(', ') || 'none'}. Missed at: ${score.missedAt.join(', ') || 'none'}.`, '',
  ].join('\n')
}
