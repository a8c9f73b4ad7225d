// Reads presidio-research's labelled sentences. Its offsets count code points, as Python does; ours count UTF-16 units.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { LabelledRow, LabelledSet } from './labelled.ts'
import { presidioResearchLabels } from './label-map.ts'

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

/** @throws when a label lies outside its text: then the file is not what its name says */
export const presidioResearchRows = (json: string): readonly LabelledRow[] => rowsSchema.parse(JSON.parse(json)).map(({ full_text: text, spans }) => {
  const offsets = utf16Offsets(text)
  return {
    text, key: null, spans: spans.map(({ end_position, entity_type, start_position }) => {
      const start = offsets[start_position]
      const end = offsets[end_position]
      if (start === undefined || end === undefined || end <= start) throw new Error(`a ${entity_type} at ${start_position} to ${end_position} lies outside its text`)
      return { start, end, ...presidioResearchLabels[entity_type] ?? { scored: null, tolerates: [] } }
    }),
  }
})

/** Precision 87.0 and recall 83.9, of tokens. */
const publishedF1: Readonly<Record<string, number>> = { 'synth_dataset_v2.json': 0.854 }

/** @param name of the file, which is the name of the set */
export const readPresidioResearch = (file: string, name: string): LabelledSet => ({
  name: `presidio-research, ${name}`, licence: 'MIT', synthetic: true, judges: 'everything', ...publishedF1[name] === undefined ? {} : { publishedF1: publishedF1[name] }, rows: presidioResearchRows(readFileSync(file, 'utf8')),
})
