// Replaces what a duty names, string by string: everything else of the document stays as it came. Escapes literals first, so that only
// our own placeholders look like placeholders to whoever reads the result.
import type { RedactAction } from '../../policies/engine/contract.ts'
import type { Edit, JsonDocument, Passage, StringLeaf } from '../exchange/document.ts'
import type { Classification, EntityKind, Finding, LeafFindings } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { knownValues, type KnownValues } from './known-values.ts'
import { surrogatesIn } from './own-surrogates.ts'
import { escapeLiterals, sourceMayHoldPlaceholder } from './placeholder.ts'
import { surrogateTexts } from './read-surrogate.ts'
import { isProse } from './rephrase.ts'
import { editOf, holdsPlaceholder, RewrittenPassages, toLearn, type PlanMark, type RewrittenPart } from './rewritten-passages.ts'
import { isLastingIn, keepRewritten, rewrittenBefore, type RewrittenText } from './rewritten-texts.ts'

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
  /** What the plan says of leaves and kinds; without it nothing is remembered of passages. */
  readonly mark?: PlanMark
}

export interface Rewritten {
  /** Of a passage that was rewritten as a whole there is one for all of it. */
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
  readonly known: KnownValues
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

const blockedKind = (perLeaf: readonly LeafFindings[], plan: RewritePlan): EntityKind | null => {
  for (const { findings } of perLeaf) {
    for (const { kind, confidence } of findings) if (isBlocked(plan.actionFor(kind, confidence), plan)) return kind
  }
  return null
}

const reversible: ReadonlySet<Treatment> = new Set(['pseudonymise', 'surrogate', 'rephrase'])

// All values of a document become known before its first string is rewritten: one that is recognised in the last string is then also found
// in the first, in this turn as in every later one.
const learn = (document: JsonDocument, perLeaf: readonly LeafFindings[], work: Work): void => {
  const { plan, isOurs } = work
  for (const { leaf, findings } of perLeaf) {
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

/** A string as JSON; null where it stays as it is. `lasts`: it becomes the same whenever the same is found in it. */
interface RewrittenString { readonly json: string | null; readonly lasts: boolean }

/** A string after what was found in it has been replaced. */
const rewriteString = (leaf: StringLeaf, found: readonly Finding[], remembered: readonly Finding[], work: Work): RewrittenString => {
  const { counts, keep, keyText, plan } = work
  const { form, value } = leaf
  const surrogates = surrogatesIn(value, plan.pseudonyms)
  const lasts = surrogates.length === 0 && form === 'value'
  const before = lasts ? rewrittenBefore(found, remembered, plan) : undefined
  if (before !== undefined) {
    countAgain(before, counts)
    return { json: before.json, lasts }
  }
  const all = merge(surrogates, merge(found, remembered))
  const rewritten = rephrased(leaf, all, rewriteText(value, all, surrogates, work), work)
  const text = form === 'key' && rewritten !== value ? keyText(leaf, rewritten) : rewritten
  const json = text === value ? null : JSON.stringify(text)
  if (lasts) keep.push(() => { keepRewritten(value, remembered, { all, found, json }, plan) })
  return { json, lasts: (lasts || (surrogates.length === 0 && json === null)) && isLastingIn(all, plan) }
}

const none: readonly Finding[] = []
const nothingPasses = (blocked: EntityKind): Rewritten => ({ edits: [], counts: {}, blocked })

const add = (counts: Record<string, number>, more: Readonly<Record<string, number>>): void => { for (const kind in more) counts[kind] = (counts[kind] ?? 0) + (more[kind] ?? 0) }

/** Rewrites the strings of one document in their order. */
class Rewriting {
  readonly edits: Edit[] = []
  /** Kinds of which nothing may pass, in what the session knows. */
  readonly blocked = new Set<EntityKind>()
  readonly #document: JsonDocument
  readonly #perLeaf: readonly LeafFindings[]
  readonly #work: Work
  #next = 0

  constructor(document: JsonDocument, perLeaf: readonly LeafFindings[], work: Work) {
    this.#document = document
    this.#perLeaf = perLeaf
    this.#work = work
  }

  /** Only the strings with findings. */
  found(): void { for (const { leaf } of this.#perLeaf) this.#visit(leaf, false, { ...this.#work, edits: this.edits }) }

  /** @param literals some string may hold what looks like a placeholder @returns whether all of them last */
  strings([from, to]: readonly [number, number], literals: boolean, into: Pick<Work, 'counts'> & { readonly edits: Edit[] } = { counts: this.#work.counts, edits: this.edits }): boolean {
    let lasts = true
    const work = { ...this.#work, ...into }
    for (let leaf = from; leaf < to; leaf += 1) lasts = this.#visit(leaf, literals, work) && lasts
    return lasts
  }

  passage(passage: Passage, found: readonly LeafFindings[], before: RewrittenPart | null, kept: RewrittenPassages): void {
    const { counts, keep, plan: { pseudonyms } } = this.#work
    if (before !== null && kept.isCurrent(before)) {
      this.#put(before, passage)
      return
    }
    const { firstLeaf, part } = passage
    const literals = holdsPlaceholder(part)
    const upTo = pseudonyms.entries.length
    const made = { counts: {}, edits: [] as Edit[] }
    const lasts = this.strings([firstLeaf, firstLeaf + part.strings.length], literals, made)
    if (!lasts || literals) {
      add(counts, made.counts)
      this.edits.push(...made.edits)
      return
    }
    const rewritten = kept.make(passage, found, { ...made, upTo })
    keep.push(() => { kept.keep(rewritten) })
    this.#put(rewritten, passage)
  }

  #put(rewritten: RewrittenPart, passage: Passage): void {
    add(this.#work.counts, rewritten.counts)
    const edit = editOf(rewritten, passage)
    if (edit !== null) this.edits.push(edit)
  }

  /** Of leaves that are asked for in their order. */
  #foundIn(leaf: number): readonly Finding[] {
    while ((this.#perLeaf[this.#next]?.leaf ?? Infinity) < leaf) this.#next += 1
    const found = this.#perLeaf[this.#next]
    return found?.leaf === leaf ? found.findings : none
  }

  #visit(index: number, literals: boolean, work: Work & { readonly edits: Edit[] }): boolean {
    const { plan } = work
    const { pseudonyms } = plan
    const leaf = this.#document.strings[index] as StringLeaf
    const found = this.#foundIn(index)
    const remembered = work.known.find(leaf)
    // What the session knows is as much found as what a detector sees.
    const stopping = remembered.filter(({ kind }) => isBlocked(plan.actionFor(kind), plan))
    for (const { kind } of stopping) this.blocked.add(kind)
    if (found.length === 0 && remembered.length === 0 && !literals && !pseudonyms.hasSurrogates) return true
    if (!plan.mayEdit(leaf)) return stopping.length === 0
    const { json, lasts } = rewriteString(leaf, found, remembered, work)
    if (json !== null) work.edits.push({ start: leaf.start, end: leaf.end, text: json })
    return lasts && stopping.length === 0
  }
}

/** What is known of each passage; null where nothing can be. */
const rewrittenBeforeIn = (document: JsonDocument, { inPassages }: Classification, { mark, pseudonyms }: RewritePlan): { readonly kept: RewrittenPassages; readonly before: readonly (RewrittenPart | null)[] } | null => {
  if (mark === undefined || inPassages === undefined) return null
  const kept = new RewrittenPassages(pseudonyms, mark)
  return { kept, before: document.passages.map((passage, at) => kept.before(passage, inPassages[at] ?? [])) }
}

const rewriteInPassages = (document: JsonDocument, { inPassages = [] }: Classification, rewriting: Rewriting, { before, kept }: NonNullable<ReturnType<typeof rewrittenBeforeIn>>): void => {
  let next = 0
  for (const [at, passage] of document.passages.entries()) {
    rewriting.strings([next, passage.firstLeaf], true)
    rewriting.passage(passage, inPassages[at] ?? [], before[at] ?? null, kept)
    next = passage.firstLeaf + passage.part.strings.length
  }
  rewriting.strings([next, document.strings.length], true)
}

/** The edits that carry out a plan on a document. Deterministic: the same text is rewritten to the same text in every turn of a session. */
export const rewriteDocument = (document: JsonDocument, classification: Classification, plan: RewritePlan): Rewritten => {
  const passages = rewrittenBeforeIn(document, classification, plan)
  const perLeaf = passages === null ? classification.perLeaf : toLearn(document, classification, passages.before)
  const blocked = blockedKind(perLeaf, plan)
  if (blocked !== null) return nothingPasses(blocked)
  const counts: Record<string, number> = {}
  const { pseudonyms } = plan
  const work: Work = {
    plan, counts, keep: [], keyText: uniqueKeys(), isTaken: takenIn(document), known: knownValues(pseudonyms),
    isOurs: pseudonym => {
      const known = plan.isOurs === undefined ? undefined : pseudonyms.lookup(pseudonym)
      return known !== undefined && plan.isOurs?.(known.kind) === true
    },
  }
  learn(document, perLeaf, work)
  pseudonyms.agree?.()
  const rewriting = new Rewriting(document, classification.perLeaf, work)
  if (passages !== null) rewriteInPassages(document, classification, rewriting, passages)
  else {
    // Without a known value and without a literal only the strings with findings need a look.
    const literals = sourceMayHoldPlaceholder(document.text)
    if (work.known.empty && !literals) rewriting.found()
    else rewriting.strings([0, document.strings.length], literals)
  }
  // Of values that only the session recognised, and of surrogates that somebody quotes.
  pseudonyms.agree?.()
  plan.rephraser?.agree()
  for (const keep of work.keep) keep()
  const [first] = rewriting.blocked
  return first === undefined ? { edits: rewriting.edits, counts, blocked: null } : nothingPasses(first)
}

/** The edits that escape what looks like a placeholder, and nothing else. */
export const literalEdits = (document: JsonDocument, mayEdit: (leaf: StringLeaf) => boolean): readonly Edit[] => {
  if (!sourceMayHoldPlaceholder(document.text)) return []
  return document.strings.flatMap(leaf => {
    const text = mayEdit(leaf) ? escapeLiterals(leaf.value) : leaf.value
    return text === leaf.value ? [] : [{ start: leaf.start, end: leaf.end, text: JSON.stringify(text) }]
  })
}
