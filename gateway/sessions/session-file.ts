// The embedded store's file: SQLite through node:sqlite, one writer. Rows only; what they mean is the store's business.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EntityKind } from '../exchange/kinds.ts'
import type { Sensitivity } from '../exchange/labels.ts'
import { LastingLabels } from './lasting-labels.ts'
import type { PseudonymRow } from './pseudonyms.ts'
import { NoteTable } from './note-table.ts'
import { StableKeyTable } from './stable-keys.ts'
import type { Opened, VaultKeys } from './vault-keys.ts'

export interface SessionRow { readonly startedAt: number; readonly lastUsedAt: number; readonly calls: number; readonly spendUsd: number }
export interface SumRow { readonly spentUsd: number; readonly spentTokens: number; readonly warned: number }
export interface LabelRow { readonly labels: readonly string[]; readonly sensitivity: Sensitivity; readonly addedAt: number }

const keyCheck = 'key check'

const schema = `
  CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, calls INTEGER NOT NULL, spend_usd REAL NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS label (scope TEXT PRIMARY KEY, labels TEXT NOT NULL, sensitivity TEXT NOT NULL, added_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS pseudonym (session TEXT NOT NULL, placeholder TEXT NOT NULL, kind TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (session, placeholder)) STRICT;
  CREATE TABLE IF NOT EXISTS key_check (one INTEGER PRIMARY KEY CHECK (one = 1), sealed BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS budget (scope TEXT NOT NULL, name TEXT NOT NULL, spent_usd REAL NOT NULL, PRIMARY KEY (scope, name)) STRICT;
`

/** What the table of budgets got later; files without it are from before. */
const budgetColumns = ['spent_tokens REAL NOT NULL DEFAULT 0', 'warned INTEGER NOT NULL DEFAULT 0', 'ends_at INTEGER']

export class SessionFile {
  readonly lasting: LastingLabels
  readonly stableKeys: StableKeyTable
  readonly notes: NoteTable
  readonly #database: DatabaseSync
  readonly #keys: VaultKeys
  readonly #statements: Record<'session' | 'putSession' | 'label' | 'putLabel' | 'pseudonyms' | 'addPseudonym' | 'sum' | 'putSum' | 'forgetSum' | 'pastSums' | 'expired' | 'expiredLabels' | 'forgetSession' | 'forgetLabel' | 'forgetPseudonyms', StatementSync>

  /** @throws Error naming the file when it cannot be opened, is not a database, is in use by another gateway, or was written with another key */
  constructor(path: string, keys: VaultKeys) {
    this.#keys = keys
    try {
      this.#database = new DatabaseSync(path)
      // Locking for the process's whole life: two gateways on one folder would each believe their own memory.
      this.#database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 0; PRAGMA secure_delete = ON')
      this.#database.exec(schema)
      this.lasting = new LastingLabels(this.#database)
      this.stableKeys = new StableKeyTable(this.#database, keys)
      this.notes = new NoteTable(this.#database, keys)
      const known = new Set(this.#database.prepare('PRAGMA table_info(budget)').all().map(column => String(column.name)))
      for (const column of budgetColumns) if (!known.has(column.split(' ')[0] ?? '')) this.#database.exec(`ALTER TABLE budget ADD COLUMN ${column}`)
    } catch (cause) {
      throw new Error(`${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}; is another gateway running on this data folder?`, { cause })
    }
    this.#checkKey(path)
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql)
    this.#statements = {
      session: prepare('SELECT started_at, last_used_at, calls, spend_usd FROM session WHERE id = ?'),
      putSession: prepare('INSERT INTO session VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET last_used_at = excluded.last_used_at, calls = excluded.calls, spend_usd = excluded.spend_usd'),
      label: prepare('SELECT labels, sensitivity, added_at FROM label WHERE scope = ?'),
      putLabel: prepare('INSERT INTO label VALUES (?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET labels = excluded.labels, sensitivity = excluded.sensitivity, added_at = excluded.added_at'),
      pseudonyms: prepare('SELECT placeholder, kind, sealed FROM pseudonym WHERE session = ? ORDER BY rowid'),
      addPseudonym: prepare('INSERT OR REPLACE INTO pseudonym VALUES (?, ?, ?, ?)'),
      sum: prepare('SELECT spent_usd, spent_tokens, warned FROM budget WHERE scope = ? AND name = ?'),
      putSum: prepare('INSERT INTO budget (scope, name, spent_usd, spent_tokens, warned, ends_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (scope, name) DO UPDATE SET spent_usd = excluded.spent_usd, spent_tokens = excluded.spent_tokens, warned = excluded.warned, ends_at = excluded.ends_at'),
      forgetSum: prepare('DELETE FROM budget WHERE scope = ? AND name = ?'),
      pastSums: prepare('DELETE FROM budget WHERE ends_at < ?'),
      expired: prepare('SELECT id FROM session WHERE last_used_at < ?'),
      expiredLabels: prepare('DELETE FROM label WHERE added_at < ? AND scope NOT IN (SELECT id FROM session)'),
      forgetSession: prepare('DELETE FROM session WHERE id = ?'),
      forgetLabel: prepare('DELETE FROM label WHERE scope = ?'),
      forgetPseudonyms: prepare('DELETE FROM pseudonym WHERE session = ?'),
    }
  }

  session(id: string): SessionRow | undefined {
    const row = this.#statements.session.get(id)
    return row === undefined ? undefined : {
      startedAt: Number(row.started_at), lastUsedAt: Number(row.last_used_at), calls: Number(row.calls), spendUsd: Number(row.spend_usd),
    }
  }

  putSession(id: string, row: SessionRow): void { this.#statements.putSession.run(id, row.startedAt, row.lastUsedAt, row.calls, row.spendUsd) }

  label(scope: string): LabelRow | undefined {
    const row = this.#statements.label.get(scope)
    return row === undefined ? undefined : {
      labels: JSON.parse(String(row.labels)) as string[], sensitivity: String(row.sensitivity) as Sensitivity, addedAt: Number(row.added_at),
    }
  }

  putLabel(scope: string, row: LabelRow): void { this.#statements.putLabel.run(scope, JSON.stringify(row.labels), row.sensitivity, row.addedAt) }

  pseudonyms(session: string): PseudonymRow[] {
    return this.#statements.pseudonyms.all(session).map(row => ({
      placeholder: String(row.placeholder), kind: String(row.kind) as EntityKind,
      value: this.#keys.open(`${session} ${String(row.placeholder)}`, row.sealed as Uint8Array).text,
    }))
  }

  addPseudonym(session: string, row: PseudonymRow): void {
    this.#statements.addPseudonym.run(session, row.placeholder, row.kind, this.#keys.seal(`${session} ${row.placeholder}`, row.value))
  }

  sum(scope: string, name: string): SumRow | undefined {
    const row = this.#statements.sum.get(scope, name)
    return row === undefined ? undefined : { spentUsd: Number(row.spent_usd), spentTokens: Number(row.spent_tokens), warned: Number(row.warned) }
  }

  /** @param endsAt milliseconds since the epoch after which nobody asks for it any more, or null */
  putSum(scope: string, name: string, row: SumRow, endsAt: number | null): void {
    this.#statements.putSum.run(scope, name, row.spentUsd, row.spentTokens, row.warned, endsAt === null ? null : Math.ceil(endsAt))
  }

  forgetSum(scope: string, name: string): void { this.#statements.forgetSum.run(scope, name) }

  /** Forgets sums whose time ended before a moment. */
  forgetSumsBefore(endedBefore: number): void { this.#statements.pastSums.run(endedBefore) }

  /** Forgets sessions unused since a moment, with their vaults and labels. */
  forgetBefore(lastUsedBefore: number): string[] {
    const ids = this.#statements.expired.all(lastUsedBefore).map(row => String(row.id))
    this.group(() => { for (const id of ids) this.forget(id) })
    return ids
  }

  /** Forgets one session with its vault and labels. */
  forget(id: string): void {
    this.#statements.forgetSession.run(id)
    this.#statements.forgetLabel.run(id)
    this.#statements.forgetPseudonyms.run(id)
  }

  /** Forgets the vault of a session, and keeps the rest of it. */
  forgetVault(id: string): boolean { return Number(this.#statements.forgetPseudonyms.run(id).changes) > 0 }

  /** Nothing that was forgotten is left in the file's log. Free pages are overwritten anyway. */
  scrub(): void { this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)') }

  /** Seals everything with the current key that an older one sealed. @returns how many rows */
  reseal(): number {
    let resealed = 0
    this.group(() => {
      for (const row of this.#database.prepare('SELECT rowid AS id, session, placeholder, sealed FROM pseudonym').all()) {
        const bound = `${String(row.session)} ${String(row.placeholder)}`
        const { isOld, text } = this.#opened(bound, row.sealed as Uint8Array)
        if (!isOld) continue
        this.#database.prepare('UPDATE pseudonym SET sealed = ? WHERE rowid = ?').run(this.#keys.seal(bound, text), Number(row.id))
        resealed += 1
      }
      this.stableKeys.reseal()
      resealed += this.notes.reseal()
      this.#database.prepare('UPDATE key_check SET sealed = ?').run(this.#keys.seal(keyCheck, keyCheck))
    })
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return resealed
  }

  /** Forgets labels that no session holds and that were last added before a moment. */
  forgetLabelsBefore(addedBefore: number): void { this.#statements.expiredLabels.run(addedBefore) }

  /** Several writes as one transaction. */
  group(write: () => void): void {
    this.#database.exec('BEGIN')
    try {
      write()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  close(): void { this.#database.close() }

  #opened(bound: string, sealed: Uint8Array): Opened {
    try {
      return this.#keys.open(bound, sealed)
    } catch (cause) {
      throw new Error('a value in sessions.db was sealed with a key that is not given any more: name it in state.previous_vault_keys, or put the vault.key back that belongs to it', { cause })
    }
  }

  // A vault that cannot be opened is refused at the start, not at the first session that has something in it.
  #checkKey(path: string): void {
    const row = this.#database.prepare('SELECT sealed FROM key_check').get()
    if (row === undefined) {
      this.#database.prepare('INSERT INTO key_check VALUES (1, ?)').run(this.#keys.seal(keyCheck, keyCheck))
      return
    }
    try {
      this.#keys.open(keyCheck, row.sealed as Uint8Array)
    } catch (cause) {
      this.#database.close()
      throw new Error(`${path} was written with another vault key: put the vault.key back that belongs to it (or name the key in state.previous_vault_keys), or move the file away to start with an empty vault`, { cause })
    }
  }
}
