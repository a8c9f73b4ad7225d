// What a way of asking a detector is. Each makes the request for some texts and reads what is said of each of them; whatever it cannot read
// counts as not looked at.
import { z } from 'zod'
import type { EntityKind } from '../../exchange/kinds.ts'
import type { SaidSpan } from './offsets.ts'
import type { TextSource } from './text-source.ts'

export interface AskedText {
  /** Well-formed: without halves of surrogate pairs, and as long as the text that it stands for. */
  readonly text: string
  readonly source: TextSource
  readonly key: string | null
  readonly path: readonly (string | number)[]
}

export interface Asking {
  readonly language: string
  readonly ask: readonly string[]
  readonly minScore: number
  readonly model: string
}

/** What was said of each text, in UTF-16 offsets; null: nothing that can be used. */
export type Said = readonly (readonly SaidSpan[] | null)[]

export interface Protocol {
  readonly path: string
  /** Most texts in one call. */
  readonly mostTexts: number
  /** Longest text that is looked at to its end, and how much of it the next piece begins with, UTF-16 units; absent: the server sees to that. */
  readonly pieces?: { readonly length: number; readonly overlap: number }
  /** Types in lower case, and what they are here; null: not wanted unless the operator says so. */
  readonly types: Readonly<Record<string, EntityKind | null>>
  body(texts: readonly AskedText[], asking: Asking): Readonly<Record<string, unknown>>
  /** @throws Error where the whole answer is of no use */
  read(answer: unknown, texts: readonly AskedText[]): Said
}

export const score = z.number()
export const offset = z.number()
