// Cookies in headers: the values that identify a session, each by itself; a theme or a language stays readable.
import type { Rule, Scan } from '../../rule.ts'
import { looksRandom } from './values.ts'

const most = 64
const pair = /([!#$%&*+.^_`|~\w-]{1,80})=("?)([^\s;,"'\\]{1,4096})\2/y
const between = /;\s?/y
const attribute = /^(?:path|domain|expires|max-age|samesite|priority|secure|httponly)$/i
const sessionName = /sess|sid$|^sid|auth|token|jwt|csrf|xsrf|login|remember|secret|ticket|identity|connect\.|^_ga_?secret/i

const identifies = (name: string, value: string): boolean =>
  !attribute.test(name) && (sessionName.test(name) ? value.length >= 8 && /\d|%|[A-Z].*[a-z]/.test(value) : looksRandom(value.replaceAll('%', '.')) && value.length >= 20)

const readPairs = (scan: Scan, from: number): void => {
  let at = from
  for (let count = 0; count < most; count += 1) {
    pair.lastIndex = at
    const match = pair.exec(scan.text)
    if (match === null) return
    const [whole, name = '', quote = '', value = ''] = match
    const end = at + whole.length - quote.length
    if (identifies(name, value)) scan.add('cookie', end - value.length, end, 0.85)
    between.lastIndex = at + whole.length
    const next = between.exec(scan.text)
    if (next === null) return
    at = between.lastIndex
  }
}

const header = /^cookies?["'\\]{0,2}\s{0,2}[:=]\s{0,2}["'\\]{0,2}/i
const flag = /^cookies?\s{1,2}["']?(?=[\w.-]{1,80}=)/i

export const cookies: Rule = {
  kinds: ['cookie'], triggers: { words: ['cookie', 'cookies'], keys: ['cookie', 'cookies'] },
  find: (scan, at) => {
    const near = scan.text.slice(at, at + 100)
    const head = header.exec(near) ?? (scan.text.startsWith('--', at - 2) ? flag.exec(near) : null)
    if (head !== null) readPairs(scan, at + head[0].length)
    else if (at === 0 && scan.key !== null && / cookies? /.test(` ${scan.keyWords} `)) readPairs(scan, 0)
  },
}
