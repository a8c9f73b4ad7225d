// Strings that are looked at and cannot be changed: signed reasoning, and whatever stands in the place of an id. What should be hidden in one of
// them has to leave with it, or nothing may leave.
import type { JsonDocument, Passage, StringLeaf } from '../exchange/document.ts'
import type { Classification, EntityKind } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { knownValues } from './known-values.ts'
import type { Treatment } from './rewrite-plan.ts'
import type { PlanMark } from './rewritten-passages.ts'

export interface WatchPlan {
  readonly actionFor: (kind: EntityKind, confidence?: number) => Treatment
  readonly pseudonyms: Pseudonyms
  readonly isWatched: (leaf: StringLeaf) => boolean
  /** Reasoning: what a model has thought up itself its provider knows already, so that only values that stand elsewhere are to be kept from it. */
  readonly isReasoning: (leaf: StringLeaf) => boolean
  /** Who says which leaves are watched and which are reasoning: the same says the same of every leaf of a passage. Without it every leaf is asked about. */
  readonly by?: PlanMark['by']
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

interface Watched { readonly by: object; readonly leaves: readonly number[] }

/** By part: which of its leaves are watched, or reasoning. */
const ofParts = new WeakMap<JsonDocument, Watched>()

const watchedAmong = ({ strings }: JsonDocument, [from, to]: readonly [number, number], { isReasoning, isWatched }: WatchPlan): number[] => {
  const found: number[] = []
  for (let leaf = from; leaf < to; leaf += 1) if (isWatched(strings[leaf] as StringLeaf) || isReasoning(strings[leaf] as StringLeaf)) found.push(leaf)
  return found
}

const watchedInPassage = (document: JsonDocument, { firstLeaf, part }: Passage, plan: WatchPlan, by: object): readonly number[] => {
  let known = ofParts.get(part)
  if (known?.by !== by) {
    known = { by, leaves: watchedAmong(document, [firstLeaf, firstLeaf + part.strings.length], plan).map(leaf => leaf - firstLeaf) }
    ofParts.set(part, known)
  }
  return known.leaves
}

/** Leaves that are watched, or reasoning, in order; null where each has to be asked about. */
const watchedIn = (document: JsonDocument, plan: WatchPlan): readonly number[] | null => {
  if (plan.by === undefined || document.passages.length === 0) return null
  const found: number[] = []
  let next = 0
  for (const passage of document.passages) {
    found.push(...watchedAmong(document, [next, passage.firstLeaf], plan))
    for (const leaf of watchedInPassage(document, passage, plan, plan.by)) found.push(leaf + passage.firstLeaf)
    next = passage.firstLeaf + passage.part.strings.length
  }
  found.push(...watchedAmong(document, [next, document.strings.length], plan))
  return found
}

const inFindings = (document: JsonDocument, classification: Classification, watched: readonly number[] | null, plan: WatchPlan): Exposed[] => {
  let elsewhere: ReadonlySet<string> | undefined
  const among = watched === null ? null : new Set(watched)
  return classification.perLeaf.flatMap(({ findings, leaf: index }): Exposed[] => {
    if (among?.has(index) === false) return []
    const leaf = document.strings[index] as StringLeaf
    const hiding = findings.filter(({ kind, confidence }) => plan.actionFor(kind, confidence) !== 'allow')
    if (hiding.length === 0 || !plan.isWatched(leaf)) return []
    const exposed = !plan.isReasoning(leaf) ? hiding[0]
      : hiding.find(({ start, end }) => (elsewhere ??= hiddenElsewhere(document, classification, plan)).has(leaf.value.slice(start, end)))
    return exposed === undefined ? [] : [{ leaf, kind: exposed.kind }]
  })
}

const inReasoning = ({ strings }: JsonDocument, watched: readonly number[] | null, plan: WatchPlan): Exposed[] => {
  const known = knownValues(plan.pseudonyms)
  if (known.empty) return []
  const leaves = watched === null ? strings : watched.map(leaf => strings[leaf] as StringLeaf)
  return leaves.flatMap((leaf): Exposed[] => {
    if (!plan.isReasoning(leaf)) return []
    const found = known.find(leaf).find(({ kind }) => plan.actionFor(kind) !== 'allow')
    return found === undefined ? [] : [{ leaf, kind: found.kind }]
  })
}

/** The watched strings of a document that hold something to hide, each once. To be asked when the document's values have been named. */
export const exposedIn = (document: JsonDocument, classification: Classification, plan: WatchPlan): readonly Exposed[] => {
  const watched = watchedIn(document, plan)
  const found = inFindings(document, classification, watched, plan)
  const leaves = new Set(found.map(({ leaf }) => leaf))
  return [...found, ...inReasoning(document, watched, plan).filter(({ leaf }) => !leaves.has(leaf))]
}
