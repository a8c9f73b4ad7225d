// Names of secrets as words of a text: "the password is …", `--password …`, "login … password …", `define('DB_PASSWORD', '…')`, `ENV NAME …`.
import type { Rule, Scan } from '../../rule.ts'
import { announcedBy, type Announced } from './names.ts'
import { confidenceOf } from './named.ts'
import { nameStart, readValue } from './read-value.ts'
import { looksChosen, looksIssued } from './values.ts'

const said = /^(?:\s(?:for|to|of|from) [\w '.@-]{1,40}?)?\s(?:is|was|ist|lautet|est|es)\s{1,2}/
const pair = /^["'`]\s{0,3},\s{0,12}(?=["'`])/
const login = /(?:^|\s)login\s{1,4}(?!(?:and|or|to|with|name|the|for)\s)\S{1,64}\s{1,8}$/
const account = /(?:^|\s)(?:user|username|account)\s{1,4}(?!(?:and|or|to|with|name|id|the|for)\s)\S{1,64}\s{1,8}$/
const opened = /\(\s{0,3}["'`]$/
const joined = /^[A-Za-z]+\d*-[A-Za-z-]+$/

/** How a value stands behind its name: nothing but a value can stand there, it is said to be it, or it merely comes next. */
interface Place { readonly from: number; readonly manner: 'certain' | 'said' | 'next' }

const isCertain = (before: string, behind: string): boolean => {
  if (/(?:^|[\s"'])--?$/.test(before) || /(?:^|\n)\s{0,8}(?:ENV|ARG|setx?)\s{1,4}$/.test(before) || login.test(before)) return true
  return (/(?:^|\n)[ \t]*$/.test(before) && /^[ \t]{1,8}["']/.test(behind)) || (account.test(before) && /^\s+\S*[\d!#%&*+?@^~]/.test(behind))
}

const placeOf = (text: string, nameAt: number, end: number): Place | null => {
  const behind = text.slice(end, end + 64)
  const words = said.exec(behind)?.[0]
  if (words !== undefined) return { from: end + words.length, manner: 'said' }
  const comma = pair.exec(behind)?.[0]
  if (comma !== undefined) return { from: end + comma.length, manner: opened.test(text.slice(Math.max(0, nameAt - 4), nameAt)) ? 'certain' : 'next' }
  if (!/^(?: {1,8}|\t)[^\s=:>,;|&(]/.test(behind)) return null
  if (isCertain(text.slice(Math.max(0, nameAt - 80), nameAt), behind)) return { from: end, manner: 'certain' }
  // Further apart are columns of a table.
  return /^ \S/.test(behind) ? { from: end, manner: 'next' } : null
}

const report = (scan: Scan, announced: Announced, { from, manner }: Place): void => {
  const value = readValue(scan.text, from)
  if (value === null) return
  const content = scan.text.slice(value.start, value.end)
  // `code` in backticks is no quotation, and a flag is no value.
  if (content.startsWith('-') || scan.text[value.start - 1] === '`') return
  const certain = manner === 'certain'
  if (!certain) {
    // "password is base64-encoded", "password md5": prose about passwords has words and numbers, too.
    if (joined.test(content) || !(looksIssued(content) || (manner === 'said' && /[\d\W]/.test(content)))) return
  }
  const confidence = confidenceOf(announced, content, certain || (value.quoted && manner === 'said'))
  if (confidence > 0) scan.add(announced.kind, value.start, value.end, certain ? confidence : confidence - 0.1)
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
    if (place !== null && (place.manner === 'certain' || !/^pass$/i.test(written))) report(scan, announced, place)
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
