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

/** A picture whose metadata says something. */
export interface Picture {
  /** Of the metadata's text, which is nobody's but the detectors': only their kinds and confidences mean something. */
  readonly findings: readonly Finding[]
  /** The string without the pieces of metadata that hold such a finding; as long as it was. */
  readonly without: (hides: (finding: Finding) => boolean) => string
}

/** A picture in a string leaf; strings without a picture, or with one that says nothing, are not listed. */
export interface LeafPicture extends Picture { readonly leaf: number }

/** How many of each kind: what facts and records hold. */
export type EntityCounts = Readonly<Record<string, number>>

/** Result of classify for one document. `leaf` indexes JsonDocument.strings. */
export interface Classification {
  readonly perLeaf: readonly LeafFindings[]
  readonly entities: EntityCounts
  /** Absent where there is none. */
  readonly pictures?: readonly LeafPicture[]
  /** Why some of it could not be looked at, sorted codes such as "detector:names"; what was not looked at counts as most sensitive. */
  readonly unseen: readonly string[]
  /**
   * By passage of the document: what `perLeaf` says of it, `leaf` being an index into the strings of its part. The very same list for the same part
   * as long as nothing about finding changes. Absent where nothing is known by passages.
   */
  readonly inPassages?: readonly (readonly LeafFindings[])[]
  /** What remote detectors found in texts that are passed on beside the document, by text; absent where they found nothing. */
  readonly beside?: ReadonlyMap<string, readonly Finding[]>
}

export const nothingFound: Classification = Object.freeze({ perLeaf: Object.freeze([]), entities: Object.freeze({}), unseen: Object.freeze([]) })
