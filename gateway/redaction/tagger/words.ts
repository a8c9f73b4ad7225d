// What is known of a word wherever it stands: numbers for its letters, beginning, end and shape, the lists that hold it, and the group of words that are used like it.
import { groupOf, type Groups } from './groups.ts'
import { listBits, listsOf } from './lexicon.ts'
import type { Token } from './tokens.ts'

/** FNV-1a over UTF-16 units. */
export const hashed = (seed: number, text: string, from: number, to: number): number => {
  let value = seed
  for (let at = from; at < to; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value
}

const basis = 0x811c9dc5 | 0

export interface Word {
  readonly lower: number
  readonly prefix3: number
  readonly prefix4: number
  readonly suffix2: number
  readonly suffix3: number
  readonly suffix4: number
  readonly shape: number
  readonly length: number
  readonly lists: number
  /** 0: not among the words that are grouped. */
  readonly group: number
  readonly wideGroup: number
  /** Small number for what a name does between it and its neighbours. */
  readonly role: number
  readonly isLetters: boolean
}

export const roles = 16

const joins: ReadonlySet<string> = new Set(['and', '&'])
const particles: ReadonlySet<string> = new Set(['of', 'de', 'da', 'di', 'del', 'della', 'der', 'den', 'des', 'du', 'dos', 'das', 'la', 'le', 'van', 'von', 'zu', 'bin', 'ibn', 'al', 'el', 'for', 'the', 'y', 'e', 'ter', 'ten', 'af', 'av', 'und', 'on', 'in', 'at'])

/** Words in lower case and signs that may stand inside a name. */
export const isJoint = (text: string): boolean => joins.has(text) || particles.has(text) || text === '.' || text === '-' || text === "'" || text === '’' || text === ','

const isSmallLetter = (code: number): boolean => code >= 97 && code <= 122

/** "O'Neil" → "X'Xx", "IBM" → "XX", "3M" → "dX": runs of more than two are two. */
const shapeOf = (word: string): number => {
  let shape = basis
  let last = 0
  let run = 0
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at)
    const character = word.charAt(at)
    const sign = isSmallLetter(code) ? 120 : code >= 65 && code <= 90 ? 88 : code >= 48 && code <= 57 ? 100 : code < 128 ? code : character !== character.toLowerCase() ? 88 : character !== character.toUpperCase() ? 120 : code
    run = sign === last ? run + 1 : 1
    last = sign
    if (run <= 2) shape = Math.imul(shape ^ sign, 0x01000193)
  }
  return shape
}

const isDigit = (word: string): boolean => word >= '0' && word < ':'

const roleOfSign = (word: string): number => word === ',' ? 3 : isDigit(word) ? 6 : 4

const roleOfCapital = (word: string, lists: number): number => {
  if (word.length === 1) return 8
  if (word.length > 2 && word === word.toUpperCase()) return 7
  const { common, first, last, place } = listBits
  const isCommon = (lists & common) !== 0
  if (!isCommon && (lists & first) !== 0) return (lists & last) !== 0 ? 11 : 9
  if (!isCommon && (lists & last) !== 0) return 10
  return (lists & place) !== 0 ? 12 : isCommon ? 13 : 0
}

const roleOf = (word: string, lists: number): number => {
  if (joins.has(word)) return 1
  if (word === "'s" || word === '’s') return 5
  if (word.length === 1 && word.toLowerCase() === word.toUpperCase()) return roleOfSign(word)
  if (isDigit(word)) return 6
  if (word === word.toLowerCase()) return particles.has(word) ? 2 : 14
  return roleOfCapital(word, lists)
}

/** Parts of "Anna-Lena" and "O'Neil" are looked up, too, where the whole is on no list. */
const listsOfParts = (lexicon: Uint8Array, lower: string): number => {
  const found = listsOf(lexicon, lower)
  if (found !== 0 || lower.length < 4) return found
  const hyphen = lower.indexOf('-')
  if (hyphen > 0) return listsOf(lexicon, lower.slice(0, hyphen)) | listsOf(lexicon, lower.slice(hyphen + 1))
  return found
}

const look = (word: string, lexicon: Uint8Array, groups: Groups): Word => {
  const lower = word.toLowerCase()
  const { length } = lower
  const lists = listsOfParts(lexicon, lower)
  const group = groupOf(groups, lower)
  return {
    lower: hashed(basis, lower, 0, length), prefix3: hashed(basis, lower, 0, Math.min(3, length)), prefix4: hashed(basis, lower, 0, Math.min(4, length)),
    suffix2: hashed(basis, lower, Math.max(0, length - 2), length), suffix3: hashed(basis, lower, Math.max(0, length - 3), length), suffix4: hashed(basis, lower, Math.max(0, length - 4), length),
    shape: shapeOf(word), length: Math.min(length, 12), lists, group, wideGroup: groups.wide[group] ?? 0, role: roleOf(word, lists), isLetters: lower !== word.toUpperCase(),
  }
}

/** Remembers the words of one text. */
export class Words {
  readonly #known = new Map<string, Word>()
  readonly #lexicon: Uint8Array
  readonly #groups: Groups

  constructor(lexicon: Uint8Array, groups: Groups) {
    this.#lexicon = lexicon
    this.#groups = groups
  }

  of(tokens: readonly Token[]): Word[] {
    return tokens.map(({ text }) => {
      let known = this.#known.get(text)
      if (known === undefined) this.#known.set(text, known = look(text, this.#lexicon, this.#groups))
      return known
    })
  }

  /** Does the text have this word in lower case somewhere? */
  hasSmall(word: string): boolean { return this.#known.has(word.toLowerCase()) }
}
