// The keys of the vault: the one that seals, and those that came before it and still open. They come from the configuration, or from a file in
// the data folder that is made once and readable by its owner only: one key a line, the current one first.
import { hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seal, unseal } from './seal.ts'

/** @param where it stands, for the error. @throws Error when it is not 32 bytes in base64 */
export const keyBytes = (text: string, where: string): Buffer => {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) throw new Error(`${where} must hold 32 bytes in base64`)
  return key
}

/** `isOld`: it was sealed with a key that came before the current one. */
export interface Opened { readonly text: string; readonly isOld: boolean }
export interface OpenedBytes { readonly bytes: Buffer; readonly isOld: boolean }

export class VaultKeys {
  readonly current: Buffer
  readonly previous: readonly Buffer[]

  constructor(current: Buffer, previous: readonly Buffer[] = []) {
    this.current = current
    this.previous = previous
  }

  seal(bound: string, text: string | Uint8Array): Buffer { return seal(this.current, bound, text) }

  /** @throws Error where none of the keys fits */
  open(bound: string, sealed: Uint8Array): Opened {
    const { bytes, isOld } = this.openBytes(bound, sealed)
    return { text: bytes.toString('utf8'), isOld }
  }

  /** @throws Error where none of the keys fits */
  openBytes(bound: string, sealed: Uint8Array): OpenedBytes {
    try {
      return { bytes: unseal(this.current, bound, sealed), isOld: false }
    } catch (error) {
      for (const key of this.previous) {
        try {
          return { bytes: unseal(key, bound, sealed), isOld: true }
        } catch {
          // The next one may fit; where none does, what the current one said is thrown.
        }
      }
      throw error
    }
  }

  /** The same keys, with the one that opens this before the others: it is the one that seals. @throws Error where none fits */
  ledBy(bound: string, sealed: Uint8Array): VaultKeys {
    const all = [this.current, ...this.previous]
    const leads = all.find(key => {
      try {
        unseal(key, bound, sealed)
        return true
      } catch {
        return false
      }
    })
    if (leads === undefined) throw new Error('none of the keys opens it')
    return leads === this.current ? this : new VaultKeys(leads, all.filter(key => key !== leads))
  }

  /** The same ring with keys that are good for one purpose only. */
  derive(purpose: string): VaultKeys {
    const derived = (key: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, 32))
    return new VaultKeys(derived(this.current), this.previous.map(derived))
  }
}

const fileIn = (folder: string): string => join(folder, 'vault.key')

const readRing = (file: string): VaultKeys => {
  const lines = readFileSync(file, 'utf8').split('\n').filter(line => line.trim() !== '')
  const [current = Buffer.alloc(0), ...previous] = (lines.length === 0 ? [''] : lines).map(line => keyBytes(line, file))
  return new VaultKeys(current, previous)
}

/**
 * Changes the ring of a file, one process at a time: whoever makes the new file first has it, and reads only then what it changes, or one of two
 * new keys would be lost. Renamed into place: a key file is never half written.
 * @param change null: nothing is to be changed. @returns false where somebody else is at it
 */
const changeRing = (file: string, change: (ring: VaultKeys) => VaultKeys | null): boolean => {
  const next = `${file}.new`
  try {
    closeSync(openSync(next, 'wx', 0o600))
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  }
  let changed: VaultKeys | null = null
  try {
    changed = change(readRing(file))
    if (changed !== null) writeFileSync(next, [changed.current, ...changed.previous].map(key => `${key.toString('base64')}\n`).join(''), { flush: true })
  } catch (thrown) {
    rmSync(next)
    throw thrown
  }
  if (changed === null) rmSync(next)
  else renameSync(next, file)
  return true
}

export interface GivenKeys {
  /** `state.vault_key`, or null for the file. */
  readonly current: string | null
  /** `state.previous_vault_keys`. */
  readonly previous: readonly string[]
}

/** The keys that were given, else those of `vault.key` in the data folder, made at the first start. @throws Error when one is not 32 bytes */
export const openVaultKeys = (folder: string, given: GivenKeys = { current: null, previous: [] }): VaultKeys => {
  const previous = given.previous.map((key, index) => keyBytes(key, `state.previous_vault_keys[${index}]`))
  if (given.current !== null) return new VaultKeys(keyBytes(given.current, 'state.vault_key'), previous)
  const file = fileIn(folder)
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  const ring = readRing(file)
  return new VaultKeys(ring.current, [...ring.previous, ...previous])
}

/** Puts a new key before those of the file, which go on opening what they sealed. @throws Error where there is no file yet, or it is being changed */
export const rotateVaultKey = (folder: string): void => {
  const file = fileIn(folder)
  if (!existsSync(file)) throw new Error(`${file} does not exist: the gateway has not run on this data folder yet, or its key is given by state.vault_key`)
  const isDone = changeRing(file, ({ current, previous }) => new VaultKeys(randomBytes(32), [current, ...previous]))
  if (!isDone) throw new Error(`${file}.new exists: another rotation is under way; try again, and if none is, remove that file`)
}

/** Takes the older keys out of the file, once nothing is sealed with them any more. A key that was added meanwhile stays; so do all where one is being added. */
export const retireVaultKeys = (folder: string, current: Buffer): void => {
  const file = fileIn(folder)
  if (existsSync(file)) changeRing(file, ring => ring.previous.length > 0 && ring.current.equals(current) ? new VaultKeys(ring.current) : null)
}
