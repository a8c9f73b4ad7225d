// Streets whose names end in a word for street, or are one with it: German, Dutch, the Nordic languages, Hungarian, Estonian, Czech. The house
// number stands behind ("Hauptstraße 12a, 10115 Berlin"), or before where somebody writes in English.
import type { Rule, Scan } from '../../rule.ts'
import { isDigit } from '../characters.ts'
import { streetConfidence, tailOf, wordsBefore } from './address-tails.ts'
import { doubtfulSyllables, lastSyllables, lastWords } from './streets.ts'

// The last letters of `lastSyllables` and `lastWords`: anything else before a number costs one look.
const lastLetters: ReadonlySet<number> = new Set(Array.from('e.gzmrdtnjklaiuáíéöř', letter => letter.charCodeAt(0)))

const shortStreet = /^(?:Ring|Weg|Platz|Allee|Gasse|Gate|Tie|Markt|Damm|Ufer|Str\.|Vej)$/
const streetBeginning = /^(?:\p{Lu}[\p{L}.-]{1,20}(?:er|en|r|s|m|n)|Am|An|Im|Alte|Neue|Große|Kleine|St\.)$/u
const nameBeginning = /^\p{Lu}[\p{L}.’'-]{1,24}$/u
const house = /^\d{1,4}(?: ?[a-hA-H](?![\p{L}\d])(?: \d{1,3}(?![\d.:]))?)?(?:-\d{1,4}|(?:\/\d{1,4}){1,3})?(?![\d.:]\d|\p{L}|\d)/u

/** Words that are streets in nothing but addresses; the other `lastWords` are ordinary words of some language. */
const certainWords: ReadonlySet<string> = new Set(['utca', 'tér', 'körút', 'rkp.', 'náměstí', 'nám.', 'ulice'])

/** Where a street's name begins that ends in this word: "Berliner Straße", "Am Alten Weg", "Csabai kapu". -1 where the word alone is no street. */
const nameStart = (text: string, word: string, start: number): number => {
  // "Karl Johans gate": written apart and small, whatever stands before is its name.
  const isOwnWord = lastWords.has(word) || /^\p{Ll}/u.test(word)
  let from = start
  for (const [other, otherStart] of wordsBefore(text, start, isOwnWord ? 3 : 2)) {
    if (!(isOwnWord ? nameBeginning : streetBeginning).test(other)) break
    from = otherStart
  }
  return from === start && (isOwnWord || shortStreet.test(word) || word.length < 6) ? -1 : from
}

/** Forms in English put a number before it, too: where one stands there, it begins the address. */
const withNumberBefore = (text: string, from: number): number => {
  const number = /(?<![\p{L}\d.,#$€£-])\d{1,5} $/u.exec(text.slice(Math.max(0, from - 8), from))?.[0]
  return number === undefined ? from : from - number.length
}

const isDoubtful = (word: string): boolean => lastWords.has(word) ? !certainWords.has(word) : doubtfulSyllables.test(word)

interface Street { readonly from: number; readonly word: string }

/** The street's name that ends before an offset; null where none does. */
const streetBefore = (text: string, at: number): Street | null => {
  const [word = '', start = 0] = wordsBefore(text, at, 1)[0] ?? []
  if (!lastWords.has(word) && !lastSyllables.test(word)) return null
  const from = nameStart(text, word, start)
  return from === -1 || !/^\p{Lu}/u.test(text.slice(from, from + 2)) ? null : { from, word }
}

/** Asked at the house number behind the name. */
const numberBehind = (scan: Scan, at: number): void => {
  const { text } = scan
  if (!lastLetters.has(text.charCodeAt(at - 2))) return
  const street = streetBefore(text, at)
  const number = house.exec(text.slice(at, at + 20))?.[0]
  if (street === null || number === undefined) return
  // "Rákóczi út 66., Budapest": a point belongs to Hungarian numbers where the address goes on.
  const end = at + number.length + (lastWords.has(street.word) && /^\.[, \n]/.test(text.slice(at + number.length, at + number.length + 2)) ? 1 : 0)
  const longer = tailOf(text, end, true)
  const tail = longer.end === end ? { end: at + number.length, certain: false } : longer
  const doubtful = isDoubtful(street.word)
  scan.add('address', withNumberBefore(text, street.from), tail.end, streetConfidence(tail, tail.end > end, doubtful || /^(?:19|20)\d\d$/.test(number), doubtful && tail.end <= end))
}

const namedUnit = /^[ ,>?|\n]{1,12}(?:Apt\.?|Apartment|Suite|Unit|Flat) #?\d/
/** No year. */
const secondNumber = /\D\d{1,3}[a-z]?$|[03-9]\d{3}$/
const numberAndName = /^\d{1,6} ((?:(?:\p{Lu}[\p{L}’'.-]{0,24}|de|da|do|del|van|von|der) ){0,3}\p{Lu}[\p{L}’'.-]{2,30})(?=[\s,.;:)"]|$)(?: \d{1,4}[a-z]?(?![\p{L}\d:]))?/u

/** Asked at the house number before the name: "12 Hauptstrasse". Another name needs a second number or a flat, and town and code behind it. */
const numberBefore = (scan: Scan, at: number): void => {
  const { text } = scan
  const match = numberAndName.exec(text.slice(at, at + 96))
  const name = match?.[1]
  if (match === null || name === undefined) return
  const end = at + match[0].length
  const isStreet = lastSyllables.test(name) && !doubtfulSyllables.test(name)
  if (!isStreet && !secondNumber.test(match[0]) && !namedUnit.test(text.slice(end, end + 24))) return
  const tail = tailOf(text, end, true)
  if (isStreet) scan.add('address', at, tail.end, streetConfidence(tail, tail.end > end, false, true))
  else if (tail.certain) scan.add('address', at, tail.end, 0.75)
}

const isCapital = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 0xC0 && code < 0x250)

export const germanicStreets: readonly Rule[] = [{
  kinds: ['address'], triggers: { numbers: true, numbersAt: [{ before: / / }, { behind: / /, run: [1, 6] }] },
  find: (scan, at) => {
    const { text } = scan
    if (text.charCodeAt(at - 1) === 32) numberBehind(scan, at)
    let end = at + 1
    while (end - at < 6 && isDigit(text.charCodeAt(end))) end += 1
    if (text.charCodeAt(end) === 32 && isCapital(text.charCodeAt(end + 1))) numberBefore(scan, at)
  },
}]
