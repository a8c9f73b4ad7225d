// Notes in the embedded store's file. Rows only; what they mean is the business of whoever wrote them.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { KeptNote, NoteKind } from '../exchange/notes.ts'
import { boundTo } from './note-marks.ts'
import type { Sealing } from './stable-keys.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS note (owner TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, marks TEXT NOT NULL, used_at INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (owner, kind, id)) STRICT;
  CREATE INDEX IF NOT EXISTS note_age ON note (owner, kind, used_at);
`

const marksIn = (text: unknown): string[] => String(text).split(',').filter(mark => mark !== '')

export class NoteTable {
  readonly #database: DatabaseSync
  readonly #keys: Sealing
  readonly #of: StatementSync
  readonly #put: StatementSync
  readonly #touch: StatementSync
  readonly #marked: StatementSync
  readonly #remark: StatementSync
  readonly #drop: StatementSync
  readonly #old: StatementSync
  readonly #tooMany: StatementSync

  constructor(database: DatabaseSync, keys: Sealing) {
    this.#database = database
    this.#keys = keys
    database.exec(schema)
    this.#of = database.prepare('SELECT kind, id, marks, used_at, sealed FROM note WHERE owner = ? ORDER BY used_at, rowid')
    this.#put = database.prepare('INSERT INTO note VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (owner, kind, id) DO UPDATE SET marks = excluded.marks, used_at = excluded.used_at, sealed = excluded.sealed')
    this.#touch = database.prepare('UPDATE note SET marks = ?, used_at = ? WHERE owner = ? AND kind = ? AND id = ?')
    this.#marked = database.prepare('SELECT kind, id, marks FROM note WHERE owner = ? AND instr(marks, ?) > 0')
    this.#remark = database.prepare('UPDATE note SET marks = ? WHERE owner = ? AND kind = ? AND id = ?')
    this.#drop = database.prepare('DELETE FROM note WHERE owner = ? AND kind = ? AND id = ?')
    this.#old = database.prepare('DELETE FROM note WHERE kind = ? AND used_at < ?')
    this.#tooMany = database.prepare('DELETE FROM note WHERE owner = ?1 AND kind = ?2 AND used_at < (SELECT used_at FROM note WHERE owner = ?1 AND kind = ?2 ORDER BY used_at DESC LIMIT 1 OFFSET ?3)')
  }

  owners(): string[] { return this.#database.prepare('SELECT DISTINCT owner FROM note').all().map(row => String(row.owner)) }

  /** Least recently used first. @throws Error where one is sealed with a key that is not given */
  of(owner: string): KeptNote[] {
    return this.#of.all(owner).map(row => {
      const [kind, id] = [String(row.kind) as NoteKind, String(row.id)]
      return { kind, id, marks: marksIn(row.marks), usedAt: Number(row.used_at), body: this.#keys.openBytes(boundTo(owner, { kind, id }), row.sealed as Uint8Array).bytes }
    })
  }

  put(owner: string, note: KeptNote): void {
    this.#put.run(owner, note.kind, note.id, note.marks.join(','), Math.floor(note.usedAt), this.#keys.seal(boundTo(owner, note), note.body))
  }

  touch(owner: string, { id, kind, marks, usedAt }: Omit<KeptNote, 'body'>): void { this.#touch.run(marks.join(','), Math.floor(usedAt), owner, kind, id) }

  /** Takes a session's mark off, and what has no other away. @returns how many were taken away of each kind */
  forget(owner: string, mark: string): ReadonlyMap<NoteKind, number> {
    const gone = new Map<NoteKind, number>()
    for (const row of this.#marked.all(owner, mark)) {
      const [kind, id] = [String(row.kind) as NoteKind, String(row.id)]
      const left = marksIn(row.marks).filter(one => one !== mark)
      if (left.length > 0) this.#remark.run(left.join(','), owner, kind, id)
      else {
        this.#drop.run(owner, kind, id)
        gone.set(kind, (gone.get(kind) ?? 0) + 1)
      }
    }
    return gone
  }

  forgetBefore(kind: NoteKind, usedBefore: number): void { this.#old.run(kind, Math.floor(usedBefore)) }

  /** Of more than so many of one owner the least recently used go. */
  bound(owner: string, kind: NoteKind, most: number): void { this.#tooMany.run(owner, kind, most - 1) }

  /** Seals with the current key what an older one sealed. @returns how many */
  reseal(): number {
    let resealed = 0
    for (const row of this.#database.prepare('SELECT owner, kind, id, marks, used_at, sealed FROM note').iterate()) {
      const [owner, kind, id] = [String(row.owner), String(row.kind) as NoteKind, String(row.id)]
      const { bytes, isOld } = this.#keys.openBytes(boundTo(owner, { kind, id }), row.sealed as Uint8Array)
      if (!isOld) continue
      this.put(owner, { kind, id, marks: marksIn(row.marks), usedAt: Number(row.used_at), body: bytes })
      resealed += 1
    }
    return resealed
  }
}
