// The file of pins: SQLite in WAL mode, shared by a gateway and the commands that approve. Rows only; what they mean is said in judge.ts.
import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { flagCodes, type Flag } from '../../../registry/definition-flags.ts'
import { pinnedKinds, type PinnedKind } from '../../../registry/definition.ts'

export interface PinKey { readonly server: string; readonly kind: PinnedKind; readonly name: string }

export interface PinRow extends PinKey {
  readonly origin: string
  readonly approved: string | null
  readonly formerly: string | null
  readonly approvedAt: number | null
  readonly approvedBy: string | null
  readonly firstSeen: number
}

export interface DefinitionRow extends PinKey {
  readonly digest: string
  readonly flags: readonly Flag[]
  readonly firstSeen: number
  readonly lastSeen: number
}

/** `length` is that of the whole text, of which `text` may be the beginning. */
export interface DefinitionText { readonly text: string; readonly length: number }

const format = 1
/** Characters of a definition that are kept to be shown. Its digest is over all of it. */
const longestText = 64 * 1024

const schema = `
  CREATE TABLE IF NOT EXISTS pin (
    server TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, origin TEXT NOT NULL, approved TEXT, formerly TEXT, approved_at INTEGER, approved_by TEXT,
    first_seen INTEGER NOT NULL, PRIMARY KEY (server, kind, name)) STRICT;
  CREATE TABLE IF NOT EXISTS definition (
    server TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL, length INTEGER NOT NULL, flags TEXT NOT NULL,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, PRIMARY KEY (server, kind, name, digest)) STRICT;
  PRAGMA user_version = ${format};
`

const whole = z.number().int()
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
// Names are kept as JSON: a zero or half a surrogate pair in one must not make it equal to another.
const nameOf = z.string().transform((text): unknown => JSON.parse(text)).pipe(z.string())
const key = { server: z.string(), kind: z.enum(pinnedKinds), name: nameOf }
const pinRow = z.object({
  ...key, origin: z.string(), approved: digest.nullable(), formerly: digest.nullable(), approved_at: whole.nullable(), approved_by: z.string().nullable(), first_seen: whole,
}).transform(({ approved_at: approvedAt, approved_by: approvedBy, first_seen: firstSeen, ...row }): PinRow => ({ ...row, approvedAt, approvedBy, firstSeen }))
const flagsText = z.string().transform((text): unknown => JSON.parse(text)).pipe(z.array(z.object({ code: z.enum(flagCodes), reason: z.string() })))
const definitionRow = z.object({ ...key, digest, flags: flagsText, first_seen: whole, last_seen: whole })
  .transform(({ first_seen: firstSeen, last_seen: lastSeen, ...row }): DefinitionRow => ({ ...row, firstSeen, lastSeen }))
const textRow = z.object({ text: z.string(), length: whole })
const onKey = 'server = ? AND kind = ? AND name = ?'

export interface PinFileOptions { readonly busyMs: number; readonly mayCreate: boolean }

const open = (path: string, { busyMs, mayCreate }: PinFileOptions): DatabaseSync => {
  // Made by us, so that SQLite's own files beside it get the same rights.
  closeSync(openSync(path, mayCreate ? 'a' : 'r+', 0o600))
  chmodSync(path, 0o600)
  const database = new DatabaseSync(path)
  try {
    database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`)
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (found !== 0 && found !== format) throw new Error(`it was written by another version (format ${found}, known is ${format})`)
    // A lost row would look like a definition that nobody has seen yet.
    const [state] = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})
    if (state !== 'ok') throw new Error(`it is damaged: ${String(state)}`)
    if (found === 0) database.exec(schema)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export class PinFile {
  readonly #database: DatabaseSync
  readonly #statements: Record<'version' | 'pins' | 'definitions' | 'putPin' | 'add' | 'seeAgain' | 'text' | 'dropDefinition' | 'forgetPins' | 'forgetDefinitions', StatementSync>

  /** @throws Error naming the file when it cannot be used */
  constructor(path: string, options: PinFileOptions) {
    try {
      this.#database = open(path, options)
      const prepare = (sql: string): StatementSync => this.#database.prepare(sql)
      this.#statements = {
        version: prepare('PRAGMA data_version'),
        pins: prepare('SELECT * FROM pin ORDER BY server, kind, name'),
        definitions: prepare('SELECT server, kind, name, digest, flags, first_seen, last_seen FROM definition ORDER BY first_seen, digest'),
        putPin: prepare('INSERT OR REPLACE INTO pin VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
        add: prepare('INSERT OR REPLACE INTO definition VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
        seeAgain: prepare(`UPDATE definition SET flags = ?, last_seen = ? WHERE ${onKey} AND digest = ?`),
        text: prepare(`SELECT text, length FROM definition WHERE ${onKey} AND digest = ?`),
        dropDefinition: prepare(`DELETE FROM definition WHERE ${onKey} AND digest = ?`),
        forgetPins: prepare('DELETE FROM pin WHERE server = ?'),
        forgetDefinitions: prepare('DELETE FROM definition WHERE server = ?'),
      }
    } catch (cause) {
      throw new Error(`the pin database ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }

  /** Changes when another process has written. */
  get version(): number { return Number(this.#statements.version.get()?.data_version) }

  /** @throws when a row is not what we write */
  pins(): PinRow[] { return this.#statements.pins.all().map(row => pinRow.parse(row)) }
  definitions(): DefinitionRow[] { return this.#statements.definitions.all().map(row => definitionRow.parse(row)) }

  text({ server, kind, name }: PinKey, digestOf: string): DefinitionText | null {
    const row = this.#statements.text.get(server, kind, JSON.stringify(name), digestOf)
    return row === undefined ? null : textRow.parse(row)
  }

  putPin({ server, kind, name, ...row }: PinRow): void {
    this.#statements.putPin.run(server, kind, JSON.stringify(name), row.origin, row.approved, row.formerly, row.approvedAt, row.approvedBy, row.firstSeen)
  }

  seeAgain({ server, kind, name, ...row }: DefinitionRow): void { this.#statements.seeAgain.run(JSON.stringify(row.flags), row.lastSeen, server, kind, JSON.stringify(name), row.digest) }

  add({ server, kind, name, ...row }: DefinitionRow, text: string): void {
    this.#statements.add.run(server, kind, JSON.stringify(name), row.digest, text.slice(0, longestText).toWellFormed(), text.length, JSON.stringify(row.flags), row.firstSeen, row.lastSeen)
  }

  dropDefinition({ server, kind, name }: PinKey, digestOf: string): void { this.#statements.dropDefinition.run(server, kind, JSON.stringify(name), digestOf) }

  forget(server: string): void {
    this.#statements.forgetPins.run(server)
    this.#statements.forgetDefinitions.run(server)
  }

  /** Several reads and writes during which nobody else writes. */
  group<T>(write: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const written = write()
      this.#database.exec('COMMIT')
      return written
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  close(): void { this.#database.close() }
}
