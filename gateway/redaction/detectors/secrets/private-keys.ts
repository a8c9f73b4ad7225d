// Private keys in armour: PEM, OpenSSH, PGP, SSH2, PuTTY; whole, cut off, or written as one line with "\n" in it.
import type { Rule } from '../../rule.ts'

const opening = /^-{4,5} ?BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)? ?-{4,5}/
const ending = /^-{4,5} ?END[A-Z0-9 ]{0,80}-{0,5}/
/** A key is mostly runs like this; prose, code and "..." between the markers are not. */
const keyRun = /[A-Za-z0-9+/=]{16,}/g

const isMostlyKey = (body: string): boolean => {
  let covered = 0
  for (const run of body.match(keyRun) ?? []) covered += run.length
  return covered >= 16 && covered * 5 >= body.length * 2
}

const line = /(?:\\r|\\n|[\r\n "'+,])*([A-Za-z0-9+/=]+|[A-Za-z-]{3,20}: [^\r\n\\]{1,80})(?=\\[rn]|[\r\n"']|$)/y
const armoured = /^[A-Za-z0-9+/=]{16,}$/

/** End of the last line of a key that has no end marker: what follows in other words is not part of it. */
const cutOffEnd = (body: string): number => {
  line.lastIndex = 0
  let end = 0
  let inKey = false
  for (let match = line.exec(body); match !== null; match = line.exec(body)) {
    const [, content = ''] = match
    const isHeader = content.includes(': ')
    // The last line of a key may be short; a short line before any other is none.
    if (!isHeader && !armoured.test(content) && !inKey) return end
    if (!isHeader) end = line.lastIndex
    if (inKey && !armoured.test(content)) return end
    inKey = !isHeader
  }
  return end
}

export const armouredKeys: Rule = {
  kinds: ['private_key'], triggers: { prefixes: ['BEGIN '] },
  find: (scan, at) => {
    const { text } = scan
    const dashes = text[at - 1] === ' ' ? 5 : text.startsWith('-----', at - 5) ? 5 : 4
    const start = at - dashes
    const header = start < 0 ? null : opening.exec(text.slice(start, start + 120))
    if (header === null) return
    const bodyStart = start + header[0].length
    // The next marker ends what is looked at, and it is where the next key begins: no character is looked at for two keys.
    const marker = text.indexOf('----', bodyStart)
    const stop = marker === -1 ? text.length : marker
    const body = text.slice(bodyStart, stop)
    const end = ending.exec(text.slice(stop, stop + 100))
    const cut = end === null ? cutOffEnd(body) : 0
    if (end !== null ? isMostlyKey(body) : cut > 0) scan.add('private_key', start, end === null ? bodyStart + cut : stop + end[0].length, 0.99)
  },
}

const puttyHead = /^Private-Lines: (\d{1,3})(?:\\r|\\n|[\r\n])+/
const puttyLine = /[A-Za-z0-9+/=]{4,80}(?:(?:\\r|\\n|[\r\n])+|$)/y

export const puttyKeys: Rule = {
  kinds: ['private_key'], triggers: { prefixes: ['Private-Lines: '] },
  find: (scan, at) => {
    const { text } = scan
    const head = puttyHead.exec(text.slice(at, at + 40))
    if (head === null) return
    const start = at + head[0].length
    puttyLine.lastIndex = start
    let end = start
    for (let lines = Number(head[1]); lines > 0; lines -= 1) {
      const match = puttyLine.exec(text)
      if (match === null) break
      end = match.index + (/^[A-Za-z0-9+/=]+/.exec(match[0])?.[0].length ?? 0)
      puttyLine.lastIndex = match.index + match[0].length
    }
    scan.add('private_key', start, end, 0.99)
  },
}

const phraseHead = /^(?:mnemonic|seed|recovery)(?:[ _]?(?:phrase|words|seed|key))?["']?\s{0,3}(?:is\s{0,2})?[:=]?\s{0,3}["']?/i
const phrase = /^[a-z]{3,8}(?: [a-z]{3,8}){11,23}(?![a-z ])/

/** The twelve to twenty-four words from which a wallet's keys are made. */
export const seedPhrases: Rule = {
  kinds: ['private_key'], triggers: { words: ['mnemonic', 'seed', 'recovery'] },
  find: (scan, at) => {
    const head = phraseHead.exec(scan.text.slice(at, at + 60))
    if (head === null || !/[:="']/.test(head[0])) return
    const start = at + head[0].length
    const words = phrase.exec(scan.text.slice(start, start + 240))
    if (words !== null) scan.add('private_key', start, start + words[0].length, 0.8)
  },
}
