// Names of secrets as words of a text: "the password is …", `--password …`, "login … password …", `define('DB_PASSWORD', '…')`, `ENV NAME …`.
import type { Rule, Scan } from '../../rule.ts'
import { announcedBy, type Announced } from './names.ts'
import { confidenceOf } from './named.ts'
import { nameStart, readValue } from './read-value.ts'
import { looksChosen } from './values.ts'

const said = /^(?:\s(?:for|to|of|from) [\w '.@-]{1,40}?)?\s(?:is|was|ist|lautet|est|es)\s{1,2}/
const pair = /^["'`]\s{0,3},\s{0,12}(?=["'`])/
const account = /(?:login|user|username|machine|account|user\s?id)\s{1,4}\S{1,64}\s{1,8}$/
const opened = /\(\s{0,3}["'`]$/
const joined = /^[A-Za-z]+\d*-[A-Za-z-]+$/

/** How a value stands behind its name. `sure`: nothing but a value can stand there. */
interface Place { readonly from: number; readonly sure: boolean; readonly spoken: boolean }

const placeOf = (text: string, nameAt: number, end: number): Place | null => {
  const behind = text.slice(end, end + 64)
  const words = said.exec(behind)?.[0]
  if (words !== undefined) return { from: end + words.length, sure: false, spoken: true }
  const comma = pair.exec(behind)?.[0]
  if (comma !== undefined) return { from: end + comma.length, sure: opened.test(text.slice(Math.max(0, nameAt - 4), nameAt)), spoken: false }
  if (!/^[ \t]{1,8}[^\s=:>,;|&(]/.test(behind)) return null
  const before = text.slice(Math.max(0, nameAt - 80), nameAt)
  const flag = /(?:^|[\s"'])--?$/.test(before)
  const environment = /(?:^|\n)\s{0,8}(?:ENV|ARG|setx?)\s{1,4}$/.test(before)
  const line = /(?:^|\n)[ \t]*$/.test(before) && /^[ \t]{1,8}["']/.test(behind)
  return { from: end, sure: flag || environment || line || account.test(before), spoken: !flag && !environment && !line }
}

const report = (scan: Scan, announced: Announced, { from, sure, spoken }: Place): void => {
  const value = readValue(scan.text, from)
  if (value === null) return
  const content = scan.text.slice(value.start, value.end)
  // "password is base64-encoded", "password md5": prose about passwords has words and numbers, too.
  if (!sure && !value.quoted && (joined.test(content) || /^(?:sha|md|base|aes|rsa|utf|bcrypt|pbkdf|argon|v|oauth|level|type|option)-?\d{1,4}$/i.test(content))) return
  if (content.startsWith('-') || scan.text[value.start - 1] === '`') return
  const literal = sure || (value.quoted && spoken && announced.bar === 'chosen' && looksChosen(content, true) && /\d|[^\w]/.test(content))
  const confidence = confidenceOf(announced, content, literal)
  if (confidence > 0) scan.add(announced.kind, value.start, value.end, sure ? confidence : confidence - 0.1)
}

export const spokenSecrets: Rule = {
  kinds: ['password', 'api_key', 'cloud_key', 'private_key', 'cookie'],
  triggers: { words: ['password', 'passwd', 'pwd', 'pass', 'passphrase', 'passcode', 'passwort', 'kennwort', 'storepass', 'keypass', 'secret', 'token', 'key', 'salt', 'credential', 'credentials'] },
  find: (scan, at) => {
    const { text } = scan
    let end = at
    while (/[A-Za-z0-9]/.test(text.charAt(end)) && end - at < 20) end += 1
    const next = text.charCodeAt(end)
    if (next !== 32 && next !== 9 && next !== 34 && next !== 39 && next !== 96) return
    const start = nameStart(text, end)
    // A command's flag begins with hyphens, and a name in quotes has no spaces.
    const name = text.slice(start, end).replace(/^.*[ ](?=\S+$)/, match => next === 32 || next === 9 ? match : '')
    const announced = announcedBy(name)
    if (announced === null) return
    const written = name.slice(name.lastIndexOf(' ') + 1)
    const nameAt = end - written.replace(/^-+/, '').length
    const place = placeOf(text, nameAt, end)
    // "pass" is a verb, too.
    if (place !== null && (place.sure || !/^pass$/i.test(written))) report(scan, announced, place)
  },
}

const call = /^\w{2,16}\(\s{0,4}(["'`])([^"'`\n]{2,64})\1\s{0,2},\s{0,12}(?=["'`])/

/** `login('anna@example.com', '…')`: the second literal is the password. */
export const loginCalls: Rule = {
  kinds: ['password'], triggers: { words: ['login', 'authenticate', 'signin', 'logon', 'sign'] },
  find: (scan, at) => {
    const head = call.exec(scan.text.slice(at, at + 110))
    const value = head === null ? null : readValue(scan.text, at + head[0].length)
    if (value === null || !/[@.\d]|^(?:admin|root|user)/.test(head?.[2] ?? '')) return
    if (looksChosen(scan.text.slice(value.start, value.end), true)) scan.add('password', value.start, value.end, 0.7)
  },
}
