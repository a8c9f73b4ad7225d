// Identifiers that only a label tells from other numbers: the label asks, in text or as a JSON key, and the value behind it is judged by its shape.
import type { EntityKind } from '../../../exchange/kinds.ts'
import type { Rule } from '../../rule.ts'
import { wordEnd } from '../characters.ts'
import { behindLabel, tokensAt, type Token } from './labels.ts'

export interface Labelled {
  readonly kind: EntityKind
  /** Words that ask, lower-case ASCII. */
  readonly words: readonly string[]
  /** The label from its asking word on, in lower case; what does not fit is another word's business. */
  readonly label?: RegExp
  /** The label is of more than one word, each time: only where one may follow is it looked for. */
  readonly goesOn?: true
  /** What must stand directly before the asking word, lower case. */
  readonly before?: RegExp
  readonly keys: readonly string[]
  /** Groups of capitals belong to the value too ("AB12 CDE"). */
  readonly capitals?: true
  /** How sure the shape makes, given the label; 0 for what cannot be one. @param raw as written */
  readonly judge: (token: Token, raw: string) => number
}

const dated = /^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})$/

/** Days and years stand behind such labels too ("passport issued on 12/05/2020"). */
const judged = (row: Labelled, token: Token, raw: string): number => dated.test(raw) ? 0 : row.judge(token, raw)

/** " ", "-", "_", "'" */
const joinsWords = (code: number): boolean => code === 32 || code === 45 || code === 95 || code === 39

const inText = (row: Labelled): Rule => ({
  kinds: [row.kind], triggers: { words: row.words },
  find: (scan, at) => {
    const { text } = scan
    const word = wordEnd(text, at, 32)
    if (row.goesOn === true && !joinsWords(text.charCodeAt(word))) return
    const label = row.label === undefined ? text.slice(at, word) : row.label.exec(text.slice(at, at + 64).toLowerCase())?.[0]
    if (label === undefined || (row.before !== undefined && !row.before.test(text.slice(Math.max(0, at - 24), at).toLowerCase()))) return
    const start = behindLabel(text, at + label.length)
    if (start === at + label.length) return
    for (const token of tokensAt(text, start, row.capitals)) {
      const confidence = judged(row, token, text.slice(start, token.end))
      if (confidence === 0) continue
      scan.add(row.kind, start, token.end, confidence)
      return
    }
  },
})

const underKey = (row: Labelled): Rule => ({
  kinds: [row.kind], triggers: { keys: row.keys },
  find: (scan, at) => {
    const { text } = scan
    const start = at + (/^\s{0,8}/.exec(text.slice(0, 8))?.[0].length ?? 0)
    const [token] = tokensAt(text, start, row.capitals)
    if (token === undefined || text.slice(token.end, token.end + 8).trim() !== '') return
    const confidence = judged(row, token, text.slice(start, token.end))
    if (confidence > 0) scan.add(row.kind, start, token.end, Math.min(1, confidence + 0.05))
  },
})

export const labelled = (row: Labelled): readonly Rule[] => [inText(row), underKey(row)]

/** Judges by a list of shapes: one of them is surer than another word with digits in it. */
export const shaped = (shapes: RegExp, known: number, other: number, fewestDigits = 5) => ({ bare, digits }: Token): number => {
  if (shapes.test(bare)) return known
  return digits >= fewestDigits && bare.length <= 20 ? other : 0
}
