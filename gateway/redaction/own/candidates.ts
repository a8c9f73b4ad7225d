// The values of a text that could be in a set which is only known by hashes: runs of digits, words, e-mail addresses, brought to one form.
// Whoever makes the hashes brings the values to the same form (portcullis hash).

export const shapes = ['digits', 'word', 'email'] as const
export type Shape = (typeof shapes)[number]

export interface Lengths { readonly min: number; readonly max: number }

/** @returns false to stop */
export type Consider = (normal: string, start: number, end: number) => boolean

/** The form in which values are hashed: digits alone; words and addresses in lower case, words without the signs inside them. */
export const normalForm = (shape: Shape, value: string): string => {
  const trimmed = value.trim().normalize('NFC')
  switch (shape) {
    case 'digits': return trimmed.replaceAll(/\D/g, '')
    case 'word': return trimmed.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '')
    case 'email': return trimmed.toLowerCase()
  }
}

const digitRuns = /\d+(?:[ .\-/\u00a0]\d+)*/g
const digitGroups = /\d+/g
/** Groups that one number is written in at most: "4111 1111 1111 1111" has four. */
const mostGroups = 8

// Any run of neighbouring groups may be the number: "order 7 4111 1111 1111 1111" begins with something else.
const digitCandidates = (text: string, { min, max }: Lengths, consider: Consider): boolean => {
  for (const run of text.matchAll(digitRuns)) {
    const groups = [...run[0].matchAll(digitGroups)].map(group => ({ start: run.index + group.index, digits: group[0] }))
    for (let first = 0; first < groups.length; first += 1) {
      let digits = ''
      for (let last = first; last < Math.min(groups.length, first + mostGroups); last += 1) {
        const group = groups[last]
        digits += group?.digits ?? ''
        if (digits.length > max) break
        if (digits.length < min) continue
        if (!consider(digits, groups[first]?.start ?? 0, (group?.start ?? 0) + (group?.digits.length ?? 0))) return false
      }
    }
  }
  return true
}

const wordRuns = /[\p{L}\p{N}\p{M}]+(?:[-_./][\p{L}\p{N}\p{M}]+)*/gu

/** A word with signs in it is looked up as a whole and in its parts: "K-48211" and the "k48211" of "/customers/k48211". */
const wordCandidates = (text: string, { min, max }: Lengths, needsDigit: boolean, consider: Consider): boolean => {
  const look = (word: string, start: number): boolean => {
    if (word.length < min || word.length > max * 2 || (needsDigit && !/\p{N}/u.test(word))) return true
    const normal = normalForm('word', word)
    return normal.length < min || normal.length > max || consider(normal, start, start + word.length)
  }
  for (const { 0: run, index } of text.matchAll(wordRuns)) {
    if (!look(run, index)) return false
    if (!/[-_./]/.test(run)) continue
    for (const part of run.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) if (!look(part[0], index + part.index)) return false
    // "/customers/K-48211": what stands between slashes may have signs of its own.
    if (run.includes('/')) for (const part of run.matchAll(/[^/]+/g)) if (/[-_.]/.test(part[0]) && !look(part[0], index + part.index)) return false
  }
  return true
}

const localPart = /[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]/u
const hostPart = /[\p{L}\p{N}.-]/u
const longestLocal = 64
const longestHost = 253

const emailCandidates = (text: string, consider: Consider): boolean => {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > 0 && at - start < longestLocal && localPart.test(text.charAt(start - 1))) start -= 1
    let end = at + 1
    while (end < text.length && end - at <= longestHost && hostPart.test(text.charAt(end))) end += 1
    while (end > at + 1 && /[.-]/.test(text.charAt(end - 1))) end -= 1
    if (start === at || end === at + 1) continue
    if (!consider(normalForm('email', text.slice(start, end)), start, end)) return false
  }
  return true
}

/** Calls `consider` for every value of the shape; false where that stopped it. */
export const candidatesIn = (text: string, shape: Shape, lengths: Lengths, needsDigit: boolean, consider: Consider): boolean => {
  switch (shape) {
    case 'digits': return digitCandidates(text, lengths, consider)
    case 'word': return wordCandidates(text, lengths, needsDigit, consider)
    case 'email': return emailCandidates(text, consider)
  }
}
