// What looks like an attack in a definition: text that people do not see and models do, instructions to the model, requests for secrets.
// Heuristics for an operator's eye: time is linear in the text (every repetition is bounded), and no finding proves anything.
import { showHidden } from './show-text.ts'

export const flagCodes = ['hidden_text', 'ansi_escape', 'instruction', 'concealment', 'secret_request', 'cross_reference', 'shadowing', 'oversized', 'pins_unreadable'] as const
export type FlagCode = (typeof flagCodes)[number]

/** `reason` is safe for logs and terminals. */
export interface Flag { readonly code: FlagCode; readonly reason: string }

interface Place { readonly path: string; readonly text: string }

/** Every text of a definition, names of members too: a model reads them all. */
export const textsOf = (value: unknown): Place[] => {
  const texts: Place[] = []
  const waiting: { readonly path: string; readonly value: unknown }[] = [{ path: '', value }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path } = next
    if (typeof next.value === 'string') texts.push({ path, text: next.value })
    else if (Array.isArray(next.value)) for (const [index, member] of next.value.entries()) waiting.push({ path: `${path}[${index}]`, value: member })
    else if (typeof next.value === 'object' && next.value !== null) {
      for (const [key, member] of Object.entries(next.value)) {
        texts.push({ path: `name of ${path}`, text: key })
        const step = key.slice(0, longestStep)
        waiting.push({ path: path === '' ? step : path.length > longestPath ? path : `${path}.${step}`, value: member })
      }
    }
  }
  return texts
}

const longestPath = 200
const longestStep = 60
const longestSnippet = 80

// Joiners inside emoji and between letters of scripts that need them are not hidden text; one selector belongs to the sign before it.
const innocent = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})|(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Sinhala}\p{M}])[\u200c\u200d](?=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Sinhala}])/gu

interface Hidden { readonly what: string; readonly pattern: RegExp }

const hidden: readonly Hidden[] = [
  { what: 'zero-width characters', pattern: /[\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0]/u },
  { what: 'characters that turn the direction of text', pattern: /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u },
  { what: 'tag characters', pattern: /[\u{e0000}-\u{e007f}]/u },
  { what: 'several variation selectors in a row', pattern: /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{2}/u },
  { what: 'several soft hyphens in a row', pattern: /\u00ad{2}/u },
  { what: 'control characters', pattern: /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009a\u009c-\u009f]/u },
]

const ansi = /[\u001b\u009b]/u

// Ligatures that stand for whole phrases would make the text many times longer.
const ligatures = /[\ufb50-\ufdff\u3300-\u33ff]/g

/** What a model reads in it, whatever the letters look like: compatible forms, lower case, single spaces, nothing invisible. */
const plain = (text: string): string => text.replace(ligatures, ' ').normalize('NFKC').toLowerCase().replace(/[\p{Cf}\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu, '').replace(/\u2019/g, "'").replace(/[\s*_`"]+/gu, ' ')

const words = (most: number): string => `(?: [^ ]{1,24}){0,${most}}`
const spoken = (...parts: readonly string[]): RegExp => new RegExp(parts.join(''), 'u')

interface Spoken { readonly code: FlagCode; readonly what: string; readonly pattern: RegExp }

const secretWords = '(?:api[ -]?keys?|passwords?|secrets|private keys?|access tokens?|session tokens?|auth tokens?|credentials|ssh keys?|environment variables)'

const phrases: readonly Spoken[] = [
  {
    code: 'instruction', what: 'tells the model to ignore what it was told',
    pattern: spoken('\\b(?:ignore|disregard|forget|override|bypass)', words(3), ' (?:previous|prior|earlier|above|preceding|other|system|existing|safety|security)', words(3), '(?: |\\b)(?:instructions?|prompts?|rules|guidelines|messages|polic(?:y|ies))\\b'),
  },
  {
    code: 'instruction', what: 'tells the model to do something before or after a call',
    pattern: spoken('\\b(?:before|prior to|after|whenever|every time|each time|when)', words(2), ' ?\\b(?:using|use|calling|call|invoking|invoke|running)', words(5), ' (?:read|open|cat|load|send|upload|include|pass|execute)\\b'),
  },
  { code: 'instruction', what: 'has a block that poses as an order', pattern: /<[ /]{0,2}(?:important|system|system-reminder|instructions?|secret|critical|admin|assistant|hidden)[ /]{0,2}>/u },
  { code: 'instruction', what: 'gives the model another role', pattern: /\b(?:you are now |new instructions?:|from now on,? you (?:must|will|are)\b)/u },
  {
    code: 'concealment', what: 'tells the model to keep something from the user',
    pattern: spoken('\\b(?:do not|don\'t|never|must not|without)', words(2), ' (?:tell|telling|inform|informing|mention|mentioning|notify|notifying|reveal|revealing|disclose|disclosing|alert|alerting)', words(5), ' (?:the user|user|users|human|anyone|anybody|person|operator)\\b'),
  },
  { code: 'secret_request', what: 'names a place of secrets', pattern: /\.ssh\b|\bid_?(?: )?(?:rsa|ed25519|ecdsa)\b|\.aws\/|\.netrc\b|\.kube\/config|\/etc\/(?:passwd|shadow)\b|\.git-credentials\b|\.gnupg\b|\bmcp\.json\b|claude(?:_| )desktop(?:_| )config|(?:^|[ /])\.env\b/u },
  {
    code: 'secret_request', what: 'asks for secrets',
    pattern: spoken('\\b(?:include|send|pass|provide|append|attach|copy|paste|exfiltrate|forward|upload|leak)', words(6), ' ', secretWords, '\\b'),
  },
]

const around = (text: string, at: number): string => {
  const from = Math.max(0, at - 20)
  return showHidden(`${from > 0 ? '…' : ''}${text.slice(from, at + longestSnippet - 20)}`)
}

const hiddenIn = ({ path, text }: Place): Flag[] => {
  const seen = /[^\t\n\r\x20-\x7e]/.test(text) ? text.replace(innocent, '') : ''
  const where = `in ${showHidden(path === '' ? 'the text' : path)}`
  const escape = text.search(ansi)
  return [
    ...hidden.flatMap(({ what, pattern }): Flag[] => {
      const at = seen.search(pattern)
      return at < 0 ? [] : [{ code: 'hidden_text', reason: `${what} ${where}: ${around(seen, at)}` }]
    }),
    ...escape < 0 ? [] : [{ code: 'ansi_escape' as const, reason: `terminal escape sequences ${where}: ${around(text, escape)}` }],
  ]
}

const saidIn = ({ path, text }: Place): Flag[] => {
  const read = plain(text)
  return phrases.flatMap(({ code, what, pattern }) => {
    const at = read.search(pattern)
    return at < 0 ? [] : [{ code, reason: `${what} in ${showHidden(path === '' ? 'the text' : path)}: ${around(read, at)}` }]
  })
}

/** Enough to look at; a definition can have more. */
const mostFlags = 20

/** Characters that are looked at of one definition: honest ones are shorter. */
export const longestLooked = 256 * 1024

/** What stands out in the texts of one definition. @param most characters that are looked at */
export const contentFlags = (texts: readonly Place[], most = longestLooked): Flag[] => {
  const flags: Flag[] = []
  let left = most
  for (const { path, text } of texts) {
    const looked = text.length > left ? text.slice(0, left) : text
    left -= looked.length
    // No phrase is shorter.
    flags.push(...hiddenIn({ path, text: looked }), ...looked.length < 4 ? [] : saidIn({ path, text: looked }))
    if (looked.length < text.length) return [...flags.slice(0, mostFlags), { code: 'oversized', reason: `is so long that not all of it was looked at: ${most} characters were` }]
    if (flags.length >= mostFlags) break
  }
  return flags.slice(0, mostFlags)
}
