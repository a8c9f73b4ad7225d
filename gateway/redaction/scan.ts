// One pass over a text that asks every rule where its triggers are. The cost is a look-up for each character, and the rules' own work where
// they are asked.
import type { EntityKind } from '../exchange/kinds.ts'
import type { Finding } from '../exchange/finding.ts'
import { isDigit, isEscapeLetter, isLetter, isLetterOrDigit } from './detectors/characters.ts'
import { Dispatch, fold, folded, isCharacter, opens, opensNumber, opensNumberInWord } from './dispatch.ts'
import { wordsOfKey } from './key-words.ts'
import type { Rule, Scan } from './rule.ts'

export { wordsOfKey }

const labelLength = 40

class OneScan implements Scan {
  readonly text: string
  readonly key: string | null
  readonly found: Finding[] = []
  /** Of the number that the pass is in, digit groups with what separates them: where it ends, and its digits that were not passed yet. */
  numberEnd = 0
  digitsLeft = 0
  readonly #least: number
  #keyWords: string | undefined

  constructor(text: string, key: string | null, least: number) {
    this.text = text
    this.key = key
    this.#least = least
  }

  get keyWords(): string { return this.#keyWords ??= this.key === null ? '' : wordsOfKey(this.key) }

  labelBefore(at: number): string {
    const near = this.text.slice(Math.max(0, at - labelLength), at).toLowerCase()
    const line = near.lastIndexOf('\n')
    const above = line < 1 ? -1 : near.lastIndexOf('\n', line - 1)
    const lines = above === -1 ? near : near.slice(above + 1)
    return this.keyWords === '' ? lines : `${lines} ${this.keyWords}`
  }

  add(kind: EntityKind, start: number, end: number, confidence: number): void {
    if (confidence < this.#least || end <= start) return
    // Rules that are asked at neighbouring places report the same thing one after the other.
    const last = this.found.at(-1)
    if (last !== undefined && last.start === start && last.end === end && last.kind === kind && last.confidence >= confidence) return
    this.found.push({ kind, start, end, confidence })
  }
}

export interface Scanner {
  /** What the rules say of a text, in no order and with overlaps. @param least findings below this confidence are left out */
  find(text: string, key: string | null, least: number): readonly Finding[]
  /** Is there a rule that this key says something to? */
  knowsKey(key: string): boolean
}

const backslash = 92
/** " -./()", and the spaces and the hyphen that do not break lines. */
const separates = (code: number): boolean => code === 32 || (code >= 45 && code <= 47) || code === 40 || code === 41 || code === 0xA0 || code === 0x2009 || code === 0x2011 || code === 0x202F

/** The number that begins here: groups of digits with at most two separators between them. Each number is measured once. */
const measure = (scan: OneScan, start: number): void => {
  const { text } = scan
  let digits = 0
  let end = start
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) {
      digits += 1
      end = at + 1
    } else if (at - end > 1 || !separates(code)) {
      break
    }
  }
  scan.numberEnd = end
  scan.digitsLeft = digits
}

const askNumbers = (dispatch: Dispatch, scan: OneScan, at: number): void => {
  if (at >= scan.numberEnd) measure(scan, at)
  for (const { rule, digits } of dispatch.numbers) {
    if (digits > scan.digitsLeft) break
    rule.find(scan, at)
  }
  let end = at + 1
  while (isDigit(scan.text.charCodeAt(end))) end += 1
  scan.digitsLeft -= end - at
}

/** Is it this word of letters, in any case, and does it end here? */
const isWordHere = (text: string, at: number, word: string): boolean => {
  for (let index = 0; index < word.length; index += 1) if ((text.charCodeAt(at + index) | 32) !== word.charCodeAt(index)) return false
  return !isLetter(text.charCodeAt(at + word.length))
}

/** Prefixes and words that begin with three characters in a row. */
const askOpenings = (dispatch: Dispatch, scan: OneScan, at: number, triple: number): void => {
  const openings = dispatch.openingsAt(triple)
  if (openings === undefined) return
  const { text } = scan
  for (const { text: prefix, rule } of openings.prefixes) if (text.startsWith(prefix, at)) rule.find(scan, at)
  for (const { text: word, rule } of openings.words) if (isWordHere(text, at, word)) rule.find(scan, at)
}

const askFragments = (dispatch: Dispatch, scan: OneScan, at: number, triple: number): void => {
  for (const { text: fragment, rule } of dispatch.openingsAt(triple)?.fragments ?? []) if (scan.text.startsWith(fragment, at)) rule.find(scan, at)
}

/** A run of letters and digits of which so many were seen; how long it is, the rules that ask for more look themselves. */
const askRuns = (dispatch: Dispatch, scan: OneScan, start: number, shortest: number): void => {
  let end = start + shortest
  while (isLetterOrDigit(scan.text.charCodeAt(end))) end += 1
  for (const { rule, length } of dispatch.runs) if (end - start >= length) rule.find(scan, start)
}

const ask = (dispatch: Dispatch, scan: OneScan, at: number, action: number, triple: number): void => {
  const inWord = dispatch.classes[triple >> 12] !== 0
  if (inWord) {
    if ((action & opens) !== 0) askOpenings(dispatch, scan, at, triple)
    if ((action & opensNumberInWord) !== 0) for (const rule of dispatch.numbersInWords) rule.find(scan, at)
    if ((action & opensNumber) !== 0) askNumbers(dispatch, scan, at)
    return
  }
  if ((action & isCharacter) !== 0) for (const rule of dispatch.charactersAt(scan.text.charCodeAt(at))) rule.find(scan, at)
  if ((action & opens) !== 0) askFragments(dispatch, scan, at, triple)
}

/** A text is read in pieces of so many UTF-16 units, copied to where a processor reads them in a third of the time that a string takes. */
const pieceLength = 16_384
/** So many units behind a place are looked at in the pass. */
const ahead = 3

class Pieces {
  readonly units = new Uint16Array(pieceLength + ahead)
  readonly #bytes = Buffer.from(this.units.buffer)

  /** The piece that begins here with what is looked at behind it, which is 0 behind the end of the text. @returns length without that */
  load(text: string, from: number): number {
    const piece = text.length <= pieceLength ? text : text.slice(from, from + pieceLength + ahead)
    this.#bytes.write(piece, 0, 'utf16le')
    this.units.fill(0, piece.length, piece.length + ahead)
    return Math.min(pieceLength, text.length - from)
  }
}

// Where words end is not asked for, and which three characters follow each other is looked up and not compared: those would be branches that
// processors guess wrong once in each word, and the greater part of the time.
const pass = (dispatch: Dispatch, scan: OneScan, pieces: Pieces): void => {
  const { text } = scan
  const { actions, bits, classes, shortestRun } = dispatch
  const { units } = pieces
  let before = 0
  let run = 0
  let index = 0
  for (let from = 0; from < text.length; from += pieceLength) {
    const count = pieces.load(text, from)
    let first = fold(units[index] as number)
    let second = fold(units[index + 1] as number)
    for (; index < count; index += 1) {
      const unit = units[index + 2] as number
      const third = folded[unit < 128 ? unit : 0] as number
      const triple = first << 12 | second << 6 | third
      const inside = -before >> 31
      const bit = (bits[(inside & 8192) | triple >> 5] as number) >> (triple & 31) & opens
      const action = (actions[before << 6 | first] as number) | bit
      if (action !== 0) ask(dispatch, scan, from + index, action, triple)
      before = classes[first] as number
      // Counts while letters and digits follow each other, without a branch: the sign of -class is a mask of ones for them and of zeros for others.
      run = (run + 1) & (-before >> 31)
      if (run === shortestRun) askRuns(dispatch, scan, from + index + 1 - run, run)
      first = second
      second = third
      // The letter of "\\n" begins no word and continues none, in text that is JSON or source itself.
      if (units[index] === backslash && isEscapeLetter(units[index + 1] as number)) {
        index += 1
        first = third
        second = fold(units[index + 2] as number)
      }
    }
    index -= count
  }
}

/** Keys of documents are few and come again and again. */
const rememberedKeys = 5000
const longestKey = 100

/** Joins rules into one pass. @throws Error where a trigger of a rule could never be met */
export const createScanner = (rules: readonly Rule[]): Scanner => {
  const dispatch = new Dispatch(rules)
  const keyed = rules.flatMap(rule => (rule.triggers.keys ?? []).map(key => ({ key: ` ${key} `, rule })))
  const byKey = new Map<string, readonly Rule[]>()
  let free: Pieces | null = new Pieces()

  const rulesOf = (key: string): readonly Rule[] => {
    let asking = byKey.get(key)
    if (asking === undefined) {
      const inWords = ` ${wordsOfKey(key)} `
      asking = [...new Set(keyed.filter(one => inWords.includes(one.key)).map(({ rule }) => rule))]
      if (byKey.size >= rememberedKeys) byKey.clear()
      // A part of a request's text would keep the whole of it in memory: what is remembered is a copy.
      if (key.length <= longestKey) byKey.set(` ${key}`.slice(1), asking)
    }
    return asking
  }

  return {
    find: (text, key, least) => {
      const scan = new OneScan(text, key, least)
      if (key !== null) for (const rule of rulesOf(key)) rule.find(scan, 0)
      // A rule may look into something with this scanner again, while the piece is still in use.
      const pieces = free ?? new Pieces()
      free = null
      try {
        pass(dispatch, scan, pieces)
      } finally {
        free = pieces
      }
      return scan.found
    },
    knowsKey: key => rulesOf(key).length > 0,
  }
}
