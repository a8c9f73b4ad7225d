// The strict JSON reader: everything that is decided on passes through here, and what was decided is what will be forwarded.
// It must never let a text through that another parser could read differently, and never quote a value in an error.
import { isUtf8 } from 'node:buffer'
import type { JsonDocument, Member, Passage, SourceBytes, Span, StringLeaf } from '../../exchange/document.ts'
import { Failure } from '../../exchange/failure.ts'
import { decodeString, entrySize, scanJson, type Tape } from './scan.ts'
import { syntaxErrorAt } from './syntax-error.ts'

export interface JsonLimits {
  /** Levels of nesting, the root object being the first. */
  readonly maxDepth: number
}

type Path = readonly (string | number)[]

const quote = 0x22
const openObject = 0x7b
const openArray = 0x5b

const noPassages: readonly Passage[] = Object.freeze([])

// Keys are nearly always names of fields. One that could be data has something else in it than letters and what joins them (a digit, an @, a
// space, a letter of another script), or is longer than names are; the shortest thing that is looked for has seven characters.
const longKey = 9
const longName = 34
// Numbers of this many digits could be those of a card, whatever stands beside them; shorter ones are somebody's where they are whole, or say
// where somebody is.
const longNumber = 12
const shortNumber = 7
const wholeNumber = /^-?\d+(?:\.0+)?$|^-?\d(?:\.\d+)?[eE]\+?\d{1,2}$/
const placingKey = /lat|lon|lng|coord|geo|location|position/i
const minus = 0x2d
/** Passing so many members is no more work than remembering where one was. */
const fewMembers = 32

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** Letters of ASCII, and "_", "-", "." and "$" between them. */
const isOfName = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code === minus || code === 0x2e || code === 0x24

const mayNameData = (text: string, start: number, end: number): boolean => {
  if (end - start >= longName) return true
  for (let at = start + 1; at < end - 1; at += 1) if (!isOfName(text.charCodeAt(at))) return true
  return false
}

const mayBeData = (text: string, start: number, end: number, key: string | null): boolean => {
  const length = end - start
  if (length >= longNumber) return true
  return length >= shortNumber && (wholeNumber.test(text.slice(start, end)) || (key !== null && placingKey.test(key)))
}

/** As it reads in digits: serialisers write a whole number as `4.1E15` or `41.0` where they keep it as a floating one. */
const inDigits = (literal: string): string => {
  const value = Number(literal)
  return Number.isSafeInteger(value) ? String(value) : literal
}

/** A container on the way from the root to a leaf; paths are made from these only when somebody asks. */
interface Place { readonly parent: Place | null; readonly segment: string | number }

class Leaf implements StringLeaf {
  readonly start: number
  readonly end: number
  readonly key: string | null
  readonly form: StringLeaf['form']
  readonly #text: string
  readonly #place: Place | null
  #value: string | undefined
  #path: Path | undefined

  constructor(text: string, span: Span & { readonly form: StringLeaf['form'] }, key: string | null, place: Place | null) {
    this.#text = text
    this.start = span.start
    this.end = span.end
    this.form = span.form
    this.key = key
    this.#place = place
  }

  get value(): string {
    return this.#value ??= this.form === 'number' ? inDigits(this.#text.slice(this.start, this.end)) : decodeString(this.#text, this.start, this.end)
  }

  get path(): Path {
    if (this.#path !== undefined) return this.#path
    const path: (string | number)[] = []
    for (let place = this.#place; place !== null; place = place.parent) path.push(place.segment)
    return this.#path = path.reverse()
  }
}

/** An element of one of the root's lists. */
export interface ListPlace { readonly list: string; readonly index: number }

export class ReadDocument implements JsonDocument {
  readonly text: string
  readonly value: unknown
  readonly passages: readonly Passage[] = noPassages
  readonly source: SourceBytes | null = null
  readonly #tape: Tape
  #strings: readonly StringLeaf[] | undefined
  /** The member of a large object that was asked for last: paths into it lead there again and again. */
  readonly #found = new Map<number, { key: string; entry: number }>()
  /** Where the last look into an array ended, by array: whoever asks for one element after the other must not count from the first each time. */
  readonly #reached = new Map<number, { index: number; entry: number }>()

  constructor(text: string, value: unknown, tape: Tape) {
    this.text = text
    this.value = value
    this.#tape = tape
  }

  get length(): number { return this.text.length }
  get outside(): string { return this.text }

  /** Values and keys in it. */
  get entries(): number { return this.#tape.length / entrySize }

  get strings(): readonly StringLeaf[] {
    if (this.#strings === undefined) {
      const leaves: StringLeaf[] = []
      this.#collect(0, null, null, leaves)
      this.#strings = leaves
    }
    return this.#strings
  }

  locate(path: Path): Span | undefined {
    const entry = this.#entryAt(path)
    return entry === -1 ? undefined : { start: this.#at(entry), end: this.#at(entry + 1) }
  }

  members(path: Path): readonly Member[] {
    const container = this.#entryAt(path)
    if (container === -1 || this.text.charCodeAt(this.#at(container)) !== openObject) return []
    const found: Member[] = []
    const behind = this.#at(container + 2)
    for (let name = container + entrySize; name < behind; name = this.#at(name + entrySize + 2)) {
      const [start, end] = [this.#at(name), this.#at(name + 1)]
      found.push({ key: decodeString(this.text, start, end), start, end: this.#at(name + entrySize + 1) })
    }
    return found
  }

  /** The places of elements of the root's lists, each one character long, that begin at these offsets, which ascend; null where something else stands at one of them. */
  standIns(offsets: readonly number[]): readonly ListPlace[] | null {
    const found: ListPlace[] = []
    if (this.text.charCodeAt(this.#at(0)) !== openObject) return null
    for (let name = entrySize; name < this.#at(2); name = this.#at(name + entrySize + 2)) {
      const value = name + entrySize
      if (this.text.charCodeAt(this.#at(value)) !== openArray || (offsets[found.length] ?? Infinity) > this.#at(value + 1)) continue
      const list = decodeString(this.text, this.#at(name), this.#at(name + 1))
      let index = 0
      for (let element = value + entrySize; element < this.#at(value + 2); element = this.#at(element + 2)) {
        const start = this.#at(element)
        if (start === offsets[found.length] && this.#at(element + 1) === start + 1) found.push({ list, index })
        index += 1
      }
    }
    return found.length === offsets.length ? found : null
  }

  /** Tape index of a value, or -1. */
  #entryAt(path: Path): number {
    let entry = 0
    for (const segment of path) {
      entry = this.#child(entry, segment)
      if (entry === -1) return -1
    }
    return entry
  }

  #at(index: number): number { return this.#tape[index] ?? -1 }

  /** Tape index of a member's or an element's value, or -1. */
  #child(container: number, segment: string | number): number {
    const opening = this.text.charCodeAt(this.#at(container))
    const behind = this.#at(container + 2)
    if (typeof segment === 'string') {
      if (opening !== openObject) return -1
      return this.#member(container, behind, segment)
    }
    if (opening === openObject) return -1
    return this.#element(container, behind, segment)
  }

  #member(container: number, behind: number, wanted: string): number {
    const found = this.#found.get(container)
    if (found?.key === wanted) return found.entry
    let passed = 0
    for (let key = container + entrySize; key < behind; key = this.#at(key + entrySize + 2)) {
      if (decodeString(this.text, this.#at(key), this.#at(key + 1)) === wanted) {
        if (passed > fewMembers) this.#found.set(container, { key: wanted, entry: key + entrySize })
        return key + entrySize
      }
      passed += 1
    }
    return -1
  }

  #element(container: number, behind: number, wanted: number): number {
    const reached = this.#reached.get(container)
    let { index, entry } = reached !== undefined && reached.index <= wanted ? reached : { index: 0, entry: container + entrySize }
    for (; entry < behind; entry = this.#at(entry + 2)) {
      if (index === wanted) {
        this.#reached.set(container, { index, entry })
        return entry
      }
      index += 1
    }
    return -1
  }

  /** Recursion is bounded by maxDepth, which the scan has enforced. */
  #collect(entry: number, key: string | null, place: Place | null, into: StringLeaf[]): void {
    const start = this.#at(entry)
    const opening = this.text.charCodeAt(start)
    if (opening === quote) {
      into.push(new Leaf(this.text, { start, end: this.#at(entry + 1), form: 'value' }, key, place))
      return
    }
    if (isDigit(opening) || opening === minus) {
      if (mayBeData(this.text, start, this.#at(entry + 1), key)) into.push(new Leaf(this.text, { start, end: this.#at(entry + 1), form: 'number' }, key, place))
      return
    }
    const behind = this.#at(entry + 2)
    if (opening === openObject) {
      for (let name = entry + entrySize; name < behind; name = this.#at(name + entrySize + 2)) {
        const [start, end] = [this.#at(name), this.#at(name + 1)]
        const segment = decodeString(this.text, start, end)
        const member = { parent: place, segment }
        if (end - start >= longKey && mayNameData(this.text, start, end)) into.push(new Leaf(this.text, { start, end, form: 'key' }, null, member))
        this.#collect(name + entrySize, segment, member, into)
      }
      return
    }
    let index = 0
    for (let child = entry + entrySize; child < behind; child = this.#at(child + 2)) {
      this.#collect(child, key, { parent: place, segment: index }, into)
      index += 1
    }
  }
}

const textOf = (input: Buffer | string): string => {
  if (typeof input === 'string') {
    if (!input.isWellFormed()) throw new Failure('request.malformed', 'The body holds half of a surrogate pair.')
    return input
  }
  // Replacing invalid bytes, as Buffer.toString does, would decide on another text than the one that the caller sent.
  if (!isUtf8(input)) throw new Failure('request.malformed', 'The body is not valid UTF-8.')
  return input.toString('utf8')
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // The SyntaxError is not kept as the cause: its message quotes the text.
    const at = syntaxErrorAt(text)
    const why = text.length === 0 ? 'The body is empty; send a JSON object.'
      : at >= text.length ? `The JSON ends too early, at position ${at}.` : `The body is not valid JSON at position ${at}.`
    throw new Failure('request.malformed', why)
  }
}

/**
 * Reads a JSON text strictly (RFC 8259 without its freedoms): valid UTF-8, no byte order mark, no duplicate keys however they are
 * spelled, no lone surrogates in keys, bounded depth. Positions in errors are UTF-16 offsets.
 * @throws Failure request.malformed; its message names position or key path, never a value.
 */
export const readJson = (input: Buffer | string, limits: JsonLimits): ReadDocument => {
  const text = textOf(input)
  const value = parse(text)
  return new ReadDocument(text, value, scanJson(text, limits.maxDepth))
}
