// Notes in the embedded store: written before what they are about leaves the process, read when their owner first comes after a start. That one was
// used again is written in groups, with what else is.
import { noteKinds, type KeptNote, type MarkedNote, type Note, type NoteBounds, type NoteKind, type NoteReader, type Notes } from '../exchange/notes.ts'
import { NoteMarks, NoteReaders, ownerOf } from './note-marks.ts'
import type { SessionFile } from './session-file.ts'
import { stored } from './stored.ts'

export interface EmbeddedNotesOptions {
  readonly file: SessionFile
  readonly now: () => number
  readonly bounds: Readonly<Record<NoteKind, NoteBounds>>
  /** Something waits to be written. */
  readonly changed: () => void
}

type Touched = Omit<KeptNote, 'body'> & { readonly owner: string; readonly body: Buffer | null }

const keyOf = (owner: string, kind: NoteKind, id: string): string => `${owner} ${kind} ${id}`

/** Of the bound: so many may be over it before it is looked at again. */
const slack = 16

export class EmbeddedNotes implements Notes {
  readonly #options: EmbeddedNotesOptions
  readonly #marks: NoteMarks
  readonly #readers = new NoteReaders()
  readonly #opened = new Set<string>()
  readonly #dirty = new Map<string, Touched>()
  /** Written since the bound was looked at, by owner and kind. */
  readonly #added = new Map<string, number>()

  constructor(options: EmbeddedNotesOptions) {
    this.#options = options
    const key = options.file.stableKeys.key('notes')
    this.#marks = new NoteMarks(() => key)
  }

  get isDirty(): boolean { return this.#dirty.size > 0 }

  key(purpose: string): Buffer { return this.#marks.key(purpose) }

  markOf(session: string): string { return this.#marks.markOf(session) }

  readBy(kind: NoteKind, reader: NoteReader): void { this.#readers.add(kind, reader) }

  /** Reads what there is of everybody: better before the first call than with it. @throws Failure gateway.bug */
  openAll(): void { for (const owner of stored(() => this.#options.file.notes.owners())) this.#open(owner) }

  /** Reads what there is of a session's owner, once. @throws Failure gateway.bug */
  open(session: string): void {
    const owner = ownerOf(session)
    if (!this.#opened.has(owner)) this.#open(owner)
  }

  #open(owner: string): void {
    const now = this.#options.now()
    for (const note of stored(() => this.#options.file.notes.of(owner))) if (now - note.usedAt <= this.#options.bounds[note.kind].ttlMs) this.#readers.noted(owner, note)
    this.#opened.add(owner)
  }

  put(owner: string, notes: readonly (Note | MarkedNote)[]): void {
    if (notes.length === 0) return
    const { file, now } = this.#options
    const usedAt = now()
    stored(() => { file.group(() => { for (const { body, ...note } of notes) this.#writeOne(owner, { ...note, usedAt }, body) }) })
    for (const note of notes) this.#overtake(owner, note)
  }

  later(owner: string, notes: readonly Note[]): void { for (const note of notes) this.#soon({ ...note, owner, usedAt: this.#options.now() }) }

  touch(owner: string, kind: NoteKind, ids: readonly string[], marks: readonly string[]): void {
    const usedAt = this.#options.now()
    for (const id of ids) this.#soon({ owner, kind, id, marks, usedAt, body: null })
  }

  /** Within a group. */
  write(): void {
    for (const { body, owner, ...note } of this.#dirty.values()) this.#writeOne(owner, note, body)
  }

  written(): void { this.#dirty.clear() }

  /** Forgets what is known of a session only. @returns whether texts were among it */
  forget(session: string): boolean {
    const { file } = this.#options
    const [owner, mark] = [ownerOf(session), this.markOf(session)]
    const gone = stored(() => {
      let found: ReadonlyMap<NoteKind, number> = new Map()
      file.group(() => {
        // What waits would come back.
        this.write()
        found = file.notes.forget(owner, mark)
      })
      return found
    })
    this.written()
    this.#readers.forgotten(owner, mark)
    return (gone.get('text') ?? 0) > 0
  }

  /** Forgets what nobody used for its time. */
  sweep(now: number): void { for (const kind of noteKinds) this.#options.file.notes.forgetBefore(kind, now - this.#options.bounds[kind].ttlMs) }

  #soon(touched: Touched): void {
    const key = keyOf(touched.owner, touched.kind, touched.id)
    const known = this.#dirty.get(key)
    this.#dirty.set(key, touched.body === null && known !== undefined ? { ...touched, body: known.body } : touched)
    this.#options.changed()
  }

  /** What waits to be written of a note must not take back what was said of it since. */
  #overtake(owner: string, { body, id, kind, marks }: Note | MarkedNote): void {
    const key = keyOf(owner, kind, id)
    const waiting = this.#dirty.get(key)
    if (waiting === undefined) return
    if (body !== null || waiting.body === null) this.#dirty.delete(key)
    else this.#dirty.set(key, { ...waiting, marks })
  }

  #writeOne(owner: string, note: Omit<KeptNote, 'body'>, body: Buffer | null): void {
    if (body === null) this.#options.file.notes.touch(owner, note)
    else this.#write(owner, { ...note, body })
  }

  #write(owner: string, note: KeptNote): void {
    const { bounds, file } = this.#options
    const { most } = bounds[note.kind]
    file.notes.put(owner, note)
    const key = `${owner} ${note.kind}`
    const added = (this.#added.get(key) ?? 0) + 1
    this.#added.set(key, added * slack >= most ? 0 : added)
    if (added * slack >= most) file.notes.bound(owner, note.kind, most)
  }
}
