// The admin key: from the environment or a file, else generated once into the data folder. It is compared by digest, never logged.
import { randomBytes, hash, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface AdminKey {
  /** File that holds a generated key, or null where the operator supplied one. */
  readonly file: string | null
  matches(presented: string): boolean
}

const keyOf = (secret: string, file: string | null): AdminKey => {
  const expected = Buffer.from(hash('sha256', secret), 'hex')
  return { file, matches: presented => timingSafeEqual(expected, Buffer.from(hash('sha256', presented), 'hex')) }
}

/**
 * @param configured the operator's key, or null to use (or make) `admin.key` in `folder`.
 * @throws the file system's error when the generated key cannot be stored
 */
export const openAdminKey = (configured: string | null, folder: string): AdminKey => {
  if (configured !== null) return keyOf(configured, null)
  const file = join(folder, 'admin.key')
  if (!existsSync(file)) writeFileSync(file, `pa_${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  return keyOf(readFileSync(file, 'utf8').trim(), file)
}
