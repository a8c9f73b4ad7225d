// Postal addresses by their shape: a street with its house number, and behind it what lines of towns look like. Best effort: names of towns
// are not known here, only how they and their codes are written.
import type { Rule, Scan } from '../../rule.ts'
import { wordEnd } from '../characters.ts'
import { canadianCode, doubtfulStreets, englishStreets, doubtfulSyllables, lastSyllables, provinces, romanceStreets, stateNames, states, ukPostcode } from './streets.ts'

const window = 160
const capital = '\\p{Lu}[\\p{L}’\'.-]{1,24}'
const town = `${capital}(?: (?:${capital}|am|an der|im|ob|sur|de|la|le|les|del|di|upon|on|the|bei|sous|y|den)){0,3}`
const gap = '(?:,? |, ?|,?(?: ?\\n| ?\\\\n) {0,8}|\\|? ?)'
const unit = '(?:,? ?(?:\\n {0,8})?(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Flat|Room|Rm|Lot|Bldg|PMB|#)\\.? ?#?[A-Z\\d][A-Z\\d-]{0,5}(?![a-z]))'

const unitForm = new RegExp(`^${unit}`, 'iu')
const directionForm = /^,? (?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?(?![\w])/

/** Lines of towns, the surest first; what may follow a street. */
const townLines: readonly RegExp[] = [
  `${gap}(?:${town}${gap})?(?:${states}|${stateNames})\\.?,? \\d{5}(?:-\\d{4})?(?!\\d)(?:${gap}(?:USA|United States|U\\.S\\.A\\.))?`,
  `${gap}(?:${town}${gap}){0,2}${ukPostcode}(?![A-Z\\d])(?:${gap}(?:UK|United Kingdom|England|Scotland|Wales))?`,
  `${gap}${town}${gap}(?:${provinces})${gap}(?:${canadianCode}|\\d{4})(?!\\d)`,
  `${gap}(?:[A-Z]{1,2}-)?\\d{4} ?[A-Z]{2} ${town}`,
  `${gap}(?:- )?(?:[A-Z]{1,2}-)?(?:\\d{4,5}|\\d{3} \\d{2}|\\d{2}-\\d{3}|\\d{4}-\\d{3}|\\d{5}-\\d{3}) ${town}(?: ?\\([A-Z]{2}\\))?`,
  `${gap}${town}${gap}(?:${states})(?![A-Za-z])`,
  `${gap}${town}${gap}\\d{5}(?!\\d)`,
].map(form => new RegExp(`^${form}`, 'u'))

const townAlone = new RegExp(`^, ${town}(?=[.,;\\n)"]|$)`, 'u')

interface Tail { readonly end: number; readonly certain: boolean }

/** Where an address ends whose street ends at `from`: with unit, town and code where they follow. */
const tailOf = (text: string, from: number, uncertainTown: boolean): Tail => {
  let end = from
  for (const form of [directionForm, unitForm]) end += form.exec(text.slice(end, end + window))?.[0].length ?? 0
  const rest = text.slice(end, end + window)
  for (const form of townLines) {
    const found = form.exec(rest)
    // The point of the sentence is none of the town's.
    if (found !== null) return { end: end + found[0].replace(/(?<!\.[A-Z])\.$/, '').length, certain: true }
  }
  const alone = uncertainTown ? townAlone.exec(rest) : null
  return { end: end + (alone?.[0].replace(/\.$/, '').length ?? 0), certain: end > from && unitForm.test(text.slice(from, end)) }
}

/** Words before the one that ends a street, house number included, and how long they are together at most. */
const mostWords = 6
const longestName = mostWords * 28

const isSpace = (character: string | undefined): boolean => character === ' '

const asciiBeforeWords: ReadonlySet<number> = new Set(Array.from('\t\n\v\f\r ("[`>;:=|', sign => sign.charCodeAt(0)))
const standsBeforeWord = (code: number): boolean => code < 128 ? asciiBeforeWords.has(code) : /\s/.test(String.fromCharCode(code))

/** Words before an offset, nearest first, with where each begins; single spaces between them. */
const wordsBefore = (text: string, at: number, most: number): readonly (readonly [word: string, start: number])[] => {
  const found: [string, number][] = []
  let end = at
  while (found.length < most && isSpace(text[end - 1])) {
    let start = end - 1
    while (start > 0 && end - start < 28 && !standsBeforeWord(text.charCodeAt(start - 1))) start -= 1
    const word = text.slice(start, end - 1)
    if (word === '') break
    found.push([word, start])
    end = start
  }
  return found
}

const houseNumber = /^(?:#|No\.?)?\d{1,6}(?:[A-Za-z]|-\d{1,5}|\/\d{1,4})?,?$/
const ordinal = /^\d{1,3}(?:st|nd|rd|th)$/i
const nameWord = /^(?:\p{Lu}[\p{L}\p{M}’'.-]*|of|the|de|la|del|el|y)$/u
const particles = /^(?:of|the|de|la|del|el|y)$/
const flat = /(?:Flat|Apartment|Apt\.?|Unit|Suite) [A-Z\d]{1,5}(?:,|, | )$/

const longestEnd = 12

/** Is there a digit among the few words before an offset? Without one there is no house number, and most words that end streets end none. */
const followsDigit = (text: string, at: number): boolean => {
  let spaces = 0
  for (let place = at - 1; place >= 0 && at - place <= longestName && spaces <= mostWords; place -= 1) {
    const code = text.charCodeAt(place)
    if (code === 32) spaces += 1
    else if (code >= 48 && code <= 57) return true
  }
  return false
}

interface Named { readonly start: number; readonly lower: boolean }

/** The house number before a street's name, which has at least one word; null where there is none, or the words before are no name. */
const houseBefore = (text: string, at: number): Named | null => {
  if (!followsDigit(text, at)) return null
  let lower = false
  let named = false
  for (const [index, [word, start]] of wordsBefore(text, at, mostWords).entries()) {
    if (ordinal.test(word)) {
      named = true
      continue
    }
    if (houseNumber.test(word)) return index === 0 || !named || /[$€£#@\d.]$/.test(text.slice(Math.max(0, start - 1), start)) ? null : { start, lower }
    if (!nameWord.test(word)) {
      if (!/^\p{Ll}{3,20}$/u.test(word)) return null
      lower = true
    }
    named ||= !particles.test(word)
  }
  return null
}

const abbreviated = /^(?:st|ave|rd|dr|ln|blvd|ct|pl|hwy|pkwy|cir|sq|ter)$/

/** How sure a street with its house number makes, alone and with what follows. */
const streetConfidence = (tail: Tail, followed: boolean, lower: boolean, doubtful: boolean): number => {
  if (tail.certain) return 0.9
  if (lower) return 0.4
  return followed ? 0.75 : doubtful ? 0.55 : 0.65
}

const english = (scan: Scan, at: number): void => {
  const { text } = scan
  const house = houseBefore(text, at)
  if (house === null) return
  let end = wordEnd(text, at, longestEnd)
  const suffix = text.slice(at, end).toLowerCase()
  if (text[end] === '.' && abbreviated.test(suffix)) end += 1
  const lower = house.lower || text.charCodeAt(at) > 96
  const tail = tailOf(text, end, !lower)
  const before = flat.exec(text.slice(Math.max(0, house.start - 24), house.start))?.[0].length ?? 0
  // The point of an abbreviation also ends sentences.
  const stop = text[tail.end - 1] === '.' ? tail.end - 1 : tail.end
  scan.add('address', house.start - before, stop, streetConfidence(tail, tail.end > end, lower, doubtfulStreets.has(suffix)))
}

const anyNumber = '\\d{1,4}(?: ?(?:bis|ter|quater|[A-Da-d](?![\\p{L}])))?'
const frenchNumber = new RegExp(`(?:^|[^\\p{L}\\d.,-])(${anyNumber}),? $`, 'u')
const particle = '(?:de la|de las|de los|de l\'|de|du|des|della|delle|dei|degli|del|dell\'|di|da|do|dos|das|la|le|les|los|las|et|e|y|d\'|l\'|św\\.|gen\\.|ks\\.) ?'
const romanceName = new RegExp(`^(?:${particle}|\\p{Lu}[\\p{L}’'.-]{1,20}(?: |(?=[,;:)"\\n])|$)|\\d{1,2} ){1,5}`, 'u')
const romanceNumber = /^(?:, ?)?(?:n[º°.]? ?|nr\.? ?|no?\.? ?|# ?)?(\d{1,4}(?:[A-Za-z]|\/\d{1,4}| ?- ?\d{1,3}(?!\d))?(?:,? (?:m\.|lok\.) ?\d{1,3})?)(?![\d.]\d|\w)/i

const romance = (scan: Scan, at: number): void => {
  const { text } = scan
  const word = wordEnd(text, at, longestEnd)
  const end = text[word] === '.' ? word + 1 : word
  if (text[end] !== ' ') return
  const name = romanceName.exec(text.slice(end + 1, end + 65))?.[0]
  if (name === undefined || !/\p{Lu}/u.test(name)) return
  const nameEnd = end + 1 + name.replace(/[\s.]+$/, '').length
  if (romanceStreets[text.slice(at, word).toLowerCase()] === 'before') numberBefore(scan, at, nameEnd)
  else numberBehind(scan, at, nameEnd)
}

/** "12 bis, rue de la Paix". */
const numberBefore = (scan: Scan, at: number, nameEnd: number): void => {
  const near = scan.text.slice(Math.max(0, at - 14), at)
  const number = frenchNumber.exec(near)?.[1]
  if (number === undefined) return
  const tail = tailOf(scan.text, nameEnd, true)
  scan.add('address', at - near.length + near.lastIndexOf(number), tail.end, tail.certain ? 0.9 : 0.65)
}

/** Words of other languages too ("via", "al"), where they are not written as names. */
const doubtfulBeginning = /^(?:via|al|plaza|largo|ronda|camino|strada) /

/** "Via Roma, 12". */
const numberBehind = (scan: Scan, at: number, nameEnd: number): void => {
  const { text } = scan
  const from = text[nameEnd] === ' ' ? nameEnd + 1 : nameEnd
  const number = romanceNumber.exec(text.slice(from, from + 24))?.[0]
  if (number === undefined) return
  const tail = tailOf(text, from + number.length, true)
  scan.add('address', at, tail.end, tail.certain ? 0.9 : doubtfulBeginning.test(text.slice(at, at + 8)) ? 0.4 : 0.65)
}

// The last letters of `lastSyllables`: anything else before a number costs one look.
const lastLetters: ReadonlySet<number> = new Set(Array.from('e.gzmrdtnjkl', letter => letter.charCodeAt(0)))

const shortStreet = /^(?:Ring|Weg|Platz|Allee|Gasse|Gate|Tie|Markt|Damm|Ufer|Str\.|Vej)$/
const streetBeginning = /^(?:\p{Lu}[\p{L}.-]{1,20}(?:er|en|r|s|m|n)|Am|An|Im|Alte|Neue|Große|Kleine|St\.)$/u
const germanNumber = /^\d{1,4}(?: ?[a-hA-H](?![\p{L}\d]))?(?:-\d{1,4})?(?![\d.:]\d|\p{L}|\d)/u

/** Where a street's name begins that ends in this word: "Berliner Straße", "Am Alten Weg". -1 where the word alone is no street. */
const nameStart = (text: string, word: string, start: number): number => {
  let from = start
  for (const [other, otherStart] of wordsBefore(text, start, 2)) {
    if (!streetBeginning.test(other)) break
    from = otherStart
  }
  return from === start && (shortStreet.test(word) || word.length < 6) ? -1 : from
}

/** "Hauptstraße 12a, 10115 Berlin": asked at the house number. */
const germanic: Rule = {
  kinds: ['address'], triggers: { numbers: true, numbersAt: [{ before: / / }] },
  find: (scan, at) => {
    const { text } = scan
    if (text.charCodeAt(at - 1) !== 32 || !lastLetters.has(text.charCodeAt(at - 2))) return
    const [word = '', start = 0] = wordsBefore(text, at, 1)[0] ?? []
    if (!lastSyllables.test(word) || !/^\p{Lu}/u.test(word)) return
    const house = germanNumber.exec(text.slice(at, at + 14))?.[0]
    const from = nameStart(text, word, start)
    if (house === undefined || from === -1) return
    const tail = tailOf(text, at + house.length, true)
    scan.add('address', from, tail.end, streetConfidence(tail, tail.end > at + house.length, doubtfulSyllables.test(word) || /^(?:19|20)\d\d$/.test(house), false))
  },
}

const postBox = (scan: Scan, at: number): void => {
  const { text } = scan
  const before = /(?:P\.? ?O\.? ?|Post Office |GPO )$/i.exec(text.slice(Math.max(0, at - 14), at))?.[0]
  const number = /^box (?:no\.? )?\d{1,7}(?!\d|\.\d)/i.exec(text.slice(at, at + 20))?.[0]
  if (before === undefined || number === undefined) return
  const tail = tailOf(text, at + number.length, true)
  scan.add('address', at - before.length, tail.end, tail.certain ? 0.92 : 0.7)
}

/** "Kuusitie 82 Apt. 5": a street that nothing else tells, by the flat behind it. */
const byUnit = (scan: Scan, at: number): void => {
  const { text } = scan
  const whole = unitForm.exec(text.slice(at, at + 24))?.[0]
  if (whole === undefined || !/\d/.test(whole) || text.charCodeAt(at) > 96) return
  const end = at - (/[\s,]{1,10}$/.exec(text.slice(Math.max(0, at - 10), at))?.[0].length ?? 0)
  let [numbers, names, from] = [0, 0, at]
  for (const [word, start] of wordsBefore(`${text.slice(Math.max(0, end - 80), end)} `, Math.min(end, 80) + 1, 6)) {
    const isNumber = houseNumber.test(word)
    if (!isNumber && !/^\p{Lu}[\p{L}’'.-]{1,30},?$/u.test(word)) break
    if (isNumber) numbers += 1
    else names += 1
    from = start + Math.max(0, end - 80)
    // A house number before a name begins the street.
    if (isNumber && names > 0) break
  }
  if (numbers > 0 && names > 0) scan.add('address', from, tailOf(text, at + whole.length, true).end, 0.8)
}

const units = ['apt', 'apartment', 'suite', 'ste']

const byWords: readonly Rule[] = [
  { kinds: ['address'], triggers: { words: englishStreets }, find: english },
  { kinds: ['address'], triggers: { words: Object.keys(romanceStreets) }, find: romance },
  { kinds: ['address'], triggers: { words: ['box'] }, find: postBox },
  { kinds: ['address'], triggers: { words: units }, find: byUnit },
]

export const postalAddresses: readonly Rule[] = [...byWords, germanic]
