// How what is kept is sealed: AES-256-GCM with a fresh nonce, bound to the place where it is kept.
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'

/** Made once for each key: making it costs more than sealing does. */
const prepared = new WeakMap<Buffer, KeyObject>()

const keyOf = (key: Buffer): KeyObject => {
  let known = prepared.get(key)
  if (known === undefined) prepared.set(key, known = createSecretKey(key))
  return known
}

/** Nonce, tag, ciphertext. `bound` must be the same when opening: a row cannot be moved to another session. */
export const seal = (key: Buffer, bound: string, text: string | Uint8Array): Buffer => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(key), nonce).setAAD(Buffer.from(bound))
  const body = Buffer.concat([cipher.update(typeof text === 'string' ? Buffer.from(text) : text), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** @throws Error when key, binding or bytes are not the sealed ones */
export const unseal = (key: Buffer, bound: string, sealed: Uint8Array): Buffer => {
  const bytes = Buffer.from(sealed)
  // Without the length a tag that was cut short would be accepted, and a short one can be guessed.
  const decipher = createDecipheriv('aes-256-gcm', keyOf(key), bytes.subarray(0, 12), { authTagLength: 16 }).setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
}
