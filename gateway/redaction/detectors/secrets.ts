// Secrets by their published formats, and by a name next to a value that looks random. Every pattern starts at a fixed prefix and is bounded.
import type { EntityKind } from '../../exchange/kinds.ts'
import { before, isWordCode, standsAlone, type Detector } from './detector.ts'

interface Format { readonly kind: EntityKind; readonly prefix: string; readonly rest: RegExp }

const format = (kind: EntityKind, prefix: string, rest: RegExp): Format => ({ kind, prefix, rest: new RegExp(`^(?:${rest.source})`) })

const formats: readonly Format[] = [
  format('cloud_key', 'AKIA', /[A-Z2-7]{16}/), format('cloud_key', 'ASIA', /[A-Z2-7]{16}/), format('cloud_key', 'AIza', /[\w-]{35}/),
  format('api_key', 'sk-ant-', /[\w-]{20,200}/), format('api_key', 'sk-proj-', /[\w-]{20,300}/), format('api_key', 'sk-', /(?=[A-Za-z_-]{0,199}\d)[\w-]{20,200}/),
  format('api_key', 'ghp_', /[A-Za-z0-9]{36}/), format('api_key', 'gho_', /[A-Za-z0-9]{36}/), format('api_key', 'ghs_', /[A-Za-z0-9]{36}/), format('api_key', 'ghu_', /[A-Za-z0-9]{36}/),
  format('api_key', 'github_pat_', /\w{22,255}/), format('api_key', 'glpat-', /[\w-]{20,64}/), format('api_key', 'xoxb-', /[\w-]{10,250}/), format('api_key', 'xoxp-', /[\w-]{10,250}/),
  format('api_key', 'xoxa-', /[\w-]{10,250}/), format('api_key', 'xapp-', /[\w-]{10,250}/), format('api_key', 'sk_live_', /[A-Za-z0-9]{16,200}/), format('api_key', 'sk_test_', /[A-Za-z0-9]{16,200}/),
  format('api_key', 'rk_live_', /[A-Za-z0-9]{16,200}/), format('api_key', 'whsec_', /[A-Za-z0-9+/=]{16,100}/), format('api_key', 'npm_', /[A-Za-z0-9]{36}/), format('api_key', 'pypi-', /[\w-]{50,400}/),
  format('api_key', 'hf_', /[A-Za-z0-9]{30,64}/), format('api_key', 'SG.', /[\w-]{16,64}\.[\w-]{16,64}/), format('api_key', 'ya29.', /[\w-]{20,400}/), format('api_key', 'dop_v1_', /[a-f0-9]{64}/),
  format('api_key', 'pk_', /[A-Za-z0-9_-]{43}/), format('api_key', 'pa_', /[A-Za-z0-9_-]{43}/), format('api_key', 'shpat_', /[a-fA-F0-9]{32}/), format('api_key', 'lin_api_', /[A-Za-z0-9]{32,64}/),
  format('api_key', 'gsk_', /[A-Za-z0-9]{40,80}/), format('api_key', 'AGE-SECRET-KEY-1', /[A-Z0-9]{58}/), format('api_key', 'key-', /[0-9a-f]{32}/), format('api_key', 'NRAK-', /[A-Z0-9]{27}/),
  format('cloud_key', 'AccountKey=', /[A-Za-z0-9+/]{86}==/),
]

const first = new Set(formats.map(({ prefix }) => prefix.slice(0, 2)))

export const knownFormats: Detector = {
  kinds: ['api_key', 'cloud_key'], triggers: [...first],
  find: (text, _context, add) => {
    for (const { kind, prefix, rest } of formats) {
      let next: number
      for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, next)) {
        next = at + prefix.length
        if (at > 0 && (isWordCode(text.charCodeAt(at - 1)) || (prefix === 'key-' && text[at - 1] === '-'))) continue
        const length = rest.exec(text.slice(next, next + 420))?.[0].length
        if (length === undefined) continue
        const end = next + length
        next = end
        const body = text.slice(at + prefix.length, end)
        if (/^(?:x{6,}|\.{3}|your|example)/i.test(body)) continue
        add({ kind, start: at, end, confidence: standsAlone(text, at, end) ? 0.97 : 0.6 })
      }
    }
  },
}

const pemEnd = '-----END '

export const privateKeys: Detector = {
  kinds: ['private_key'], triggers: ['-----BEGIN '],
  find: (text, _context, add) => {
    for (let at = text.indexOf('-----BEGIN '); at !== -1;) {
      const header = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(at, at + 80))
      const closing = header === null ? -1 : text.indexOf(pemEnd, at + header[0].length)
      // A key that is cut off is still a key: everything behind its header counts.
      const dashes = closing === -1 ? -1 : text.indexOf('-----', closing + pemEnd.length)
      const end = dashes === -1 ? text.length : dashes + 5
      if (header !== null) add({ kind: 'private_key', start: at, end, confidence: 0.99 })
      at = text.indexOf('-----BEGIN ', header === null ? at + 11 : end)
    }
  },
}

const jwt = /eyJ[\w-]{8,4096}\.[\w-]{4,16384}\.[\w-]{0,4096}/y

export const jwts: Detector = {
  kinds: ['jwt'], triggers: ['eyJ'],
  find: (text, _context, add) => {
    for (let at = text.indexOf('eyJ'); at !== -1;) {
      // Inside a run that was already looked at there is no beginning of a token: each run is matched once.
      const begins = at === 0 || !(isWordCode(text.charCodeAt(at - 1)) || text[at - 1] === '-' || text[at - 1] === '.')
      jwt.lastIndex = at
      const match = begins ? jwt.exec(text) : null
      const end = match === null ? at + 3 : at + match[0].length
      if (match !== null && isJoseHeader(match[0])) add({ kind: 'jwt', start: at, end, confidence: 0.97 })
      at = text.indexOf('eyJ', end)
    }
  },
}

const isJoseHeader = (token: string): boolean => {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'))
    return typeof header === 'object' && header !== null && 'alg' in header
  } catch {
    return false
  }
}

const nameWords = /(?:api[_-]?key|secret|token|passw(?:or)?d|pwd|passwort|access[_-]?key|private[_-]?key|client[_-]?secret|auth|credential)s?["']?\s*(?:[:=]|=>|:=|is)\s*["']?$/i
const keyWords = /(?:api_?-?key|secret|token|passw(?:or)?d|pwd|access_?-?key|private_?-?key|client_?-?secret|credential)s?$/i
const placeholder = /^(?:\$|<|\{\{|%|x{3,}|\*+|\.{3}|changeme|change_me|your|example|placeholder|none|null|undefined|true|false|process\.env|os\.environ|env[.[(])/i
const valueCode = (code: number): boolean => isWordCode(code) || '+/=.-~!@#%^&*'.includes(String.fromCharCode(code))

/** Bits per character of the distribution of characters. */
export const entropy = (value: string): number => {
  const counts = new Map<string, number>()
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

const looksRandom = (value: string): boolean =>
  value.length >= 8 && !placeholder.test(value) && !/[()[\]{}]/.test(value) && entropy(value) >= (value.length >= 16 ? 3 : 2.6) && /\d/.test(value) && /[A-Za-z]/.test(value)

/** Where the value begins if `=`, `:` or `is ` stands at this offset; -1 if none of them does. */
const valueBehind = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  const word = code === 105 && text.startsWith('is ', at)
  if (code !== 61 && code !== 58 && !word) return -1
  let start = word ? at + 3 : at + 1
  while (start < text.length && start - at < 6 && ' "\'>'.includes(text.charAt(start))) start += 1
  return start
}

const valueEnd = (text: string, start: number): number => {
  let end = start
  while (end < text.length && end - start < 512 && valueCode(text.charCodeAt(end))) end += 1
  while (end > start && /[.,!]/.test(text.charAt(end - 1))) end -= 1
  return end
}

/** `password = "…"`, `"api_key": "…"`: a name that announces a secret, and a value that looks like one. */
export const namedSecrets: Detector = {
  kinds: ['api_key'], triggers: ['ey', 'ecret', 'oken', 'assw', 'wd', 'uth', 'redential', 'EY', 'ECRET', 'OKEN', 'ASSW', 'WD', 'UTH', 'REDENTIAL'],
  find: (text, context, add) => {
    if (context.key !== null && keyWords.test(context.key) && text.length <= 512 && !/\s/.test(text) && looksRandom(text)) {
      add({ kind: 'api_key', start: 0, end: text.length, confidence: 0.8 })
      return
    }
    for (let at = 0; at < text.length; at += 1) {
      const start = valueBehind(text, at)
      if (start === -1 || !nameWords.test(before(text, start, 60))) continue
      const end = valueEnd(text, start)
      // A name with a bracket behind it is a call, not a value.
      if (text[end] !== '(' && looksRandom(text.slice(start, end))) add({ kind: 'api_key', start, end, confidence: 0.75 })
      at = Math.max(at, end - 1)
    }
  },
}
