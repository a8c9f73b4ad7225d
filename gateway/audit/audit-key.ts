// The key that signs checkpoints and the head. Who has it can forge the log: it is readable by the gateway's user only, and may be kept elsewhere.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

export const keyFile = 'audit.key'

/** @returns null where there is no such file @throws when the file holds no key */
export const readAuditKey = (path: string): Buffer | null => {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw thrown
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${path} holds no audit key (64 hex digits)`)
  return Buffer.from(text, 'hex')
}

/** Makes a key, readable by its owner only. Never overwrites one. */
export const makeAuditKey = (path: string): Buffer => {
  const key = randomBytes(32)
  writeFileSync(path, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  return key
}
