// Reads labelled text: a word a line with its tag in the last column, an empty line between sentences.
import { readFileSync } from 'node:fs'
import type { Tag } from '../features.ts'

/** The word "\n" stands for a line break. */
export interface Sentence { readonly words: readonly string[]; readonly tags: readonly Tag[] }

export type NameClass = 'PER' | 'ORG' | 'LOC'

/** What the corpora call them. Classes that are missing are no names to us: works, events, nationalities, products. */
export const classes: Readonly<Record<string, NameClass>> = {
  PER: 'PER', person: 'PER', Person: 'PER', politician: 'PER', writer: 'PER', musicalartist: 'PER', scientist: 'PER', researcher: 'PER',
  ORG: 'ORG', corporation: 'ORG', group: 'ORG', organisation: 'ORG', organization: 'ORG', Organisation: 'ORG', politicalparty: 'ORG', band: 'ORG', university: 'ORG',
  LOC: 'LOC', location: 'LOC', Location: 'LOC', country: 'LOC', place: 'LOC',
}

/** Tags of either convention (I- at the beginning where two names do not meet, or B- always), without the classes that are not ours, and without handles. */
const normalised = (words: readonly string[], raw: readonly string[]): Tag[] => {
  let previous = ''
  let isHandle = false
  return raw.map((tag, index): Tag => {
    const [mark = 'O', name = ''] = tag.split(/-(.*)/s)
    const found = classes[name]
    const goesOn = mark === 'I' && previous === name
    previous = name
    if (!goesOn) isHandle = /^[@#]/.test(words[index] ?? '')
    return found === undefined || isHandle ? 'O' : `${goesOn ? 'I' : 'B'}-${found}`
  })
}

/** Where the word and its tag stand in a line of columns. */
export interface Columns { readonly word: number; readonly tag: number }

/** Sentences of one file. @param columns first and last by default; lines that begin with "# " are remarks where they are given */
export const readConll = (file: string, columns?: Columns): Sentence[] => {
  const sentences: Sentence[] = []
  let words: string[] = []
  let raw: string[] = []
  const end = (): void => {
    if (words.length > 0) sentences.push({ words, tags: normalised(words, raw) })
    words = []
    raw = []
  }
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    if (columns !== undefined && line.startsWith('# ')) continue
    const cells = line.trim().split(/\s+/)
    const word = cells[columns?.word ?? 0] ?? ''
    if (word === '' || word === '-DOCSTART-') {
      end()
      continue
    }
    words.push(word)
    raw.push((columns === undefined ? cells.at(-1) : cells[columns.tag]) ?? 'O')
  }
  end()
  return sentences
}
