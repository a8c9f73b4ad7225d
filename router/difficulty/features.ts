// What can be told of a prompt's difficulty from its letters: hashed words, pairs of words and pieces of words, and a few counts. One pass
// over a bounded part of the text, no regular expression, nothing that is kept.

/** Buckets that words are hashed into; the counted features have their own behind them. */
export const wordBuckets = 16_384
export const countedBuckets = 256
export const buckets = wordBuckets + countedBuckets

/** Characters that are looked at: so many of the beginning, where a task is set, and of the end, where it is asked. */
export const headCharacters = 1200
export const tailCharacters = 600

const mostFeatures = 2048

/** Buckets that a text falls into, with repetitions. The array is one for all calls: read it before the next. */
export interface Features { readonly at: Uint16Array; readonly count: number }

const at = new Uint16Array(mostFeatures + countedBuckets)

const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isLower = (code: number): boolean => code >= 97 && code <= 122
const isUpper = (code: number): boolean => code >= 65 && code <= 90

/** What one pass counts. */
interface Counts { digits: number; upper: number; foreign: number; lines: number; symbols: number; maths: number; numbers: number; words: number; questions: number; options: number }

const mix = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

const seeds = { word: 0x811c9dc5, pair: 0x9e3779b1, piece: 0x85ebca6b } as const

class Scan {
  count = 0
  readonly counts: Counts = { digits: 0, upper: 0, foreign: 0, lines: 1, symbols: 0, maths: 0, numbers: 0, words: 0, questions: 0, options: 0 }
  #previous: number = seeds.pair

  #emit(hash: number): void {
    if (this.count < mostFeatures) at[this.count++] = mix(hash) % wordBuckets
  }

  #word(hash: number, stem: number, length: number, isNumber: boolean): void {
    const { counts } = this
    counts.words += 1
    if (isNumber) counts.numbers += 1
    this.#emit(hash)
    this.#emit(Math.imul(this.#previous, seeds.pair) ^ hash)
    // Beginnings stand for all forms of a word.
    if (length > 5) this.#emit(stem ^ seeds.piece)
    this.#previous = hash
  }

  text(text: string, from: number, to: number): void {
    const { counts } = this
    let hash: number = seeds.word
    let stem = 0
    let length = 0
    let isNumber = false
    for (let position = from; position < to; position += 1) {
      let code = text.charCodeAt(position)
      const digit = isDigit(code)
      if (isUpper(code)) {
        counts.upper += 1
        code += 32
      }
      if (digit || isLower(code) || code > 127) {
        this.#letter(digit, code)
        if (length === 0) isNumber = digit
        // Numbers differ by their length only.
        hash = Math.imul(hash ^ (digit ? 48 : code), 0x01000193)
        length += 1
        if (length === 5) stem = hash
        continue
      }
      if (length > 0) {
        this.#word(hash, stem, length, isNumber)
        hash = seeds.word
        if (length === 1 && (code === 46 || code === 41)) counts.options += 1
        length = 0
      }
      this.#mark(code)
    }
    if (length > 0) this.#word(hash, stem, length, isNumber)
  }

  #letter(digit: boolean, code: number): void {
    if (digit) this.counts.digits += 1
    else if (code > 127) this.counts.foreign += 1
  }

  #mark(code: number): void {
    const { counts } = this
    switch (code) {
      case 10: counts.lines += 1; return
      case 63: counts.questions += 1; return
      case 32: case 44: case 46: return
      case 36: case 92: case 94: case 95: case 43: case 61: case 42: case 47: case 37: counts.maths += 1; break
      default:
    }
    counts.symbols += 1
    this.#emit(Math.imul(code + 1, seeds.piece))
  }
}

const log2Step = (value: number, steps: number): number => Math.min(steps, Math.floor(Math.log2(value + 1) * 2))
const share = (part: number, whole: number): number => whole === 0 ? 0 : Math.min(7, Math.ceil(part / whole * 24))

/** Counted features as buckets of their own, sixteen for each. */
const counted = (scan: Scan, length: number, looked: number): void => {
  const { counts } = scan
  const values = [
    Math.min(15, Math.floor(Math.log2(length + 1))), log2Step(counts.words, 15), log2Step(counts.lines, 15), share(counts.digits, looked), share(counts.upper, looked),
    share(counts.foreign, looked), share(counts.symbols, looked), share(counts.maths, looked), log2Step(counts.numbers, 15), Math.min(3, counts.questions),
    Math.min(7, counts.options), counts.words === 0 ? 0 : Math.min(15, Math.floor((looked - counts.symbols) / counts.words)),
  ]
  for (let index = 0; index < values.length; index += 1) at[scan.count++] = wordBuckets + index * 16 + (values[index] ?? 0)
}

/** How many of the features are counted ones; they stand at the end. */
export const countedFeatures = 12

/** Features of a prompt. Time and memory are bounded, however long the text is. */
export const featuresOf = (text: string): Features => {
  const scan = new Scan()
  const { length } = text
  if (length <= headCharacters + tailCharacters) scan.text(text, 0, length)
  else {
    scan.text(text, 0, headCharacters)
    scan.text(text, length - tailCharacters, length)
  }
  counted(scan, length, Math.min(length, headCharacters + tailCharacters))
  return { at, count: scan.count }
}
