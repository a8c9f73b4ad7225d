// What both kinds of kept notes have in common: keys for their writers, marks of sessions, and who reads what.
import { markUnder, type KeptNote, type NoteKind, type NoteReader } from '../exchange/notes.ts'
import { forgetOldest } from './forget-oldest.ts'
import { derivedKey } from './stable-keys.ts'

const mostMarks = 4096

/** Everything of one tenant and key is one owner's: sessions are named `<tenant>/<key>/<id>`. */
export const ownerOf = (session: string): string => {
  const key = session.indexOf('/', session.indexOf('/') + 1)
  return key === -1 ? session : session.slice(0, key)
}

export class NoteMarks {
  readonly #keyOf: () => Buffer
  readonly #marks = new Map<string, string>()
  #markKey: Buffer | null = null

  /** @param keyOf the state's key for notes; throws while it is not known */
  constructor(keyOf: () => Buffer) { this.#keyOf = keyOf }

  key(purpose: string): Buffer { return derivedKey(this.#keyOf(), `notes ${purpose}`) }

  markOf(session: string): string {
    let mark = this.#marks.get(session)
    if (mark !== undefined) return mark
    mark = markUnder(this.#markKey ??= this.key('marks'), session)
    this.#marks.set(session, mark)
    forgetOldest(this.#marks, mostMarks)
    return mark
  }
}

export class NoteReaders {
  readonly #readers = new Map<NoteKind, NoteReader>()

  add(kind: NoteKind, reader: NoteReader): void { this.#readers.set(kind, reader) }

  noted(owner: string, note: KeptNote): void { this.#readers.get(note.kind)?.noted(owner, note) }

  used(owner: string, { id, kind, marks, usedAt }: Omit<KeptNote, 'body'>): void { this.#readers.get(kind)?.used(owner, id, marks, usedAt) }

  forgotten(owner: string, mark: string): void { for (const reader of new Set(this.#readers.values())) reader.forgotten(owner, mark) }
}

/** What a note is sealed for: its row cannot be moved. */
export const boundTo = (owner: string, { id, kind }: { readonly kind: NoteKind; readonly id: string }): string => `note ${owner} ${kind} ${id}`

/** Sessions that one note is kept for; of more the latest. */
export const mostMarksOfNote = 16
