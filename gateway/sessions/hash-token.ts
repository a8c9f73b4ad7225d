// Tokens that stand for values without a way back: a keyed hash, so that nobody can find an e-mail address or a phone number by trying all of
// them, and one key per tenant, so that tokens of two tenants say nothing about each other.
import { createHmac } from 'node:crypto'
import { Failure } from '../exchange/failure.ts'
import { stemOf, type EntityKind } from '../exchange/kinds.ts'
import { derivedKey } from './stable-keys.ts'

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
 * Makes the tokens of one tenant: HMAC-SHA256 under a key that HKDF (RFC 5869) derives from the hash key, cut to 40 bits. Among a million
 * values of a kind there is likely one pair that shares a token.
 * @param keyOf the hash key: another one when an operator changed it
 */
export const hashTokens = (keyOf: () => Buffer, tenant: string): HashToken => {
  let from: Buffer | null = null
  let key: Buffer = Buffer.alloc(0)
  return (kind, value) => {
    const hashKey = keyOf()
    if (hashKey !== from) {
      key = derivedKey(hashKey, `hash token ${tenant}`)
      from = hashKey
    }
    return `[${stemOf(kind)}#${base32(createHmac('sha256', key).update(`${kind} ${value}`).digest())}]`
  }
}

/** Keys of sessions begin with their tenant, whose name has no slash. */
export const tenantOf = (session: string): string => session.slice(0, session.indexOf('/'))

/** A key that the configuration gives is changed there. @throws Failure request.malformed */
export const refuseGiven = (given: Buffer | null | undefined): void => {
  if (given == null) return
  throw new Failure('request.malformed', 'The hash key is given by the configuration.', { detail: { field: 'state.hash_key', remedy: 'Give another key in state.hash_key, and restart.' } })
}
