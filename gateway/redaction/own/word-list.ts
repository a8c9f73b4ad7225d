// Finds the words and phrases of a list as whole words. The list is a tree of words, so the cost of a text does not grow with the list: each
// word of the text is looked up once, and what it begins is followed for as long as the text goes along.
import { fold, letter, letters, separator, wordEnd } from './letters.ts'
import type { OwnDetector, Report } from './own-detector.ts'

/** Words of one entry that the tree follows at most. */
const deepest = 24

interface Entry {
  /** As written; folded where case does not count. White space is one space. */
  readonly text: string
  /** Units before its first word: "#" of "#secret". */
  readonly before: number
}

interface Node {
  readonly next: Map<string, Node>
  readonly entries: Entry[]
}

const newNode = (): Node => ({ next: new Map(), entries: [] })

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x2028 || code === 0x2029

interface Word { readonly start: number; readonly end: number }

const wordsOf = (text: string): Word[] => {
  const { classes } = letters()
  const words: Word[] = []
  for (let at = 0; at < text.length;) {
    if (classes[text.charCodeAt(at)] === separator) at += 1
    else {
      const end = wordEnd(classes, text, at)
      words.push({ start: at, end })
      at = end
    }
  }
  return words
}

/** One bit per hash of a first word: nearly every word of a text is refused by it, without a string being made. */
const bits = 1 << 18
const hashOf = (folded: Uint16Array, text: string, start: number, end: number): number => {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (folded[text.charCodeAt(at)] ?? 0), 0x01000193)
  return (hash ^ (hash >>> 15)) & (bits - 1)
}

/** End of an entry that begins at `start`, or -1. Any white space stands for any other. */
const matchEnd = (entry: string, text: string, start: number, foldedUnits: Uint16Array | null): number => {
  let at = start
  for (let place = 0; place < entry.length; place += 1) {
    const wanted = entry.charCodeAt(place)
    const code = text.charCodeAt(at)
    if (wanted === 32) {
      if (!isSpace(code)) return -1
      while (isSpace(text.charCodeAt(at))) at += 1
    } else {
      if ((foldedUnits === null ? code : foldedUnits[code]) !== wanted) return -1
      at += 1
    }
  }
  return at
}

class WordTree {
  readonly #root = newNode()
  readonly #first = new Uint8Array(bits >> 3)
  readonly #ignoreCase: boolean

  constructor(ignoreCase: boolean) { this.#ignoreCase = ignoreCase }

  add(written: string): void {
    const spaced = written.trim().replaceAll(/\s+/gu, ' ')
    // Both ways of writing an accent: texts are not normalised, because offsets must not move.
    for (const text of new Set([spaced, spaced.normalize('NFC'), spaced.normalize('NFD')])) this.#addForm(this.#ignoreCase ? fold(text) : text)
  }

  #addForm(text: string): void {
    const words = wordsOf(text).slice(0, deepest)
    const [first] = words
    if (first === undefined) throw new RangeError('an entry needs a letter or a digit')
    let node = this.#root
    for (const { start, end } of words) {
      const word = fold(text.slice(start, end))
      let next = node.next.get(word)
      if (next === undefined) node.next.set(word, next = newNode())
      node = next
    }
    node.entries.push({ text, before: first.start })
    const hash = hashOf(letters().folded, text, first.start, first.end)
    this.#first[hash >> 3] = (this.#first[hash >> 3] ?? 0) | 1 << (hash & 7)
  }

  find(text: string, report: Report): void {
    const { classes, folded } = letters()
    for (let at = 0; at < text.length;) {
      if (classes[text.charCodeAt(at)] === separator) {
        at += 1
        continue
      }
      const end = wordEnd(classes, text, at)
      const hash = hashOf(folded, text, at, end)
      if (((this.#first[hash >> 3] ?? 0) & 1 << (hash & 7)) !== 0) this.#follow(text, at, report)
      at = end
    }
  }

  #follow(text: string, from: number, report: Report): void {
    const { classes } = letters()
    let node = this.#root
    let start = from
    for (let depth = 0; depth < deepest && start < text.length; depth += 1) {
      const end = wordEnd(classes, text, start)
      const next = node.next.get(fold(text.slice(start, end)))
      if (next === undefined) return
      node = next
      for (const entry of node.entries) this.#compare(entry, text, from, report)
      start = end
      while (start < text.length && classes[text.charCodeAt(start)] === separator) start += 1
    }
  }

  #compare({ text: entry, before }: Entry, text: string, from: number, report: Report): void {
    const { classes, folded } = letters()
    const start = from - before
    if (start < 0) return
    const end = matchEnd(entry, text, start, this.#ignoreCase ? folded : null)
    // The tree follows whole words; what ends in the middle of one is another word.
    if (end === -1 || (classes[text.charCodeAt(end - 1)] === letter && classes[text.charCodeAt(end)] === letter)) return
    report(start, end)
  }
}

/** True for what a list can hold: something with a letter or a digit in it. */
export const isWordEntry = (text: string): boolean => wordsOf(text).length > 0

/** @param words each with a letter or a digit in it (isWordEntry). */
export const wordList = (about: Pick<OwnDetector, 'kind' | 'labels'>, words: readonly string[], ignoreCase: boolean): OwnDetector => {
  const tree = new WordTree(ignoreCase)
  for (const word of words) tree.add(word)
  return {
    ...about, shortest: words.reduce((least, word) => Math.min(least, word.trim().replaceAll(/\s+/gu, ' ').normalize('NFC').length), Infinity),
    find: (text, report) => {
      tree.find(text, report)
      return true
    },
  }
}
