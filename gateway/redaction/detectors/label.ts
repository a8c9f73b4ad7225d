// Labels: the words that announce a value, before it in the text or as its JSON key. What they say counts more than a checksum.
import type { Scan } from '../rule.ts'
import { isDigit, isLetter } from './characters.ts'
import { wordsOfKey } from '../key-words.ts'

export interface Label {
  /** Right before a value: nothing but a few words and signs between them, no other number, no line that says something else. */
  readonly before: RegExp
  readonly inKey: RegExp
  /** Words with digits in them, as in "ipv4". */
  readonly hasDigits: boolean
}

/** @param words a pattern for lower-case words; "(?<![a-z])" and "(?![a-z])" are put around it, so that short words are not found in others */
export const label = (words: string): Label => ({
  before: new RegExp(`(?<![a-z])(?:${words})(?![a-z])[^\\d\\n]{0,28}(?:\\n[^a-z\\d\\n]{0,4})?$`),
  inKey: new RegExp(`(?<![a-z])(?:${words})(?![a-z])`),
  hasDigits: /\d|\\d/.test(words),
})

const reach = 48
const quote = 34
const colon = 58

/** Offset of the colon behind a JSON key that stands before this offset; -1 where none does. */
const colonBefore = (text: string, at: number): number => {
  let end = at - 1
  if (text.charCodeAt(end) === quote) end -= 1
  if (text.charCodeAt(end) === 32) end -= 1
  return text.charCodeAt(end) === colon && text.charCodeAt(end - 1) === quote ? end : -1
}

const standsUnderKey = (text: string, at: number): boolean => colonBefore(text, at) !== -1

/** The JSON key that ends before this offset, with its quotes; null where none stands there. */
const keyBefore = (text: string, at: number): string | null => {
  const end = colonBefore(text, at)
  if (end === -1) return null
  let start = end - 2
  while (start > 0 && end - start < reach && text.charCodeAt(start) !== quote) start -= 1
  return text.slice(start, end)
}

/** What stands before an offset, lower case: the key if the text there is JSON, for what is before that belongs to another value. */
const textBefore = (text: string, at: number): string => {
  const key = keyBefore(text, at)
  return key === null ? text.slice(Math.max(0, at - reach), at).toLowerCase() : wordsOfKey(key)
}

/** Where a label without digits may stand before an offset: since the last digit. The offset itself where there is no letter at all. */
const labelStart = (text: string, at: number): number => {
  let start = at
  let letters = 0
  for (; start > 0 && at - start < reach; start -= 1) {
    const code = text.charCodeAt(start - 1)
    if (isDigit(code)) break
    if (isLetter(code) || code > 127) letters += 1
  }
  return letters === 0 ? at : start
}

const standsBefore = (text: string, at: number, { before, hasDigits }: Label): boolean => {
  if (standsUnderKey(text, at)) return false
  const start = hasDigits ? Math.max(0, at - reach) : labelStart(text, at)
  return start < at && before.test(text.slice(start, at).toLowerCase())
}

/**
 * Does a label stand before this offset, or is the text's key one? Of a key inside the text only the rules that name it as a trigger are
 * told, for the value on its own (embedded-json.ts): most texts with many numbers are JSON, and asking each of them would be slow.
 */
export const isLabelled = (scan: Scan, at: number, label: Label): boolean =>
  (scan.key !== null && label.inKey.test(scan.keyWords)) || standsBefore(scan.text, at, label)

/** Names of numbers that are nobody's: what stands behind one of them directly is what it says, unless more than its digits speak against that. */
const otherNumber = /(?:order|invoice|ticket|case|ref(?:erence)?|tracking|shipment|timestamp|time|epoch|ts|u?id|guid|isbn|issn|sku|ean|upc|gtin|serial|part|item|article|product|version|build|commit|rev(?:ision)?|error|line|row|page|port|size|bytes?|buffer|hex|offset|count|total|amount|price|sum|pid|nonce|seed|hash|seq(?:uence)?)(?:[ _-]?(?:no|nr|number|num|id|code|ms|ns|us))?[.#:="'([ ]{0,5}$/

/** Does the text or the key say that the number is something else? */
export const isOtherNumber = (scan: Scan, at: number): boolean =>
  otherNumber.test(textBefore(scan.text, at)) || (scan.key !== null && otherNumber.test(scan.keyWords))
