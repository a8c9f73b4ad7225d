// What is remembered beside sessions and has to outlive a process: small sealed notes of one owner (`<tenant>/<key>`) that every gateway of one state
// reads. Whoever writes them keeps all of them in memory as well, so nothing is asked of a store where texts are compared. Stores: sessions/.
import { hash, randomBytes } from 'node:crypto'

export const noteKinds = ['text', 'forgiven', 'call', 'root'] as const
/** Fingerprints of texts, what an operator took off, calls that models asked for, user requests with labels. */
export type NoteKind = (typeof noteKinds)[number]

export const isNoteKind = (kind: string): kind is NoteKind => (noteKinds as readonly string[]).includes(kind)

export interface Note {
  readonly kind: NoteKind
  /** Tells nobody anything without the state's key. Letters, digits, `-`, `_` and `.`. */
  readonly id: string
  /** Marks of the sessions that it is forgotten with, when the last of them is; none: with no session. */
  readonly marks: readonly string[]
  /** Sealed before it leaves the process. */
  readonly body: Buffer
}

/** Of one kind, per owner: it goes when nobody used it for its time, and where there are more the least recently used go first. */
export interface NoteBounds { readonly ttlMs: number; readonly most: number }

/** One that is kept already and was used in a further session: nothing of it is written anew but its marks. */
export type MarkedNote = Omit<Note, 'body'> & { readonly body: null }

export interface KeptNote extends Note { /** Milliseconds since the epoch. */ readonly usedAt: number }

/** Told of what the store holds and others wrote; of its own notes, too, possibly. All of it happens before the call that loads a session goes on. */
export interface NoteReader {
  noted(owner: string, note: KeptNote): void
  /** Used again elsewhere. */
  used(owner: string, id: string, marks: readonly string[], usedAt: number): void
  /** A session was forgotten. */
  forgotten(owner: string, mark: string): void
}

export interface Notes {
  /** Bytes that are the same in all processes of the state and for as long as it lives. @throws Failure state.unavailable while it was not reached */
  key(purpose: string): Buffer
  /** A session as notes name it. */
  markOf(session: string): string
  readBy(kind: NoteKind, reader: NoteReader): void
  /** Resolves when they are kept. @throws Failure state.unavailable */
  put(owner: string, notes: readonly (Note | MarkedNote)[]): void | Promise<void>
  /** The same for what nobody waits for. */
  later(owner: string, notes: readonly Note[]): void
  /** Written behind: others hear of it a little later. */
  touch(owner: string, kind: NoteKind, ids: readonly string[], marks: readonly string[]): void
}

const markLength = 11

/** @param key of the state; without it a mark tells nothing of its session */
export const markUnder = (key: Buffer, session: string): string => hash('sha256', Buffer.concat([key, Buffer.from(session)]), 'base64url').slice(0, markLength)

/** Of a process that keeps nothing. */
export const notesOfProcess = (): Notes => {
  const secret = randomBytes(32)
  return {
    key: purpose => hash('sha256', Buffer.concat([secret, Buffer.from(purpose)]), 'buffer'), markOf: session => markUnder(secret, session),
    readBy: () => undefined, put: () => undefined, later: () => undefined, touch: () => undefined,
  }
}
