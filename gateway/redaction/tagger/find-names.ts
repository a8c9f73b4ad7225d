// Names in prose, best effort: what the tagger says, as findings. Texts that are mostly code or tables are left out: there it would often be wrong.
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

const quote = 62

/** "> " at the beginning of a line quotes a mail. */
const isQuote = (text: string, at: number): boolean => at === 0 || text.charCodeAt(at - 1) === 10 || text.charCodeAt(at - 1) === quote

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Is most of it words, numbers aside? More than one sign of code in twelve characters says no. */
const isProse = (text: string): boolean => {
  let signs = 0
  let letters = 0
  let others = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isLetter(code)) letters += 1
    else if (signsOfCode.has(code) && !(code === quote && isQuote(text, at))) signs += 1
    else if (code > 32 && !isDigit(code)) others += 1
  }
  return letters > signs + others && signs * 12 < text.length
}

/** Places that are less likely are right about every other time, and a place hides little: they are not told. */
const leastOfPlace = 0.6

/** Findings in order, without overlaps. The confidence is how likely the least likely word is of its kind. */
export const findNames = (text: string): readonly Finding[] => {
  if (text.length < 3 || !isProse(text)) return none
  const model = trainedTagger()
  const tokens = tokensOf(text)
  return tagNames(tokens, model, model.head.bias).filter(({ kind, likelihood }) => kind !== 'LOC' || likelihood >= leastOfPlace)
    .map(({ from, kind, likelihood, to }) => ({ kind: kinds[kind], start: tokens[from]?.start ?? 0, end: tokens[to - 1]?.end ?? 0, confidence: likelihood }))
}
