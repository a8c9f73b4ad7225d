// Secrets that the structure around them gives away: the data of a Kubernetes Secret, the private members of a JSON Web Key.
import type { Rule, Scan } from '../../rule.ts'
import { isNoValue } from './values.ts'

const dataReach = 1000
const entry = /\r?\n[ \t]+["']?[\w.-]{1,80}["']?:[ \t]+(["']?)([^\s"'|>{}[\]#][^\s"']{3,2000})\1[ \t]*(?=\r?\n|$)/y

/** Every value under "data:" or "stringData:" of a manifest whose kind is Secret. */
export const kubernetesSecrets: Rule = {
  kinds: ['api_key'], triggers: { words: ['data', 'stringdata'] },
  find: (scan, at) => {
    const { text } = scan
    const head = /^(?:stringData|data):[ \t]*(?=\r?\n)/.exec(text.slice(at, at + 24))
    if (head === null || !(at === 0 || text[at - 1] === '\n')) return
    if (!/(?:^|\n)kind:[ \t]*["']?Secret["']?[ \t]*(?:\r?\n|$)/.test(text.slice(Math.max(0, at - dataReach), at + dataReach))) return
    entry.lastIndex = at + head[0].length
    for (let match = entry.exec(text), count = 0; match !== null && count < 200; match = entry.exec(text), count += 1) {
      const value = match[2] ?? ''
      const end = match.index + match[0].trimEnd().length - (match[1] ?? '').length
      if (!isNoValue(value)) scan.add('api_key', end - value.length, end, 0.8)
    }
  },
}

const jwkReach = 1200
const member = /["']((?:d|p|q|dp|dq|qi|k))["']\s{0,4}:\s{0,4}["']([A-Za-z0-9_-]{20,700})["']/g

const reportMembers = (scan: Scan, from: number, to: number): void => {
  for (const match of scan.text.slice(from, to).matchAll(member)) {
    const end = from + match.index + match[0].length - 1
    scan.add('private_key', end - (match[2] ?? '').length, end, 0.9)
  }
}

/** RFC 7517: members of an RSA, EC, OKP or symmetric key that are private. */
export const jsonWebKeys: Rule = {
  kinds: ['private_key'], triggers: { words: ['kty'] },
  find: (scan, at) => {
    if (!/^kty["']\s{0,4}:\s{0,4}["'](?:RSA|EC|OKP|oct)["']/.test(scan.text.slice(at, at + 24))) return
    // Members stand inside the same braces.
    const before = scan.text.slice(Math.max(0, at - jwkReach), at)
    const behind = scan.text.slice(at, at + 2 * jwkReach)
    const close = behind.indexOf('}')
    reportMembers(scan, at - before.length + Math.max(0, before.lastIndexOf('{')), at + (close === -1 ? behind.length : close))
  },
}
