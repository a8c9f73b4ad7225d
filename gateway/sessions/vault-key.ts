// The key that pseudonym vaults are encrypted with at rest: made once, readable by its owner only.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const keyBytes = (text: string, where: string): Buffer => {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) throw new Error(`${where} must hold 32 bytes in base64`)
  return key
}

/** The key that was given, else `vault.key` in the data folder, made at the first start. @throws Error when it is not 32 bytes */
export const openVaultKey = (folder: string, given: string | null = null): Buffer => {
  if (given !== null) return keyBytes(given, 'state.vault_key')
  const file = join(folder, 'vault.key')
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' })
  return keyBytes(readFileSync(file, 'utf8'), file)
}

/** AES-256-GCM with a fresh nonce: nonce, tag, ciphertext. `bound` must be the same when opening: a row cannot be moved to another session. */
export const seal = (key: Buffer, bound: string, text: string): Buffer => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** @throws Error when key, binding or bytes are not the sealed ones */
export const unseal = (key: Buffer, bound: string, sealed: Uint8Array): string => {
  const bytes = Buffer.from(sealed)
  // Without the length a tag that was cut short would be accepted, and a short one can be guessed.
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 }).setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}
