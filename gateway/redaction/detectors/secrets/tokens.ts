// Tokens that are recognised by their inside (JWT, Azure AD, Telegram …) or by the header they stand in.
import type { Rule } from '../../rule.ts'
import { alphabets, masks, runEnd, runStart, within } from './alphabets.ts'
import { isStandIn, looksIssued } from './values.ts'

const isJoseHeader = (encoded: string): boolean => {
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
    return typeof header === 'object' && header !== null && 'alg' in header
  } catch {
    return false
  }
}

/** RFC 7519: three parts, or five when it is encrypted. */
export const jwts: Rule = {
  kinds: ['jwt'], triggers: { prefixes: ['eyJ'] },
  find: (scan, at) => {
    const { text } = scan
    // Inside a run that was already looked at there is no beginning of a token: each run is matched once.
    if (at > 0 && '-_.'.includes(text.charAt(at - 1))) return
    const first = runEnd(text, at, masks.slug, 4096)
    if (first - at < 11 || text[first] !== '.') return
    const second = runEnd(text, first + 1, masks.slug, 16_384)
    if (second - first < 5 || text[second] !== '.' || !isJoseHeader(text.slice(at, first))) return
    let end = runEnd(text, second + 1, masks.slug, 4096)
    for (let part = 3; part < 5 && end > second + 1 && text[end] === '.' && within(text.charCodeAt(end + 1), masks.slug); part += 1) end = runEnd(text, end + 1, masks.slug, 16_384)
    scan.add('jwt', at, end, 0.97)
  },
}

/** Azure AD: three characters, a digit, "Q~", 31 to 34 characters. */
export const azureSecrets: Rule = {
  kinds: ['cloud_key'], triggers: { characters: '~' },
  find: (scan, at) => {
    const { text } = scan
    if (text[at - 1] !== 'Q' || !within(text.charCodeAt(at - 2), masks.digit)) return
    const mask = alphabets.r ?? 0
    const start = runStart(text, at - 2, mask, 4)
    const end = runEnd(text, at + 1, mask, 35)
    if (at - 2 - start === 3 && end - at - 1 >= 31 && end - at - 1 <= 34) scan.add('cloud_key', start, end, 0.95)
  },
}

/** Mailchimp: 32 hex digits and the number of a data centre, `…-us12`. */
export const mailchimpKeys: Rule = {
  kinds: ['api_key'], triggers: { words: ['us'] },
  find: (scan, at) => {
    const { text } = scan
    const end = runEnd(text, at + 2, masks.digit, 2)
    if (end === at + 2 || text[at - 1] !== '-') return
    const start = runStart(text, at - 1, masks.hex, 33)
    if (at - 1 - start === 32 && !within(text.charCodeAt(end), masks.word)) scan.add('api_key', start, end, 0.95)
  },
}

/** Telegram: the number of a bot, a colon, "AA" and 33 characters. */
export const telegramTokens: Rule = {
  kinds: ['api_key'], triggers: { prefixes: ['AA'] },
  find: (scan, at) => {
    const { text } = scan
    if (text[at - 1] !== ':') return
    const start = runStart(text, at - 1, masks.digit, 11)
    const end = runEnd(text, at, masks.slug, 36)
    if (at - 1 - start >= 7 && at - 1 - start <= 10 && end - at >= 34 && end - at <= 35 && looksIssued(text.slice(at, end))) scan.add('api_key', start, end, 0.95)
  },
}

/** HCP Terraform: fourteen characters, ".atlasv1.", sixty or more. MaxMind: `……_…_mmk`. */
export const infixTokens: Rule = {
  kinds: ['api_key'], triggers: { prefixes: ['atlasv1.'], words: ['mmk'] },
  find: (scan, at) => {
    const { text } = scan
    if (text[at] === 'a') {
      const start = runStart(text, at - 1, masks.alphanumeric, 15)
      const end = runEnd(text, at + 8, masks.slug, 80)
      if (text[at - 1] === '.' && at - 1 - start === 14 && end - at - 8 >= 60) scan.add('api_key', start, end, 0.97)
      return
    }
    const start = runStart(text, at - 1, masks.word, 37)
    if (text[at - 1] === '_' && /^[A-Za-z0-9]{6}_[A-Za-z0-9]{29}$/.test(text.slice(start, at - 1))) scan.add('api_key', start, at + 3, 0.95)
  },
}

const authorization = /^(?:authorization|bearer|basic)["'\\]{0,4}\s{0,3}[:=]?\s{0,3}["'\\]{0,4}(?:(?:bearer|basic|token|apikey|api-key|ssws|bot|oauth|key)[ =]{1,2})?/i
const printablePair = /^[\x20-\x7e]{0,100}:[\x20-\x7e]{1,200}$/

const isBasic = (value: string): boolean => value.length >= 8 && value.length <= 400 && printablePair.test(Buffer.from(value, 'base64').toString('latin1'))

/** `Authorization: Bearer …`, `Basic <base64 of name:password>`. */
export const authorizationHeaders: Rule = {
  kinds: ['api_key', 'password'], triggers: { words: ['authorization', 'bearer', 'basic'], keys: ['authorization'] },
  find: (scan, at) => {
    const { text } = scan
    const head = authorization.exec(text.slice(at, at + 60))?.[0] ?? ''
    if (head !== '' && !/\W$/.test(head)) return
    const start = at + head.length
    const end = runEnd(text, start, (alphabets.y ?? 0) | masks.word | (alphabets.r ?? 0), 2000)
    const value = text.slice(start, end)
    if (/basic\W{1,4}$/i.test(head)) {
      if (isBasic(value)) scan.add('password', start, end, 0.9)
    } else if (value.length >= 16 && value.length <= 512 && !isStandIn(value) && looksIssued(value)) {
      scan.add('api_key', start, end, 0.8)
    }
  },
}
