// Cards, US social security numbers and phone numbers: kinds that are runs of digits. Checksums and labels next to a run decide between them.
import { before, digitRuns, standsAlone, type Context, type Detector } from './detector.ts'

export const luhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - index) - 48
    if (index % 2 === 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
    sum += digit
  }
  return sum % 10 === 0
}

// Issuer ranges of ISO/IEC 7812 with the lengths that they use.
const cardShape = (digits: string): boolean =>
  (/^4/.test(digits) && [13, 16, 19].includes(digits.length)) || (/^(?:5[1-5]|2[2-7])/.test(digits) && digits.length === 16)
  || (/^3[47]/.test(digits) && digits.length === 15) || (/^(?:6011|65|64[4-9]|62)/.test(digits) && digits.length >= 16)
  || (/^3(?:0[0-5]|[68])/.test(digits) && digits.length === 14) || (/^35/.test(digits) && digits.length === 16) || (/^(?:50|5[6-9]|6[37])/.test(digits) && digits.length >= 16)

const cardWords = /card|visa|mastercard|amex|kreditkarte|\bpan\b|\bcc\b/
const phoneWords = /phone|tel\b|tel[.:]|mobile|cell|fax|call|whatsapp|sms|telefon|handy|contact/
const ssnWords = /ssn|social.?security/

const near = (text: string, at: number, context: Context, words: RegExp): boolean =>
  words.test(before(text, at)) || (context.key !== null && words.test(context.key.toLowerCase()))

const separated = (raw: string): boolean => /[ .()-]/.test(raw)

export const cards: Detector = {
  kinds: ['card'], triggers: [],
  find: (text, context, add) => {
    digitRuns(text, ' -', (start, end, digits) => {
      if (digits.length < 13 || digits.length > 19 || !standsAlone(text, start, end) || !cardShape(digits)) return
      if (text[start - 1] === '.' || (text[end] === '.' && /\d/.test(text.charAt(end + 1)))) return
      const labelled = near(text, start, context, cardWords)
      const valid = luhn(digits)
      // One in ten arbitrary numbers passes Luhn by chance: a long bare number needs an issuer range, a checksum and grouping or a label.
      const confidence = valid ? (labelled || separated(text.slice(start, end)) ? 0.98 : 0.8) : labelled ? 0.6 : 0.2
      add({ kind: 'card', start, end, confidence })
    })
  },
}

const ssnPattern = /^(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}$/

export const socialSecurity: Detector = {
  kinds: ['us_ssn'], triggers: [],
  find: (text, context, add) => {
    digitRuns(text, '- ', (start, end, digits) => {
      if (digits.length !== 9 || end - start > 11 || !standsAlone(text, start, end)) return
      const labelled = near(text, start, context, ssnWords)
      const shaped = ssnPattern.test(text.slice(start, end))
      if (shaped) add({ kind: 'us_ssn', start, end, confidence: labelled ? 0.98 : text[start + 3] === '-' ? 0.85 : 0.4 })
      else if (labelled && end - start === 9) add({ kind: 'us_ssn', start, end, confidence: 0.8 })
    })
  },
}

/** Longest run of phone characters that starts here: digits with single separators, brackets around an area code. */
const phoneEnd = (text: string, start: number): number => {
  let at = start
  let end = start
  while (at < text.length && at - start < 24) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57) end = at + 1
    else if (!' -./()'.includes(text.charAt(at)) || (at > start && ' -./'.includes(text.charAt(at)) && ' -./'.includes(text.charAt(at - 1)) && text[at] === text[at - 1])) break
    at += 1
  }
  return end
}

const nationalShape = /^(?:\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}([-. ])\d{3}\1\d{4}|0\d{2,4}[ /-]\d{3,4}(?:[ -]?\d{2,4}){1,2}|0\d(?:[ .]\d{2}){4})$/
const dateShape = /^(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}/

export const phones: Detector = {
  kinds: ['phone'], triggers: [],
  find: (text, context, add) => {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      const plus = code === 43
      if (!plus && code !== 40 && !(code >= 48 && code <= 57)) continue
      const end = phoneEnd(text, plus ? at + 1 : at)
      const raw = text.slice(at, end)
      const digits = raw.replace(/\D/g, '')
      const plausible = digits.length >= 7 && digits.length <= 15 && standsAlone(text, at, end) && text[end] !== ':'
      if (plausible) {
        const labelled = near(text, at, context, phoneWords)
        if (plus && digits.length >= 8) add({ kind: 'phone', start: at, end, confidence: 0.9 })
        else if (nationalShape.test(raw) && !dateShape.test(raw)) add({ kind: 'phone', start: at, end, confidence: labelled ? 0.95 : 0.7 })
        else if (labelled && !dateShape.test(raw)) add({ kind: 'phone', start: at, end, confidence: 0.75 })
      }
      if (end > at) at = end - 1
    }
  },
}
