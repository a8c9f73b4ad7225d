// Reads names of people and organisations from files of one token a line with its label last ("Berlin B-LOC" or "Berlin I-LOC"), a blank
// line between sentences. The texts are put together again with single spaces, as the files do not say what stood between two tokens. Account
// names ("@" and what follows it) are names to some corpora and not to others: nobody is asked for them.
import { readFileSync } from 'node:fs'
import type { LabelledRow, LabelledSet, LabelledSpan } from './labelled.ts'
import { conllLabels } from './label-map.ts'

interface Open { readonly type: string; readonly start: number; end: number }

const closed = (text: string, open: Open | null): LabelledSpan[] => {
  const scored = open === null ? undefined : conllLabels[open.type.toUpperCase()]
  if (open === null || scored === undefined) return []
  const { end, start } = open
  const isAccount = text[start] === '@' || text.endsWith('@ ', start)
  return [isAccount ? { start, end, scored: null, tolerates: ['person', 'organisation'] } : { start, end, scored, tolerates: [] }]
}

const sentence = (lines: readonly string[]): LabelledRow => {
  const spans: LabelledSpan[] = []
  let text = ''
  let open: Open | null = null
  for (const line of lines) {
    const [token = '', ...columns] = line.split(/[\t ]+/)
    const [, prefix, type] = /^([BI])-(.+)$/.exec(columns.at(-1) ?? '') ?? []
    if (text !== '') text += ' '
    const start = text.length
    text += token
    // Without a "B" the older files tell two names apart only by their type or by what stands between them.
    if (open !== null && prefix === 'I' && type === open.type) {
      open.end = text.length
      continue
    }
    spans.push(...closed(text, open))
    open = type === undefined ? null : { type, start, end: text.length }
  }
  return { text, key: null, spans: [...spans, ...closed(text, open)] }
}

export const conllRows = (text: string): readonly LabelledRow[] => {
  const rows: LabelledRow[] = []
  let lines: string[] = []
  for (const line of [...text.split(/\r?\n/), '']) {
    if (line.trim() !== '') {
      lines.push(line.trimEnd())
      continue
    }
    if (lines.length > 0 && !lines[0]?.startsWith('-DOCSTART-')) rows.push(sentence(lines))
    lines = []
  }
  return rows
}

/** Only names are labelled, so nothing else is judged. */
export const readConll = (file: string, name: string, licence: string): LabelledSet =>
  ({ name, licence, synthetic: false, judges: ['person', 'organisation'], rows: conllRows(readFileSync(file, 'utf8')) })
