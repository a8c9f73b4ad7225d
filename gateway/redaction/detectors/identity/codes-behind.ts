// Streets that only the line of the town behind their house number tells ("Unter den Linden 77, 10117 Berlin"), French alleys, whose name does not
// begin with ASCII letters alone, and Japanese addresses.
import type { Rule, Scan } from '../../rule.ts'
import { isDigit } from '../characters.ts'
import { tailOf, wordsBefore } from './address-tails.ts'

const comma = 44
const lineFeed = 10
const space = 32
const postMark = 0x3012

const distinctLine = /^(?:,|,?\n) {0,4}(?:\d{2}-\d{3}|\d{4} ?[A-Z]{2}|\d{3} \d{2}|[A-Z]{1,2}-\d{4,5}) \p{Lu}\p{L}/u
const plainLine = /^(?:,|,?\n) {0,4}\d{5} \p{Lu}[\p{Ll}-]{2,24}(?=[.,;)"\n]|$)/u
const nameWord = /^(?:\p{Lu}[\p{L}’'.-]{0,24}|den|der|die|dem|am|an|im|de|del|di|da|do|dos|das|la|le|les|os\.|pl\.)$/u
/** Nouns that have numbers and no house. */
const noStreet = /^(?:Boeing|Airbus|Apollo|Windows|Version|Kapitel|Seite|Band|Artikel|Absatz|Chapter|Page|Section|Article|Volume|Table|Figure|Room|Gate|Platform|Zimmer|Gleis)$/

/** Where the name before a house number begins: up to four words with a capital, or small ones between them; -1 where none stands there. */
const nameStart = (text: string, at: number): number => {
  let start = -1
  for (const [word, from] of wordsBefore(text, at, 4)) {
    if (noStreet.test(word)) return -1
    if (!nameWord.test(word)) break
    if (/^(?:\p{Lu}|os\.|pl\.)/u.test(word)) start = from
  }
  return start
}

const byTownLine = (scan: Scan, at: number, numberEnd: number): void => {
  const { text } = scan
  const behind = text.slice(numberEnd, numberEnd + 48)
  const distinct = distinctLine.test(behind)
  if (!distinct && !plainLine.test(behind)) return
  const start = nameStart(text, at)
  if (start !== -1) scan.add('address', start, tailOf(text, numberEnd, true).end, distinct ? 0.75 : 0.55)
}

/** "12, allée des Tilleuls, 33000 Bordeaux". */
const alley = (scan: Scan, at: number, numberEnd: number): void => {
  const { text } = scan
  const street = /^,? [Aa]llée (?:(?:de la|de l’|de l'|des|du|de|d'|d’) ?)?\p{Lu}[\p{L}’'-]{1,24}(?:[ -]\p{Lu}[\p{L}’'-]{1,24}){0,3}/u.exec(text.slice(numberEnd, numberEnd + 80))?.[0]
  if (street === undefined) return
  const tail = tailOf(text, numberEnd + street.length, true)
  scan.add('address', at, tail.end, tail.certain ? 0.9 : 0.65)
}

const japaneseForm = /^\d{3}-\d{4}[ \n]{0,4}[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\d０-９ー−‐-]{4,48}/u
const romanised = /^\d{1,4}(?:-\d{1,4}){1,2},? \p{Lu}\p{L}{1,24}(?:,? [\p{L}-]{2,24}){0,2},? \p{Lu}\p{Ll}{1,20}-(?:ku|shi|cho|gun|machi)(?![\p{L}])/u

/** "〒100-0001 東京都千代田区千代田1-1", "1-1-2 Oshiage, Sumida-ku, Tokyo 131-0045". */
const japanese = (scan: Scan, at: number): void => {
  const { text } = scan
  const marked = text.charCodeAt(at - 1) === postMark || (text.charCodeAt(at - 1) === space && text.charCodeAt(at - 2) === postMark)
  const code = marked ? japaneseForm.exec(text.slice(at, at + 64))?.[0] : undefined
  if (code !== undefined) scan.add('address', text.lastIndexOf('〒', at), at + code.length, 0.85)
  const street = marked ? undefined : romanised.exec(text.slice(at, at + 100))?.[0]
  if (street !== undefined) scan.add('address', at, tailOf(text, at + street.length, true).end, 0.8)
}

const isAlley = (text: string, at: number): boolean => {
  const from = text.charCodeAt(at) === comma ? at + 2 : at + 1
  return text.startsWith('llée ', from + 1)
}

/** Does a digit or a capital follow the comma or the line's end, and four spaces at most? */
const goesOnWithCode = (text: string, at: number): boolean => {
  let from = at + 1
  while (from - at < 6 && (text.charCodeAt(from) === space || text.charCodeAt(from) === lineFeed)) from += 1
  const code = text.charCodeAt(from)
  return isDigit(code) || (code >= 65 && code <= 90)
}

/** End of "12", "15/17" or "12/3/4". */
const houseEnd = (text: string, from: number, most: number): number => {
  let end = from
  while (end < most && (isDigit(text.charCodeAt(end)) || text.charCodeAt(end) === 47)) end += 1
  return end
}

/** Asked at each number, so what turns it away comes first. */
const find = (scan: Scan, at: number): void => {
  const { text } = scan
  let end = at + 1
  while (end - at < 6 && isDigit(text.charCodeAt(end))) end += 1
  const next = text.charCodeAt(end)
  if (next === 45 && isDigit(text.charCodeAt(end + 1))) japanese(scan, at)
  if ((next === comma || next === space) && isAlley(text, end)) alley(scan, at, end)
  if (text.charCodeAt(at - 1) !== space) return
  const last = next === 47 ? houseEnd(text, end, at + 10) : end
  const behind = text.charCodeAt(last)
  if ((behind === comma || behind === lineFeed) && goesOnWithCode(text, last)) byTownLine(scan, at, last)
}

export const codesBehind: Rule = { kinds: ['address'], triggers: { numbers: true, numbersAt: [{ behind: /[- ,]/, run: [1, 6] }, { before: / /, behind: /[,/\n]/ }] }, find }
