// Where labels stand: close before a value, in brackets behind it, or in the JSON key it is the value of.
import type { Scan } from '../../rule.ts'

const reachBefore = 48

const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
export const isWordUnit = (code: number): boolean => isDigit(code) || isLetter(code)

/** Only what joins the values of a list: "A, B and C" has one label for all. */
const joins = /^(?:[^\p{L}]|(?<!\p{L})(?:and|or|und|oder|et|ou|y|o|e|i|en|of|och|og)(?!\p{L}))*$/u

// A label belongs to the value that follows it, not to the next one: what stands before another long number is cut off.
const sinceLastNumber = (near: string): string => {
  for (let at = near.length - 1, digits = 0; at >= 0; at -= 1) {
    if (!isDigit(near.charCodeAt(at))) {
      if (near[at] !== ' ' && near[at] !== '-' && near[at] !== '.') digits = 0
      continue
    }
    digits += 1
    if (digits < 6) continue
    let end = at
    while (end < near.length && /[\d .-]/.test(near.charAt(end))) end += 1
    const rest = near.slice(end)
    return joins.test(rest) ? near : rest
  }
  return near
}

/** Lower-case words that may name the value between two offsets. */
export const labelOf = (scan: Scan, start: number, end: number): string => {
  const { text, keyWords } = scan
  const before = sinceLastNumber(text.slice(Math.max(0, start - reachBefore), start).toLowerCase())
  const behind = /^ ?\(([^)]{2,24})\)/.exec(text.slice(end, end + 28))?.[1]?.toLowerCase() ?? ''
  return `${before} ${keyWords} ${behind}`
}

/**
 * An expression that finds one of these words, not inside of longer Latin words. A space stands for any separator ("tax id", "tax-id", "tax_id",
 * "taxid"), a final "*" for any ending.
 */
export const anyOf = (words: string): RegExp => {
  const alternatives = words.split(',').map(word => word.trim().replaceAll('.', '\\.').replaceAll(' ', "[\\s_.'’-]{0,2}").replace(/\*$/, '\\p{L}{0,16}'))
  return new RegExp(`(?<!\\p{Script=Latin})(?:${alternatives.join('|')})(?!\\p{Script=Latin})`, 'u')
}

// What may stand between a label and its value. Alternatives that begin with different characters: each is read in one pass.
const connector = new RegExp('(?:[\\s"\'`’:=#*|()\\[\\]>\\\\,;–—.-]|º|°|→|(?:'
  + 'n[º°]|numbers?|numero|número|numéro|nummer|num|nmbr|nr|no|n|id|code|card|is|was|are|on|for|the|a|my|his|her|their|our|your|of|ist|lautet|mein|meine|der|die|das|est|de|du|le|la|mon|ma|es|el|mi|su|è|il|mio|mia|são|é|jest|'
  + 'holder|value|reads|given|as|und|and|issued|expires)(?![\\p{L}\\d]))*', 'yiu')

/** Offset of what follows a label: articles, "number", "is", quotes and colons skipped; at most 64 characters on. */
export const behindLabel = (text: string, end: number): number => {
  connector.lastIndex = 0
  return end + (connector.exec(text.slice(end, end + 64))?.[0].length ?? 0)
}

/** A value as people write identifiers: letters and digits, single separators between them. */
export interface Token {
  readonly end: number
  /** Upper case, without separators. */
  readonly bare: string
  readonly digits: number
}

const joiners = '-/.*'

/** End of letters and digits with single joiners between them. */
const groupEnd = (text: string, from: number, most: number): number => {
  let at = from
  while (at < most && (isWordUnit(text.charCodeAt(at)) || (at > from && joiners.includes(text.charAt(at)) && isWordUnit(text.charCodeAt(at + 1))))) at += 1
  return at
}

/**
 * The identifiers that may begin at an offset, longest first; the shortest ends where the first space is. At most 32 characters.
 * @param capitals whether groups of one to three capitals go on with it
 */
export const tokensAt = (text: string, start: number, capitals = false): readonly Token[] => {
  const found: Token[] = []
  const most = Math.min(text.length, start + 32)
  let from = start
  while (found.length < 5) {
    const end = groupEnd(text, from, most)
    // What is longer than an identifier is none; behind a space only groups with a digit belong to the same value.
    if (end === from || (end === most && isWordUnit(text.charCodeAt(end))) || (from > start && !/\d/.test(text.slice(from, end)) && !(capitals && /^[A-Z]{1,3}$/.test(text.slice(from, end))))) break
    const bare = text.slice(start, end).replace(/[ /.*-]/g, '').toUpperCase()
    found.unshift({ end, bare, digits: bare.replace(/\D/g, '').length })
    if (text[end] !== ' ') break
    from = end + 1
  }
  return found
}
