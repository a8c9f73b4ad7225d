// `password = "…"`, `"api_key": "…"`, `<Pass>…</Pass>`, a JSON key: a name that announces a secret, and a value that looks like one.
import type { Rule, Scan } from '../../rule.ts'
import { announcedBy, mayAnnounce, mayBeSecret, type Announced } from './names.ts'
import { nameEndBefore, nameStart, readValue, type Value } from './read-value.ts'
import { isReference, longestValue, looksChosen, looksIssued, looksRandom, looksScrambled } from './values.ts'

/** How sure it is that a value under such a name is a secret; 0 when it is none. @param sure no expression of code could stand there */
export const confidenceOf = ({ bar }: Announced, value: string, sure: boolean): number => {
  if (!sure && isReference(value)) return 0
  if (bar === 'chosen') return looksChosen(value, sure) ? sure ? 0.8 : 0.7 : sure && looksScrambled(value) ? 0.75 : 0
  if (bar === 'issued' ? looksIssued(value) : looksRandom(value)) return 0.75
  return sure && looksScrambled(value) ? 0.7 : 0
}

const lineBegins = (text: string, start: number): boolean => start === 0 || text[start - 1] === '\n' || text.startsWith('export ', start - 7)

/** `DB_PASS=x` of an environment or `Password=x` of an .ini file: the rest of the line is the value, whatever it is. */
const isSetting = (text: string, name: string, start: number, separator: number, { end }: Value): boolean => {
  if (text[separator] !== '=' || text[separator - 1] === ' ' || text[separator + 1] === ' ') return false
  if (!/[a-z]/.test(name) || '?&'.includes(text.charAt(start - 1) || ' ')) return true
  return lineBegins(text, start) && (end >= text.length || text[end] === '\n' || text[end] === '\r')
}

const report = (scan: Scan, announced: Announced, value: Value, sure: boolean): void => {
  const confidence = confidenceOf(announced, scan.text.slice(value.start, value.end), sure)
  if (confidence > 0) scan.add(announced.kind, value.start, value.end, confidence)
}

const pairName = /(?:name|key|variable|id)["']?\s{0,3}[:=]?>?\s{0,3}["']?([\w.-]{2,60})["']?[^\w]{1,24}$/i
const variableName = /variable\s{1,4}"([\w-]{2,60})"\s{0,4}\{[^{}]*$/

/** `name: DB_PASSWORD` and then `value: x`, `<add key="Password" value="x"/>`, `variable "x" { default = "y" }`: the name is another's value. */
const announcedByPair = (text: string, start: number): Announced | null => {
  const before = text.slice(Math.max(0, start - 160), start)
  const name = pairName.exec(before)?.[1] ?? variableName.exec(before)?.[1]
  return name === undefined ? null : announcedBy(name)
}

/** `"PWD=" + directory`: the quote behind the separator closes the literal that the name stands in. */
const closesName = (text: string, start: number, nameEnd: number, from: number): boolean =>
  from === nameEnd + 1 && start > 0 && (text[from] === '"' || text[from] === "'") && text[start - 1] === text[from]

/** The token in a link to a status image is public. */
const isBadge = (text: string, start: number): boolean => text.startsWith('.svg?', start - 5)

const lettersOf = (name: string): string => name.replace(/[^A-Za-z\d]/g, '').toLowerCase()

/** `ADD_PASSWORD = "add_password"`: the name of something and no secret. */
const repeats = (name: string, value: string): boolean => value.length <= 64 && lettersOf(name).endsWith(lettersOf(value))

/** Another member says what such a name is about. */
const isGeneral = (name: string): boolean => /^(?:default|(?:.* )?value)$/.test(name)

interface Named { readonly start: number; readonly end: number; readonly name: string }

/** The name in front of a separator, if it could announce something. */
const nameBefore = (text: string, separator: number): Named | null => {
  const end = nameEndBefore(text, separator)
  if (!mayAnnounce(text, end)) return null
  const start = nameStart(text, end)
  return mayBeSecret(text, start, end) ? { start, end, name: text.slice(start, end) } : null
}

/** Does a JSON key announce nothing? In JSON inside a string a backslash ends it. Of other keys with signs at their ends nothing is said here. */
const announcesNothing = (key: string): boolean => {
  const named = nameBefore(`"${key}":`, key.length + 2)
  return /^\w(?:.*\w)?\\?$/.test(key) && (named === null || (announcedBy(named.name) === null && !isGeneral(named.name)))
}

const askSeparator = (scan: Scan, at: number): void => {
  const { text } = scan
  const named = nameBefore(text, at)
  if (named === null) return
  const { end: nameEnd, name, start } = named
  const announced = announcedBy(name) ?? (isGeneral(name) ? announcedByPair(text, start) : null)
  if (announced === null) return
  let from = at + 1
  while (from - at < 3 && (text[from] === '=' || text[from] === '>')) from += 1
  const value = closesName(text, start, nameEnd, from) ? null : readValue(text, from)
  if (value === null || (value.quoted && repeats(name, text.slice(value.start, value.end))) || isBadge(text, start)) return
  report(scan, announced, value, value.quoted || isSetting(text, name, start + name.lastIndexOf(' ') + 1, at, value))
}

const tag = /^<(?:[\w.-]{1,20}:)?([\w.-]{2,60})(?:\s[^<>]*)?$/
const nameAttribute = /\sname=["']([\w.-]{2,60})["']/
const longestTag = 120

/** `<Pass>…<`, `<string name="api_key">…<`: what stands between tags is the value. */
const askTag = (scan: Scan, at: number): void => {
  const { text } = scan
  const behind = text.charCodeAt(at + 1)
  const before = text.charCodeAt(at - 1)
  if (behind <= 32 || behind === 60 || !(before === 34 || before === 39 || mayAnnounce(text, at))) return
  // Of a window: where nothing opens, looking for it would read all that stands before, at each of these signs.
  const near = text.slice(Math.max(0, at - longestTag), at)
  const open = near.lastIndexOf('<')
  if (open === -1) return
  const inside = near.slice(open)
  const name = nameAttribute.exec(inside)?.[1] ?? tag.exec(inside)?.[1]
  const announced = name === undefined ? null : announcedBy(name)
  if (announced === null) return
  const end = text.slice(at + 1, at + 1 + longestValue).search(/[<\n]/)
  if (end > 0 && text[at + 1 + end] === '<') report(scan, announced, { start: at + 1, end: at + 1 + end, quoted: true }, true)
}

export const namedSecrets: Rule = {
  kinds: ['password', 'api_key', 'cloud_key', 'private_key', 'cookie'], triggers: { characters: '=:' },
  ignores: announcesNothing,
  find: askSeparator,
}

export const taggedSecrets: Rule = {
  kinds: ['password', 'api_key', 'cloud_key', 'private_key', 'cookie'], triggers: { characters: '>' },
  find: askTag,
}

/** The JSON key, column or header that a whole text stands under. */
export const keyedSecrets: Rule = {
  kinds: ['password', 'api_key', 'cloud_key', 'private_key'],
  triggers: {
    keys: ['password', 'passwords', 'passwd', 'passwort', 'pwd', 'pw', 'pass', 'passphrase', 'passcode', 'kennwort', 'contrasena', 'senha', 'userpass', 'dbpass', 'dbpasswd', 'dbpassword', 'userpassword', 'secret', 'secrets',
      'clientsecret', 'appsecret', 'token', 'accesstoken', 'refreshtoken', 'authtoken', 'apitoken', 'key', 'keys', 'apikey', 'secretkey', 'accesskey', 'privatekey', 'authkey', 'credential', 'credentials', 'creds', 'auth',
      'authorization', 'salt', 'pepper', 'encrypted'],
  },
  find: (scan, at) => {
    const { text, key } = scan
    if (key === null || text.length > longestValue) return
    const announced = announcedBy(key)
    if (announced === null || announced.kind === 'cookie') return
    // A certificate's or another's name in the same text is looked at by the other rules; this one takes the text as a whole.
    report(scan, announced, { start: at, end: text.length, quoted: true }, true)
  },
}
