// Reads documents of the Georgetown University Multilayer corpus. It labels everything that is spoken of, named or not: a name here is what is tagged as proper nouns inside of a person, organisation or place.
import { readFileSync } from 'node:fs'
import type { Tag } from '../features.ts'
import { classes, type NameClass, type Sentence } from './read-conll.ts'
import { isTitle } from './titles.ts'

/** "(5-place-…(6-person-…)4)": what begins with a word, and how many of those that are open end with it. */
const entitiesAt = (column: string): { readonly opened: readonly string[]; readonly closes: number } => {
  const entity = /(?:^|\|)Entity=([^|]*)/.exec(column)?.[1] ?? ''
  return { opened: Array.from(entity.matchAll(/\(\d+-([a-z]+)/g), match => match[1] ?? ''), closes: entity.split(')').length - 1 }
}

const joints: ReadonlySet<string> = new Set(['of', 'the', 'and', '&', '-', '.'])

/** Something that is spoken of and goes on; `isName` while it consists of proper nouns only. */
interface Open { readonly type: string; isName: boolean }

/** The class of a proper noun: that of the longest name it is in, or of the nearest thing around it. */
const classOf = (open: readonly Open[]): NameClass | undefined => {
  const name = open.find(({ isName, type }) => isName && classes[type] !== undefined)
  return classes[name?.type ?? open.at(-1)?.type ?? '']
}

interface Document { readonly words: string[]; readonly tags: Tag[]; readonly open: Open[]; last: string }

/** Who is called "the Americans" or "Chief Justice" is not named. */
const isUnnamed = (kind: string, word: string, isAtBeginning: boolean): boolean => kind === 'NNPS' || (isAtBeginning && isTitle(word))

const addLine = (document: Document, cells: readonly string[]): void => {
  const { open, tags, words } = document
  const [, word = '', , , kind = ''] = cells
  const isProper = kind === 'NNP' || kind === 'NNPS'
  const { closes, opened } = entitiesAt(cells.at(-1) ?? '')
  open.push(...opened.map(type => ({ type, isName: isProper })))
  if (!isProper && !joints.has(word)) for (const one of open) one.isName = false
  const named = isProper ? classOf(open) ?? '' : ''
  const found = named === 'PER' && isUnnamed(kind, word, document.last === '') ? '' : named
  words.push(word)
  tags.push(found === '' ? 'O' : `${document.last === found ? 'I' : 'B'}-${found}`)
  document.last = found
  open.splice(Math.max(0, open.length - closes))
}

/** One document as one text. */
export const readGum = (file: string): Sentence => {
  const document: Document = { words: [], tags: [], open: [], last: '' }
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.startsWith('# newpar') && document.words.length > 0 && document.words.at(-1) !== '\\n') {
      document.words.push('\\n')
      document.tags.push('O')
      document.last = ''
    }
    const cells = line.split('\t')
    if (/^\d+$/.test(cells[0] ?? '')) addLine(document, cells)
    else if (line === '') document.last = ''
  }
  return document
}
