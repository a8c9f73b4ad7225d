// Cuts a text into words and gives each a keyed hash, blind to everything that quoting and reformatting change: case, punctuation, markdown, line
// breaks, JSON escapes, compatible characters (NFKC). One pass; what it fills is used again for the next text.
import { randomBytes } from 'node:crypto'

/** Hashes under one key have nothing in common with those under another. They are quick, not strong: outside of a process they have to be sealed. */
export interface WordKey { readonly high: number; readonly low: number }

/** @param bytes at least 8 that nobody can guess */
export const wordKeyOf = (bytes: Buffer): WordKey => ({ high: bytes.readInt32LE(0), low: bytes.readInt32LE(4) })

export const newWordKey = (): WordKey => wordKeyOf(randomBytes(8))

export const wordsAtOnce = 4096

/** Two halves of the hash of each word, and its length. */
export class Words {
  readonly high = new Int32Array(wordsAtOnce)
  readonly low = new Int32Array(wordsAtOnce)
  readonly length = new Int32Array(wordsAtOnce)
  count = 0

  /** Keeps only the last words, as the first. */
  keepLast(count: number): void {
    for (const each of [this.high, this.low, this.length]) each.copyWithin(0, this.count - count, this.count)
    this.count = count
  }
}

const separator = -1
const ignored = -2
/** Flag of characters that are words by themselves: scripts without spaces. */
const alone = 0x10000

const isAlone = (code: number): boolean => (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x3040 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7af)

/** Soft hyphens, zero-width characters, direction marks: they part nothing. */
const isInvisible = (code: number): boolean => code === 0xad || (code >= 0x200b && code <= 0x200f) || (code >= 0x2060 && code <= 0x2064) || code === 0xfeff

const classOf = (code: number): number => {
  if (isInvisible(code)) return ignored
  const folded = String.fromCharCode(code).normalize('NFKC').toLowerCase()
  // Halves of a pair are letters of some script or symbols: they count as they are.
  if (code < 0xd800 || code > 0xdfff) if (!/[\p{L}\p{N}\p{M}]/u.test(folded)) return separator
  const as = folded.charCodeAt(0)
  return isAlone(as) ? as | alone : as
}

/** Filled as characters occur; 0: not yet. */
const classes = new Int32Array(0x10000)

/** What one unit cannot say: combining marks, ligatures, letters of mathematics. */
const needsWhole = /[\u0300-\u036f\u3099\u309a\ufb00-\ufb06\ud835]/

/** The text as its words are read. */
export const plain = (text: string): string => needsWhole.test(text) ? text.normalize('NFKC') : text

const backslash = 0x5c
/** Letters of the escapes of JSON that stand for white space. */
const white: ReadonlySet<number> = new Set([0x62, 0x66, 0x6e, 0x72, 0x74])

const digitOf = (code: number): number => code >= 0x30 && code <= 0x39 ? code - 0x30 : (code | 0x20) >= 0x61 && (code | 0x20) <= 0x66 ? (code | 0x20) - 0x57 : -1

/** The four digits from a place on, or -1. */
const hexAt = (text: string, from: number): number => {
  let value = 0
  for (let at = from; at < from + 4; at += 1) {
    const digit = digitOf(text.charCodeAt(at))
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/**
 * Where an escape of JSON ends that begins here, however often the text was escaped. A letter behind a backslash is one in the text as well as in
 * what was made of it.
 */
const escapeEnd = (text: string, at: number): number => {
  let end = at
  while (text.charCodeAt(end + 1) === backslash) end += 1
  const next = text.charCodeAt(end + 1)
  if (next === 0x75 && hexAt(text, end + 2) >= 0) return end + 5
  return white.has(next) ? end + 1 : end
}

/** What an escape that ends here stands for. */
const escapedAt = (text: string, end: number): number => {
  const code = text.charCodeAt(end - 4) === 0x75 && text.charCodeAt(end - 5) === backslash ? hexAt(text, end - 3) : -1
  return code < 0 ? 0x20 : code
}

/** A word that is as long, and has a digit in it, is like no other: ids, digests, tokens. Long names of programs are written everywhere. */
export const longWord = 24

const hasDigit = /\d/

const lengthOf = (text: string, end: number, length: number): number => length < longWord || hasDigit.test(text.slice(end - length, end)) ? length : longWord - 1

/** Adds words from a place on until there is no more room. @returns where to go on, the length of the text at its end */
export const readWords = (text: string, from: number, { high: keyHigh, low: keyLow }: WordKey, words: Words): number => {
  const { high: highs, low: lows, length: lengths } = words
  let { count } = words
  let high = keyHigh
  let low = keyLow
  let length = 0
  let at = from
  // Up to two words come of one character.
  for (; at < text.length && count < wordsAtOnce - 2; at += 1) {
    let code = text.charCodeAt(at)
    if (code === backslash) {
      at = escapeEnd(text, at)
      code = escapedAt(text, at)
    }
    let known = classes[code] as number
    if (known === 0) known = classes[code] = classOf(code)
    if (known > 0 && known < alone) {
      high = Math.imul(high ^ known, 0x01000193)
      low = Math.imul(low + known, 0x5bd1e995)
      length += 1
    } else if (known !== ignored) {
      if (length > 0) {
        highs[count] = high
        lows[count] = low
        lengths[count++] = lengthOf(text, at, length)
      }
      if (known !== separator) {
        highs[count] = Math.imul(keyHigh ^ known, 0x01000193)
        lows[count] = Math.imul(keyLow + known, 0x5bd1e995)
        lengths[count++] = 3
      }
      high = keyHigh
      low = keyLow
      length = 0
    }
  }
  if (at === text.length && length > 0) {
    highs[count] = high
    lows[count] = low
    lengths[count++] = lengthOf(text, at, length)
  }
  words.count = count
  return at
}
