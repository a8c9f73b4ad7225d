// What do the texts of a document carry from where they came from? And what of them has to be known again? Asked only where something of the
// owner's could be found.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification, LeafFindings } from '../exchange/finding.ts'
import { sensitivityRank, type Labels } from '../exchange/labels.ts'
import { nothingCarried, type Carried, type FoundText, type SameFound, type SameTexts, type TaintBook, type TaintSource, type Whose } from '../exchange/taint.ts'
import { labelsOf } from '../redaction/classify-document.ts'

type Skips = (leaf: StringLeaf) => boolean

function* textsOf(leaves: readonly StringLeaf[], skips: Skips): Generator<string> {
  for (const leaf of leaves) if (leaf.value.length >= 24 && !skips(leaf)) yield leaf.value
}

/** Those of a passage together: most come again with the next call. */
function* textsIn({ passages, strings }: JsonDocument, skips: Skips): Generator<string | SameTexts> {
  let next = 0
  for (const { firstLeaf, part } of passages) {
    const behind = firstLeaf + part.strings.length
    yield* textsOf(strings.slice(next, firstLeaf), skips)
    yield { of: part, by: skips, texts: () => textsOf(strings.slice(firstLeaf, behind), skips) }
    next = behind
  }
  yield* textsOf(next === 0 ? strings : strings.slice(next), skips)
}

/** @param skips strings that the protocol owns */
export const carriedIn = (taint: TaintBook, { owner, session }: Whose, document: JsonDocument, skips: Skips): Carried =>
  taint.isEmpty(owner) ? nothingCarried : taint.carriedBy(owner, session, textsIn(document, skips))

/** Unlabelled internal content is what most is: it says nothing that would have to follow it. */
const isWorthKnowing = ({ labels, sensitivity }: Labels): boolean => labels.length > 0 || sensitivityRank(sensitivity) > sensitivityRank('internal')

/** What a labelled source returned is known again wherever it reappears. */
export const learnReturned = (taint: TaintBook, whose: Whose, document: JsonDocument, from: { readonly labels: Labels; readonly origin: string; readonly skips: Skips }): void | Promise<void> =>
  isWorthKnowing(from.labels) ? taint.learn(whose, textsOf(document.strings, from.skips), from) : undefined

export interface FoundIn {
  /** Where the document came from: a server's tool or resource, or null. */
  readonly origin: string | null
  /** Policy hides secrets from models. */
  readonly secretsAreHidden: boolean
}

const sourceOf = ({ findings }: LeafFindings, { origin, secretsAreHidden }: FoundIn): TaintSource => {
  const entities: Record<string, number> = {}
  for (const { kind } of findings) entities[kind] = (entities[kind] ?? 0) + 1
  return { labels: labelsOf({ perLeaf: [], entities, unseen: [] }, secretsAreHidden), origin }
}

function* foundIn({ strings }: JsonDocument, perLeaf: readonly LeafFindings[], where: FoundIn): Generator<FoundText> {
  for (const found of perLeaf) {
    const text = strings[found.leaf]
    const source = sourceOf(found, where)
    if (text !== undefined && isWorthKnowing(source.labels)) yield { text: text.value, source }
  }
}

/** Those of a passage together: most come again with the next call. */
function* foundOf(document: JsonDocument, { inPassages = [], perLeaf }: Classification, where: FoundIn): Generator<FoundText | SameFound> {
  let next = 0
  for (const [at, found] of inPassages.entries()) {
    const passage = document.passages[at]
    if (found.length === 0 || passage === undefined) continue
    let first = next
    while ((perLeaf[first]?.leaf ?? Infinity) < passage.firstLeaf) first += 1
    yield* foundIn(document, perLeaf.slice(next, first), where)
    yield { of: found, by: `${where.origin} ${where.secretsAreHidden}`, texts: () => foundIn(passage.part, found, where) }
    next = first + found.length
  }
  yield* foundIn(document, next === 0 ? perLeaf : perLeaf.slice(next), where)
}

/** Texts in which a detector found something carry its labels on, each its own. All of a document are kept in one step. */
export const learnDetected = (taint: TaintBook, whose: Whose, document: JsonDocument, classification: Classification, where: FoundIn): void | Promise<void> =>
  classification.perLeaf.length === 0 ? undefined : taint.learnFound(whose, foundOf(document, classification, where))

/** What is kept elsewhere is waited for together; nothing is where all is kept already. */
export const whenKept = (...kept: readonly (void | Promise<void>)[]): void | Promise<void> => {
  const waiting = kept.filter(one => one instanceof Promise)
  return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
}
