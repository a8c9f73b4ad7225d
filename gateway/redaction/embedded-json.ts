// JSON inside a text: the keys in it are context for the values in it, as those of the request itself are. Tolerant: it looks at members
// wherever they stand, and never asks whether the whole is valid.
import type { EntityKind, Finding } from '../exchange/finding.ts'
import type { Rule, Scan } from './rule.ts'

const longestKey = 64
/** Longer values are no fields: what stands in them is found without their key. */
const longestValue = 4096
const quote = 34
const backslash = 92
const colon = 58

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 9

/** Offset of the quote that opens the key which ends at this quote; -1 where there is none. */
const keyStart = (text: string, end: number): number => {
  let start = end - 1
  while (start >= 0 && text.charCodeAt(start) !== quote) {
    if (end - start > longestKey) return -1
    start -= 1
  }
  return start
}

/** Offset of the closing quote of the key whose value begins at an offset; -1 where it has none. */
const keyEndBefore = (text: string, value: number): number => {
  let end = value
  while (value - end < 8 && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.charCodeAt(end - 1) === colon && text.charCodeAt(end - 2) === quote ? end - 2 : -1
}

const opensNested = (text: string, start: number): boolean => text.charCodeAt(start + 2) === backslash && (text[start + 1] === '{' || text[start + 1] === '[')

/** Offset of the closing quote; -1 where the value is longer than fields are. */
const valueEnd = (text: string, start: number): number => {
  for (let at = start; at < text.length && at - start < longestValue; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at += 1
  }
  return -1
}

/** Where each character of a decoded literal begins in what it was decoded from. */
const originsOf = (raw: string): readonly number[] => {
  const origins: number[] = []
  for (let at = 0; at < raw.length;) {
    origins.push(at)
    at += raw.charCodeAt(at) !== backslash ? 1 : raw[at + 1] === 'u' ? 6 : 2
  }
  origins.push(raw.length)
  return origins
}

const decoded = (raw: string): string | null => {
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return null
  }
}

const number = /-?\d[\d.]{3,40}(?![\d.eE\w])/y

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (at - from < 8 && isSpace(text.charCodeAt(at))) at += 1
  return at
}

interface KnownKey { readonly key: string; readonly says: boolean }

/** Does this key, of the same length, stand here? */
const standsHere = (text: string, start: number, key: string): boolean => {
  for (let index = 0; index < key.length; index += 1) if (text.charCodeAt(start + index) !== key.charCodeAt(index)) return false
  return true
}

/** Keys and whether a rule has anything to say about them, kept by length and first letter: most keys are passed over without a string being made. */
const createKeyFilter = (knowsKey: (key: string) => boolean): ((text: string, start: number, end: number) => boolean) => {
  const known = Array.from({ length: (longestKey + 1) << 7 }, (): KnownKey[] => [])
  let size = 0
  return (text, start, end) => {
    const alike = known[(end - start) << 7 | (text.charCodeAt(start) & 127)] as KnownKey[]
    for (let index = 0; index < alike.length; index += 1) {
      const { key, says } = alike[index] as KnownKey
      if (key.length === end - start && standsHere(text, start, key)) return says
    }
    const key = text.slice(start, end)
    const says = knowsKey(key)
    // Hostile text has any number of keys: of those that share a place only so many are kept, and of all of them.
    if (size < 4000 && alike.length < 16) {
      size += 1
      alike.push({ key: ` ${key}`.slice(1), says })
    }
    return says
  }
}

/** What is found in a value that stands under a key. */
export type FindUnder = (value: string, key: string) => readonly Finding[]

const findInString = (scan: Scan, key: string, [start, end]: readonly [number, number], findUnder: FindUnder): void => {
  const raw = scan.text.slice(start, end)
  if (!raw.includes('\\')) {
    for (const finding of findUnder(raw, key)) scan.add(finding.kind, start + finding.start, start + finding.end, finding.confidence)
    return
  }
  const value = decoded(raw)
  if (value === null) return
  const origins = originsOf(raw)
  for (const finding of findUnder(value, key)) scan.add(finding.kind, start + (origins[finding.start] ?? 0), start + (origins[finding.end] ?? raw.length), finding.confidence)
}

/** @param knowsKey keys that no rule has anything to say about are passed over, unless their value is JSON itself */
export const embeddedJsonRule = (kinds: readonly EntityKind[], knowsKey: (key: string) => boolean, findUnder: FindUnder): Rule => {
  const says = createKeyFilter(knowsKey)
  return {
    kinds,
    // Behind a quote and a bracket with a backslash is JSON in a string, under whatever key.
    triggers: { members: true, fragments: ['"{\\', '"[\\'] },
    ignores: key => !knowsKey(key),
    find: (scan, at) => {
      const { text } = scan
      const isNested = text.charCodeAt(at + 1) !== colon
      const close = isNested ? keyEndBefore(text, at) : at
      const open = close === -1 ? -1 : keyStart(text, close)
      if (open === -1) return
      const start = isNested ? at : skipSpace(text, close + 2)
      const isString = text.charCodeAt(start) === quote
      // What nests is asked at its own place.
      if (!isNested && (!says(text, open + 1, close) || (isString && opensNested(text, start)))) return
      const key = text.slice(open + 1, close)
      if (isString) {
        const end = valueEnd(text, start + 1)
        if (end !== -1) findInString(scan, key, [start + 1, end], findUnder)
        return
      }
      number.lastIndex = start
      const digits = number.exec(text)?.[0]
      if (digits !== undefined) for (const finding of findUnder(digits, key)) scan.add(finding.kind, start + finding.start, start + finding.end, finding.confidence)
    },
  }
}
