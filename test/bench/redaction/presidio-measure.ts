// The measures of presidio-research's evaluator (0.2.5, with which its notebooks were run), in code of our own: whether something is anybody's
// data at all, whatever the kind, under every label of the set. Its makers publish one of them (`rows`), so that ours and Presidio's own run here
// can stand beside that figure; the others say more.
import { tokensOf, type Token } from './english-tokens.ts'
import { presidioTypeOf } from './label-map.ts'
import type { Found, LabelledRow, LabelledSet, TypedSpan } from './labelled.ts'
import type { Counts } from './score.ts'
import { isSkipped } from './skip-words.ts'

export interface PresidioScore {
  /** Token by token; those of `isSkipped` count where both sides say the same of them. */
  readonly tokens: Counts
  /** What of the set's labels belongs together (with nothing but skipped words between) against findings joined so, right from an overlap of 0.7. */
  readonly pieces: Counts
  /** The same with everything of a row joined, from the first to the last: what the program does that its published figures come from. */
  readonly rows: Counts
  /** Tokens by the type of the label: found as that type, and found as any. */
  readonly types: ReadonlyMap<string, { readonly tokens: number; readonly asIt: number; readonly asAny: number; readonly wrong: number }>
}

/** Least intersection over union, as the notebook with the tuned Presidio sets it. */
export const leastOverlap = 0.7

/** The type of each token; null: none. What begins inside of a token counts where it ends there, too. */
const tagsOf = (tokens: readonly Token[], spans: readonly TypedSpan[]): readonly (string | null)[] => tokens.map(token =>
  spans.find(({ end, start }) => (start <= token.start && token.start < end) || (token.start <= start && start <= token.end && token.start <= end && end <= token.end))?.type ?? null)

/** From the first to the last token that is no skipped word, and the places of the tokens. */
interface Piece { readonly start: number; end: number; readonly first: number; last: number }

/** Runs of tokens that have a tag, joined over skipped words. @param bridges does a token between two of them join them? */
const piecesOf = (tokens: readonly Token[], skipped: readonly boolean[], tags: readonly (string | null)[], bridges: (at: number) => boolean): readonly Piece[] => {
  const pieces: Piece[] = []
  let open: Piece | undefined
  tokens.forEach(({ end, start }, at) => {
    if (tags[at] === null) {
      if (!bridges(at)) open = undefined
    } else if (skipped[at] === false) {
      if (open === undefined) pieces.push(open = { start, end, first: at, last: at })
      open.end = end
      open.last = at
    }
  })
  return pieces
}

const none = (): Counts => ({ right: 0, missed: 0, wrong: 0 })

const overlapOf = (label: Piece, found: readonly Piece[]): number => {
  let shared = 0
  let both = label.end - label.start
  for (const { end, start } of found) {
    const common = Math.min(end, label.end) - Math.max(start, label.start)
    shared += common
    both += end - start - common
  }
  return shared / both
}

/** Several findings in one label are one, right or wrong; each label is right or missed. */
const countPieces = (counts: Counts, labels: readonly Piece[], found: readonly Piece[]): void => {
  const met = new Set<Piece>()
  for (const label of labels) {
    const meeting = found.filter(({ end, start }) => start < label.end && label.start < end)
    for (const piece of meeting) met.add(piece)
    if (meeting.length > 0 && overlapOf(label, meeting) >= leastOverlap) counts.right += 1
    else {
      counts.missed += 1
      if (meeting.length > 0) counts.wrong += 1
    }
  }
  counts.wrong += found.filter(piece => !met.has(piece)).length
}

class Tally {
  readonly tokens = none()
  readonly pieces = none()
  readonly rows = none()
  readonly types = new Map<string, { tokens: number; asIt: number; asAny: number; wrong: number }>()

  row(row: LabelledRow, found: readonly Found[], tokens: readonly Token[]): void {
    const skipped = tokens.map(({ end, start }) => isSkipped(row.text.slice(start, end)))
    const labels = tagsOf(tokens, row.typed ?? [])
    const findings = tagsOf(tokens, found.map(({ end, scored, start }) => ({ start, end, type: presidioTypeOf(scored) })))
    labels.forEach((label, at) => {
      const finding = findings[at] ?? null
      if (label !== finding && skipped[at] === true) return
      this.#token(label, finding)
    })
    const joined = (tags: readonly (string | null)[], bridges: (at: number) => boolean): readonly Piece[] => piecesOf(tokens, skipped, tags, bridges)
    countPieces(this.pieces, joined(labels, at => skipped[at] === true), joined(findings, at => skipped[at] === true))
    countPieces(this.rows, joined(labels, () => true), joined(findings, () => true))
  }

  #token(label: string | null, finding: string | null): void {
    if (label !== null) {
      this.tokens[finding === null ? 'missed' : 'right'] += 1
      const type = this.#type(label)
      type.tokens += 1
      if (finding === label) type.asIt += 1
      if (finding !== null) type.asAny += 1
    } else if (finding !== null) {
      this.tokens.wrong += 1
    }
    if (finding !== null && finding !== label) this.#type(finding).wrong += 1
  }

  #type(name: string): { tokens: number; asIt: number; asAny: number; wrong: number } {
    let type = this.types.get(name)
    if (type === undefined) this.types.set(name, type = { tokens: 0, asIt: 0, asAny: 0, wrong: 0 })
    return type
  }
}

/**
 * @param found by row, in the order of the set's rows, without overlaps
 * @param tokenise for comparisons with other tokenisers
 */
export const scoreAsPresidio = (set: LabelledSet, found: readonly (readonly Found[])[], tokenise: (text: string, row: number) => readonly Token[] = tokensOf): PresidioScore => {
  const tally = new Tally()
  set.rows.forEach((row, at) => { tally.row(row, found[at] ?? [], tokenise(row.text, at)) })
  return tally
}
