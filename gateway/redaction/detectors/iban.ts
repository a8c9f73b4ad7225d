// IBAN (ISO 13616): country, check digits, national part; the checksum is mod 97.
import { standsAlone, type Detector } from './detector.ts'

const lengths: Readonly<Record<string, number>> = {
  AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28, CZ: 24, DE: 22, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24,
  FI: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18, GR: 27, GT: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LC: 32,
  LI: 21, LT: 20, LU: 20, LV: 21, MC: 27, MD: 24, ME: 22, MK: 19, MR: 27, MT: 31, MU: 30, NL: 18, NO: 15, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, SA: 24,
  SE: 24, SI: 19, SK: 24, SM: 27, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20,
}

const mod97 = (iban: string): boolean => {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const code = character.charCodeAt(0)
    rest = code >= 65 ? (rest * 100 + code - 55) % 97 : (rest * 10 + code - 48) % 97
  }
  return rest === 1
}

/** End of `length` letters and digits from here, single spaces between them allowed; -1 if they are not there. */
const endOf = (text: string, start: number, length: number): number => {
  let taken = 0
  let at = start
  while (at < text.length && taken < length) {
    const code = text.charCodeAt(at)
    if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90)) taken += 1
    else if (code !== 32 || text.charCodeAt(at - 1) === 32) return -1
    at += 1
  }
  return taken === length ? at : -1
}

const opening = /(?<![A-Za-z0-9])([A-Z]{2})\d{2}(?=[ A-Z0-9])/g

export const ibans: Detector = {
  kinds: ['iban'], triggers: [],
  find: (text, context, add) => {
    for (const match of text.matchAll(opening)) {
      const length = lengths[match[1] ?? '']
      if (length === undefined) continue
      const end = endOf(text, match.index, length)
      if (end === -1 || !standsAlone(text, match.index, end)) continue
      const valid = mod97(text.slice(match.index, end).replaceAll(' ', ''))
      const labelled = /iban|account|konto/.test(`${text.slice(Math.max(0, match.index - 30), match.index)} ${context.key ?? ''}`.toLowerCase())
      add({ kind: 'iban', start: match.index, end, confidence: valid ? 0.98 : labelled ? 0.6 : 0.2 })
    }
  },
}
