// Replaces what a duty names, string by string: everything else of the document stays as it came. Escapes literals first, so that only
// our own placeholders look like placeholders to whoever reads the result.
import type { Edit, JsonDocument, Passage, StringLeaf } from '../exchange/document.ts'
import type { Classification, EntityKind, Finding, LeafFindings, Picture } from '../exchange/finding.ts'
import { knownValues } from './known-values.ts'
import { escapeLiterals, sourceMayHoldPlaceholder } from './placeholder.ts'
import { surrogateTexts } from './read-surrogate.ts'
import { isBlocked, type RewritePlan, type Rewritten, type Treatment } from './rewrite-plan.ts'
import { blanked, merge, replacement, rewriteString, rewriteText, type Work } from './rewrite-string.ts'
import { editOf, holdsPlaceholder, RewrittenPassages, toLearn, type RewrittenPart } from './rewritten-passages.ts'

/** Texts that the document itself uses, found when a new surrogate is wanted. */
const takenIn = (document: JsonDocument): ((text: string) => boolean) => {
  let taken: Set<string> | null = null
  return text => (taken ??= new Set(document.strings.flatMap(({ value }) => surrogateTexts(value)))).has(text)
}

const blockedKind = (perLeaf: readonly { readonly findings: readonly Finding[] }[], plan: RewritePlan): EntityKind | null => {
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

const none: readonly Finding[] = []

/** Of a number only the whole is a value: digits inside another number are not one that was remembered. */
const inForm = ({ form, value }: StringLeaf, remembered: readonly Finding[]): readonly Finding[] =>
  form !== 'number' || remembered.length === 0 ? remembered : remembered.filter(({ start, end }) => start === 0 && end === value.length)
const nothingPasses = (blocked: EntityKind): Rewritten => ({ edits: [], counts: {}, blocked })

const add = (counts: Record<string, number>, more: Readonly<Record<string, number>>): void => { for (const kind in more) counts[kind] = (counts[kind] ?? 0) + (more[kind] ?? 0) }

/** Rewrites the strings of one document in their order. */
class Rewriting {
  readonly edits: Edit[] = []
  /** Kinds of which nothing may pass, in what the session knows. */
  readonly blocked = new Set<EntityKind>()
  readonly #document: JsonDocument
  readonly #perLeaf: readonly LeafFindings[]
  readonly #pictures: ReadonlyMap<number, Picture>
  readonly #work: Work
  #next = 0

  constructor(document: JsonDocument, { perLeaf, pictures = [] }: Classification, work: Work) {
    this.#document = document
    this.#perLeaf = perLeaf
    this.#pictures = new Map(pictures.map(picture => [picture.leaf, picture]))
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
    const remembered = inForm(leaf, work.known.find(leaf))
    // What the session knows is as much found as what a detector sees.
    const stopping = remembered.filter(({ kind }) => isBlocked(plan.actionFor(kind), plan))
    for (const { kind } of stopping) this.blocked.add(kind)
    if (this.#visitPicture(index, leaf, merge(found, remembered), work)) return false
    if (found.length === 0 && remembered.length === 0 && !literals && !pseudonyms.hasSurrogates) return true
    if (!plan.mayEdit(leaf)) return stopping.length === 0
    const { json, lasts } = rewriteString(leaf, found, remembered, work)
    if (json !== null) work.edits.push({ start: leaf.start, end: leaf.end, text: json })
    return lasts && stopping.length === 0
  }

  /** @returns whether there is one that was changed */
  #visitPicture(index: number, leaf: StringLeaf, found: readonly Finding[], work: Work & { readonly edits: Edit[] }): boolean {
    const picture = this.#pictures.get(index)
    const text = picture === undefined ? null : blanked(picture, work)
    if (text === null) return false
    work.edits.push({ start: leaf.start, end: leaf.end, text: JSON.stringify(work.plan.mayEdit(leaf) ? rewriteText(text, found, none, work) : text) })
    return true
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
  const { pictures = [] } = classification
  const blocked = blockedKind([...perLeaf, ...pictures], plan)
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
  const named = (): void => { learn(document, perLeaf, work) }
  if (perLeaf.length > 0) {
    if (pseudonyms.together === undefined) named()
    else pseudonyms.together(named)
  }
  pseudonyms.agree?.()
  const rewriting = new Rewriting(document, classification, work)
  if (passages !== null) rewriteInPassages(document, classification, rewriting, passages)
  else {
    // Without a known value and without a literal only the strings with findings need a look.
    const literals = sourceMayHoldPlaceholder(document.text)
    if (work.known.empty && !literals && pictures.length === 0) rewriting.found()
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
