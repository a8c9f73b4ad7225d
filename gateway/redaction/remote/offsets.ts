// Offsets of other programs, made into UTF-16 offsets of our text. What does not fit the text exactly is refused: a detector that counts
// wrongly would have the wrong characters hidden.

export const offsetUnits = ['utf16', 'codepoint', 'byte'] as const
export type OffsetUnit = (typeof offsetUnits)[number]

export interface SaidSpan {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly score: number
}

const surrogate = /[\ud800-\udfff]/
const beyondAscii = /[\u0080-\uffff]/

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000

/** Bytes of a character in UTF-8. Half of a surrogate pair alone is sent as U+FFFD, which has three. */
const bytesOf = (code: number, isPair: boolean): number => isPair ? 4 : code < 0x80 ? 1 : code < 0x800 ? 2 : 3

/** Maps every offset at which a character begins, and the end; -1 where none does. */
const positions = (text: string, unit: 'codepoint' | 'byte'): Int32Array => {
  const map = new Int32Array(unit === 'byte' ? text.length * 3 + 1 : text.length + 1).fill(-1)
  let said = 0
  for (let at = 0; at < text.length;) {
    map[said] = at
    const code = text.charCodeAt(at)
    const isPair = isHigh(code) && isLow(text.charCodeAt(at + 1))
    said += unit === 'byte' ? bytesOf(code, isPair) : 1
    at += isPair ? 2 : 1
  }
  map[said] = text.length
  return map
}

/** Is the offset between two characters, and not inside a surrogate pair? */
const isBetween = (text: string, at: number): boolean => !(isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1)))

const isSpan = (text: string, { end, score, start }: SaidSpan): boolean =>
  start >= 0 && end > start && end <= text.length && score >= 0 && score <= 1 && isBetween(text, start) && isBetween(text, end)

/** More spans than this for each character are no findings. */
const mostPerCharacter = 2

/**
 * The spans in UTF-16 offsets of the text, or null if any of them is none: empty, backwards, outside of the text, inside a character, or
 * with a score that is not from 0 to 1.
 */
export const toUtf16 = (text: string, unit: OffsetUnit, spans: readonly SaidSpan[]): readonly SaidSpan[] | null => {
  if (spans.length > text.length * mostPerCharacter) return null
  const isSame = spans.length === 0 || unit === 'utf16' || !(unit === 'byte' ? beyondAscii : surrogate).test(text)
  const map = isSame ? null : positions(text, unit)
  const out: SaidSpan[] = []
  for (const span of spans) {
    if (!Number.isInteger(span.start) || !Number.isInteger(span.end)) return null
    const here = map === null ? span : { ...span, start: map[span.start] ?? -1, end: map[span.end] ?? -1 }
    if (!isSpan(text, here)) return null
    out.push(here)
  }
  return out
}
