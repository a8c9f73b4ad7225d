// Postal addresses by their shape: a street with its house number, and behind it what lines of towns look like. Best effort: names of towns
// are not known here, only how they and their codes are written.
import type { Rule, Scan } from '../../rule.ts'
import { wordEnd } from '../characters.ts'
import { hasDigitBefore, streetConfidence, tailOf, unitForm, wordsBefore } from './address-tails.ts'
import { germanicStreets } from './germanic-streets.ts'
import { doubtfulStreets, englishStreets, romanceStreets } from './streets.ts'

const houseNumber = /^(?:#|No\.?)?\d{1,6}(?:[A-Za-z]|-\d{1,5}|\/\d{1,4})?,?$/
const ordinal = /^\d{1,3}(?:st|nd|rd|th)$/i
const nameWord = /^(?:\p{Lu}[\p{L}\p{M}’'.-]*|of|the|de|la|del|el|y)$/u
const particles = /^(?:of|the|de|la|del|el|y)$/
const premises = /(?:(?:Flat|Apartment|Apt\.?|Unit|Suite|Level|Floor|Room) [A-Z\d]{1,5}(?:,|, | ))?(?:(?:\p{Lu}[\p{L}’'-]{1,20} ){1,3}(?:House|Apartments|Building|Towers?|Mansions|Court|Centre|Center), ?)?$/u

/** Letters of the longest word for street. */
const longestEnd = 12

interface Named { readonly start: number; readonly lower: boolean }

/** The house number before a street's name, which has at least one word; null where there is none, or the words before are no name. */
const houseBefore = (text: string, at: number): Named | null => {
  if (!hasDigitBefore(text, at, 6)) return null
  let lower = false
  let named = false
  for (const [index, [word, start]] of wordsBefore(text, at, 6).entries()) {
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

/** Streets that are written of for other reasons than that somebody lives there. */
const byword = /(?:^| )(?:Wall|Main|High|Sesame|Fleet|Downing|Bourbon|Easy|Side|Back|Two-Way|One-Way|Dead-End|The|This|That|Every|Each|Our|Your|My|His|Her|Their|A|An|No|Which|What) $/
const nameAlone = /(?<!\p{L})(?:on|at|in|to|into|from|near|off|along|down) ((?:\p{Lu}[\p{L}’'.-]{1,24} ){1,3})$/u

/** "on Adams Street": a street without a number. */
const withoutNumber = (scan: Scan, at: number): void => {
  const { text } = scan
  const word = /^(?:Street|Avenue|Boulevard)(?![\p{L}\p{N}])/u.exec(text.slice(at, at + 10))?.[0]
  if (word === undefined) return
  const name = nameAlone.exec(text.slice(Math.max(0, at - 64), at))?.[1]
  if (name !== undefined && !byword.test(name)) scan.add('address', at - name.length, at + word.length, 0.5)
}

const english = (scan: Scan, at: number): void => {
  const { text } = scan
  const house = houseBefore(text, at)
  if (house === null) {
    withoutNumber(scan, at)
    return
  }
  let end = wordEnd(text, at, longestEnd)
  const suffix = text.slice(at, end).toLowerCase()
  if (text[end] === '.' && abbreviated.test(suffix)) end += 1
  const lower = house.lower || text.charCodeAt(at) > 96
  const tail = tailOf(text, end, !lower)
  const before = premises.exec(text.slice(Math.max(0, house.start - 64), house.start))?.[0].length ?? 0
  // The point of an abbreviation also ends sentences.
  const stop = text[tail.end - 1] === '.' ? tail.end - 1 : tail.end
  scan.add('address', house.start - before, stop, streetConfidence(tail, tail.end > end, lower, doubtfulStreets.has(suffix)))
}

const anyNumber = '\\d{1,4}(?: ?(?:bis|ter|quater|[A-Da-d](?![\\p{L}])))?'
const frenchNumber = new RegExp(`(?:^|[^\\p{L}\\d.,-])(${anyNumber}),? $`, 'u')
const particle = '(?:(?:de la|de las|de los|de|du|des|della|delle|dei|degli|del|di|da|do|dos|das|la|le|les|los|las|et|e|y)(?!\\p{L})|de l\'|dell\'|d\'|l\'|św\\.|gen\\.|ks\\.) ?'
const romanceName = new RegExp(`^(?:${particle}|\\p{Lu}[\\p{L}’'.-]{1,20}(?: |(?=[,;:)"\\n])|$)|\\d{1,2} (?=\\p{Lu}\\p{L}{3})){1,5}`, 'u')
const romanceNumber = /^(?:, ?)?(?:n[º°.]? ?|nr\.? ?|no?\.? ?|# ?)?(\d{1,4}(?:[A-Za-z]|\/\d{1,4}| ?- ?\d{1,3}(?!\d))?(?:,? (?:m\.|lok\.) ?\d{1,3})?)(?![\d.]\d|\w)/i

const romance = (scan: Scan, at: number): void => {
  const { text } = scan
  const word = wordEnd(text, at, longestEnd)
  const end = text[word] === '.' ? word + 1 : word
  if (text[end] !== ' ') return
  const name = romanceName.exec(text.slice(end + 1, end + 65))?.[0]
  if (name === undefined || !/\p{Lu}/u.test(name)) return
  const nameEnd = end + 1 + name.replace(/[\s.]+$/, '').length
  // Belgium writes "Rue de la Loi 16".
  if (romanceStreets[text.slice(at, word).toLowerCase()] === 'behind' || !numberBefore(scan, at, nameEnd)) numberBehind(scan, at, nameEnd)
}

/** "12 bis, rue de la Paix". @returns whether a number stands before */
const numberBefore = (scan: Scan, at: number, nameEnd: number): boolean => {
  const near = scan.text.slice(Math.max(0, at - 14), at)
  const number = frenchNumber.exec(near)?.[1]
  if (number === undefined) return false
  const tail = tailOf(scan.text, nameEnd, true)
  scan.add('address', at - near.length + near.lastIndexOf(number), tail.end, tail.certain ? 0.9 : 0.65)
  return true
}

/** Words of other languages too ("via", "al"), where they are not written as names. */
const doubtfulBeginning = /^(?:via|al|plaza|largo|ronda|camino|strada) |^(?:avenue|boulevard|place|route|cours) /

/** "Via Roma, 12". */
const numberBehind = (scan: Scan, at: number, nameEnd: number): void => {
  const { text } = scan
  const from = text[nameEnd] === ' ' ? nameEnd + 1 : nameEnd
  const number = romanceNumber.exec(text.slice(from, from + 24))?.[0]
  if (number === undefined) return
  const tail = tailOf(text, from + number.length, true)
  scan.add('address', at, tail.end, tail.certain ? 0.9 : doubtfulBeginning.test(text.slice(at, at + 10)) ? 0.4 : 0.65)
}

const postBox = (scan: Scan, at: number): void => {
  const { text } = scan
  const before = /(?:P\.? ?O\.? ?|Post Office |GPO |(?:RR|HC|Rural Route|Star Route) \d{1,4},? )$/i.exec(text.slice(Math.max(0, at - 20), at))?.[0]
  const number = /^box (?:no\.? )?\d{1,7}(?!\d|\.\d)/i.exec(text.slice(at, at + 20))?.[0]
  if (before === undefined || number === undefined) return
  const tail = tailOf(text, at + number.length, true)
  scan.add('address', at - before.length, tail.end, tail.certain ? 0.92 : 0.7)
}

/** "Postfach 12 34, 10115 Berlin". */
const foreignBox = (scan: Scan, at: number): void => {
  const { text } = scan
  const box = /^[a-z]{7,8}:? ?\d{1,3}(?: ?\d{2,3}){0,2}(?!\d|\.\d)/i.exec(text.slice(at, at + 24))?.[0]
  if (box === undefined) return
  const tail = tailOf(text, at + box.length, true)
  scan.add('address', at, tail.end, tail.certain ? 0.92 : 0.7)
}

/** "C/ Mayor 15". */
const calle = (scan: Scan, at: number): void => {
  const near = scan.text.slice(at, at + 80)
  const street = /^C\/ ?(?:(?:de|del|la|las|los|el) ){0,2}(?:\p{Lu}[\p{L}’'.-]{1,20} ?){1,4},? ?\d{1,4}[A-Z]?(?![\w/])/u.exec(near)?.[0]
  if (street === undefined) return
  const tail = tailOf(scan.text, at + street.length, true)
  scan.add('address', at, tail.end, tail.certain ? 0.9 : 0.6)
}

/** "Kuusitie 82 Apt. 5": a street that nothing else tells, by the flat behind it. */
const byUnit = (scan: Scan, at: number): void => {
  const { text } = scan
  const whole = unitForm.exec(text.slice(at, at + 24))?.[0]
  if (whole === undefined || !/\d/.test(whole) || text.charCodeAt(at) > 96) return
  const end = at - (/[\s,>?|]{1,14}$/.exec(text.slice(Math.max(0, at - 14), at))?.[0].length ?? 0)
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
  { kinds: ['address'], triggers: { words: ['postfach', 'postbus', 'postboks', 'apartado'] }, find: foreignBox },
  { kinds: ['address'], triggers: { prefixes: ['C/'] }, find: calle },
  { kinds: ['address'], triggers: { words: units }, find: byUnit },
]

export const postalAddresses: readonly Rule[] = [...byWords, ...germanicStreets]
