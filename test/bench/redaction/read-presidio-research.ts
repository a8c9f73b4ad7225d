// Reads presidio-research's labelled sentences. Its offsets count code points, as Python does; ours count UTF-16 units.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { LabelledRow, LabelledSet, LabelledSpan } from './labelled.ts'
import { presidioLabels, presidioResearchLabels } from './label-map.ts'

const rowsSchema = z.array(z.object({
  full_text: z.string(),
  spans: z.array(z.object({ entity_type: z.string(), start_position: z.number().int().min(0), end_position: z.number().int().min(0) })),
}))

/** UTF-16 offset of each code point, and of the end. */
export const utf16Offsets = (text: string): readonly number[] => {
  const offsets: number[] = []
  let at = 0
  for (const character of text) {
    offsets.push(at)
    at += character.length
  }
  offsets.push(at)
  return offsets
}

/** What stands between the parts of one address: commas, line breaks, and what quoted lines begin with. */
const joining = /^[\s,.>?|-]{0,16}$/

/** House number, street, flat, town, code and country are labelled one by one: where a street or a flat is among what follows each other, all of it is one address. */
const joinAddresses = (text: string, spans: readonly LabelledSpan[]): readonly LabelledSpan[] => {
  const joined: LabelledSpan[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    const isPart = (one: LabelledSpan | undefined): boolean => one?.tolerates.includes('address') === true
    if (last === undefined || !isPart(last) || !isPart(span) || !joining.test(text.slice(last.end, span.start)) || (last.scored === null && span.scored === null)) joined.push(span)
    else joined[joined.length - 1] = { start: last.start, end: span.end, scored: 'address', tolerates: ['address', 'location'] }
  }
  return joined
}

/** @throws when a label lies outside its text: then the file is not what its name says */
export const presidioResearchRows = (json: string): readonly LabelledRow[] => rowsSchema.parse(JSON.parse(json)).map(({ full_text: text, spans }) => {
  const offsets = utf16Offsets(text)
  const placed = spans.map(({ end_position, entity_type, start_position }) => {
    const start = offsets[start_position]
    const end = offsets[end_position]
    if (start === undefined || end === undefined || end <= start) throw new Error(`a ${entity_type} at ${start_position} to ${end_position} lies outside its text`)
    return { start, end, label: entity_type }
  })
  return {
    text, key: null, spans: joinAddresses(text, placed.map(({ end, label, start }) => ({ start, end, ...presidioResearchLabels[label] ?? { scored: null, tolerates: [] } }))),
    typed: placed.flatMap(({ end, label, start }) => presidioLabels[label] === undefined ? [] : [{ start, end, type: presidioLabels[label] }]),
  }
})

/** Precision 87.0 and recall 83.9. */
const publishedF1: Readonly<Record<string, number>> = { 'synth_dataset_v2.json': 0.854 }

/** @param name of the file, which is the name of the set */
export const readPresidioResearch = (file: string, name: string): LabelledSet => ({
  name: `presidio-research, ${name}`, licence: 'MIT', synthetic: true, judges: 'everything', ...publishedF1[name] === undefined ? {} : { publishedF1: publishedF1[name] }, rows: presidioResearchRows(readFileSync(file, 'utf8')),
})
