// What a row about a national identifier says. The rule that uses the rows is in numbered-ids.ts.
import type { EntityKind } from '../../../exchange/kinds.ts'
import { anyOf } from './labels.ts'

export interface NationalId {
  readonly kind: EntityKind
  /**
   * How it is written, and how sure that alone makes when the check digits are right and no label stands near. Digits are counted, letters
   * are "A", separators stand for themselves: "123.456.789-09" is "3.3.3-2" and "AB123456C" is "AA6A". "#16" is any word of sixteen
   * letters and digits.
   */
  readonly layouts: Readonly<Record<string, number>>
  /** What it is called, in its country and in English. */
  readonly label: RegExp
  /** What every one of them fulfils (a date, a first digit). Where it does not hold, only a label makes it one. */
  readonly fits: (bare: string) => boolean
  /** The check digits; always true where there are none. */
  readonly holds: (bare: string) => boolean
}

export type Layouts = NationalId['layouts']
type Check = (bare: string) => boolean

const always: Check = () => true

/** @param words comma-separated, as `anyOf` takes them */
export const row = (kind: EntityKind, layouts: Layouts, words: string, holds: Check = always, fits: Check = always): NationalId =>
  ({ kind, layouts, label: anyOf(words), holds, fits })

/** One in ten arbitrary numbers passes: nothing without a label. */
export const bare = 0.3
/** A grouping of its own, or two check digits. */
export const grouped = 0.45
/** Passes by chance once in some hundreds. */
export const rare = 0.6
/** A shape that nothing else has. */
export const distinct = 0.8
export const unmistakable = 0.93
