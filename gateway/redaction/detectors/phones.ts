// Phone numbers: international ones, the shapes that countries write theirs in, and any digits that a label calls a phone number.
import type { Rule, Scan } from '../rule.ts'
import { continuesWord, digitsEnd, isDigit, isLetter, isWordCode } from './characters.ts'
import { isLabelled, isOtherNumber, label } from './label.ts'

const phoneWords = label([
  '(?:tele|mobile|cell|work|home|contact|i)?phones?(?: ?(?:number|no|num|nr))?', 'mobiles?', 'mobil', 'telefon[a-z]*', 'telephone', 'tél(?:éphone)?', 'teléfono', 'móvil', 'cellulare', 'celular', 'telefoon', 'handy(?:nummer)?',
  'rufnummer', 'whatsapp', 'signal', 'viber', 'sms', 'tel', 'cell', 'fax', 'hotline', 'helpline', 'landline', 'desk', 'pager', 'msisdn', 'contact', 'dial', 'text me(?: (?:at|on))?', 'messages? (?:to|on|at)', 'answering (?:at|on)',
  'call (?:me|us|him|her|them|back)(?: (?:at|on))?', 'call (?:at|on)', 'call(?:ing|ed|er|back)? (?:number|from|at|on|to)', 'call(?=[ "(:]{0,3}$)', 'reach (?:me|us|him|her|them)(?: (?:at|on|by|under))?', 'ring(?: (?:me|us))?(?: on)?',
].join('|'))
/** `call_id`, `contact id`: numbers of things that have to do with calls. */
const noPhoneKey = /\b(?:id|uuid|count|code|type|size|duration|time|at|status|score|ms|version)\b/
const labelBehind = /^[ \t]?[-\\,(]{0,3}[ \t]?(?:office|fax|mobile|cell|home|work|direct|tel|phone|landline|hotline)\b/i
const signsBehind: ReadonlySet<number> = new Set(Array.from(' \t-\\,(', sign => sign.charCodeAt(0)))

/** Does a label stand behind a number? Where no letter follows a few signs, no pattern is asked. */
const isNamedBehind = (text: string, end: number): boolean => {
  let at = end
  while (at - end < 5 && signsBehind.has(text.charCodeAt(at))) at += 1
  return isLetter(text.charCodeAt(at)) && labelBehind.test(text.slice(end, end + 14))
}

const extensionBehind = /^(?: ?[xX]|,? ?ext(?:ension|n)?\.? ?:?| ?#| ?(?:durchwahl|poste) )(\d{1,6})(?!\w)/i
/** What begins a date or a time: not a part of the number before it. */
const dateBegins = /^(?:(?:19|20)\d{2}[-./]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}\/\d{2,4}(?!\d)|\d{1,2}:\d{2})/
const dateShape = /^(?:(?:19|20)\d{2}[-./ ]\d{1,2}(?:[-./ ]\d{1,2}|$)|[0-3]?\d([-./])[0-3]?\d\1(?:19|20)?\d{2}(?!\d|\1\d))/

const ipShape = /^\d{1,3}(?:\.\d{1,3}){3}$/

interface Candidate {
  readonly start: number
  readonly plus: boolean
  /** Does it stand behind another number, from which only a space parts it? Then the two may be one. */
  readonly inside: boolean
  /** Ends of its groups of digits, with the number of digits up to there. */
  readonly ends: readonly (readonly [end: number, digits: number])[]
}

/** Space, hyphen, dot, slash, and the spaces and the hyphen that do not break lines. */
const signs: ReadonlySet<number> = new Set([32, 45, 46, 47, 0xA0, 0x2009, 0x2011, 0x202F])
const opening = 40
const closing = 41

/** Length of what may separate two groups of digits: one sign, or two where a bracket opens or closes. 0 where it is something else. */
const separatorLength = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  const sign = signs.has(code)
  if (!sign && code !== opening && code !== closing) return 0
  const next = text.charCodeAt(at + 1)
  if (isDigit(next)) return 1
  const bracketed = sign ? next === opening : code === closing && signs.has(next)
  return bracketed && isDigit(text.charCodeAt(at + 2)) ? 2 : 0
}

/** The groups of digits from here on, as far as they could be one number: at most fifteen digits (ITU E.164) and two for the way out of the country. */
const readNumber = (text: string, start: number, inside: boolean): Candidate => {
  const plus = text[start] === '+'
  const ends: [number, number][] = []
  let at = plus ? start + 1 : start
  if (text[at] === '(') at += 1
  for (let digits = 0; ends.length < 9;) {
    if (ends.length > 0 && text[at - 1] === ' ' && dateBegins.test(text.slice(at, at + 10))) break
    let end = at
    while (isDigit(text.charCodeAt(end)) && end - at < 18) end += 1
    digits += end - at
    if (end === at || digits > 17) break
    // A closing bracket is a part of the number only if more digits follow.
    ends.push([end, digits])
    const separator = separatorLength(text, end)
    if (separator === 0) break
    at = end + separator
  }
  return { start, plus, inside, ends }
}

const american = /^(?:(?:1|001)[-. ])?(?:\((\d{3})\)[-. ]?|(\d{3})[-. /])(\d{3})([-. ])\d{4}$/
const trunk = /^\(?0[1-9]\d{0,4}\)?(?:[ \-/.]\d{2,8}){1,5}$/
const oneSeparator = /^\D?\d+\D{0,2}(?:(\D)\d+)(?:\1\d+)*$/

const americanConfidence = (groups: RegExpExecArray): number => {
  const [, bracketed, area = bracketed ?? '', exchange = '', separator] = groups
  const valid = /^[2-9]/.test(area) && /^[2-9]/.test(exchange)
  return (valid ? 0.75 : 0.45) - (separator === ' ' && bracketed === undefined ? 0.15 : 0)
}

const internationalConfidence = (raw: string, digits: number): number =>
  digits < 8 || digits > 15 ? 0 : /^\+1\D/.test(raw) && digits !== 11 ? 0.5 : 0.9

/** How sure the shape alone makes it; 0 where the shape says nothing. */
const shapeConfidence = (raw: string, digits: number, { plus, inside, ends }: Candidate): number => {
  if (plus) return internationalConfidence(raw, digits)
  const groups = american.exec(raw)
  if (groups !== null) return americanConfidence(groups)
  // Behind another number, groups that begin with a zero are as likely a part of that.
  if (inside) return 0
  if (/^00[1-9]/.test(raw) && digits >= 10 && raw.length > digits) return 0.7
  // The whole row of groups or none of it: a dump of bytes begins like this.
  if (digits < 9 || digits > 11 || digits !== ends.at(-1)?.[1] || !trunk.test(raw)) return 0
  return digits >= 10 || /[()/]/.test(raw) || oneSeparator.test(raw) ? 0.7 : 0.6
}

/** May it end here? Not inside a word or a longer number. */
const endsHere = (text: string, end: number): boolean => {
  const next = text[end]
  if (next === undefined) return true
  if (next === ':' && isDigit(text.charCodeAt(end + 1))) return false
  return !isWordCode(text.charCodeAt(end)) && !((next === '-' || next === '.') && isDigit(text.charCodeAt(end + 1)))
}

const report = (scan: Scan, { start, inside }: Candidate, end: number, confidence: number): void => {
  const { text } = scan
  const extension = extensionBehind.exec(text.slice(end, end + 24))
  const labelled = isPhoneLabelled(scan, start) || isNamedBehind(text, end)
  const other = !labelled && text[start] !== '+' && isOtherNumber(scan, start)
  const sure = other ? 0.3 : labelled ? 0.95 : Math.min(0.95, confidence + (extension === null ? 0 : 0.15))
  scan.add('phone', start, end + (extension?.[0].length ?? 0), inside && text[start] !== '+' ? Math.min(0.7, sure) : sure)
}

const isPhoneLabelled = (scan: Scan, start: number): boolean => isLabelled(scan, start, phoneWords) && !(noPhoneKey.test(scan.keyWords))

/** The longest of its beginnings that has the shape of a phone number. */
const findShape = (scan: Scan, number: Candidate): boolean => {
  const { text } = scan
  const { start, ends } = number
  for (let index = ends.length - 1; index >= 0; index -= 1) {
    const [end, digits] = ends[index] as readonly [number, number]
    if (digits < 8) return false
    const raw = text.slice(start, end)
    const confidence = dateShape.test(raw) ? 0 : shapeConfidence(raw, digits, number)
    const extended = extensionBehind.test(text.slice(end, end + 24))
    if (confidence === 0 || !(extended || endsHere(text, end))) continue
    report(scan, number, end, confidence)
    return true
  }
  return false
}

/** Any digits that something calls a phone number. */
const findLabelled = (scan: Scan, start: number, end: number, digits: number): void => {
  const { text } = scan
  if (digits < 6 || digits > 15) return
  if (!isPhoneLabelled(scan, start) && !isNamedBehind(text, end)) return
  if (dateShape.test(text.slice(start, end)) || ipShape.test(text.slice(start, end)) || !(endsHere(text, end) || extensionBehind.test(text.slice(end, end + 24)))) return
  const extension = extensionBehind.exec(text.slice(end, end + 24))
  scan.add('phone', start, end + (extension?.[0].length ?? 0), digits < 7 ? 0.6 : 0.75)
}

/** What a phone number does not follow: it would be the rest of a longer number, of a sum or of a price. */
const joins: ReadonlySet<string> = new Set(['-', '.', '/', ')', '+', '$', '€', '£', '#'])

/** Where a number that has its first digit here begins: at its plus or bracket. -1 where it is the inside of a word or of a longer number. */
const beginOf = (text: string, at: number): number => {
  let start = at
  if (text[start - 1] === '(' && text[digitsEnd(text, at, 6)] === ')') start -= 1
  if (text[start - 1] === '+' && text[at] !== '0') start -= 1
  if (start === 0) return 0
  if (continuesWord(text, start)) return -1
  const before = text.charAt(start - 1)
  if (!joins.has(before)) return start
  // A dash or a slash that follows no number and no word stands for itself: "- 202-555-0143", "tel:/202…".
  const follows = text.charCodeAt(start - 2)
  return (before === '-' && !isWordCode(follows)) || (before === '/' && !isDigit(follows)) ? start : -1
}

/** Could groups behind another number have the American shape? */
const mayBeAmerican = (text: string, at: number, end: number): boolean => end - at === 3 || (end - at === 1 && text[at] === '1')

/** `2026-05-13`, of which texts that machines write are full. */
const beginsDate = (text: string, at: number): boolean =>
  text[at + 4] === '-' && text[at + 7] === '-' && (text.startsWith('20', at) || text.startsWith('19', at)) && isDigit(text.charCodeAt(at + 2)) && isDigit(text.charCodeAt(at + 3))

export const phones: Rule = {
  kinds: ['phone'],
  triggers: {
    numbers: true, digits: 6, numbersAt: [{ before: /^[^\w.)$#]?$/ }],
    keys: ['phone', 'phones', 'telephone', 'telefon', 'tel', 'mobile', 'mobil', 'cell', 'cellphone', 'fax', 'handy', 'whatsapp', 'msisdn', 'rufnummer', 'phonenumber', 'phone number', 'mobile number', 'contact number', 'contact', 'landline', 'hotline', 'pager'],
  },
  find: (scan, at) => {
    const { text } = scan
    if (beginsDate(text, at)) return
    const start = beginOf(text, at)
    if (start === -1) return
    const end = digitsEnd(text, at, 18)
    // A bare run of digits has no shape: only a label makes it one.
    if (start === at && end > at && separatorLength(text, end) === 0) {
      findLabelled(scan, start, end, end - at)
      return
    }
    const inside = isDigit(text.charCodeAt(start - 2)) && signs.has(text.charCodeAt(start - 1))
    if (inside && start === at && !mayBeAmerican(text, at, end)) return
    const number = readNumber(text, start, inside)
    const [last, digits] = number.ends.at(-1) ?? [start, 0]
    // Behind another number only a shape that speaks for itself counts.
    if (!findShape(scan, number) && !number.inside) findLabelled(scan, start, last, digits)
  },
}
