// Reads labelled text: a word a line with its tag in the last column, an empty line between sentences.
import { readFileSync } from 'node:fs'
import type { Tag } from '../features.ts'

export interface Sentence { readonly words: readonly string[]; readonly tags: readonly Tag[] }

const classes: Readonly<Record<string, 'PER' | 'ORG' | 'LOC'>> = {
  PER: 'PER', person: 'PER', ORG: 'ORG', corporation: 'ORG', group: 'ORG', LOC: 'LOC', location: 'LOC',
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

/** Sentences of one file. */
export const readConll = (file: string): Sentence[] => {
  const sentences: Sentence[] = []
  let words: string[] = []
  let raw: string[] = []
  const end = (): void => {
    if (words.length > 0) sentences.push({ words, tags: normalised(words, raw) })
    words = []
    raw = []
  }
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const columns = line.trim().split(/\s+/)
    const [word = ''] = columns
    if (word === '' || word === '-DOCSTART-') {
      end()
      continue
    }
    words.push(word)
    raw.push(columns.at(-1) ?? 'O')
  }
  end()
  return sentences
}
