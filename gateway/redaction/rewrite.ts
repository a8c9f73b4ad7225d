// Replaces what a duty names, string by string: everything else of the document stays as it came. Escapes literals first, so that only
// our own placeholders look like placeholders to whoever reads the result.
import type { RedactAction } from '../../policies/engine/contract.ts'
import type { Edit, JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Classification, EntityKind, Finding } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { knownValues } from './known-values.ts'
import { surrogatesIn } from './own-surrogates.ts'
import { escapeLiterals, sourceMayHoldPlaceholder } from './placeholder.ts'
import { surrogateTexts } from './read-surrogate.ts'
import { isProse } from './rephrase.ts'
import { keepRewritten, rewrittenBefore, type RewrittenText } from './rewritten-texts.ts'

/** An action as it is carried out: `surrogate` is to pseudonymise by a value that looks like one of its kind. */
export type Treatment = RedactAction | 'surrogate'

export interface RewritePlan {
  readonly actionFor: (kind: EntityKind, confidence?: number) => Treatment
  readonly pseudonyms: Pseudonyms
  /** Rewrites whole texts that hold what is to be rephrased; without it that kind is blocked. Its values become pseudonyms in any case. */
  readonly rephraser?: { text(value: string): string; agree(): void }
  /** Strings that may be changed. The others (signed, or owned by the protocol) are left as they are. */
  readonly mayEdit: (leaf: StringLeaf) => boolean
  /**
   * Kinds whose pseudonyms the writer of the document has from us, because it never gets them restored: they stay as they are. All other text
   * that looks like one is the writer's own.
   */
  readonly isOurs?: (kind: EntityKind) => boolean
}

export interface Rewritten {
  readonly edits: readonly Edit[]
  /** Replaced values by kind; escaped literals as "literal". */
  readonly counts: Readonly<Record<string, number>>
  /** A kind whose action is block, if one was found. */
  readonly blocked: EntityKind | null
}

/** One document under way. */
interface Work {
  readonly plan: RewritePlan
  readonly counts: Record<string, number>
  readonly isTaken: (text: string) => boolean
  readonly isOurs: (pseudonym: string) => boolean
  /** The name of a key that was rewritten, told apart from others of its object. */
  readonly keyText: (leaf: StringLeaf, text: string) => string
  /** What is to be remembered when the pseudonyms are agreed upon. */
  readonly keep: (() => void)[]
}

const replacement = ({ kind }: Finding, value: string, treatment: Treatment, { plan: { pseudonyms }, isTaken }: Work): string | null => {
  switch (treatment) {
    case 'rephrase':
    case 'pseudonymise': return pseudonyms.placeholder(kind, value)
    case 'surrogate': return pseudonyms.surrogate(kind, value, isTaken)
    case 'hash': return pseudonyms.hash(kind, value)
    case 'mask': return `[${kind.toUpperCase()}]`
    case 'drop': return ''
    case 'allow':
    case 'block': return null
  }
}

/** Texts that the document itself uses, found when a new surrogate is wanted. */
const takenIn = (document: JsonDocument): ((text: string) => boolean) => {
  let taken: Set<string> | null = null
  return text => (taken ??= new Set(document.strings.flatMap(({ value }) => surrogateTexts(value)))).has(text)
}

/** Merges two lists of findings; the first wins where both speak. */
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

/** A surrogate that the writer means as it stands is a value like any other, whatever is done to its kind: or its quotation would come back as somebody's. */
const treatmentOf = (finding: Finding, surrogates: readonly Finding[], value: string, { isOurs, plan }: Work): Treatment => {
  const action = plan.actionFor(finding.kind, finding.confidence)
  if (!surrogates.includes(finding)) return action
  return isOurs(value) ? 'allow' : action === 'allow' ? 'surrogate' : action
}

const rewriteText = (text: string, findings: readonly Finding[], surrogates: readonly Finding[], work: Work): string => {
  const { counts, isOurs } = work
  let out = ''
  let at = 0
  // Somebody's own words since the last placeholder: escaped as one, or the two sides of a dropped value could close to a placeholder.
  let own = ''
  const escapeOwn = (): string => {
    const escaped = escapeLiterals(own, isOurs)
    if (escaped !== own) counts.literal = (counts.literal ?? 0) + 1
    own = ''
    return escaped
  }
  for (const finding of findings) {
    const value = text.slice(finding.start, finding.end)
    const put = replacement(finding, value, treatmentOf(finding, surrogates, value, work), work)
    if (put === null) continue
    own += text.slice(at, finding.start)
    if (put !== '') out += escapeOwn() + put
    at = finding.end
    counts[finding.kind] = (counts[finding.kind] ?? 0) + 1
  }
  own += text.slice(at)
  return out + escapeOwn()
}

const isBlocked = (treatment: Treatment, plan: RewritePlan): boolean => treatment === 'block' || (treatment === 'rephrase' && plan.rephraser === undefined)

const blockedKind = (classification: Classification, plan: RewritePlan): EntityKind | null => {
  for (const { findings } of [...classification.perLeaf, ...classification.pictures ?? []]) {
    for (const { kind, confidence } of findings) if (isBlocked(plan.actionFor(kind, confidence), plan)) return kind
  }
  return null
}

const reversible: ReadonlySet<Treatment> = new Set(['pseudonymise', 'surrogate', 'rephrase'])

// All values of a document become known before its first string is rewritten: one that is recognised in the last string is then also found
// in the first, in this turn as in every later one.
const learn = (document: JsonDocument, classification: Classification, work: Work): void => {
  const { plan, isOurs } = work
  for (const { leaf, findings } of classification.perLeaf) {
    const string = document.strings[leaf] as StringLeaf
    if (!plan.mayEdit(string)) continue
    for (const finding of findings) {
      const treatment = plan.actionFor(finding.kind, finding.confidence)
      if (!reversible.has(treatment)) continue
      const value = string.value.slice(finding.start, finding.end)
      if (!isOurs(value)) replacement(finding, value, treatment, work)
    }
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
const rephrased = ({ form }: StringLeaf, findings: readonly Finding[], text: string, { counts, plan }: Work): string => {
  if (plan.rephraser === undefined || form !== 'value' || !findings.some(({ kind, confidence }) => plan.actionFor(kind, confidence) === 'rephrase') || !isProse(text)) return text
  counts.rephrased = (counts.rephrased ?? 0) + 1
  return plan.rephraser.text(text)
}

/** Counts what is replaced in a text that is rewritten as before. */
const countAgain = ({ all, treatments }: RewrittenText, counts: Record<string, number>): void => {
  for (const [index, { kind }] of all.entries()) if (treatments[index] !== 'allow') counts[kind] = (counts[kind] ?? 0) + 1
}

/** A string as JSON after what was found in it has been replaced; null where it stays as it is. */
const rewriteString = (leaf: StringLeaf, found: readonly Finding[], remembered: readonly Finding[], work: Work): string | null => {
  const { counts, keep, keyText, plan } = work
  const { form, value } = leaf
  const surrogates = surrogatesIn(value, plan.pseudonyms)
  const lasts = surrogates.length === 0 && form === 'value'
  const before = lasts ? rewrittenBefore(found, remembered, plan) : undefined
  if (before !== undefined) {
    countAgain(before, counts)
    return before.json
  }
  const all = merge(surrogates, merge(found, remembered))
  const rewritten = rephrased(leaf, all, rewriteText(value, all, surrogates, work), work)
  const text = form === 'key' && rewritten !== value ? keyText(leaf, rewritten) : rewritten
  const json = text === value ? null : JSON.stringify(text)
  if (lasts) keep.push(() => { keepRewritten(value, remembered, { all, found, json }, plan) })
  return json
}

/** Pictures without what is to be hidden of their metadata. There is no room for a pseudonym in it, so whatever the action, it goes. */
const blankedPictures = ({ pictures = [] }: Classification, { counts, plan }: Work): ReadonlyMap<number, string> => {
  const blanked = new Map<number, string>()
  const hides = ({ kind, confidence }: Finding): boolean => plan.actionFor(kind, confidence) !== 'allow'
  for (const { findings, leaf, without } of pictures) {
    for (const { kind } of findings.filter(hides)) counts[kind] = (counts[kind] ?? 0) + 1
    if (findings.some(hides)) blanked.set(leaf, without(hides))
  }
  return blanked
}

const none: readonly Finding[] = []

/** Of a number only the whole is a value: digits inside another number are not one that was remembered. */
const inForm = ({ form, value }: StringLeaf, remembered: readonly Finding[]): readonly Finding[] =>
  form !== 'number' || remembered.length === 0 ? remembered : remembered.filter(({ start, end }) => start === 0 && end === value.length)
const nothingPasses = (blocked: EntityKind): Rewritten => ({ edits: [], counts: {}, blocked })

/** The edits that carry out a plan on a document. Deterministic: the same text is rewritten to the same text in every turn of a session. */
export const rewriteDocument = (document: JsonDocument, classification: Classification, plan: RewritePlan): Rewritten => {
  const blocked = blockedKind(classification, plan)
  if (blocked !== null) return nothingPasses(blocked)
  const counts: Record<string, number> = {}
  const { pseudonyms } = plan
  const work: Work = {
    plan, counts, keep: [], keyText: uniqueKeys(), isTaken: takenIn(document),
    isOurs: pseudonym => {
      const known = plan.isOurs === undefined ? undefined : pseudonyms.lookup(pseudonym)
      return known !== undefined && plan.isOurs?.(known.kind) === true
    },
  }
  const named = (): void => { learn(document, classification, work) }
  if (classification.perLeaf.length > 0) {
    if (pseudonyms.together === undefined) named()
    else pseudonyms.together(named)
  }
  pseudonyms.agree?.()
  const edits: Edit[] = []
  const blockedKnown = new Set<EntityKind>()
  const known = knownValues(pseudonyms)
  const literals = sourceMayHoldPlaceholder(document.text)
  const pictures = blankedPictures(classification, work)
  let next = 0
  const visit = (leaf: StringLeaf, index: number): void => {
    const found = classification.perLeaf[next]?.leaf === index ? classification.perLeaf[next++]?.findings ?? none : none
    const remembered = inForm(leaf, known.find(leaf))
    // What the session knows is as much found as what a detector sees.
    for (const { kind } of remembered) if (isBlocked(plan.actionFor(kind), plan)) blockedKnown.add(kind)
    const picture = pictures.get(index)
    if (picture !== undefined) {
      const text = plan.mayEdit(leaf) ? rewriteText(picture, merge(found, remembered), none, work) : picture
      edits.push({ start: leaf.start, end: leaf.end, text: JSON.stringify(text) })
      return
    }
    if (found.length === 0 && remembered.length === 0 && !literals && !pseudonyms.hasSurrogates) return
    if (!plan.mayEdit(leaf)) return
    const json = rewriteString(leaf, found, remembered, work)
    if (json !== null) edits.push({ start: leaf.start, end: leaf.end, text: json })
  }
  // Without a known value and without a literal only the strings with findings need a look.
  if (known.empty && !literals && pictures.size === 0) {
    for (const { leaf } of classification.perLeaf) visit(document.strings[leaf] as StringLeaf, leaf)
  } else {
    document.strings.forEach(visit)
  }
  // Of values that only the session recognised, and of surrogates that somebody quotes.
  pseudonyms.agree?.()
  plan.rephraser?.agree()
  for (const keep of work.keep) keep()
  const [first] = blockedKnown
  return first === undefined ? { edits, counts, blocked: null } : nothingPasses(first)
}

/** The edits that escape what looks like a placeholder, and nothing else. */
export const literalEdits = (document: JsonDocument, mayEdit: (leaf: StringLeaf) => boolean): readonly Edit[] => {
  if (!sourceMayHoldPlaceholder(document.text)) return []
  return document.strings.flatMap(leaf => {
    const text = mayEdit(leaf) ? escapeLiterals(leaf.value) : leaf.value
    return text === leaf.value ? [] : [{ start: leaf.start, end: leaf.end, text: JSON.stringify(text) }]
  })
}
