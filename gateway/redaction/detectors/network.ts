// Addresses of machines: IPv4, IPv6 and MAC.
import { isIPv6 } from 'node:net'
import type { Rule, Scan } from '../rule.ts'
import { continuesWord, digitsEnd, isDigit, isHex, isWordCode, standsAlone } from './characters.ts'
import { isLabelled, label } from './label.ts'

const versionBefore = /(?:version|\bv|\bver|release|build|chapter|section|§|\boid|firmware|driver)["'\s:=.]{0,4}$/i
const versionKey = /\b(?:version|release|build|oid|firmware|semver)\b/
/** `Chrome/120.0.0.0`: the version of a product, as user agents write it. */
const product = /(?:^|[\s("'])[A-Za-z][\w-]{0,20}\/$/
/** `// 22.1.3.13 Array.prototype.keys`: a heading of a specification begins its line, its parts are small, and its title follows. */
const heading = (text: string, start: number, end: number): boolean =>
  /^(?:[12]?\d\.){3}[12]?\d$/.test(text.slice(start, end)) && /^ [A-Z%][A-Za-z]*[a-z]/.test(text.slice(end, end + 12)) && /(?:^|\n)[ \t/*#<>!-]{0,12}$/.test(text.slice(Math.max(0, start - 16), start))
/** Addresses that say nothing about anybody. */
const everybodys = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.)/
const ipWords = label('ip(?:v[46])?(?: ?addr(?:ess)?)?|ip-adresse|remote[ _]?addr|client[ _]?addr|x-forwarded-for|host|server|gateway|dns')

/** End of four octets that begin here; -1 if they do not stand here. */
const octetsEnd = (text: string, start: number): number => {
  let at = start
  for (let octet = 0; octet < 4; octet += 1) {
    const end = digitsEnd(text, at, 4)
    const digits = end - at
    if (digits === 0 || digits > 3 || (digits > 1 && text.charCodeAt(at) === 48)) return -1
    if (octet < 3 && text.charCodeAt(end) !== 46) return -1
    if (digits === 3 && Number(text.slice(at, end)) > 255) return -1
    if (octet === 3) return end
    at = end + 1
  }
  return -1
}

export const ipv4: Rule = {
  kinds: ['ipv4'],
  triggers: { numbers: true, digits: 4, numbersAt: [{ before: /^[^\w.]?$/, run: [1, 3], behind: /\./ }], keys: ['version', 'release', 'build', 'oid', 'firmware'] },
  find: (scan, start) => {
    const { text } = scan
    const dot = digitsEnd(text, start, 4)
    if (text[dot] !== '.' || continuesWord(text, start) || text[start - 1] === '.') return
    const end = octetsEnd(text, start)
    if (end === -1 || isWordCode(text.charCodeAt(end)) || (text[end] === '.' && isDigit(text.charCodeAt(end + 1)))) return
    if (everybodys.test(text.slice(start, end)) || versionBefore.test(text.slice(Math.max(0, start - 14), start)) || versionKey.test(scan.keyWords)) return
    const other = (text[start - 1] === '/' && product.test(text.slice(Math.max(0, start - 24), start))) || heading(text, start, end)
    scan.add('ipv4', start, end, other ? 0.3 : isLabelled(scan, start, ipWords) ? 0.95 : 0.8)
  },
}

const colon = 58
const inAddress = (code: number): boolean => isHex(code) || code === colon || code === 46

/** End without the punctuation of the sentence around it. */
const trimmed = (text: string, start: number, end: number): number => {
  let at = end
  while (at > start && (text[at - 1] === '.' || (text[at - 1] === ':' && text[at - 2] !== ':'))) at -= 1
  return at
}

const mac = /^[\dA-Fa-f]{2}(?::[\dA-Fa-f]{2}){5}$/
/** Everybody's: all machines, and no machine. */
const noMachine = /^(?:ff[:-]){5}ff$|^(?:00[:-]){5}00$/i

/** Where the address begins whose first colon this is; -1 where it is not the first. `addr:2001:db8::1`, `addr:::1`: a label's colon is none of the address. */
const beginOf = (text: string, at: number): number => {
  const next = text.charCodeAt(at + 1)
  if (next === colon && text.charCodeAt(at + 2) === colon) return text.charCodeAt(at + 3) === colon ? -1 : at + 1
  let start = at
  while (start > 0 && at - start < 5 && isHex(text.charCodeAt(start - 1))) start -= 1
  const front = start === 0 ? 0 : text.charCodeAt(start - 1)
  if (front === colon) return -1
  if (start < at && isWordCode(front)) return next === colon ? -1 : at + 1
  return start === at && next !== colon ? at + 1 : start
}

const hexDigits = Array.from('0123456789abcdefABCDEF')

/** Does another colon follow this one behind four hex digits at the most? Behind the first colon of an address one does. */
const goesOn = (text: string, at: number): boolean => {
  let next = at + 1
  while (next - at <= 4 && isHex(text.charCodeAt(next))) next += 1
  return text.charCodeAt(next) === colon
}

/** Groups of hex digits with colons: an IPv6 or a MAC address. Asked at each colon that one of them follows, it looks only from the first one of a row. */
export const colonGroups: Rule = {
  kinds: ['ipv6', 'mac'],
  triggers: { fragments: [...hexDigits, ':'].map(next => `:${next}`) },
  find: (scan, at) => {
    const { text } = scan
    const start = goesOn(text, at) ? beginOf(text, at) : -1
    if (start === -1) return
    let end = at + 1
    let colons = start > at ? 0 : 1
    for (; end < text.length && end - start < 48 && inAddress(text.charCodeAt(end)); end += 1) if (text.charCodeAt(end) === colon) colons += 1
    // Most of what has this shape is a time of day.
    if (colons >= 5 || (colons >= 2 && text.slice(start, end).includes('::'))) report(scan, start, trimmed(text, start, end))
  },
}

const report = (scan: Scan, start: number, end: number): void => {
  const { text } = scan
  const raw = text.slice(start, end)
  // "::" and "::1" are everybody's; without a digit it is a path of a programming language (`abc::add`).
  if (raw.length < 7 || !standsAlone(text, start, end)) return
  if (mac.test(raw)) {
    if (!noMachine.test(raw)) scan.add('mac', start, end, 0.9)
  } else if (/\d/.test(raw) && isIPv6(raw)) {
    scan.add('ipv6', start, end, /^f[ef]|[\da-f]{3}/i.test(raw) ? 0.9 : 0.6)
  }
}

const hyphened = /[\dA-Fa-f]{2}(?:-[\dA-Fa-f]{2}){5}(?![\w-])/y
const dotted = /[\dA-Fa-f]{4}\.[\dA-Fa-f]{4}\.[\dA-Fa-f]{4}(?!\w|\.\w)/y
const macWords = label('mac(?:[ _-]?addr(?:ess)?)?|hwaddr|hardware address|ethernet|ether|physical address|bssid|wlan|wifi')

/** MAC addresses with hyphens (IEEE 802) and in three groups with dots (as some makers of routers write them). Looks from the first sign of a row. */
export const separatedMacs: Rule = {
  kinds: ['mac'],
  triggers: { fragments: hexDigits.flatMap(next => [`-${next}`, `.${next}`]) },
  find: (scan, at) => {
    const { text } = scan
    const sign = text.charCodeAt(at)
    const length = sign === 45 ? 2 : 4
    const start = at - length
    if (start < 0 || text.charCodeAt(at + length + 1) !== sign || (start > 0 && (isWordCode(text.charCodeAt(start - 1)) || text.charCodeAt(start - 1) === sign))) return
    const pattern = sign === 45 ? hyphened : dotted
    pattern.lastIndex = start
    const raw = pattern.exec(text)?.[0]
    if (raw === undefined || noMachine.test(raw)) return
    // Without a letter it may be a date with a time, or a number with dots.
    scan.add('mac', start, start + raw.length, isLabelled(scan, start, macWords) ? 0.95 : /[A-Fa-f]/.test(raw) ? 0.75 : 0.3)
  },
}
