// Quality: every set against us, and against Presidio where it is asked for.
import { defaultConfidence, findOurs } from './find-ours.ts'
import { generatedSet } from './generated-rows.ts'
import type { FindIn, LabelledSet } from './labelled.ts'
import type { RedactionData } from './read-data.ts'
import { leakyText, setText, type ScoredSet } from './report-quality.ts'
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

/** For comparison only; copied from Presidio's own notebooks, not measured here. */
const published = `Presidio's makers publish for synth_dataset_v2.json precision 68.5, recall 60.3 (with spaCy as it comes) and precision 87.0, recall 83.9, F2 84.5 (tuned, with a clinical model for
names; as F1 85.4). These count tokens under a label of any kind they looked for, ours count whole values of the right kind: a value found in half is half right there and may be wrong here, and sets of kinds differ.
They are no measure for a difference of some points.`

const asked = `Presidio is the genuine one from PyPI, as it comes but for the size of its model: least score 0.4, as its makers judge it; organisations are off, as they are by default; its dates and nationalities
are left out, as nobody is asked for any here.`

/** @param data null: rows of our own only @param others asked about the same rows @param each rows of our own for each kind */
export const qualityText = async (data: RedactionData | null, others: readonly FindIn[], each: number): Promise<string> => {
  const finders = [findOurs(defaultConfidence, false), findOurs(defaultConfidence, true), ...others]
  const sections: string[] = []
  for (const set of [...data?.sets ?? [], generatedSet(each)]) sections.push(setText(await scoreSet(set, finders)))
  const leaky = data === null || data.leaky.length === 0 ? [] : [leakyText(scoreLeakyRepo(data.leaky, defaultConfidence))]
  return ['## What is found', '', caution, '', howScored, '', ...data === null ? [] : [published, ''], ...others.length > 0 ? [asked, ''] : [], ...sections, ...leaky].join('\n')
}
