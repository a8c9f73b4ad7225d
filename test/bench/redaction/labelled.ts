// What the scorer works on: rows of text with labelled spans, in sets that say what their labels are worth. Readers make them; nothing here
// knows where a set comes from.
import { isSecret, type EntityKind } from '../../../gateway/exchange/kinds.ts'

/** What is scored as one: our kinds that a set's labels do not tell apart (IPv4 and IPv6) share a name. */
export type Scored = string

export interface LabelledSpan {
  /** UTF-16 offsets into the text, half open. */
  readonly start: number
  readonly end: number
  /** Null: the set labels it and we have no kind for it (an age, a country). */
  readonly scored: Scored | null
  /** A finding of one of these that lies in the span is neither right nor wrong: a birth date in what the set calls a date. */
  readonly tolerates: readonly Scored[]
}

/** A label as Presidio's evaluator reads it, with its word for it. */
export interface TypedSpan { readonly start: number; readonly end: number; readonly type: string }

export interface LabelledRow {
  readonly text: string
  /** The column or JSON key that the text stands under; null where there is none. */
  readonly key: string | null
  readonly spans: readonly LabelledSpan[]
  /** Only in sets of Presidio's makers. */
  readonly typed?: readonly TypedSpan[]
}

export interface LabelledSet {
  readonly name: string
  /** As its makers state it. */
  readonly licence: string
  readonly synthetic: boolean
  /** `everything`: whatever is found beside the labels is a false alarm. Otherwise only these are judged, as the set labels nothing else. */
  readonly judges: 'everything' | readonly Scored[]
  /** F1 of Presidio as its makers publish it for this set, tuned, by the measure that presidio-measure.ts calls `rows`. */
  readonly publishedF1?: number
  readonly rows: readonly LabelledRow[]
}

export interface Found { readonly scored: Scored; readonly start: number; readonly end: number }

/** Says what is in the texts of a set, row by row. */
export interface FindIn { readonly name: string; find(rows: readonly LabelledRow[]): Promise<readonly (readonly Found[])[]> }

/** What tells of somebody only together with other things: asked for by `redaction.quasi_identifiers` only, and judged by Presidio's measures only. */
export const quasi: ReadonlySet<Scored> = new Set(['age', 'date', 'nationality', 'religion', 'politics', 'title'])

const scoredAs: Readonly<Partial<Record<EntityKind, Scored>>> = { ipv4: 'ip', ipv6: 'ip' }

/** Our kind as it is scored. Secrets are one: which sort of key it is matters to nobody who wants it hidden. */
export const scoredKind = (kind: EntityKind): Scored => isSecret(kind) ? 'secret' : scoredAs[kind] ?? kind
