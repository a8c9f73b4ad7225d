// Names in prose, best effort: what the tagger says, as findings. Code, tables and logs are left out: there it would mostly be wrong.
import type { EntityKind } from '../../exchange/kinds.ts'
import type { Finding } from '../../exchange/finding.ts'
import { tagNames } from './tagger.ts'
import { tokensOf } from './tokens.ts'
import { trainedTagger } from './weights.ts'

const kinds = { PER: 'person', ORG: 'organisation', LOC: 'location' } as const satisfies Readonly<Record<string, EntityKind>>

export const namedKinds: readonly EntityKind[] = Object.values(kinds)

const none: readonly Finding[] = Object.freeze([])

// Slashes are in dates and addresses, too.
const signsOfCode: ReadonlySet<number> = new Set(Array.from('{}[]<>=;_|\\', sign => sign.charCodeAt(0)))

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code > 191

/** Is most of it words? More than one sign of code in twenty characters says no. */
const isProse = (text: string): boolean => {
  let signs = 0
  let letters = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isLetter(code)) letters += 1
    else if (signsOfCode.has(code)) signs += 1
  }
  return letters * 2 > text.length && signs * 20 < text.length
}

/** 0.5 where two answers were nearly as good, towards 0.9. */
const confidenceOf = (margin: number, scale: number): number => 0.5 + 0.4 * (1 - Math.exp(-margin / (4 * scale)))

/** Findings in order, without overlaps. */
export const findNames = (text: string): readonly Finding[] => {
  if (text.length < 3 || !isProse(text)) return none
  const model = trainedTagger()
  const { bias, scale } = model.head
  const tokens = tokensOf(text)
  return tagNames(tokens, model, bias).map(({ from, kind, margin, to }) => ({
    kind: kinds[kind], start: tokens[from]?.start ?? 0, end: tokens[to - 1]?.end ?? 0, confidence: confidenceOf(margin, scale),
  }))
}
