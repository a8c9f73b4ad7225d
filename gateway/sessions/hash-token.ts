// Tokens that stand for values without a way back: a keyed hash, so that nobody can find an e-mail address or a phone number by trying all of
// them, and one key per tenant, so that tokens of two tenants say nothing about each other.
import { createHmac, hkdfSync } from 'node:crypto'
import { stemOf, type EntityKind } from '../exchange/kinds.ts'

/** Of RFC 4648 base32, lower case: without 0, 1, 8 and 9 few tokens hold a run of digits that a detector would look at. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
const length = 8

const base32 = (bytes: Buffer): string => {
  const number = bytes.readUIntBE(0, 5)
  let text = ''
  for (let at = 0; at < length; at += 1) text += alphabet.charAt(Math.floor(number / 32 ** at) % 32)
  return text
}

export type HashToken = (kind: EntityKind, value: string) => string

/**
 * Makes the tokens of one tenant: HMAC-SHA256 under a key that HKDF (RFC 5869) derives from the vault key, cut to 40 bits. Among a million
 * values of a kind there is likely one pair that shares a token.
 */
export const hashTokens = (vaultKey: Buffer, tenant: string): HashToken => {
  let key: Buffer | null = null
  return (kind, value) => `[${stemOf(kind)}#${base32(createHmac('sha256', key ??= Buffer.from(hkdfSync('sha256', vaultKey, '', `portcullis hash token ${tenant}`, 32))).update(`${kind} ${value}`).digest())}]`
}

/** Keys of sessions begin with their tenant, whose name has no slash. */
export const tenantOf = (session: string): string => session.slice(0, session.indexOf('/'))
