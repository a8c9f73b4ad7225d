// What detectors report and how the rest of the gateway speaks about it. Values never leave the exchange.
import type { EntityKind } from './kinds.ts'

export type { EntityKind }

export interface Finding {
  readonly kind: EntityKind
  /** UTF-16 offsets into the scanned text, half open. */
  readonly start: number
  readonly end: number
  /** 0 to 1. A failed checksum lowers it; it does not veto. */
  readonly confidence: number
}

/** Findings of one string leaf; leaves without findings are not listed. */
export interface LeafFindings { readonly leaf: number; readonly findings: readonly Finding[] }

/** How many of each kind: what facts and records hold. */
export type EntityCounts = Readonly<Record<string, number>>

/** Result of classify for one document. `leaf` indexes JsonDocument.strings. */
export interface Classification {
  readonly perLeaf: readonly LeafFindings[]
  readonly entities: EntityCounts
  /** Why some of it could not be looked at, sorted codes such as "detector:names"; what was not looked at counts as most sensitive. */
  readonly unseen: readonly string[]
  /** What remote detectors found in texts that are passed on beside the document, by text; absent where they found nothing. */
  readonly beside?: ReadonlyMap<string, readonly Finding[]>
}

export const nothingFound: Classification = Object.freeze({ perLeaf: Object.freeze([]), entities: Object.freeze({}), unseen: Object.freeze([]) })
