// What do the texts of a document carry from where they came from? And what of them has to be known again? Asked only where something of the
// owner's could be found.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification } from '../exchange/finding.ts'
import { sensitivityRank, type Labels } from '../exchange/labels.ts'
import { nothingCarried, type Carried, type TaintBook } from '../exchange/taint.ts'
import { labelsOf } from '../redaction/classify-document.ts'

type Skips = (leaf: StringLeaf) => boolean

function* textsOf({ strings }: JsonDocument, skips: Skips): Generator<string> {
  for (const leaf of strings) if (leaf.value.length >= 24 && !skips(leaf)) yield leaf.value
}

export interface Whose { readonly owner: string; readonly session: string }

/** @param skips strings that the protocol owns */
export const carriedIn = (taint: TaintBook, { owner, session }: Whose, document: JsonDocument, skips: Skips): Carried =>
  taint.isEmpty(owner) ? nothingCarried : taint.carriedBy(owner, session, textsOf(document, skips))

/** Unlabelled internal content is what most is: it says nothing that would have to follow it. */
const isWorthKnowing = ({ labels, sensitivity }: Labels): boolean => labels.length > 0 || sensitivityRank(sensitivity) > sensitivityRank('internal')

/** What a labelled source returned is known again wherever it reappears. */
export const learnReturned = (taint: TaintBook, whose: Whose, document: JsonDocument, from: { readonly labels: Labels; readonly origin: string; readonly skips: Skips }): void | Promise<void> =>
  isWorthKnowing(from.labels) ? taint.learn(whose, textsOf(document, from.skips), from) : undefined

export interface FoundIn {
  /** Where the document came from: a server's tool or resource, or null. */
  readonly origin: string | null
  /** Policy hides secrets from models. */
  readonly secretsAreHidden: boolean
}

/** Texts in which a detector found something carry their labels on, each its own. */
export const learnDetected = (taint: TaintBook, whose: Whose, document: JsonDocument, { perLeaf }: Classification, { origin, secretsAreHidden }: FoundIn): void | Promise<void> => {
  const byLabels = new Map<string, { readonly labels: Labels; readonly texts: string[] }>()
  for (const { findings, leaf } of perLeaf) {
    const text = document.strings[leaf]
    if (text === undefined) continue
    const entities: Record<string, number> = {}
    for (const { kind } of findings) entities[kind] = (entities[kind] ?? 0) + 1
    const labels = labelsOf({ perLeaf: [], entities, unseen: [] }, secretsAreHidden)
    if (!isWorthKnowing(labels)) continue
    const key = `${labels.sensitivity} ${labels.labels.join(' ')}`
    const same = byLabels.get(key)
    if (same === undefined) byLabels.set(key, { labels, texts: [text.value] })
    else same.texts.push(text.value)
  }
  return byLabels.size === 0 ? undefined : whenKept(...[...byLabels.values()].map(({ labels, texts }) => taint.learn(whose, texts, { labels, origin })))
}

/** What is kept elsewhere is waited for together; nothing is where all is kept already. */
export const whenKept = (...kept: readonly (void | Promise<void>)[]): void | Promise<void> => {
  const waiting = kept.filter(one => one instanceof Promise)
  return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
}
