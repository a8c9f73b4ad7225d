// One pass over a text that asks every rule where its triggers are. The cost is one table look-up for each character, and the rules' own
// work where they are asked.
import type { EntityKind } from '../exchange/kinds.ts'
import type { Finding } from '../exchange/finding.ts'
import type { Rule, Scan } from './rule.ts'

const digit = 1
const letter = 2
const asked = 4

const isWord = (classes: Uint8Array, code: number): boolean => code < 128 && ((classes[code] ?? 0) & (digit | letter)) !== 0

/** "billingSSN_number" → "billing ssn number". */
export const wordsOfKey = (key: string): string =>
  key.slice(0, 200).replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2').replace(/[^A-Za-z\d]+/g, ' ').trim().toLowerCase()

const labelLength = 40

class OneScan implements Scan {
  readonly text: string
  readonly key: string | null
  readonly keyWords: string
  readonly found: Finding[] = []
  readonly #least: number

  constructor(text: string, key: string | null, least: number) {
    this.text = text
    this.key = key
    this.keyWords = key === null ? '' : wordsOfKey(key)
    this.#least = least
  }

  labelBefore(at: number): string {
    const near = this.text.slice(Math.max(0, at - labelLength), at).toLowerCase()
    return this.keyWords === '' ? near : `${near} ${this.keyWords}`
  }

  add(kind: EntityKind, start: number, end: number, confidence: number): void {
    if (confidence < this.#least || end <= start) return
    // Rules that are asked at neighbouring places report the same thing one after the other.
    const last = this.found.at(-1)
    if (last !== undefined && last.start === start && last.end === end && last.kind === kind && last.confidence >= confidence) return
    this.found.push({ kind, start, end, confidence })
  }
}

export interface Scanner {
  /** What the rules say of a text, in no order and with overlaps. @param least findings below this confidence are left out */
  find(text: string, key: string | null, least: number): readonly Finding[]
}

/** Joins rules into one pass. */
export const createScanner = (rules: readonly Rule[]): Scanner => {
  const classes = new Uint8Array(128)
  for (let code = 48; code < 58; code += 1) classes[code] = digit
  for (let code = 65; code < 91; code += 1) classes[code] = classes[code + 32] = letter
  const byCharacter = new Map<number, Rule[]>()
  const numbers = rules.filter(({ triggers }) => triggers.numbers === true)
  const prefixes = new Map<string, { readonly prefix: string; readonly rule: Rule }[]>()
  const words = new Map<string, Rule[]>()
  const keyed = rules.flatMap(rule => (rule.triggers.keys ?? []).map(key => ({ key: ` ${key} `, rule })))
  for (const rule of rules) {
    for (const character of rule.triggers.characters ?? '') {
      const code = character.charCodeAt(0)
      classes[code] = (classes[code] ?? 0) | asked
      byCharacter.set(code, [...byCharacter.get(code) ?? [], rule])
    }
    for (const prefix of rule.triggers.prefixes ?? []) prefixes.set(prefix.slice(0, 2), [...prefixes.get(prefix.slice(0, 2)) ?? [], { prefix, rule }])
    for (const word of rule.triggers.words ?? []) words.set(word, [...words.get(word) ?? [], rule])
  }
  const longestWord = Math.max(0, ...[...words.keys()].map(word => word.length))

  const askWord = (scan: Scan, at: number): void => {
    const { text } = scan
    for (const { prefix, rule } of prefixes.get(text.slice(at, at + 2)) ?? []) if (text.startsWith(prefix, at)) rule.find(scan, at)
    let end = at
    while (end - at <= longestWord && (classes[text.charCodeAt(end)] ?? 0) & letter) end += 1
    if (end === at || end - at > longestWord) return
    for (const rule of words.get(text.slice(at, end).toLowerCase()) ?? []) rule.find(scan, at)
  }

  const askKey = (scan: Scan): void => {
    if (scan.keyWords === '') return
    const inWords = ` ${scan.keyWords} `
    const done = new Set<Rule>()
    for (const { key, rule } of keyed) {
      if (done.has(rule) || !inWords.includes(key)) continue
      done.add(rule)
      rule.find(scan, 0)
    }
  }

  return {
    find: (text, key, least) => {
      const scan = new OneScan(text, key, least)
      askKey(scan)
      let before = 0
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at)
        const now = code < 128 ? classes[code] ?? 0 : 0
        if (now === 0) {
          before = 0
          continue
        }
        if ((now & asked) !== 0) for (const rule of byCharacter.get(code) ?? []) rule.find(scan, at)
        if ((now & digit) !== 0 && (before & digit) === 0) for (const rule of numbers) rule.find(scan, at)
        if ((now & (digit | letter)) !== 0 && (before & (digit | letter)) === 0 && isWord(classes, code)) askWord(scan, at)
        before = now
      }
      return scan.found
    },
  }
}
