// Finds, in the bytes of a body, the objects that are elements of its outermost lists, and those of them that stood in the same list of an earlier
// body. It judges nothing: bytes that are no JSON may be cut in any way, and whoever uses the cuts has to see that each is a whole value.
import type { ReadDocument } from './read-json.ts'

/** Half-open range of bytes. */
export interface ByteRange { readonly start: number; readonly end: number }

/** An element that was read before, where it stands in the body that was sent last. */
export interface KeptElement extends ByteRange { readonly part: ReadDocument }

export interface KeptLists {
  readonly bytes: Buffer
  /** By the list's key as it is written. */
  readonly lists: ReadonlyMap<string, readonly KeptElement[]>
}

export interface Cut extends ByteRange {
  /** The list's key as it is written. */
  readonly list: string
  /** Null: it is new. */
  readonly part: ReadDocument | null
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c
const openObject = 0x7b
const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d

/** Shorter elements are read as fast as they are compared. */
const leastBytes = 48
/** Whoever sends more elements than this has more of them read each time. */
const mostCuts = 4096
/** So many elements may have been taken out in one place. */
const lookAhead = 8
// Beyond this length the native search is faster than a loop.
const shortString = 24

class Walk {
  readonly #bytes: Buffer
  readonly #kept: KeptLists | null
  readonly cuts: Cut[] = []
  #at = 0

  constructor(bytes: Buffer, kept: KeptLists | null) {
    this.#bytes = bytes
    this.#kept = kept
  }

  /** @returns false where it is no object that closes */
  body(): boolean {
    if (this.#next() !== openObject) return false
    this.#at += 1
    for (;;) {
      const code = this.#next()
      if (code === closeObject) return true
      if (code === comma) {
        this.#at += 1
        continue
      }
      if (code !== quote || !this.#member()) return false
    }
  }

  #member(): boolean {
    const start = this.#at
    const end = this.#stringEnd(start)
    if (end === -1) return false
    this.#at = end
    if (this.#next() !== colon) return false
    this.#at += 1
    if (this.#next() === openArray) return this.#elements(this.#bytes.toString('latin1', start + 1, end - 1))
    return this.#pass()
  }

  #elements(list: string): boolean {
    const kept = this.#kept?.lists.get(list) ?? []
    let reached = 0
    this.#at += 1
    for (;;) {
      const code = this.#next()
      if (code === closeArray) {
        this.#at += 1
        return true
      }
      if (code === comma) {
        this.#at += 1
        continue
      }
      const start = this.#at
      const known = code === openObject ? this.#known(kept, reached) : -1
      const element = kept[known]
      if (element !== undefined) {
        reached = known + 1
        this.#at = start + element.end - element.start
      } else if (!this.#pass()) return false
      if (code === openObject && this.#at - start >= leastBytes && this.cuts.length < mostCuts) this.cuts.push({ list, start, end: this.#at, part: element?.part ?? null })
    }
  }

  /** Index of the kept element whose bytes stand here, or -1. */
  #known(kept: readonly KeptElement[], from: number): number {
    const earlier = this.#kept?.bytes
    if (earlier === undefined) return -1
    for (let index = from; index < Math.min(kept.length, from + lookAhead); index += 1) {
      const { end, start } = kept[index] as KeptElement
      const behind = this.#at + end - start
      if (behind <= this.#bytes.length && this.#bytes.compare(earlier, start, end, this.#at, behind) === 0) return index
    }
    return -1
  }

  /** Passes space. @returns what stands there, NaN at the end */
  #next(): number {
    let code = this.#bytes[this.#at]
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.#bytes[this.#at += 1]
    return code ?? Number.NaN
  }

  /** Passes a value, or whatever stands in its place. @returns false where there is nothing, or no end of it */
  #pass(): boolean {
    const start = this.#at
    let depth = 0
    do {
      const code = this.#bytes[this.#at]
      if (code === undefined) return false
      if (code === quote) {
        const end = this.#stringEnd(this.#at)
        if (end === -1) return false
        this.#at = end
        continue
      }
      if (code === openObject || code === openArray) depth += 1
      else if (code === closeObject || code === closeArray) depth -= 1
      if (depth < 0) return this.#at > start
      this.#at += 1
    } while (depth > 0 || !this.#isBehindValue())
    return true
  }

  #isBehindValue(): boolean {
    const code = this.#bytes[this.#at]
    return code === undefined || code === comma || code === closeObject || code === closeArray || code <= 0x20
  }

  /** Behind the closing quote, or -1. */
  #stringEnd(start: number): number {
    const bytes = this.#bytes
    let at = start + 1
    for (const limit = at + shortString; at < limit;) {
      const code = bytes[at]
      if (code === quote) return at + 1
      at += code === backslash ? 2 : 1
    }
    let end = bytes.indexOf(quote, at)
    while (end !== -1 && this.#isEscaped(end)) end = bytes.indexOf(quote, end + 1)
    return end === -1 ? -1 : end + 1
  }

  #isEscaped(at: number): boolean {
    let first = at - 1
    while (this.#bytes[first] === backslash) first -= 1
    return (at - first) % 2 === 0
  }
}

/** The elements in order; null where the bytes are not even roughly an object. @param kept what was sent before, or null */
export const cutBody = (bytes: Buffer, kept: KeptLists | null): readonly Cut[] | null => {
  const walk = new Walk(bytes, kept)
  return walk.body() ? walk.cuts : null
}
