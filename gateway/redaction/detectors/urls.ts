// URLs, and the credentials in them.
import type { Rule } from '../rule.ts'
import { continuesWord, isDigit, isWordCode } from './characters.ts'
import { createProgress } from './progress.ts'

const tableOf = (characters: string): Uint8Array => {
  const table = new Uint8Array(128)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

const isIn = (table: Uint8Array, code: number): boolean => code < 128 && table[code] === 1

const space = String.fromCharCode(...Array.from({ length: 33 }, (_, code) => code))
const endsAuthority = tableOf(`${space}/?#"'<>\\\\`)
/** What stands where a password would and is none. */
const noPassword = /^(?:\$\{|<|\{\{|x{3,}|\*{2,}|password$|pass$)/i

export const urlCredentials: Rule = {
  kinds: ['url_credentials'],
  triggers: { fragments: ['://'] },
  find: (scan, at) => {
    const { text } = scan
    const start = at + 3
    let sign = -1
    for (let end = start; end < text.length && end - start < 300; end += 1) {
      const code = text.charCodeAt(end)
      if (code === 64) sign = end
      else if (isIn(endsAuthority, code)) break
    }
    if (sign === -1) return
    const colon = text.slice(start, sign - 1).indexOf(':')
    if (colon === -1 || noPassword.test(text.slice(start + colon + 1, sign))) return
    // Surer than an e-mail address: `pw@host.example` reads like one, and taking it for one would leave the user name and the label wrong.
    scan.add('url_credentials', start, sign, 0.99)
  },
}

const longest = 2048
/** Neither characters of a URL (RFC 3986), nor what people write in one as it is. */
const endsUrl = tableOf(`${space}"'<>\\\\^\`{|}`)
const trailing = tableOf('.,;:!?)]*_~&')
const closing = 41

/** Signs and wide characters of Asian scripts stand behind URLs, not in them. */
const endsHere = (code: number): boolean => code < 128 ? endsUrl[code] === 1 : code === 0xA0 || code === 0x2026 || (code >= 0x2018 && code <= 0x201F) || (code >= 0x3000 && code <= 0x303F) || code >= 0xFF00

/** End of what begins here without the punctuation of the sentence around it; a closing bracket that was opened inside belongs to it. */
const urlEnd = (text: string, start: number): number => {
  let end = start
  let open = 0
  for (; end < text.length && end - start < longest; end += 1) {
    const code = text.charCodeAt(end)
    if (endsHere(code)) break
    if (code === 40) open += 1
    else if (code === closing) open -= 1
  }
  for (; end > start && isIn(trailing, text.charCodeAt(end - 1)); end -= 1) {
    if (text.charCodeAt(end - 1) === closing) {
      if (open >= 0) break
      open += 1
    }
  }
  return end
}

/** End of the host that begins here: names with dots, or an IPv6 address in brackets; the beginning where none stands here. */
const hostEnd = (text: string, start: number, limit: number): number => {
  if (text[start] === '[') {
    const address = /^\[[\da-f:.]{1,48}\]/i.exec(text.slice(start, start + 50))?.[0] ?? ''
    return start + address.length
  }
  let end = start
  for (; end < limit && end - start < 255; end += 1) {
    const code = text.charCodeAt(end)
    if (!isWordCode(code) && code !== 45 && code !== 46 && code < 128) break
  }
  return end > start && text[start] !== '.' && text[start] !== '-' && !text.slice(start, end).includes('..') ? end : start
}

/** Where the host begins: behind scheme and user; `www.` is a host itself. */
const hostBegin = (text: string, start: number, end: number): number => {
  const scheme = text.slice(start, start + 10).indexOf('://')
  const from = scheme === -1 ? start : start + scheme + 3
  for (let at = from; at < end && at - from < 300 && !isIn(endsAuthority, text.charCodeAt(at)); at += 1) if (text.charCodeAt(at) === 64) return at + 1
  return from
}

/** Does a host stand where one must, and something behind it that may? */
const isWeb = (text: string, at: number, end: number): boolean => {
  const host = hostBegin(text, at, end)
  const behind = hostEnd(text, host, end)
  if (behind === host || (host === at && !/^www\.[^.]+\.[^.]{2}/.test(text.slice(host, behind)))) return false
  const next = text.charCodeAt(behind)
  return behind >= end || next === 47 || next === 63 || next === 35 || (next === 58 && isDigit(text.charCodeAt(behind + 1)))
}

const progress = createProgress()

/** A plain kind: by itself it is nobody's. What it holds (an address, credentials) is found by the other rules and comes first. */
export const urls: Rule = {
  kinds: ['url'],
  triggers: { prefixes: ['http://', 'https://', 'HTTP://', 'HTTPS://', 'Http://', 'Https://', 'ftp://', 'sftp://', 'ws://', 'wss://', 'www.'] },
  find: (scan, at) => {
    const { text } = scan
    if (at < progress.until(scan) || continuesWord(text, at)) return
    const end = urlEnd(text, at)
    progress.reach(scan, end)
    if (isWeb(text, at, end)) scan.add('url', at, end, 0.9)
  },
}
