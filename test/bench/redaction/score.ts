// Scores findings against labels. A finding is right when it has the label's kind and at least half of what the two cover together; one to
// one, so that a value that is found in two halves is one hit at most.
import { quasi, type Found, type LabelledRow, type LabelledSet, type LabelledSpan, type Scored } from './labelled.ts'

export interface Counts { right: number; missed: number; wrong: number }

export interface CharacterCounts {
  /** Characters under any label, found or not. */
  labelled: number
  /** Characters under any finding that is judged. */
  found: number
  both: number
}

export interface Score {
  /** By what is scored; kinds that the set does not label have false alarms only. */
  readonly kinds: ReadonlyMap<Scored, Counts>
  readonly whole: Counts
  readonly characters: CharacterCounts
  readonly rows: number
}

const leastIou = 0.5

const shared = (a: { readonly start: number; readonly end: number }, b: { readonly start: number; readonly end: number }): number =>
  Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start))

/** Intersection over union of two spans. */
export const iou = (a: { readonly start: number; readonly end: number }, b: { readonly start: number; readonly end: number }): number => {
  const both = shared(a, b)
  return both / (a.end - a.start + b.end - b.start - both)
}

interface Pair { readonly span: LabelledSpan; readonly found: Found; readonly iou: number }

/** The best pairs first; each side is used once. */
const match = (spans: readonly LabelledSpan[], found: readonly Found[]): ReadonlyMap<Found, LabelledSpan> => {
  const pairs: Pair[] = spans.flatMap(span => found.filter(({ scored }) => scored === span.scored).map(one => ({ span, found: one, iou: iou(span, one) })).filter(pair => pair.iou >= leastIou))
  const matched = new Map<Found, LabelledSpan>()
  const taken = new Set<LabelledSpan>()
  for (const pair of pairs.sort((a, b) => b.iou - a.iou)) {
    if (matched.has(pair.found) || taken.has(pair.span)) continue
    matched.set(pair.found, pair.span)
    taken.add(pair.span)
  }
  return matched
}

/** Most of the finding lies in a span that is content with it. */
const isTolerated = (found: Found, spans: readonly LabelledSpan[]): boolean =>
  spans.some(span => span.tolerates.includes(found.scored) && shared(span, found) * 2 >= found.end - found.start)

const mark = (length: number, spans: readonly { readonly start: number; readonly end: number }[]): Uint8Array => {
  const marks = new Uint8Array(length)
  for (const { start, end } of spans) marks.fill(1, start, end)
  return marks
}

class Tally {
  readonly kinds = new Map<Scored, Counts>()
  readonly whole: Counts = { right: 0, missed: 0, wrong: 0 }
  readonly characters: CharacterCounts = { labelled: 0, found: 0, both: 0 }

  row(row: LabelledRow, found: readonly Found[]): void {
    const matched = match(row.spans, found)
    const hit = new Set(matched.values())
    const judged = found.filter(one => matched.has(one) || !isTolerated(one, row.spans))
    for (const one of judged) this.#count(one.scored, matched.has(one) ? 'right' : 'wrong')
    for (const span of row.spans) if (span.scored !== null && !hit.has(span)) this.#count(span.scored, 'missed')
    this.#characters(row, judged)
  }

  #count(scored: Scored, what: keyof Counts): void {
    let counts = this.kinds.get(scored)
    if (counts === undefined) this.kinds.set(scored, counts = { right: 0, missed: 0, wrong: 0 })
    counts[what] += 1
    this.whole[what] += 1
  }

  #characters({ spans, text }: LabelledRow, judged: readonly Found[]): void {
    const labelled = mark(text.length, spans)
    const found = mark(text.length, judged)
    for (let at = 0; at < text.length; at += 1) {
      this.characters.labelled += labelled[at] ?? 0
      this.characters.found += found[at] ?? 0
      this.characters.both += (labelled[at] ?? 0) & (found[at] ?? 0)
    }
  }
}

/** @param found by row, in the order of the set's rows */
export const score = (set: LabelledSet, found: readonly (readonly Found[])[]): Score => {
  const { judges } = set
  const tally = new Tally()
  set.rows.forEach((row, at) => {
    const all = (found[at] ?? []).filter(({ scored }) => !quasi.has(scored))
    tally.row(row, judges === 'everything' ? all : all.filter(({ scored }) => judges.includes(scored)))
  })
  return { kinds: tally.kinds, whole: tally.whole, characters: tally.characters, rows: set.rows.length }
}

/** NaN where there is nothing to divide by. */
export const recallOf = ({ missed, right }: Counts): number => right / (right + missed)
export const precisionOf = ({ right, wrong }: Counts): number => right / (right + wrong)
export const f1Of = (counts: Counts): number => 2 * counts.right / (2 * counts.right + counts.missed + counts.wrong)

/** The sum over some of the kinds. */
export const sumOf = (score: Score, kinds: readonly Scored[]): Counts => {
  const sum: Counts = { right: 0, missed: 0, wrong: 0 }
  for (const kind of kinds) {
    const counts = score.kinds.get(kind)
    if (counts === undefined) continue
    sum.right += counts.right
    sum.missed += counts.missed
    sum.wrong += counts.wrong
  }
  return sum
}
