// Labels that outlast sessions: who holds them and until when. Rows in the embedded store's file, with what was read last in memory.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { HeldLabels, LastingLabel, SessionKeys } from '../exchange/session.ts'
import { forgetOldest } from './forget-oldest.ts'

const schema = 'CREATE TABLE IF NOT EXISTS lasting_label (holder TEXT NOT NULL, label TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (holder, label)) STRICT'

const mostHolders = 10_000
const none: ReadonlyMap<string, number> = new Map()
const holders = ['agent', 'subject'] as const

/** Subjects and agents may have the same name. */
const holderOf = (of: LastingLabel['of'], keys: Pick<SessionKeys, 'agent' | 'subject'>): string => `${of} ${keys[of]}`

export class LastingLabels {
  readonly #get: StatementSync
  readonly #put: StatementSync
  readonly #remove: StatementSync
  readonly #expire: StatementSync
  readonly #known = new Map<string, ReadonlyMap<string, number>>()

  constructor(database: DatabaseSync) {
    database.exec(schema)
    this.#get = database.prepare('SELECT label, until FROM lasting_label WHERE holder = ?')
    this.#put = database.prepare('INSERT INTO lasting_label VALUES (?, ?, ?) ON CONFLICT (holder, label) DO UPDATE SET until = max(until, excluded.until)')
    this.#remove = database.prepare('DELETE FROM lasting_label WHERE holder = ? AND label = ?')
    this.#expire = database.prepare('DELETE FROM lasting_label WHERE until <= ?')
  }

  /** What agent and subject hold at a moment. */
  at(keys: SessionKeys, now: number): HeldLabels['lasting'] {
    let found: { label: string; of: 'agent' | 'subject'; until: number }[] | null = null
    for (const of of holders) for (const [label, until] of this.#of(holderOf(of, keys))) if (until > now) (found ??= []).push({ label, of, until })
    return found ?? []
  }

  put(keys: SessionKeys, labels: readonly LastingLabel[], now: number): void {
    for (const { label, of, forMs } of labels) {
      const holder = holderOf(of, keys)
      this.#put.run(holder, label, Math.ceil(now + forMs))
      this.#known.delete(holder)
    }
  }

  remove(keys: SessionKeys, labels: readonly string[]): void {
    for (const of of holders) {
      for (const label of labels) this.#remove.run(holderOf(of, keys), label)
      this.#known.delete(holderOf(of, keys))
    }
  }

  forgetBefore(now: number): void {
    this.#expire.run(now)
    this.#known.clear()
  }

  #of(holder: string): ReadonlyMap<string, number> {
    const known = this.#known.get(holder)
    if (known !== undefined) return known
    const rows = this.#get.all(holder)
    const read = rows.length === 0 ? none : new Map(rows.map(row => [String(row.label), Number(row.until)]))
    this.#known.set(holder, read)
    forgetOldest(this.#known, mostHolders)
    return read
  }
}
