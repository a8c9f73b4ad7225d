// What the gateway finds in a text, as kinds and values.
import type { EntityKind } from '../../../../gateway/exchange/kinds.ts'
import { findEntities } from '../../../../gateway/redaction/find.ts'

/** The confidence from which the gateway acts unless it is configured otherwise. */
export const usual = 0.5

export interface Found { readonly kind: EntityKind; readonly value: string; readonly confidence: number }

export const found = (text: string, key: string | null = null, least = usual): readonly Found[] =>
  findEntities(text, key, least).map(({ kind, start, end, confidence }) => ({ kind, value: text.slice(start, end), confidence }))

/** Was exactly this value found as this kind? */
export const finds = (text: string, value: string, kind: EntityKind, key: string | null = null, least = usual): boolean =>
  found(text, key, least).some(one => one.kind === kind && one.value === value)

/** How sure it is that a value is of a kind; 0 where it is not found. */
export const sureness = (text: string, value: string, kind: EntityKind, key: string | null = null): number =>
  Math.max(0, ...found(text, key, 0.01).filter(one => one.kind === kind && one.value === value).map(({ confidence }) => confidence))
