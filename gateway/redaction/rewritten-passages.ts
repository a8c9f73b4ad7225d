// Passages as they were rewritten for a session: a message that comes again is copied as a whole, as long as the same was found in it, the plan does
// the same with it, and nothing that the session has learnt since stands in it.
import { splice, type Edit, type JsonDocument, type Passage, type PassageEdit, type StringLeaf } from '../exchange/document.ts'
import type { Classification, LeafFindings } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { shortestKnown } from './known-values.ts'
import { mayHoldPlaceholder, placeholderPattern, sourceMayHoldPlaceholder } from './placeholder.ts'
import { TextGrams } from './text-grams.ts'

/** Plans that say the same here do the same with every leaf of a passage. */
export interface PlanMark {
  /** Who says which leaves may be changed. */
  readonly by: object
  /** What is done to which kinds. */
  readonly duties: string
}

/** What became of a part. */
export interface RewrittenPart extends PlanMark {
  readonly part: JsonDocument
  /** Stands for the session: what is remembered must not keep a vault that was forgotten. */
  readonly session: object
  /** What was found in it, by its leaves. */
  readonly found: readonly LeafFindings[]
  readonly counts: Readonly<Record<string, number>>
  /** With offsets into the part. */
  readonly edits: readonly Edit[]
  /** Entries of the session that were looked for in it. */
  upTo: number
  /** The edit of the document that it stood in last. */
  placed: PassageEdit | null
}

class WholePassage implements PassageEdit {
  readonly start: number
  readonly end: number
  readonly bytes: Buffer
  readonly #edits: readonly Edit[]

  constructor({ end, start }: Passage, edits: readonly Edit[], bytes: Buffer) {
    this.start = start
    this.end = end
    this.bytes = bytes
    this.#edits = edits
  }

  get text(): string { return this.bytes.toString('utf8') }
  get within(): readonly Edit[] { return this.#edits.map(({ end, start, text }) => ({ start: start + this.start, end: end + this.start, text })) }
}

/** The edit that puts what became of a part in its place; null where it stays as it is. */
export const editOf = (rewritten: RewrittenPart, passage: Passage): PassageEdit | null => {
  const { edits, part, placed } = rewritten
  if (edits.length === 0) return null
  if (placed?.start === passage.start) return placed
  return rewritten.placed = new WholePassage(passage, edits, placed?.bytes ?? Buffer.from(splice(part.text, edits)))
}

interface Traits { readonly holdsPlaceholder: boolean; grams: TextGrams | null }

const traits = new WeakMap<JsonDocument, Traits>()

const holds = ({ value }: StringLeaf): boolean => mayHoldPlaceholder(value) && value.search(placeholderPattern) !== -1

const traitsOf = (part: JsonDocument): Traits => {
  let known = traits.get(part)
  if (known === undefined) traits.set(part, known = { holdsPlaceholder: sourceMayHoldPlaceholder(part.text) && part.strings.some(holds), grams: null })
  return known
}

/** What happens to text that looks like placeholders changes with what the session knows. */
export const holdsPlaceholder = (part: JsonDocument): boolean => traitsOf(part).holdsPlaceholder

const mayHoldNewer = (part: JsonDocument, { entries }: Pseudonyms, from: number): boolean => {
  const known = traitsOf(part)
  const grams = known.grams ??= new TextGrams(part.strings.map(({ value }) => value))
  for (let at = from; at < entries.length; at += 1) {
    const { placeholder, value } = entries[at] as (typeof entries)[number]
    if ((value.length >= shortestKnown && grams.mayHold(value)) || (!placeholder.startsWith('[') && grams.mayHold(placeholder))) return true
  }
  return false
}

const sessions = new WeakMap<Pseudonyms, object>()
/** One for each part, of the session that it was rewritten for last: however many sessions share a part, it takes no more memory. */
const rewrittenParts = new WeakMap<JsonDocument, RewrittenPart>()

/** What parts became for a session, kept for as long as its pseudonyms and the parts are. */
export class RewrittenPassages {
  readonly #pseudonyms: Pseudonyms
  readonly #mark: PlanMark
  readonly #session: object

  constructor(pseudonyms: Pseudonyms, mark: PlanMark) {
    this.#pseudonyms = pseudonyms
    this.#mark = mark
    let session = sessions.get(pseudonyms)
    if (session === undefined) sessions.set(pseudonyms, session = {})
    this.#session = session
  }

  /** What became of it, if the same was found in it and is to be done; whether it still holds, `isCurrent` says. */
  before({ part }: Passage, found: readonly LeafFindings[]): RewrittenPart | null {
    const known = rewrittenParts.get(part)
    return known !== undefined && known.session === this.#session && known.found === found && known.by === this.#mark.by && known.duties === this.#mark.duties ? known : null
  }

  /** False where something may stand in it that the session has learnt since. To be asked when its turn has come. */
  isCurrent(rewritten: RewrittenPart): boolean {
    const { length } = this.#pseudonyms.entries
    if (rewritten.upTo !== length && mayHoldNewer(rewritten.part, this.#pseudonyms, rewritten.upTo)) return false
    rewritten.upTo = length
    return true
  }

  /** @param made of it, with offsets into the document */
  make({ part, start }: Passage, found: readonly LeafFindings[], { counts, edits, upTo }: Pick<RewrittenPart, 'counts' | 'edits' | 'upTo'>): RewrittenPart {
    const own = edits.map(edit => ({ start: edit.start - start, end: edit.end - start, text: edit.text }))
    return { ...this.#mark, part, session: this.#session, found, counts, edits: own, upTo, placed: null }
  }

  /** To be called when the pseudonyms in it are agreed upon. */
  keep(rewritten: RewrittenPart): void { rewrittenParts.set(rewritten.part, rewritten) }
}

/** What has to be learnt: not what stands in passages that were rewritten before, which is known. */
export const toLearn = ({ passages }: JsonDocument, { inPassages = [], perLeaf }: Classification, before: readonly (RewrittenPart | null)[]): readonly LeafFindings[] => {
  const some: LeafFindings[] = []
  let next = 0
  for (const [at, { firstLeaf }] of passages.entries()) {
    for (let one = perLeaf[next]; one !== undefined && one.leaf < firstLeaf; one = perLeaf[next += 1]) some.push(one)
    const behind = next + (inPassages[at]?.length ?? 0)
    if (before[at] === null) some.push(...perLeaf.slice(next, behind))
    next = behind
  }
  for (; next < perLeaf.length; next += 1) some.push(perLeaf[next] as LeafFindings)
  return some
}
