// Text inside text: base64 and percent-encoding are looked into. What is found inside is reported as the encoded piece that holds it, so
// that replacing it leaves what stands around as it was, and restoring brings the encoded piece back.
import { isUtf8 } from 'node:buffer'
import type { EntityKind, Finding } from '../exchange/finding.ts'
import { isHex, isLetterOrDigit } from './detectors/characters.ts'
import { createProgress } from './detectors/progress.ts'
import type { Rule, Scan } from './rule.ts'

/** Finds in text that was encoded. */
export type FindInside = (text: string, key: string | null) => readonly Finding[]

/** Fewer letters and digits in a row hold nothing that is looked for. */
const shortestRun = 14
const shortestToken = 16
/** More than any request holds: what is behind the end of a piece would not be looked at. */
const longestToken = 1 << 28
const farthestLeft = 64
/** So many bytes are decoded by hand before anything else is done: names and digests do not get past them. */
const tasted = 12

const sextets = new Int8Array(128).fill(-1)
for (const [value, character] of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries()) sextets[character.charCodeAt(0)] = value
sextets[45] = 62
sextets[95] = 63

const sextet = (code: number): number => code < 128 ? sextets[code] as number : -1

/** Do its first bytes read like text? Random ones do once in a million times. */
const tastesOfText = (text: string, start: number): boolean => {
  let beyond = 0
  for (let at = start; at < start + tasted / 3 * 4; at += 4) {
    const bits = sextet(text.charCodeAt(at)) << 18 | sextet(text.charCodeAt(at + 1)) << 12 | sextet(text.charCodeAt(at + 2)) << 6 | sextet(text.charCodeAt(at + 3))
    if (bits < 0) return false
    for (let shift = 16; shift >= 0; shift -= 8) {
      const byte = (bits >> shift) & 255
      if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127) return false
      if (byte > 127) beyond += 1
    }
  }
  // Latin, Greek, Cyrillic and Arabic text has a byte above 127 for each below; others have more, and a lead byte in front.
  return beyond === 0 || isUtf8Beginning(Buffer.from(text.slice(start, start + tasted / 3 * 4), 'base64'))
}

const isUtf8Beginning = (bytes: Buffer): boolean => {
  for (let cut = 0; cut < 4; cut += 1) if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  return false
}

const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/
/** Of the bytes of a text in an older encoding, or with something else among it, so many are letters, digits and signs of ASCII. */
const leastPlain = 0.8

const textOf = (encoded: string): string | null => {
  const bytes = Buffer.from(encoded, 'base64')
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8')
    if (!unprintable.test(text)) return text
  }
  let others = 0
  for (const byte of bytes) if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte > 126) others += 1
  return others > bytes.length * (1 - leastPlain) ? null : bytes.toString('latin1')
}

const imageBefore = /data:(?:image|audio|video|font)\/[\w.+-]{1,40}(?:;[\w=-]{1,40}){0,3};base64,$/i

/** The base64 digits that this offset stands among, padding included. */
const tokenEnd = (text: string, start: number, longest = longestToken): { readonly letters: number; readonly end: number } => {
  let letters = start
  while (letters < text.length && letters - start < longest && sextet(text.charCodeAt(letters)) >= 0) letters += 1
  let end = letters
  while (end - letters < 2 && text[end] === '=') end += 1
  return { letters, end }
}

/** Lines of encoded text are as long as this or longer where programs break it (RFC 2045: 76, PEM: 64). */
const shortestLine = 40
const lineBreak = /(?:\r?\n|\\r\\n|\\n)[ \t]{0,16}/y

/**
 * Where encoded text ends that is broken into lines: those behind the first are as long as that, and the last is no longer.
 * @param first the first line @returns its end, and whether there is more than one
 */
const linesEnd = (text: string, start: number, first: { readonly letters: number; readonly end: number }): { readonly letters: number; readonly end: number; readonly isBroken: boolean } => {
  const length = first.letters - start
  let last = first
  if (length < shortestLine || length % 4 !== 0) return { ...last, isBroken: false }
  for (let full = length; full === length && last.end === last.letters && last.end - start < longestToken;) {
    lineBreak.lastIndex = last.end
    const gap = lineBreak.exec(text)?.[0].length ?? 0
    if (gap === 0) break
    const from = last.end + gap
    const next = tokenEnd(text, from, length)
    full = next.letters - from
    if (full === 0 || sextet(text.charCodeAt(next.letters)) >= 0) break
    last = next
  }
  return { ...last, isBroken: last !== first }
}

/**
 * Where the token begins: as far left as it still reads like text, for "+", "/", "-" and "_" are digits of it too, and are between the words
 * of a path as well. -1 where it reads like none.
 */
const beginOf = (text: string, run: number): number => {
  let first = run
  while (first > 0 && run - first < farthestLeft && sextet(text.charCodeAt(first - 1)) >= 0) first -= 1
  for (let start = first; start < run; start += 1) if ((start === first || !isLetterOrDigit(text.charCodeAt(start - 1))) && tastesOfText(text, start)) return start
  return tastesOfText(text, run) ? run : -1
}

/** The name in front of a value: `token=`, `"data": "`. */
const nameBefore = (text: string, start: number): string | null => /([A-Za-z][\w-]{1,40})["']?[ \t]{0,2}[:=][ \t]{0,2}["']?$/.exec(text.slice(Math.max(0, start - 50), start))?.[1] ?? null

/**
 * Every kind that is inside, once, for the whole of the piece; where it holds a secret, that is what stays of them (overlaps.ts). They are
 * less sure than what stands in the open, which says more about its edges.
 */
const report = (scan: Scan, start: number, end: number, inside: readonly Finding[]): void => {
  const surest = new Map<EntityKind, number>()
  for (const { kind, confidence } of inside) surest.set(kind, Math.max(confidence, surest.get(kind) ?? 0))
  for (const [kind, confidence] of surest) scan.add(kind, start, end, confidence * 0.95)
}

/** Base64, standard and URL-safe (RFC 4648), where it decodes to text. @param kinds that the rules for what is inside report */
export const base64Rule = (kinds: readonly EntityKind[], findInside: FindInside): Rule => {
  const progress = createProgress()
  // Lines that are no text together are not put together again from each of them on.
  const together = createProgress()
  return {
    kinds,
    triggers: { runs: shortestRun },
    find: (scan, run) => {
      const { text } = scan
      const start = beginOf(text, run)
      if (start === -1 || run < progress.until(scan)) return
      const line = tokenEnd(text, start)
      const lines = start < together.until(scan) ? { ...line, isBroken: false } : linesEnd(text, start, line)
      if (lines.isBroken) together.reach(scan, lines.end)
      const whole = lines.isBroken ? textOf(text.slice(start, lines.letters).replaceAll(/\\[rn]|[^\w+/-]/g, '')) : null
      const { letters, end } = whole === null ? line : lines
      progress.reach(scan, end)
      if (end - start < shortestToken || (whole === null && (letters - start) % 4 === 1) || imageBefore.test(text.slice(Math.max(0, start - 140), start))) return
      const decoded = whole ?? textOf(text.slice(start, letters))
      if (decoded !== null) report(scan, start, end, findInside(decoded, nameBefore(text, start) ?? scan.key))
    },
  }
}

const unreserved = (code: number): boolean => isLetterOrDigit(code) || code === 37 || code === 45 || code === 46 || code === 95 || code === 126 || code === 43
const reach = 512
const longestPercent = 8192

/** Decoded text, and for each of its characters where that begins in the encoded one. */
const decodePercent = (encoded: string, plusIsSpace: boolean): { readonly text: string; readonly from: readonly number[] } => {
  let text = ''
  const from: number[] = []
  const put = (decoded: string, at: number): void => {
    for (let index = 0; index < decoded.length; index += 1) from.push(at)
    text += decoded
  }
  for (let at = 0; at < encoded.length;) {
    const escapes = encoded[at] === '%' ? escapesAt(encoded, at) : 0
    if (escapes === 0) {
      put(encoded[at] === '+' && plusIsSpace ? ' ' : encoded.charAt(at), at)
      at += 1
    } else {
      put(decodeURIComponent(encoded.slice(at, at + escapes * 3)), at)
      at += escapes * 3
    }
  }
  from.push(encoded.length)
  return { text, from }
}

/** How many escapes from here on make one character; 0 where they make none. */
const escapesAt = (encoded: string, at: number): number => {
  if (!isHex(encoded.charCodeAt(at + 1)) || !isHex(encoded.charCodeAt(at + 2))) return 0
  const lead = Number.parseInt(encoded.slice(at + 1, at + 3), 16)
  const length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0
  const sequence = encoded.slice(at, at + length * 3)
  return length > 0 && /^(?:%[\da-f]{2})+$/i.test(sequence) && sequence.length === length * 3 && isUtf8(Buffer.from(sequence.replaceAll('%', ''), 'hex')) ? length : 0
}

const percentToken = (text: string, at: number): readonly [start: number, end: number] => {
  let [start, end] = [at, at]
  while (start > 0 && at - start < reach && unreserved(text.charCodeAt(start - 1))) start -= 1
  while (end < text.length && end - at < longestPercent && unreserved(text.charCodeAt(end))) end += 1
  return [start, end]
}

/** Text as URLs carry it (RFC 3986 section 2.1; "+" may be a space, as forms send it). What is found keeps its exact range. */
export const percentRule = (kinds: readonly EntityKind[], findInside: FindInside): Rule => {
  const progress = createProgress()
  return {
    kinds,
    triggers: { characters: '%' },
    find: (scan, at) => {
      const { text } = scan
      if (!isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2)) || at < progress.until(scan)) return
      const [start, end] = percentToken(text, at)
      progress.reach(scan, end)
      const encoded = text.slice(start, end)
      const key = nameBefore(text, start) ?? scan.key
      for (const plusIsSpace of encoded.includes('+') ? [false, true] : [false]) {
        const decoded = decodePercent(encoded, plusIsSpace)
        for (const { kind, start: first, end: last, confidence } of findInside(decoded.text, key)) {
          scan.add(kind, start + (decoded.from[first] ?? 0), start + (decoded.from[last] ?? encoded.length), confidence * (plusIsSpace ? 0.95 : 0.99))
        }
      }
    },
  }
}
