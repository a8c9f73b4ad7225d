// Payment cards: an issuer's range, a length, the Luhn checksum, and how the digits are grouped.
import type { Rule, Scan } from '../rule.ts'
import { digitsEnd, isDecimal, isDigit, onlyDigits, standsAlone } from './characters.ts'
import { isLabelled, isOtherNumber, label } from './label.ts'

/** ISO/IEC 7812-1, annex B. */
export const luhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - index) - 48
    if (index % 2 === 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
    sum += digit
  }
  return sum % 10 === 0
}

const cardWords = label('(?:credit|debit|bank|payment|gift)?cards?|kreditkarte[a-z]*|kartennummer|visa|master ?card|maestro|amex|american express|diners(?: club)?|discover|jcb|union ?pay|pan|cc|ccn|carte|tarjeta|carta')

interface Range { readonly begins: RegExp; readonly lengths: readonly number[]; readonly common: readonly number[] }

// Ranges of ISO/IEC 7812 with the lengths that issuers use; without a label only those that are common count.
const ranges: readonly Range[] = [
  { begins: /^4/, lengths: [13, 16, 19], common: [16] },
  { begins: /^(?:5[1-5]|2[2-7])/, lengths: [16], common: [16] },
  { begins: /^3[47]/, lengths: [15], common: [15] },
  { begins: /^(?:6011|65|64[4-9]|62)/, lengths: [16, 17, 18, 19], common: [16, 19] },
  { begins: /^3(?:0[0-5]|[689])/, lengths: [14, 16, 19], common: [14] },
  { begins: /^35/, lengths: [16, 17, 18, 19], common: [16] },
  { begins: /^(?:2131|1800)/, lengths: [15], common: [15] },
  { begins: /^(?:50|5[6-9]|6[0-9])/, lengths: [12, 13, 14, 15, 16, 17, 18, 19], common: [16] },
]

const fits = (digits: string, which: 'lengths' | 'common'): boolean => ranges.some(range => range[which].includes(digits.length) && range.begins.test(digits))

/** How cards are printed: fours, or 4-6-5 and 4-6-4. */
const grouped = /\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{6}\1\d{4,5})(?!\d)/y
const loose = /\d{1,19}(?:[ -]\d{1,18}){1,9}(?!\d)/y
const bareDigits = { least: 12, most: 19 }

// One in ten arbitrary numbers passes Luhn by chance: a bare number needs an issuer's range, its checksum and nothing that says otherwise.
const confidenceOf = (scan: Scan, start: number, raw: string): number => {
  const digits = onlyDigits(raw)
  const labelled = isLabelled(scan, start, cardWords)
  const right = luhn(digits) && !/^(\d)\1*$/.test(digits)
  if (raw.length > digits.length) return fits(digits, 'lengths') ? (right ? 0.98 : labelled ? 0.7 : 0.4) : 0
  if (labelled) return fits(digits, 'lengths') ? (right ? 0.98 : 0.6) : right ? 0.6 : 0
  if (!right) return fits(digits, 'common') ? 0.2 : 0
  return isOtherNumber(scan, start) ? 0.4 : fits(digits, 'common') ? 0.8 : fits(digits, 'lengths') ? 0.45 : 0
}

const report = (scan: Scan, start: number, end: number): boolean => {
  const { text } = scan
  if (!standsAlone(text, start, end) || isDecimal(text, start, end)) return false
  const confidence = confidenceOf(scan, start, text.slice(start, end))
  if (confidence > 0) scan.add('card', start, end, confidence)
  return confidence > 0
}

/** Grouped otherwise than issuers do ("411111 1111111111"): the whole of the number, if label or range and checksum carry it. */
const reportLoose = (scan: Scan, start: number, end: number): void => {
  const digits = onlyDigits(scan.text.slice(start, end))
  if (digits.length < 13 || digits.length > 19 || !fits(digits, 'common') || !luhn(digits) || !standsAlone(scan.text, start, end)) return
  scan.add('card', start, end, isLabelled(scan, start, cardWords) ? 0.9 : 0.55)
}

const continues = (text: string, end: number): boolean => (text[end] === '-' || text[end] === ' ') && isDigit(text.charCodeAt(end + 1))

export const cards: Rule = {
  kinds: ['card'],
  triggers: { numbers: true, digits: bareDigits.least, numbersAt: [{ before: /^\W?$/ }], keys: ['card', 'cards', 'cardnumber', 'pan', 'cc', 'ccn', 'credit card', 'creditcard', 'ccnumber', 'visa', 'mastercard', 'amex', 'kreditkarte', 'kartennummer'] },
  find: (scan, at) => {
    const { text } = scan
    const end = digitsEnd(text, at, bareDigits.most + 1)
    if (end - at >= bareDigits.least) {
      if (end - at <= bareDigits.most) report(scan, at, end)
      return
    }
    grouped.lastIndex = at
    const match = grouped.exec(text)
    // A row of groups of four that goes on is no card, unless this is where one of them is right.
    if (match !== null && (!continues(text, grouped.lastIndex) || luhn(onlyDigits(match[0]))) && report(scan, at, grouped.lastIndex)) return
    if (at > 0 && /[\d -]/.test(text.charAt(at - 1)) && isDigit(text.charCodeAt(at - 2))) return
    loose.lastIndex = at
    if (loose.test(text)) reportLoose(scan, at, loose.lastIndex)
  },
}
