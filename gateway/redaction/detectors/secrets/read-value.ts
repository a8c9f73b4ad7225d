// Where the value behind a name begins and ends: without its quotes, so that what replaces it can be put back to the same text.
import { longestValue } from './values.ts'

export interface Value {
  readonly start: number
  readonly end: number
  /** In quotes, or alone between tags: a literal and no expression. */
  readonly quoted: boolean
}

const space = (code: number): boolean => code === 32 || code === 9
const quote = (code: number): boolean => code === 34 || code === 39 || code === 96
const lineEnd = (code: number): boolean => code === 10 || code === 13

/** Characters that end a value without quotes: white space, quotes and `, ; < > ( ) [ ] { } | \`. */
const closing = new Uint8Array(128)
for (const character of '\t\n\r "\'`,;<>()[]{}|\\') closing[character.charCodeAt(0)] = 1
export const closes = (code: number): boolean => code !== code || (code < 128 && closing[code] === 1)

const skipSpaces = (text: string, from: number, most: number): number => {
  let at = from
  while (at - from < most && space(text.charCodeAt(at))) at += 1
  return at
}

/** End of a literal whose opening quote stands at `open`, with the backslashes in front of it: "\"" closes what "\"" opened. */
const quotedEnd = (text: string, open: number, backslashes: number): number => {
  const mark = text.charCodeAt(open)
  const last = Math.min(text.length, open + 1 + longestValue)
  for (let at = open + 1; at < last; at += 1) {
    const code = text.charCodeAt(at)
    if (lineEnd(code)) return at
    if (code === 92) {
      let run = at
      while (run < last && text.charCodeAt(run) === 92) run += 1
      if (text.charCodeAt(run) === mark && run - at <= backslashes) return at
      at = run
    } else if (code === mark) {
      return at
    }
  }
  return last
}

/** "&" belongs to a value unless the next parameter, an entity of HTML or the next command begins with it. */
const ampersandEnds = (text: string, at: number): boolean => {
  let next = at + 1
  while (next - at < 40 && !closes(text.charCodeAt(next)) && text.charCodeAt(next) !== 61 && text.charCodeAt(next) !== 38) next += 1
  return next === at + 1 || text[next] === '=' || (text[next] === ';' && next - at < 8)
}

const bareEnd = (text: string, start: number): number => {
  const last = Math.min(text.length, start + longestValue)
  let end = start
  while (end < last && !closes(text.charCodeAt(end))) {
    // "=" pads base64 and otherwise begins another value.
    if (text.charCodeAt(end) === 61 && !closes(text.charCodeAt(end + 1)) && text.charCodeAt(end + 1) !== 61) break
    if (text.charCodeAt(end) === 38 && ampersandEnds(text, end)) break
    end += 1
  }
  while (end > start && '.,:?'.includes(text.charAt(end - 1))) end -= 1
  return end
}

/** Is this the letter of a string literal such as `b"…"`, `r'…'`, `@"…"`? */
const prefixesQuote = (text: string, at: number): boolean => 'bBrRuU@'.includes(text.charAt(at)) && at < text.length && (text.charCodeAt(at + 1) === 34 || text.charCodeAt(at + 1) === 39)

/** The value that begins at an offset or a few spaces behind it; null when there is none. */
export const readValue = (text: string, from: number): Value | null => {
  let at = skipSpaces(text, from, 24)
  if (prefixesQuote(text, at)) at += 1
  let backslashes = 0
  while (backslashes < 4 && text.charCodeAt(at + backslashes) === 92) backslashes += 1
  if (quote(text.charCodeAt(at + backslashes))) {
    const start = at + backslashes + 1
    const end = quotedEnd(text, start - 1, backslashes)
    return end > start ? { start, end, quoted: true } : null
  }
  const end = bareEnd(text, at)
  // A name with a bracket behind it is a call or an element, not a value.
  return end > at && text[end] !== '(' && text[end] !== '[' ? { start: at, end, quoted: false } : null
}

/** What may stand between a name and its separator: spaces, quotes, backslashes, "]" and "?". */
const between = new Uint8Array(128)
for (const character of ' \t"\'`\\]?') between[character.charCodeAt(0)] = 1

/** End of the name in front of a separator: behind its last character, quotes and spaces skipped. */
export const nameEndBefore = (text: string, separator: number): number => {
  let end = separator
  while (end > 0 && separator - end < 6 && between[text.charCodeAt(end - 1)] === 1) end -= 1
  return end
}

/** Longest name that is looked at. */
const longestName = 64

const nameCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 45 || code === 46

/** Start of the name that ends at `end`: letters, digits, "_", "-", ".", and single spaces between words. */
export const nameStart = (text: string, end: number): number => {
  let start = end
  while (start > 0 && end - start < longestName) {
    const code = text.charCodeAt(start - 1)
    if (!nameCode(code) && !(code === 32 && start > 1 && nameCode(text.charCodeAt(start - 2)))) break
    start -= 1
  }
  return start
}
