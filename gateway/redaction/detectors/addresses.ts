// E-mail addresses, IP addresses and credentials in URLs.
import { isIPv6 } from 'node:net'
import { isWordCode, standsAlone, type Detector } from './detector.ts'

const localCode = (code: number): boolean => isWordCode(code) || code === 46 || code === 43 || code === 45 || code === 37 || code === 39
const hostCode = (code: number): boolean => isWordCode(code) || code === 46 || code === 45

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$/i

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
      if (start === at || !hostPattern.test(text.slice(at + 1, end))) continue
      add({ kind: 'email', start, end, confidence: 0.98 })
    }
  },
}

const octets = /(?<![\w.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w]|\.\d)/g
const versionWords = /(?:version|\bv|release|build|chapter|section|§)\s*$/i
/** Addresses that say nothing about anybody. */
const everybodys = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.)/

export const ipv4: Detector = {
  kinds: ['ipv4'], triggers: ['.'],
  find: (text, _context, add) => {
    for (const match of text.matchAll(octets)) {
      const start = match.index
      if (everybodys.test(match[0]) || versionWords.test(text.slice(Math.max(0, start - 12), start))) continue
      add({ kind: 'ipv4', start, end: start + match[0].length, confidence: 0.8 })
    }
  },
}

const hexCode = (code: number): boolean => (code >= 48 && code <= 58) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102) || code === 46

export const ipv6: Detector = {
  kinds: ['ipv6'], triggers: [':'],
  find: (text, _context, add) => {
    for (let at = text.indexOf(':'); at !== -1;) {
      let start = at
      while (start > 0 && at - start < 45 && hexCode(text.charCodeAt(start - 1))) start -= 1
      let end = at + 1
      while (end < text.length && end - start < 46 && hexCode(text.charCodeAt(end))) end += 1
      while (end > start && (text[end - 1] === '.' || (text[end - 1] === ':' && text[end - 2] !== ':'))) end -= 1
      const raw = text.slice(start, end)
      // "::" and "::1" are everybody's; two colons at least, or every clock time would be looked at.
      if (raw.length > 6 && standsAlone(text, start, end) && isIPv6(raw) && raw !== '::ffff') add({ kind: 'ipv6', start, end, confidence: 0.85 })
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
      add({ kind: 'url_credentials', start, end: sign, confidence: 0.9 })
    }
  },
}
