// What a value looks like: a stand-in that somebody is to replace, a piece of code, words of a form, or something that could be a secret.
import { wordsOfKey } from '../../key-words.ts'

/** Longest value that is looked at, UTF-16 units. */
export const longestValue = 512

const standIn = new RegExp([
  String.raw`^(?:\$[\w{(]|<|\{\{|%[\w{(]|#\{|@\{|\[|\*+|\.{3}|x{3,}|change_?-?me|replace|your|my[-_]|example(?![a-z\d])|placeholder|redacted|removed|hidden|masked|insert|todo|none$|null$|nil$|undefined|true$|false$|yes$|no$|n\/a$|unset$|empty$|default$)`,
  String.raw`^(?:process\.env|os\.environ|import\.meta|env[.[(]|getenv|ENV\[|secrets?\.|vars?\.|config\.|settings\.|self\.|this\.)`,
  String.raw`\$\{|\{\{|<[\w -]{1,40}>|x{5,}|\*{4,}|\.{3,}$|changeme|placeholder|[-_]here\b|your[-_]|\bexample\b(?!\.)`,
].join('|'), 'i')

/** Is it what documentation, templates and code write where a secret will stand? */
export const isStandIn = (value: string): boolean => standIn.test(value)

const counts = new Uint16Array(128)

/** Bits per character of the distribution of characters; those beyond ASCII count as one. */
export const entropy = (value: string): number => {
  counts.fill(0)
  for (let at = 0; at < value.length; at += 1) counts[value.charCodeAt(at) & 127] = (counts[value.charCodeAt(at) & 127] ?? 0) + 1
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

const hasDigit = /\d/
const hasLetter = /[A-Za-z]/
const lowerToUpper = /[a-z][A-Z]|[A-Z]{2}[a-z]/g

/** Changes between lower case, upper case, digits and the rest, per character: what is random changes often, names and words seldom. */
export const unrest = (value: string): number => {
  let changes = 0
  let before = -1
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at)
    const now = code >= 48 && code <= 57 ? 0 : code >= 97 && code <= 122 ? 1 : code >= 65 && code <= 90 ? 2 : 3
    if (before !== -1 && now !== before) changes += 1
    before = now
  }
  return changes / value.length
}

const path = /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\)(?:[\w.@ -]+[\\/])*[\w.@ -]*$|^[\w.-]+(?:\/[\w.-]+)*\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|toml|txt|conf|env|[cm]?[jt]sx?|py|rb|go|php|java|html?|css|svg|png|md)$/
const address = /^(?:[a-z][a-z\d+.-]{1,15}:\/\/|data:|mailto:|arn:|urn:|(?:sha(?:1|224|256|384|512)|md5)[-:])/i
/** `user.password`, `req.headers.token`: a reference, not a value. */
const reference = /^[A-Za-z_$*]+(?:\??\.[A-Za-z_$*]+)+$|^0x[\da-f]{1,8}$|^[\^~<>=v]*\d+(?:\.\d+)+(?:-[\w.]+)?$/i
const wordLike = /^(?:[aiv]|[a-z]{2,4}|(?=[a-z]*[aeiouy])[a-z]{2,}|\d{1,4}|[a-z]+\d{1,3})$/
const capitals = /^[A-Z\d]{12,}$/

/** The same with digits in its names; without quotes it is code. */
const codeReference = /^[A-Za-z_]\w{0,24}(?:\.[A-Za-z_]\w{0,24}){1,5}$/
export const isReference = (value: string): boolean => codeReference.test(value)

/** Words and small numbers, joined: "auth-token-2", "myApiKeyV2". */
export const isWordy = (value: string): boolean => {
  if (capitals.test(value)) return false
  const words = wordsOfKey(value).split(' ')
  return words.every(word => wordLike.test(word)) && words.length * 3 <= value.length
}

/** Not a value at all: a stand-in, a path, an address, a reference. */
export const isNoValue = (value: string): boolean => isStandIn(value) || path.test(value) || address.test(value) || reference.test(value)

/** Letters and digits, or mixed case that changes often, as keys and tokens have them. A name next to it has to say so too. */
export const looksIssued = (value: string): boolean => {
  if (value.length < 8 || isNoValue(value) || /[()[\]{}\s]/.test(value) || !hasLetter.test(value)) return false
  const bits = entropy(value)
  if (!hasDigit.test(value)) return value.length >= 16 && bits >= 3.2 && ((value.match(lowerToUpper)?.length ?? 0) * 5 >= value.length || value.endsWith('=')) && !isWordy(value)
  return bits >= (value.length >= 16 ? 3 : 2.6) && !isWordy(value)
}

/** Random also without much of a name: long, and of changing characters. */
export const looksRandom = (value: string): boolean => value.length >= 16 && looksIssued(value) && unrest(value) >= 0.2

const formWords = new Set(('a an and any are as at be by can cannot change characters check confirm confirmation confirmed correct create creating credential credentials current day db default does email empty enter error expired field '
  + 'file for forgot forgotten form from generate has hash hashed hidden hint host id in incorrect input invalid is it key label least length less like link login logout long match matches max message min mismatch missing '
  + 'more must my name new no not null of off ok old on only open or parameter pass passcode passphrase passwd password passwords path placeholder plain please policy private prompt protected public pwd regex repeat reply request '
  + 'required optional reset same save schema secret secrets select send server set short should show sign size special state strength strong string submit text than that the this to toggle token tokens too type undefined update use '
  + 'user username users valid validation value values verify weak with wrong you your auth api app bearer basic oauth authorization authentication bool boolean int integer number float object array list dict map bytes byte buffer any '
  + 'uint8 unknown never void str char uint nil none varchar securestring optional readonly const let var function return await async new true false keyof typeof enum struct interface static final self this kind method option options header headers '
  + 'cookie query body url uri env environment config configuration props attr attribute visible disabled enabled eye lock clear manager reset resets').split(' '))

const isFormText = (value: string): boolean => {
  const words = wordsOfKey(value).split(' ')
  return words.every(word => formWords.has(word) || word.length === 0 || (word === 'admin' && words.length > 1))
}

/** Letters alone: a label begins with a capital. */
const isUncommonWord = (value: string): boolean => value.length >= 5 && !/^[A-Z][a-z]+$/.test(value) && (hasLetter.test(value) || entropy(value) >= 2)

/** Something that a person or a file may write as a password. @param sure it is quoted or stands alone: not an expression of code */
export const looksChosen = (value: string, sure: boolean): boolean => {
  if (value.length < 4 || value.length > 128 || /\s/.test(value) || isNoValue(value) || isFormText(value)) return false
  const mixed = hasDigit.test(value) || /[!#%&*+?@^~]/.test(value)
  if (sure) return mixed || isUncommonWord(value)
  return hasLetter.test(value) && mixed && value.length >= 6 && !/^[&*!+-]|[()[\]{}<>|\\]/.test(value) && !isFormText(value.replace(/\d+$/, ''))
}

/** A value that may hold anything: random enough, of many sorts of characters; more so where it has spaces, as sentences do. */
export const looksScrambled = (value: string): boolean =>
  value.length >= 20 && value.length <= 256 && !isNoValue(value) && hasDigit.test(value) && unrest(value) >= (/\s/.test(value) ? 0.5 : 0.35) && entropy(value) >= 4 && /[^\w\s]/.test(value)
