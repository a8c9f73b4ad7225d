// What is left of a text when its looks are taken away: keyed hashes of runs of words, thinned out so that every long enough run that two texts
// share leaves the same hash in both (winnowing: Schleimer, Wilkerson, Aiken 2003). Linear; nothing of the text can be read from what it gives.
import { longWord, newWordKey, plain, readWords, Words, type WordKey } from './words.ts'

/** Words of a run, and runs of which one is kept: a quote of 11 words leaves one hash, of 15 words two different ones. */
const runWords = 8
const windowRuns = 4
/** Letters and digits that a run, or a short text as a whole, must have at least; shorter ones say nothing. */
const leastRunLength = 20
const leastWholeLetters = 16
/** Characters that a text must have to leave anything. */
export const leastWholeLength = 24
/** Changes from word to word in a run: rows of zeros are alike everywhere. */
const leastChanges = 4

const mixed = (value: number): number => {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

/** 52 bits of two halves; the last bit says that it is enough by itself. */
const joined = (high: number, low: number, strong: 0 | 1): number => ((high >>> 0) * 0x100000 + (mixed(low) >>> 12)) * 2 + strong

/** Alone it tells a text: an unusual word, or a whole short value. */
export const isStrong = (hash: number): boolean => hash % 2 === 1

const step = 0x2545f491
const lowStep = 0x6a09e667 | 1
const power = (base: number): number => {
  let result = 1
  for (let times = 0; times < runWords; times += 1) result = Math.imul(result, base)
  return result
}
const out = power(step)
const lowOut = power(lowStep)

/** Greater than every hash of a run that tells something. */
const nothing = 0x7fffffff

class Reader {
  readonly #key: WordKey
  readonly #words = new Words()
  readonly #runs = new Int32Array(this.#words.high.length)
  readonly #lows = new Int32Array(this.#words.high.length)

  constructor(key: WordKey) { this.#key = key }

  read(text: string): number[] {
    const words = this.#words
    const hashes: number[] = []
    words.count = 0
    let at = 0
    let fresh = 0
    do {
      at = readWords(text, at, this.#key, words)
      this.#longWords(fresh, hashes)
      const runs = this.#hashRuns()
      this.#keep(runs, hashes)
      if (at === text.length) break
      // The windows go on over the seam.
      fresh = runWords + windowRuns - 2
      words.keepLast(fresh)
    } while (at < text.length)
    this.#whole(hashes)
    return hashes
  }

  #longWords(from: number, hashes: number[]): void {
    const { count, high, length, low } = this.#words
    for (let at = from; at < count; at += 1) if ((length[at] as number) >= longWord) hashes.push(joined(mixed(high[at] as number), low[at] as number, 1))
  }

  /** A rolling hash of each run. @returns how many there are */
  #hashRuns(): number {
    const { count, high, length, low } = this.#words
    const runs = this.#runs
    const lows = this.#lows
    let hash = 0
    let lowHash = 0
    let characters = 0
    let changes = 0
    for (let at = 0; at < count; at += 1) {
      hash = (Math.imul(hash, step) + (high[at] as number)) | 0
      lowHash = (Math.imul(lowHash, lowStep) + (low[at] as number)) | 0
      characters += length[at] as number
      if (at > 0 && high[at] !== high[at - 1]) changes += 1
      const gone = at - runWords
      if (gone >= 0) {
        hash = (hash - Math.imul(high[gone] as number, out)) | 0
        lowHash = (lowHash - Math.imul(low[gone] as number, lowOut)) | 0
        characters -= length[gone] as number
        if (high[gone + 1] !== high[gone]) changes -= 1
      }
      const run = at - runWords + 1
      if (run < 0) continue
      const found = mixed(hash)
      runs[run] = characters >= leastRunLength && changes >= leastChanges ? (found === nothing ? found - 1 : found) : nothing
      lows[run] = lowHash
    }
    return Math.max(0, count - runWords + 1)
  }

  /** The smallest of each window, once; of equal ones the last. */
  #keep(count: number, hashes: number[]): void {
    const runs = this.#runs
    let least = -1
    let kept = -1
    for (let at = 0; at < count; at += 1) {
      if (least < 0 || (runs[at] as number) <= (runs[least] as number)) least = at
      else if (least <= at - windowRuns) least = this.#smallest(at)
      // In the first window something smaller may follow.
      if (least === kept || (at < windowRuns - 1 && at < count - 1)) continue
      kept = least
      this.#push(least, hashes)
    }
  }

  /** Of the window that ends here. */
  #smallest(last: number): number {
    const runs = this.#runs
    let least = last
    for (let at = last - 1; at > last - windowRuns; at -= 1) if ((runs[at] as number) < (runs[least] as number)) least = at
    return least
  }

  #push(run: number, hashes: number[]): void {
    if (this.#runs[run] !== nothing) hashes.push(joined(this.#runs[run] as number, this.#lows[run] as number, 0))
  }

  /** A short value that has no run is known only as a whole. */
  #whole(hashes: number[]): void {
    const { count, high, length, low } = this.#words
    if (count === 0 || count >= runWords) return
    let characters = 0
    let hash = count
    let lowHash = count
    for (let at = 0; at < count; at += 1) {
      hash = Math.imul(hash, step) + (high[at] as number)
      lowHash = Math.imul(lowHash, lowStep) + (low[at] as number)
      characters += length[at] as number
    }
    if (characters >= leastWholeLetters) hashes.push(joined(mixed(hash), lowHash, 1))
  }
}

/** Makes fingerprints under a key; without one under a key of its own. */
export const fingerprinting = (key: WordKey = newWordKey()): ((text: string) => readonly number[]) => {
  const reader = new Reader(key)
  return text => text.length < leastWholeLength ? [] : reader.read(plain(text))
}
