// Replaces what a duty names, string by string: everything else of the document stays as it came. Escapes literals first, so that only
// our own placeholders look like placeholders to whoever reads the result.
import type { RedactAction } from '../../policies/engine/contract.ts'
import type { Edit, JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification, EntityKind, Finding } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { knownValues } from './known-values.ts'
import { escapeLiterals, sourceMayHoldPlaceholder } from './placeholder.ts'
import { isProse } from './rephrase.ts'

export interface RewritePlan {
  readonly actionFor: (kind: EntityKind) => RedactAction
  readonly pseudonyms: Pseudonyms
  /** Rewrites whole texts that hold what is to be rephrased; without it that kind is blocked. Its values become pseudonyms in any case. */
  readonly rephraser?: { text(value: string): string; agree(): void }
  /** Strings that may be changed. The others (signed, or owned by the protocol) are left as they are. */
  readonly mayEdit: (leaf: StringLeaf) => boolean
}

export interface Rewritten {
  readonly edits: readonly Edit[]
  /** Replaced values by kind; escaped literals as "literal". */
  readonly counts: Readonly<Record<string, number>>
  /** A kind whose action is block, if one was found. */
  readonly blocked: EntityKind | null
}

const replacement = (finding: Finding, value: string, plan: RewritePlan): string | null => {
  switch (plan.actionFor(finding.kind)) {
    case 'rephrase':
    case 'pseudonymise': return plan.pseudonyms.placeholder(finding.kind, value)
    case 'mask': return `[${finding.kind.toUpperCase()}]`
    case 'drop': return ''
    case 'allow':
    case 'block': return null
  }
}

/** Merges what the detectors found with values that the session already knows; the detectors win where both speak. */
const merge = (found: readonly Finding[], known: readonly Finding[]): readonly Finding[] => {
  if (known.length === 0) return found
  // Both are in order and without overlaps, so one walk through both is enough.
  let at = 0
  const extra = known.filter(one => {
    while ((found[at]?.end ?? Infinity) <= one.start) at += 1
    return (found[at]?.start ?? Infinity) >= one.end
  })
  return extra.length === 0 ? found : [...found, ...extra].sort((a, b) => a.start - b.start)
}

const rewriteText = (text: string, findings: readonly Finding[], plan: RewritePlan, counts: Record<string, number>): string => {
  let out = ''
  let at = 0
  // Somebody's own words since the last placeholder: escaped as one, or the two sides of a dropped value could close to a placeholder.
  let own = ''
  const escapeOwn = (): string => {
    const escaped = escapeLiterals(own)
    if (escaped !== own) counts.literal = (counts.literal ?? 0) + 1
    own = ''
    return escaped
  }
  for (const finding of findings) {
    const put = replacement(finding, text.slice(finding.start, finding.end), plan)
    if (put === null) continue
    own += text.slice(at, finding.start)
    if (put !== '') out += escapeOwn() + put
    at = finding.end
    counts[finding.kind] = (counts[finding.kind] ?? 0) + 1
  }
  own += text.slice(at)
  return out + escapeOwn()
}

const isBlocked = (kind: EntityKind, plan: RewritePlan): boolean => {
  const action = plan.actionFor(kind)
  return action === 'block' || (action === 'rephrase' && plan.rephraser === undefined)
}

const isReversible = (action: RedactAction): boolean => action === 'pseudonymise' || action === 'rephrase'

const blockedKind = (classification: Classification, plan: RewritePlan): EntityKind | null => {
  for (const kind in classification.entities) if (isBlocked(kind as EntityKind, plan)) return kind as EntityKind
  return null
}

// All values of a document become known before its first string is rewritten: one that is recognised in the last string is then also found
// in the first, in this turn as in every later one.
const learn = (document: JsonDocument, classification: Classification, plan: RewritePlan): void => {
  for (const { leaf, findings } of classification.perLeaf) {
    const string = document.strings[leaf] as StringLeaf
    if (!plan.mayEdit(string)) continue
    for (const { kind, start, end } of findings) if (isReversible(plan.actionFor(kind))) plan.pseudonyms.placeholder(kind, string.value.slice(start, end))
  }
}

/** Two keys of one object that are masked alike would become one member, and a value would be lost: later ones get a number. */
const uniqueKeys = (): ((leaf: StringLeaf, text: string) => string) => {
  const taken = new Map<string, number>()
  return (leaf, text) => {
    const place = JSON.stringify([...leaf.path.slice(0, -1), text])
    const count = (taken.get(place) ?? 0) + 1
    taken.set(place, count)
    return count === 1 ? text : `${text} ${count}`
  }
}

/** A text with something in it that is to be rephrased goes to the rephraser as a whole, values replaced. */
const rephrased = ({ form }: StringLeaf, findings: readonly Finding[], text: string, plan: RewritePlan, counts: Record<string, number>): string => {
  if (plan.rephraser === undefined || form !== 'value' || !findings.some(({ kind }) => plan.actionFor(kind) === 'rephrase') || !isProse(text)) return text
  counts.rephrased = (counts.rephrased ?? 0) + 1
  return plan.rephraser.text(text)
}

const none: readonly Finding[] = []
const nothingPasses = (blocked: EntityKind): Rewritten => ({ edits: [], counts: {}, blocked })

/** The edits that carry out a plan on a document. Deterministic: the same text is rewritten to the same text in every turn of a session. */
export const rewriteDocument = (document: JsonDocument, classification: Classification, plan: RewritePlan): Rewritten => {
  const blocked = blockedKind(classification, plan)
  if (blocked !== null) return nothingPasses(blocked)
  learn(document, classification, plan)
  plan.pseudonyms.agree?.()
  const counts: Record<string, number> = {}
  const edits: Edit[] = []
  const blockedKnown = new Set<EntityKind>()
  const known = knownValues(plan.pseudonyms)
  const literals = sourceMayHoldPlaceholder(document.text)
  const keyText = uniqueKeys()
  let next = 0
  const visit = (leaf: StringLeaf, index: number): void => {
    const found = classification.perLeaf[next]?.leaf === index ? classification.perLeaf[next++]?.findings ?? none : none
    const remembered = known.find(leaf)
    // What the session knows is as much found as what a detector sees.
    for (const { kind } of remembered) if (isBlocked(kind, plan)) blockedKnown.add(kind)
    if (found.length === 0 && remembered.length === 0 && !literals) return
    if (!plan.mayEdit(leaf)) return
    const { value } = leaf
    const all = merge(found, remembered)
    const rewritten = rephrased(leaf, all, rewriteText(value, all, plan, counts), plan, counts)
    const text = leaf.form === 'key' && rewritten !== value ? keyText(leaf, rewritten) : rewritten
    if (text !== value) edits.push({ start: leaf.start, end: leaf.end, text: JSON.stringify(text) })
  }
  // Without a known value and without a literal only the strings with findings need a look.
  if (known.empty && !literals) {
    for (const { leaf } of classification.perLeaf) visit(document.strings[leaf] as StringLeaf, leaf)
  } else {
    document.strings.forEach(visit)
  }
  plan.rephraser?.agree()
  const [first] = blockedKnown
  return first === undefined ? { edits, counts, blocked: null } : nothingPasses(first)
}
