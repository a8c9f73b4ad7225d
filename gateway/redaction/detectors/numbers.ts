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
// Whole words where a short one hides in others: cancelled, recall, excellent.
const phoneWords = /(?<!i)phone|mobile|telefon|whatsapp|(?<![a-z])(?:tel|cell|fax|sms|handy|contact|call (?:me|us|him|her|at|on))(?![a-z])/
const ssnWords = /ssn|social.?security/

const near = (text: string, at: number, context: Context, words: RegExp): boolean =>
  words.test(before(text, at)) || (context.key !== null && words.test(context.key.toLowerCase()))

const separated = (raw: string): boolean => /[ .()-]/.test(raw)

/** How cards stand in a row of numbers: what is next to one (an order number, an expiry date) is no part of it. */
const printed = /(?<!\d)(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})(?!\d)/g

const decimal = (text: string, start: number, end: number): boolean =>
  text[start - 1] === '.' || (text[end] === '.' && /\d/.test(text.charAt(end + 1)))

export const cards: Detector = {
  kinds: ['card'], triggers: [],
  find: (text, context, add) => {
    const judge = (start: number, end: number, digits: string): void => {
      if (!standsAlone(text, start, end) || !cardShape(digits) || decimal(text, start, end)) return
      const labelled = near(text, start, context, cardWords)
      // One in ten arbitrary numbers passes Luhn by chance: a long bare number needs an issuer range, a checksum and grouping or a label.
      const confidence = luhn(digits) ? (labelled || separated(text.slice(start, end)) ? 0.98 : 0.8) : labelled ? 0.6 : 0.2
      add({ kind: 'card', start, end, confidence })
    }
    digitRuns(text, ' -', (start, end, digits) => {
      if (digits.length < 13) return
      const whole = digits.length <= 19 && cardShape(digits)
      const parts = whole && luhn(digits) ? [] : [...text.slice(start, end).matchAll(printed)].filter(([part]) => luhn(part.replace(/\D/g, '')))
      for (const { 0: part, index } of parts) judge(start + index, start + index + part.length, part.replace(/\D/g, ''))
      if (whole && parts.length === 0) judge(start, end, digits)
    })
  },
}

// Not part of a longer number; what follows behind a space may be a date or another number.
const ssnPattern = /(?<![\w-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?!\w|-\d)/g

export const socialSecurity: Detector = {
  kinds: ['us_ssn'], triggers: [],
  find: (text, context, add) => {
    for (const { 0: { length }, index: start } of text.matchAll(ssnPattern)) {
      const labelled = near(text, start, context, ssnWords)
      add({ kind: 'us_ssn', start, end: start + length, confidence: labelled ? 0.98 : text[start + 3] === '-' ? 0.85 : 0.4 })
    }
    for (const { index: start } of text.matchAll(/(?<![\w.-])\d{9}(?!\w|[.-]\d)/g)) {
      if (near(text, start, context, ssnWords)) add({ kind: 'us_ssn', start, end: start + 9, confidence: 0.8 })
    }
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

/** How sure it is that these characters are a phone number; 0 if they are none. */
const phoneConfidence = (text: string, start: number, end: number, context: Context): number => {
  const raw = text.slice(start, end)
  const digits = raw.replace(/\D/g, '').length
  if (digits < 7 || digits > 15 || !standsAlone(text, start, end) || text[end] === ':') return 0
  if (raw.startsWith('+') && digits >= 8) return 0.9
  if (dateShape.test(raw)) return 0
  const labelled = near(text, start, context, phoneWords)
  if (nationalShape.test(raw)) return labelled ? 0.95 : 0.7
  return labelled ? 0.75 : 0
}

/** Country codes begin with 1 to 9: `y + 12345678` is an addition and `+0000` a time zone. */
const phoneBegins = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code === 43 ? /[1-9(]/.test(text.charAt(at + 1)) : code === 40 || (code >= 48 && code <= 57)
}

export const phones: Detector = {
  kinds: ['phone'], triggers: [],
  find: (text, context, add) => {
    for (let at = 0; at < text.length; at += 1) {
      if (!phoneBegins(text, at)) continue
      const end = phoneEnd(text, text[at] === '+' ? at + 1 : at)
      const confidence = phoneConfidence(text, at, end, context)
      if (confidence > 0) add({ kind: 'phone', start: at, end, confidence })
      if (end > at) at = end - 1
    }
  },
}
