// What one provider signed or encrypted is handed to a caller of another dialect in the place where that dialect has such a thing, and
// comes back with the history. Marked as ours, so that it reaches no provider but one of the kind that wrote it.
import { hash } from 'node:crypto'
import type { WireDialect } from '../../registry/provider.ts'
import { isObject } from './request-fields.ts'

export const ownMark = 'portcullis.'

export type CarriedBy = 'anthropic' | 'openai-responses'

export interface Carried {
  /** What the provider wrote: a signature, or encrypted reasoning. */
  readonly secret: string
  /** Id of the item that it stood in, where the dialect has one. */
  readonly id: string | null
  /** Digest of the text that it belongs to: a signature is worth nothing beside another text. */
  readonly text: string
}

const digest = (text: string): string => hash('sha256', text, 'base64url')

/** @param text that the secret belongs to */
export const carry = (by: CarriedBy, secret: string, text: string, id: string | null = null): string =>
  `${ownMark}${by}.${Buffer.from(JSON.stringify({ secret, id, text: digest(text) } satisfies Carried)).toString('base64url')}`

/** Was this put where a provider's own would stand by us? */
export const isCarried = (value: unknown): boolean => typeof value === 'string' && value.startsWith(ownMark)

/** What was carried, or null where it is another provider's, or the text is not the one that it was written for. */
export const carriedFor = (by: CarriedBy, value: string, text: string): Carried | null => {
  const prefix = `${ownMark}${by}.`
  if (!value.startsWith(prefix)) return null
  try {
    const found: unknown = JSON.parse(Buffer.from(value.slice(prefix.length), 'base64url').toString())
    if (!isObject(found)) return null
    const { id, secret, text: written } = found
    return typeof secret === 'string' && written === digest(text) ? { secret, id: typeof id === 'string' ? id : null, text: written } : null
  } catch {
    return null
  }
}

/** A signature of another dialect than Anthropic's, as it travels: marked with the dialect that it is from. Without a mark it is Anthropic's. */
export const markSignature = (by: WireDialect, signature: string): string => `${ownMark}${by}.${signature}`

/** The signature as its own provider knows it; null where another one gave it. */
export const signatureBy = (by: WireDialect, signature: string | null | undefined): string | null => {
  if (signature === null || signature === undefined || signature === '') return null
  const own = `${ownMark}${by}.`
  if (signature.startsWith(own)) return signature.slice(own.length)
  return by === 'anthropic' && !isCarried(signature) ? signature : null
}
