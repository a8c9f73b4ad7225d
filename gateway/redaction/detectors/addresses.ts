// E-mail addresses, IP addresses and credentials in URLs.
import { isIPv6 } from 'node:net'
import { isWordCode, standsAlone, type Detector } from './detector.ts'

// Latin letters with marks: internationalised addresses (RFC 6531) are common where names have umlauts.
const markedCode = (code: number): boolean => code >= 0xC0 && code <= 0x24F && code !== 0xD7 && code !== 0xF7
const localCode = (code: number): boolean => isWordCode(code) || markedCode(code) || code === 46 || code === 43 || code === 45 || code === 37 || code === 39
const hostCode = (code: number): boolean => isWordCode(code) || markedCode(code) || code === 46 || code === 45

const hostPattern = /^(?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f-]{0,61}[a-z0-9\u00c0-\u024f])?\.)+[a-z]{2,24}$/i
/** `logo@2x.png`: an image for a sharper screen, not a mailbox. */
const scaledImage = /^\dx\.(?:png|jpe?g|gif|webp|svg|avif)$/i

/** RFC 5321: at most 64 characters before the "@", 255 behind it; the windows are bounded by these. */
export const emails: Detector = {
  kinds: ['email'], triggers: ['@'],
  find: (text, _context, add) => {
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      let start = at
      while (start > 0 && at - start < 64 && localCode(text.charCodeAt(start - 1))) start -= 1
      while (start < at && /[.'%+-]/.test(text.charAt(start))) start += 1
      let end = at + 1
      while (end < text.length && end - at < 256 && hostCode(text.charCodeAt(end))) end += 1
      while (end > at + 1 && /[.-]/.test(text.charAt(end - 1))) end -= 1
      const host = text.slice(at + 1, end)
      if (start === at || !hostPattern.test(host) || scaledImage.test(host)) continue
      add({ kind: 'email', start, end, confidence: 0.98 })
    }
  },
}

const octets = /(?<![\w.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w]|\.\d)/g
const versionWords = /(?:version|\bv|release|build|chapter|section|§)\s*$/i
/** `Chrome/120.0.0.0`: the version of a product, as user agents write it. */
const product = /(?:^|[\s("'])[A-Za-z][\w-]{0,20}\/$/
/** Addresses that say nothing about anybody. */
const everybodys = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.)/

export const ipv4: Detector = {
  kinds: ['ipv4'], triggers: ['.'],
  find: (text, _context, add) => {
    for (const match of text.matchAll(octets)) {
      const start = match.index
      if (everybodys.test(match[0]) || versionWords.test(text.slice(Math.max(0, start - 12), start))) continue
      const versioned = text[start - 1] === '/' && product.test(text.slice(Math.max(0, start - 24), start))
      add({ kind: 'ipv4', start, end: start + match[0].length, confidence: versioned ? 0.3 : 0.8 })
    }
  },
}

const hexCode = (code: number): boolean => (code >= 48 && code <= 58) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102) || code === 46

/** Hex digits, dots and colons around a colon: at most as many as an address has. */
const hexAround = (text: string, at: number): [start: number, end: number] => {
  let start = at
  while (start > 0 && at - start < 45 && hexCode(text.charCodeAt(start - 1))) start -= 1
  // `addr:2001:db8::1`: the label's colon is none of the address.
  if (text[start] === ':' && (text[start + 1] !== ':' || text[start + 2] === ':')) start += 1
  let end = at + 1
  while (end < text.length && end - start < 46 && hexCode(text.charCodeAt(end))) end += 1
  return [start, end]
}

/** End without the punctuation of the sentence around it. */
const trimmed = (text: string, start: number, end: number): number => {
  let at = end
  while (at > start && (text[at - 1] === '.' || (text[at - 1] === ':' && text[at - 2] !== ':'))) at -= 1
  return at
}

export const ipv6: Detector = {
  kinds: ['ipv6'], triggers: [':'],
  find: (text, _context, add) => {
    for (let at = text.indexOf(':'); at !== -1;) {
      const [start, behind] = hexAround(text, at)
      const end = trimmed(text, start, behind)
      const raw = text.slice(start, end)
      // "::" and "::1" are everybody's; without a digit it is a path of a programming language (`abc::add`).
      if (raw.length > 6 && /\d/.test(raw) && standsAlone(text, start, end) && isIPv6(raw)) add({ kind: 'ipv6', start, end, confidence: 0.85 })
      at = text.indexOf(':', Math.max(end, at + 1))
    }
  },
}

const stop = /[\s/?#"'<>\\]/

export const urlCredentials: Detector = {
  kinds: ['url_credentials'], triggers: ['://'],
  find: (text, _context, add) => {
    for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
      const start = at + 3
      let end = start
      let sign = -1
      while (end < text.length && end - start < 300 && !stop.test(text.charAt(end))) {
        if (text[end] === '@') sign = end
        end += 1
      }
      const colon = text.indexOf(':', start)
      if (sign === -1 || colon === -1 || colon >= sign - 1) continue
      if (/^(?:\$\{|<|\{\{|x{3,}|\*{2,}|password$|pass$)/i.test(text.slice(colon + 1, sign))) continue
      // Surer than an e-mail address: `pw@host.example` reads like one, and taking it for one would leave the user name and the label wrong.
      add({ kind: 'url_credentials', start, end: sign, confidence: 0.99 })
    }
  },
}
