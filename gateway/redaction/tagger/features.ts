// What the tagger knows of a word of a run: itself, its beginning, end and shape, the lists that hold it, its neighbours, and what stands around the run. Each feature is one number.
import type { Run } from './runs.ts'
import type { Token } from './tokens.ts'
import type { Word, Words } from './words.ts'

/** In the order of the weights. */
export const tags = ['O', 'B-PER', 'I-PER', 'B-ORG', 'I-ORG', 'B-LOC', 'I-LOC'] as const
export type Tag = (typeof tags)[number]

export const featureCount = 56

/** Features that hold the word itself: while training some are left out, so that what stands around unknown names is learnt, too. */
export const ownFeatures: ReadonlySet<number> = new Set([1, 2, 7, 14, 15, 27, 38, 45, 47])

const mixed = (kind: number, a: number, b: number, c: number): number => {
  let value = Math.imul(kind + 1, 0x9e3779b1) ^ a
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b) ^ b
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35) ^ c
  value = Math.imul(value ^ (value >>> 16), 0x27d4eb2f)
  return value ^ (value >>> 15)
}

const outside: Word = { lower: 1, prefix3: 1, prefix4: 1, suffix2: 1, suffix3: 1, suffix4: 1, shape: 1, length: 0, lists: 0, group: 0, wideGroup: 0, role: 0, isLetters: false }

const near = (distance: number): number => Math.min(3, distance)

/** Hashes of the features of one text's words. */
export class Features {
  readonly found = new Int32Array(featureCount)
  readonly #tokens: readonly Token[]
  readonly #words: readonly Word[]
  readonly #known: Words
  #count = 0

  /** @param known has read the text's tokens @param words of each token */
  constructor(tokens: readonly Token[], words: readonly Word[], known: Words) {
    this.#tokens = tokens
    this.#words = words
    this.#known = known
  }

  /** Fills `found` for a word of a run. */
  at(index: number, run: Run): void {
    this.#count = 0
    const word = this.#word(index)
    const left = this.#word(index - 1)
    const right = this.#word(index + 1)
    const first = this.#tokens[index]?.isFirst === true ? 1 : 0
    this.#itself(word, first)
    this.#neighbours(index, word, left, right, first)
    this.#knowledge(index, word, left, right, first)
    this.#around(index, run, word)
    const isSeenSmall = this.#known.hasSmall(this.#tokens[index]?.text ?? '') ? 1 : 0
    this.#add(isSeenSmall, word.lists, first)
    this.#add(isSeenSmall, word.role, 0)
  }

  /** What a name does between the word and its neighbours. */
  roleOf(index: number): number { return this.#word(index).role }

  #itself(word: Word, first: number): void {
    this.#add(0, 0, 0)
    this.#add(word.lower, 0, 0)
    this.#add(word.lower, first, 0)
    this.#add(word.prefix3, 0, 0)
    this.#add(word.prefix4, 0, 0)
    this.#add(word.suffix2, 0, 0)
    this.#add(word.suffix3, 0, 0)
    this.#add(word.suffix4, 0, 0)
    this.#add(word.shape, first, 0)
    this.#add(word.length, word.shape, 0)
  }

  #neighbours(index: number, word: Word, left: Word, right: Word, first: number): void {
    const isLineStart = this.#tokens[index]?.isLineStart === true ? 1 : 0
    const isLineEnd = this.#tokens[index + 1]?.isNewLine === true ? 1 : 0
    this.#add(left.lower, isLineStart, 0)
    this.#add(right.lower, isLineEnd, 0)
    this.#add(this.#word(index - 2).lower, isLineStart, 0)
    this.#add(this.#word(index + 2).lower, isLineEnd, 0)
    this.#add(left.lower, word.lower, 0)
    this.#add(word.lower, right.lower, 0)
    this.#add(this.#word(index - 2).lower, left.lower, isLineStart)
    this.#add(right.lower, this.#word(index + 2).lower, isLineEnd)
    this.#add(left.shape, word.shape, isLineStart)
    this.#add(word.shape, right.shape, isLineEnd)
    this.#add(Math.imul(left.shape, 31) ^ right.shape, word.shape, first)
  }

  #knowledge(index: number, word: Word, left: Word, right: Word, first: number): void {
    this.#add(word.lists, first, 0)
    this.#add(left.lists, word.lists, word.shape)
    this.#add(word.lists, right.lists, right.shape)
    this.#add(left.lower, word.lists, 0)
    this.#add(right.lower, word.lists, 0)
    this.#add(left.lists, word.lists, right.lists)
    this.#add(word.group, 0, 0)
    this.#add(word.wideGroup, first, 0)
    this.#add(left.group, 0, 0)
    this.#add(right.group, 0, 0)
    this.#add(left.wideGroup, word.wideGroup, 0)
    this.#add(word.wideGroup, right.wideGroup, 0)
    this.#add(left.group, word.lists, 0)
    this.#add(right.group, word.lists, 0)
    this.#add(this.#word(index - 2).group, 0, 0)
    this.#add(this.#word(index + 2).group, 0, 0)
    this.#add(left.group, right.group, 0)
    this.#add(word.group, word.lists, first)
  }

  #around(index: number, run: Run, word: Word): void {
    const from = this.#beginOfPart(index, run)
    const to = this.#endOfPart(index, run)
    const before = this.#word(from - 1)
    const behind = this.#word(to)
    const start = near(index - from)
    const end = near(to - 1 - index)
    const length = Math.min(5, to - from)
    const head = this.#word(to - 1)
    const opening = this.#word(from)
    this.#add(before.lower, start, 0)
    this.#add(behind.lower, end, 0)
    this.#add(before.group, start, length)
    this.#add(behind.group, end, length)
    this.#add(length, start, word.lists)
    this.#add(before.wideGroup, behind.wideGroup, length)
    this.#add(head.lower, end, 0)
    this.#add(head.group, end, 0)
    this.#add(opening.lower, start, 0)
    this.#add(opening.lists, start, length)
    this.#add(head.lists, end, length)
    this.#add(before.lower, behind.lower, 0)
    const isAlone = this.#tokens[from]?.isLineStart === true ? 1 : 0
    const isLast = this.#tokens[to]?.isNewLine !== false ? 2 : 0
    this.#add(isAlone | isLast, length, word.lists)
    this.#add(before.lower, behind.group, isAlone | isLast)
    this.#add(word.length, word.group, start)
  }

  /** Commas part a run: "Anna, Bert and Cleo". */
  #beginOfPart(index: number, { from }: Run): number {
    for (let at = index - 1; at >= from; at -= 1) if (this.#tokens[at]?.text === ',') return at + 1
    return from
  }

  #endOfPart(index: number, { to }: Run): number {
    for (let at = index + 1; at < to; at += 1) if (this.#tokens[at]?.text === ',') return at
    return to
  }

  #word(index: number): Word { return this.#words[index] ?? outside }

  #add(a: number, b: number, c: number): void {
    this.found[this.#count] = mixed(this.#count, a, b, c)
    this.#count += 1
  }
}
