// What the tagger knows of a word: itself, its beginning and end, its shape, its neighbours and how they were tagged. Features are hashed into one
// table, so no word is kept.
import { listsOf } from './lexicon.ts'
import type { Token } from './tokens.ts'

/** Buckets of the table of weights; a power of two. */
export const buckets = 2 ** 16

/** In the order of the weights. */
export const tags = ['O', 'B-PER', 'I-PER', 'B-ORG', 'I-ORG', 'B-LOC', 'I-LOC'] as const
export type Tag = (typeof tags)[number]

export const mostFeatures = 32

/** FNV-1a over UTF-16 units. */
const hashed = (seed: number, text: string): number => {
  let value = seed
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value
}

/** The seed of each kind of feature. */
const kind = (index: number): number => Math.imul(0x811c9dc5 ^ (index + 1), 0x01000193)

/** "O'Neil" → "X'Xx", "IBM" → "XX", "3M" → "dX": runs of more than two are two. */
const shapeOf = (word: string): string => {
  let shape = ''
  for (const character of word) {
    const next = /\p{Lu}/u.test(character) ? 'X' : /\p{L}/u.test(character) ? 'x' : /\d/.test(character) ? 'd' : character
    if (!(shape.endsWith(next + next))) shape += next
  }
  return shape
}

const outside = ''
const wordAt = (tokens: readonly Token[], at: number): string => tokens[at]?.text ?? outside

/** What stays the same of a word wherever it stands: worth remembering within one text. */
interface Known { readonly lower: string; readonly shape: string; readonly lists: number }

export class Features {
  readonly #known = new Map<string, Known>()
  /** Buckets of the features of the word that was asked for last; the first `count` hold. */
  readonly found = new Uint32Array(mostFeatures)
  count = 0
  readonly #lexicon: Uint8Array

  /** @param lexicon bits of lexicon.ts */
  constructor(lexicon: Uint8Array) { this.#lexicon = lexicon }

  /** @param previous tag of the word before, @param before of the one before that */
  at(tokens: readonly Token[], index: number, previous: number, before: number): void {
    this.count = 0
    const word = this.#of(wordAt(tokens, index))
    const left = this.#of(wordAt(tokens, index - 1))
    const right = this.#of(wordAt(tokens, index + 1))
    const first = tokens[index]?.isFirst === true ? '1' : '0'
    const { lower, shape } = word
    const label = String(previous)
    this.#add(0, '')
    this.#add(1, lower)
    this.#add(2, lower.slice(0, 3))
    this.#add(3, lower.slice(-3))
    this.#add(4, lower.slice(-2))
    this.#add(5, shape + first)
    this.#add(6, left.lower)
    this.#add(7, right.lower)
    this.#add(8, `${left.shape} ${shape}`)
    this.#add(9, `${shape} ${right.shape}`)
    this.#add(10, label)
    this.#add(11, `${label} ${before}`)
    this.#add(12, `${label} ${lower}`)
    this.#add(13, `${label} ${shape}`)
    this.#add(14, `${left.lower} ${lower}`)
    this.#add(15, `${lower} ${right.lower}`)
    this.#add(16, this.#of(wordAt(tokens, index - 2)).lower)
    this.#add(17, this.#of(wordAt(tokens, index + 2)).lower)
    this.#add(18, `${label} ${left.lower}`)
    this.#add(19, `${label} ${right.lower}`)
    this.#add(20, lower.slice(0, 4))
    this.#add(21, lower.slice(-4))
    this.#add(22, `${first} ${lower}`)
    this.#add(23, String(Math.min(lower.length, 12)))
    this.#add(24, `${left.shape} ${shape} ${right.shape} ${first}`)
    this.#add(25, `${word.lists} ${first}`)
    this.#add(26, `${left.lists} ${word.lists} ${shape}`)
    this.#add(27, `${word.lists} ${right.lists} ${right.shape}`)
    this.#add(28, `${label} ${word.lists}`)
    this.#add(29, `${left.lower} ${word.lists}`)
    this.#add(30, `${right.lower} ${word.lists}`)
  }

  #add(index: number, text: string): void { this.found[this.count++] = (hashed(kind(index), text) >>> 0) % buckets }

  #look(word: string): Known {
    const lower = word.toLowerCase()
    return { lower, shape: shapeOf(word), lists: listsOf(this.#lexicon, lower) }
  }

  #of(word: string): Known {
    let known = this.#known.get(word)
    if (known === undefined) this.#known.set(word, known = this.#look(word))
    return known
  }
}
