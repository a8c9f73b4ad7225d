// Keys that stay what they are when the vault's key changes: random, kept in the state, and sealed with the vault's ring like everything else there.
// All gateways of one state have the same: `hash` makes hash tokens, `notes` tells texts and calls again.
import { hkdfSync, randomBytes } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Opened, OpenedBytes } from './vault-keys.ts'

export const stableKeyNames = ['hash', 'notes'] as const
export type StableKeyName = (typeof stableKeyNames)[number]

/** What seals and opens: the ring, or the part of it that several gateways agreed upon. */
export interface Sealing {
  seal(bound: string, text: string | Uint8Array): Buffer
  /** @throws Error where none of the keys fits */
  open(bound: string, sealed: Uint8Array): Opened
  /** @throws Error where none of the keys fits */
  openBytes(bound: string, sealed: Uint8Array): OpenedBytes
}

const keyBytes = 32

export const newStableKey = (): Buffer => randomBytes(keyBytes)

const boundTo = (name: StableKeyName): string => `stable key ${name}`

export const sealStableKey = (keys: Sealing, name: StableKeyName, key: Buffer): Buffer => keys.seal(boundTo(name), key.toString('base64'))

/** @throws Error where it was sealed with a key that is not given, or is none */
export const openStableKey = (keys: Sealing, name: StableKeyName, sealed: Uint8Array): { readonly key: Buffer; readonly isOld: boolean } => {
  const { isOld, text } = keys.open(boundTo(name), sealed)
  const key = Buffer.from(text, 'base64')
  if (key.length !== keyBytes) throw new Error(`the key "${name}" of the state is damaged`)
  return { key, isOld }
}

/** A key for one purpose (HKDF, RFC 5869). @param bytes how long it is */
export const derivedKey = (key: Buffer, purpose: string, bytes = keyBytes): Buffer => Buffer.from(hkdfSync('sha256', key, '', `portcullis ${purpose}`, bytes))

const schema = 'CREATE TABLE IF NOT EXISTS stable_key (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT'

/** In the embedded store's file. */
export class StableKeyTable {
  readonly #keys: Sealing
  readonly #get: StatementSync
  readonly #put: StatementSync

  constructor(database: DatabaseSync, keys: Sealing) {
    this.#keys = keys
    database.exec(schema)
    this.#get = database.prepare('SELECT sealed FROM stable_key WHERE name = ?')
    this.#put = database.prepare('INSERT INTO stable_key VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed')
  }

  /** Made when it is first asked for. @param given by the configuration: it takes the place of what was there */
  key(name: StableKeyName, given: Buffer | null = null): Buffer {
    const row = this.#get.get(name)
    const known = row === undefined ? null : openStableKey(this.#keys, name, row.sealed as Uint8Array).key
    if (known !== null && (given === null || known.equals(given))) return known
    return this.replace(name, given ?? newStableKey())
  }

  replace(name: StableKeyName, key: Buffer): Buffer {
    this.#put.run(name, sealStableKey(this.#keys, name, key))
    return key
  }

  /** Seals with the current key what an older one sealed. */
  reseal(): void {
    for (const name of stableKeyNames) {
      const row = this.#get.get(name)
      const opened = row === undefined ? null : openStableKey(this.#keys, name, row.sealed as Uint8Array)
      if (opened?.isOld === true) this.replace(name, opened.key)
    }
  }
}
