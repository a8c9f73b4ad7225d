// What stands around a street: the words before its end, and behind it the flat, the town, its code and the country.
import { isDigit } from '../characters.ts'
import { anyCountry } from './countries.ts'
import { canadianCode, provinces, stateNames, states, ukPostcode } from './streets.ts'

const window = 160
const capital = '(?:\\p{Lu}[\\p{L}’\'-]{1,24}|(?:St|Ste|Sta|Mt|Ft|Pt|Sv)\\.)'
/** A name of a town as it is written: up to four words. */
export const town = `${capital}(?: (?:${capital}|am|an der|im|ob|sur|de|do|da|la|le|les|del|di|upon|on|the|bei|sous|y|den|nad|u|v|\\p{Lu}(?![\\p{L}\\d]|\\.\\p{L}))){0,4}`
/** Between the parts of an address: commas, spaces, line breaks, and what quoted lines begin with. */
const gap = '(?:(?:[ ,>?|\\n]|\\\\n){1,14}|)'
/** The same, where it must part something. */
const parting = '(?:[ >?|]{0,3}(?:,|\\n|\\\\n)(?:[ ,>?|\\n]|\\\\n){0,12})'
/** "3º B", "2. tv.", "1. OG": storeys and doors as they are written between house number and town. */
const storey = '(?:,? \\d{1,2}(?:[º°ª.]|er|ème|e|st|nd|rd|th)? ?(?:izq|izda|dcha|der|esq|dto|drt|tv|th|mf|Stock|OG|EG|DG|étage|etage|floor|piano|[A-D](?![\\p{L}\\d]))\\.?(?:,? (?:Tür|Top|puerta|lgh) ?\\d{1,4})?(?![\\p{L}]))'
const unit = '(?:(?:[ ,>?|\\n]|\\\\n){0,12}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Flat|Room|Rm|Lot|Bldg|Building|Level|PMB|#)\\.? ?#?[A-Z\\d][A-Z\\d-]{0,5}(?![a-z]))'

export const unitForm = new RegExp(`^${unit}`, 'iu')
const storeyForm = new RegExp(`^${storey}`, 'iu')
const directionForm = /^,? (?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?(?![\p{L}\d_])/u

/** Lines of towns, the surest first; what may follow a street. */
const townLines: readonly RegExp[] = [
  `${gap}(?:${town}${gap})?(?:${states}|${stateNames})\\.?,? \\d{5}(?:-\\d{4})?(?!\\d)(?:${gap}(?:USA|United States|U\\.S\\.A\\.))?`,
  `${gap}(?:${town}${gap}){0,2}${ukPostcode}(?![A-Z\\d])(?:${gap}(?:UK|United Kingdom|England|Scotland|Wales))?`,
  `${gap}${town}${gap}(?:${provinces})${gap}(?:${canadianCode}|\\d{4})(?!\\d)`,
  `${gap}${town}(?: \\d{1,2})?,? [A-Z]\\d[\\dW] ?[A-Z\\d]{4}(?![A-Z\\d])`,
  `${gap}${town}(?: \\d{4,6})?${gap}(?:(?:[A-Z]{2,3}|nan)${gap})?(?:${anyCountry})(?:,? ?\\d{4,6}(?![ -]?\\d))?(?!\\p{L})`,
  `${gap}(?:[A-Z]{1,2}-)?\\d{4} ?[A-Z]{2} ${town}`,
  `${gap}(?:- )?(?:[A-Z]{1,2}-)?(?:\\d{4,5}|\\d{3} \\d{2}|\\d{2}-\\d{3}|\\d{4}-\\d{3}|\\d{5}-\\d{3}|〒?\\d{3}-\\d{4}) ${town}(?: \\d{1,2}(?!\\d|[.:]\\d))?(?: ?\\([A-Z]{2}\\))?`,
  `${gap}${town}${gap}(?:[A-Z]{2,3}|nan)${gap}\\d{3,6}(?![ -]?\\d)`,
  `(?: - )?${gap}(?:${town}${gap}){1,3}(?:- ?[A-Z]{2}|[A-Z]{2})?,? ?(?:\\d{5}-\\d{3}|\\d{6}|\\d{3}-\\d{4})(?!\\d)`,
  `${gap}${town}${gap}(?:${states})(?![A-Za-z])`,
  `${gap}${town}${gap}\\d{5}(?!\\d)`,
  `${parting}(?:${anyCountry})(?:,? ?\\d{4,6}(?![ -]?\\d))?(?!\\p{L})`,
].map(form => new RegExp(`^${form}`, 'u'))

const countryForm = new RegExp(`^${parting}(?:${anyCountry})(?!\\p{L})`, 'u')
const townAlone = new RegExp(`^, ${town}(?=[.,;\\n)"]|$)`, 'u')

export interface Tail { readonly end: number; readonly certain: boolean }

/** Where an address ends whose street ends at `from`: with unit, town and code where they follow. */
export const tailOf = (text: string, from: number, uncertainTown: boolean): Tail => {
  let end = from
  for (const form of [directionForm, unitForm, storeyForm]) end += form.exec(text.slice(end, end + window))?.[0].length ?? 0
  const rest = text.slice(end, end + window)
  for (const form of townLines) {
    const found = form.exec(rest)
    // The point of the sentence is none of the town's.
    if (found !== null) {
      end += found[0].replace(/(?<!\.[A-Z])\.$/, '').length
      return { end: end + (countryForm.exec(text.slice(end, end + 48))?.[0].length ?? 0), certain: true }
    }
  }
  const alone = uncertainTown ? townAlone.exec(rest) : null
  return { end: end + (alone?.[0].replace(/\.$/, '').length ?? 0), certain: end > from && unitForm.test(text.slice(from, end)) }
}

/** Is it the letter of an escaped line break, in text that is JSON or source itself? */
const isEscape = (text: string, at: number): boolean => text.charCodeAt(at - 1) === 92 && (text.charCodeAt(at) === 110 || text.charCodeAt(at) === 116)

const space = 32
/** Characters; a longer word is not read whole. */
const longestWord = 28
const endsWords = new Uint8Array(128)
for (const character of '\t\n\v\f\r ("[`>;:=|') endsWords[character.charCodeAt(0)] = 1

/** White space, opening brackets, and signs behind which a word begins. */
const beginsBehind = (code: number): boolean => code < 128 ? endsWords[code] === 1 : code === 0xA0 || (code >= 0x2000 && code <= 0x200A) || code === 0x202F || code === 0x3000

/** Words before an offset, nearest first, with where each begins; single spaces between them. */
export const wordsBefore = (text: string, at: number, most: number): readonly (readonly [word: string, start: number])[] => {
  const found: [string, number][] = []
  let end = at
  while (found.length < most && text.charCodeAt(end - 1) === space) {
    let start = end - 1
    while (start > 0 && end - start < longestWord && !beginsBehind(text.charCodeAt(start - 1)) && !isEscape(text, start - 1)) start -= 1
    const word = text.slice(start, end - 1)
    if (word === '') break
    found.push([word, start])
    end = start
  }
  return found
}

/** Does a digit stand in one of the words before an offset? Where it does not, reading them as words is for nothing. */
export const hasDigitBefore = (text: string, at: number, words: number): boolean => {
  let left = words
  for (let before = at - 2; before >= 0 && at - before < words * longestWord; before -= 1) {
    const code = text.charCodeAt(before)
    if (isDigit(code)) return true
    if (code === space && (left -= 1) === 0) return false
    if (code !== space && beginsBehind(code)) return false
  }
  return false
}

/** How sure a street with its house number makes, alone and with what follows. */
export const streetConfidence = (tail: Tail, followed: boolean, lower: boolean, doubtful: boolean): number => {
  if (tail.certain) return 0.9
  if (lower) return 0.4
  return followed ? 0.75 : doubtful ? 0.55 : 0.65
}
