// Strings that are looked at and cannot be changed: signed reasoning, and whatever stands in the place of an id. What should be hidden in one of
// them has to leave with it, or nothing may leave.
import type { JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification, EntityKind } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { knownValues } from './known-values.ts'
import type { Treatment } from './rewrite.ts'

export interface WatchPlan {
  readonly actionFor: (kind: EntityKind, confidence?: number) => Treatment
  readonly pseudonyms: Pseudonyms
  readonly isWatched: (leaf: StringLeaf) => boolean
  /** Reasoning: what a model has thought up itself its provider knows already, so that only values that stand elsewhere are to be kept from it. */
  readonly isReasoning: (leaf: StringLeaf) => boolean
}

/** A watched string that holds something to hide. */
export interface Exposed { readonly leaf: StringLeaf; readonly kind: EntityKind }

/** Values of the document that stand where they can be changed. */
const hiddenElsewhere = (document: JsonDocument, { perLeaf }: Classification, plan: WatchPlan): ReadonlySet<string> => {
  const values = new Set<string>()
  for (const { findings, leaf } of perLeaf) {
    const string = document.strings[leaf] as StringLeaf
    if (!plan.isWatched(string)) for (const { kind, confidence, start, end } of findings) if (plan.actionFor(kind, confidence) !== 'allow') values.add(string.value.slice(start, end))
  }
  return values
}

const inFindings = (document: JsonDocument, classification: Classification, plan: WatchPlan): Exposed[] => {
  let elsewhere: ReadonlySet<string> | undefined
  return classification.perLeaf.flatMap(({ findings, leaf: index }): Exposed[] => {
    const leaf = document.strings[index] as StringLeaf
    const hiding = findings.filter(({ kind, confidence }) => plan.actionFor(kind, confidence) !== 'allow')
    if (hiding.length === 0 || !plan.isWatched(leaf)) return []
    const exposed = !plan.isReasoning(leaf) ? hiding[0]
      : hiding.find(({ start, end }) => (elsewhere ??= hiddenElsewhere(document, classification, plan)).has(leaf.value.slice(start, end)))
    return exposed === undefined ? [] : [{ leaf, kind: exposed.kind }]
  })
}

const inReasoning = (document: JsonDocument, plan: WatchPlan): Exposed[] => {
  const known = knownValues(plan.pseudonyms)
  return known.empty ? [] : document.strings.flatMap((leaf): Exposed[] => {
    if (!plan.isReasoning(leaf)) return []
    const found = known.find(leaf).find(({ kind }) => plan.actionFor(kind) !== 'allow')
    return found === undefined ? [] : [{ leaf, kind: found.kind }]
  })
}

/** The watched strings of a document that hold something to hide, each once. To be asked when the document's values have been named. */
export const exposedIn = (document: JsonDocument, classification: Classification, plan: WatchPlan): readonly Exposed[] => {
  const found = inFindings(document, classification, plan)
  const leaves = new Set(found.map(({ leaf }) => leaf))
  return [...found, ...inReasoning(document, plan).filter(({ leaf }) => !leaves.has(leaf))]
}
