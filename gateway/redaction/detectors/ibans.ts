// IBAN (ISO 13616): country, check digits, national part; the checksum is mod 97 (ISO 7064).
import type { Rule } from '../rule.ts'
import { isDigit, isLetter, isLetterOrDigit, standsAlone } from './characters.ts'
import { isLabelled, label } from './label.ts'

/** Lengths of the register of SWIFT. */
const lengths: Readonly<Record<string, number>> = {
  AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BI: 27, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28, CZ: 24, DE: 22, DJ: 27, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24,
  FI: 18, FK: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18, GR: 27, GT: 28, HN: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LC: 32,
  LI: 21, LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22, MK: 19, MN: 20, MR: 27, MT: 31, MU: 30, NI: 28, NL: 18, NO: 15, OM: 23, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24,
  RS: 22, RU: 33, SA: 24, SC: 31, SD: 18, SE: 24, SI: 19, SK: 24, SM: 27, SO: 23, ST: 25, SV: 28, TL: 23, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20, YE: 30,
}

const ibanWords = label('ibans?|(?:bank ?)?accounts?(?: number| no)?|konto(?:nummer)?|kontoverbindung|compte|cuenta|conto|rekening|acct|sepa|bank details|bankverbindung')

const mod97 = (iban: string): boolean => {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const code = character.charCodeAt(0)
    rest = code >= 65 ? (rest * 100 + code - 55) % 97 : (rest * 10 + code - 48) % 97
  }
  return rest === 1
}

/** End of `length` letters and digits from here, single spaces or hyphens between them allowed; -1 if they are not there. */
const endOf = (text: string, start: number, length: number): number => {
  let taken = 0
  let at = start
  while (at < text.length && taken < length) {
    const code = text.charCodeAt(at)
    if (isLetterOrDigit(code)) taken += 1
    else if ((code !== 32 && code !== 45) || !isLetterOrDigit(text.charCodeAt(at - 1))) return -1
    at += 1
  }
  return taken === length ? at : -1
}

/** In fours, as forms ask for it. */
const inFours = /^(?:[A-Z\d]{4}[ -]){3,8}[A-Z\d]{1,4}$/
const oneCase = (raw: string): boolean => raw === raw.toUpperCase() || raw === raw.toLowerCase()

const confidenceOf = (raw: string, labelled: boolean): number => {
  const upper = raw.toUpperCase()
  if (mod97(upper.replace(/[ -]/g, ''))) return oneCase(raw) ? 0.98 : 0.7
  if (!oneCase(raw)) return 0
  // The shape alone is some proof: letters, then a length that only this country has.
  return labelled ? 0.75 : inFours.test(upper) ? 0.45 : 0.3
}

export const ibans: Rule = {
  kinds: ['iban'],
  triggers: { numbersInWords: true, keys: ['iban', 'account', 'bank account', 'konto', 'compte', 'cuenta', 'rekening', 'sepa'] },
  find: (scan, at) => {
    const { text } = scan
    const start = at - 2
    if (start < 0 || !isLetter(text.charCodeAt(at - 1)) || !isLetter(text.charCodeAt(start)) || !isDigit(text.charCodeAt(at + 1))) return
    const length = lengths[text.slice(start, at).toUpperCase()]
    if (length === undefined) return
    const end = endOf(text, start, length)
    if (end === -1 || !standsAlone(text, start, end)) return
    const confidence = confidenceOf(text.slice(start, end), isLabelled(scan, start, ibanWords))
    if (confidence > 0) scan.add('iban', start, end, confidence)
  },
}
