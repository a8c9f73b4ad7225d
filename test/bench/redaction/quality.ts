// Quality: every set against us, and against Presidio where it is asked for.
import { defaultConfidence, findOurs } from './find-ours.ts'
import { generatedSet } from './generated-rows.ts'
import type { FindIn, LabelledSet } from './labelled.ts'
import type { RedactionData } from './read-data.ts'
import { leakyText, setText, type ScoredSet } from './report-quality.ts'
import { scoreAsPresidio } from './presidio-measure.ts'
import { measuredText, type MeasuredSet } from './report-presidio-measure.ts'
import { scoreLeakyRepo } from './score-leaky-repo.ts'
import { score } from './score.ts'

const scoreSet = async (set: LabelledSet, finders: readonly FindIn[]): Promise<ScoredSet> => {
  const by = []
  for (const finder of finders) by.push({ name: finder.name, score: score(set, await finder.find(set.rows)) })
  return { set, by }
}

const howScored = `A finding is right when it has the kind of a label and covers at least half of what the two cover together, one to one. What overlaps is settled first: the surest stays. Sets that label all their
values judge every finding; where a set has a label that we have no kind for, such as a country, a part of an address or a birth date found in it is neither right nor wrong. Kinds that the set
does not label are false alarms there and count in the whole. Sets that label names only judge names only. "With names" is with redaction.names; its tagger was trained on four fifths of wikigold, so
that figures there are no held-out ones, and on neither WNUT's test set nor part f of the Twitter corpus. Confidence: ${defaultConfidence}, as \`redaction.min_confidence\` is by default.`

const caution = `**Figures from synthetic sets do not carry over to real text.** Such sets are made from templates and generators, and whatever is tuned with them finds what they generate: published figures
above 90 % for any product are of this sort, and on independent text the same products find 17 to 75 %.`

/** What the published figures are, and what is measured beside them. */
const measures = `Presidio's makers publish, for synth_dataset_v2.json, precision 68.5 and recall 60.3 (with spaCy as it comes), and precision 87.0, recall 83.9, F2 84.5 (tuned, with a clinical model for names and rules
for this set; as F1 85.4). These come from the program that is version 0.2.5 of their evaluator, asking whether something is anybody's data, whatever the kind: all labels count, ages, dates, towns, nationalities and titles
included. It is described as joining findings with nothing but skipped words between them, and joins everything in a row of the set: from the first to the last label, against the first to the last finding, right from an
overlap of 0.9 (as it comes) and 0.7 (tuned). \`rows\` is that with 0.7, \`pieces\` is what the description says, and \`tokens\` counts each token by itself. Code and tokeniser are ours; with spaCy's tokens our numbers are
those of their program within 0.1 (rows) and 0.6 points, with our own tokeniser within 1.4. Our rules for addresses and for what \`redaction.quasi_identifiers\` finds were made with both of these sets in view.`

const asked = `Presidio is the genuine one from PyPI, as it comes but for the size of its model: least score 0.4, as its makers judge it; organisations are off, as they are by default; its dates, ages
and nationalities are judged by the measures of its evaluator only.`

/** @param data null: rows of our own only @param others asked about the same rows @param each rows of our own for each kind */
/** With everything that the gateway can be asked for without another service. */
const everything = findOurs(defaultConfidence, true, true)

const measure = async (set: LabelledSet, finders: readonly FindIn[]): Promise<MeasuredSet> => {
  const by = []
  for (const finder of finders) by.push({ name: finder.name, score: scoreAsPresidio(set, await finder.find(set.rows)) })
  return { name: set.name, by, ...set.publishedF1 === undefined ? {} : { publishedF1: set.publishedF1 } }
}

export const qualityText = async (data: RedactionData | null, others: readonly FindIn[], each: number): Promise<string> => {
  const finders = [findOurs(defaultConfidence, false), findOurs(defaultConfidence, true), ...others]
  const sections: string[] = []
  for (const set of [...data?.sets ?? [], generatedSet(each)]) sections.push(setText(await scoreSet(set, finders)))
  const typed = (data?.sets ?? []).filter(({ rows }) => rows.some(row => row.typed !== undefined))
  for (const set of typed) sections.push(measuredText(await measure(set, [...finders.slice(0, 2), everything, ...others]), everything.name))
  const leaky = data === null || data.leaky.length === 0 ? [] : [leakyText(scoreLeakyRepo(data.leaky, defaultConfidence))]
  return ['## What is found', '', caution, '', howScored, '', ...data === null ? [] : [measures, ''], ...others.length > 0 ? [asked, ''] : [], ...sections, ...leaky].join('\n')
}
