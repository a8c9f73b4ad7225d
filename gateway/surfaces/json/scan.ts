// One pass over a text that JSON.parse already accepted: finds what JSON.parse hides (duplicate keys, depth) and records where every
// value stands. It must only be given valid JSON, and it never decodes a value.
import { Failure } from '../../exchange/failure.ts'

/**
 * Where everything stands, in document order, three numbers per entry: start offset, end offset, and the index of the entry behind
 * its subtree. Inside an object, keys and values alternate; scalars and keys have no subtree.
 */
export type Tape = Int32Array

export const entrySize = 3

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c
const openObject = 0x7b
const closeObject = 0x7d
const openArray = 0x5b
const closeArray = 0x5d
const space = 0x20

// Most strings in a request are short; beyond this length the native search is faster than a loop.
const shortString = 24
// Up to this many keys of one object are compared pairwise by hash; more go into a Set, so that a huge object stays linear.
const pairwiseKeys = 16

/** True when the quote at `at` follows an odd run of backslashes. */
const isEscaped = (text: string, at: number): boolean => {
  let first = at - 1
  while (text.charCodeAt(first) === backslash) first -= 1
  return (at - first) % 2 === 0
}

/** Offset behind the closing quote of the string that opens at `start`. */
const stringEnd = (text: string, start: number): number => {
  let at = start + 1
  const limit = at + shortString
  while (at < limit) {
    const code = text.charCodeAt(at)
    if (code === quote) return at + 1
    at += code === backslash ? 2 : 1
  }
  let end = text.indexOf('"', at)
  while (text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end + 1
}

const scalarEnd = (text: string, start: number): number => {
  let at = start + 1
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code <= space || code === comma || code === closeObject || code === closeArray) break
  }
  return at
}

/** Decoded text of the literal at [start, end). */
export const decodeString = (text: string, start: number, end: number): string => {
  const inner = text.slice(start + 1, end - 1)
  return inner.includes('\\') ? JSON.parse(text.slice(start, end)) as string : inner
}

// Scratch space is shared by all scans (they are synchronous) and copied out at the end; it is let go when one giant request made it grow.
const scratchEntries = 16_384
let scratch: Tape = new Int32Array(scratchEntries * entrySize)

class Scan {
  readonly text: string
  readonly maxDepth: number
  length = 0
  depth = 0
  /** Per open container: its tape index, the first of its keys in `hashes` (-1 for an array), and its Set of keys once it has many. */
  readonly containers: number[] = []
  readonly firstKeys: number[] = []
  readonly keySets: (Set<string> | null)[] = []
  /** Keys of all open objects, innermost last; only the first `keyCount` count. */
  readonly hashes: number[] = []
  readonly keyEntries: number[] = []
  keyCount = 0

  constructor(text: string, maxDepth: number) {
    this.text = text
    this.maxDepth = maxDepth
  }

  add(start: number, end: number): void {
    if (this.length + entrySize > scratch.length) {
      const larger = new Int32Array(scratch.length * 2)
      larger.set(scratch)
      scratch = larger
    }
    const at = this.length
    scratch[at] = start
    scratch[at + 1] = end
    this.length = at + entrySize
    scratch[at + 2] = this.length
  }

  open(start: number, isObject: boolean): void {
    if (this.depth === this.maxDepth) {
      throw new Failure('request.malformed', `The JSON is nested deeper than ${this.maxDepth} levels at position ${start}.`)
    }
    this.containers[this.depth] = this.length
    this.firstKeys[this.depth] = isObject ? this.keyCount : -1
    this.keySets[this.depth] = null
    this.depth += 1
    this.add(start, start)
  }

  close(end: number): void {
    this.depth -= 1
    const entry = this.containers[this.depth] ?? 0
    scratch[entry + 1] = end
    scratch[entry + 2] = this.length
    const firstKey = this.firstKeys[this.depth] ?? -1
    if (firstKey >= 0) this.keyCount = firstKey
  }

  get inObject(): boolean { return this.depth > 0 && (this.firstKeys[this.depth - 1] ?? -1) >= 0 }

  /** Reads the key at `start`; returns the offset behind it. */
  key(start: number): number {
    const text = this.text
    let hash = 0
    let at = start + 1
    let code = text.charCodeAt(at)
    while (code !== quote && code !== backslash) {
      hash = (Math.imul(hash, 31) + code) | 0
      at += 1
      code = text.charCodeAt(at)
    }
    if (code === backslash) {
      at = stringEnd(text, start) - 1
      hash = this.hashOfEscaped(start, at + 1)
    }
    this.refuseDuplicate(start, at + 1, hash)
    this.hashes[this.keyCount] = hash
    this.keyEntries[this.keyCount] = this.length
    this.keyCount += 1
    this.add(start, at + 1)
    return at + 1
  }

  private hashOfEscaped(start: number, end: number): number {
    const key = decodeString(this.text, start, end)
    // Parsers that replace lone surrogates would see two different keys as one.
    if (!key.isWellFormed()) throw new Failure('request.malformed', `A key at position ${start} holds half of a surrogate pair.`)
    let hash = 0
    for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0
    return hash
  }

  private refuseDuplicate(start: number, end: number, hash: number): void {
    const first = this.firstKeys[this.depth - 1] ?? 0
    const count = this.keyCount - first
    if (count >= pairwiseKeys) {
      this.refuseBySet(start, end, first)
      return
    }
    for (let at = first; at < first + count; at += 1) {
      if (this.hashes[at] === hash && this.keyAt(this.keyEntries[at] ?? 0) === decodeString(this.text, start, end)) this.refuse(start, end)
    }
  }

  private refuseBySet(start: number, end: number, first: number): void {
    const known = this.keySets[this.depth - 1] ?? new Set(this.keyEntries.slice(first, this.keyCount).map(entry => this.keyAt(entry)))
    this.keySets[this.depth - 1] = known
    const key = decodeString(this.text, start, end)
    if (known.has(key)) this.refuse(start, end)
    known.add(key)
  }

  private keyAt(entry: number): string { return decodeString(this.text, scratch[entry] ?? 0, scratch[entry + 1] ?? 0) }

  private refuse(start: number, end: number): never {
    const path: (string | number)[] = []
    for (let level = 0; level < this.depth - 1; level += 1) path.push(this.segment(level))
    path.push(decodeString(this.text, start, end))
    const field = path.map(part => String(part).slice(0, 64)).join('.').slice(0, 256)
    throw new Failure('request.malformed', `The key ${JSON.stringify(field)} is given twice (again at position ${start}).`, { detail: { field } })
  }

  /** Key or index under which the container of level + 1 hangs in the one of `level`. */
  private segment(level: number): string | number {
    const child = this.containers[level + 1] ?? 0
    if ((this.firstKeys[level] ?? -1) >= 0) return this.keyAt(child - entrySize)
    let index = 0
    for (let entry = (this.containers[level] ?? 0) + entrySize; entry < child; entry = scratch[entry + 2] ?? child) index += 1
    return index
  }
}

const run = (scan: Scan): void => {
  const { text } = scan
  let expectKey = false
  for (let at = 0; at < text.length;) {
    const start = at
    const code = text.charCodeAt(at)
    at += 1
    if (code === quote) {
      if (expectKey) {
        at = scan.key(start)
        expectKey = false
      } else {
        at = stringEnd(text, start)
        scan.add(start, at)
      }
    } else if (code === comma) {
      expectKey = scan.inObject
    } else if (code === openObject || code === openArray) {
      expectKey = code === openObject
      scan.open(start, expectKey)
    } else if (code === closeObject || code === closeArray) {
      expectKey = false
      scan.close(at)
    } else if (code > space && code !== colon) {
      at = scalarEnd(text, start)
      scan.add(start, at)
    }
  }
}

/**
 * Scans valid JSON.
 * @throws Failure request.malformed for duplicate keys (also when spelled with escapes) and for too much depth.
 */
export const scanJson = (text: string, maxDepth: number): Tape => {
  const scan = new Scan(text, maxDepth)
  run(scan)
  const tape = scratch.slice(0, scan.length)
  if (scratch.length > scratchEntries * entrySize * 8) scratch = new Int32Array(scratchEntries * entrySize)
  return tape
}
