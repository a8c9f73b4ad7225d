// What detectors report and how the rest of the gateway speaks about it. Values never leave the exchange.

export const entityKinds = [
  'card', 'iban', 'email', 'phone', 'ipv4', 'ipv6', 'us_ssn', 'jwt', 'private_key', 'api_key', 'cloud_key', 'url_credentials',
] as const
export type EntityKind = (typeof entityKinds)[number]

/** Kinds that are secrets: never restored fuzzily, label "secret". All others are personal data, label "pii". */
export const secretKinds: ReadonlySet<EntityKind> = new Set(['jwt', 'private_key', 'api_key', 'cloud_key', 'url_credentials'])

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

/** Result of classify for one document. `leaf` indexes JsonDocument.strings. */
export interface Classification {
  readonly perLeaf: readonly LeafFindings[]
  readonly entities: Readonly<Partial<Record<EntityKind, number>>>
}

export const nothingFound: Classification = Object.freeze({ perLeaf: Object.freeze([]), entities: Object.freeze({}) })
