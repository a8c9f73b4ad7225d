// Notes that several gateways share: each has all of an owner's in memory, is told with every session that it loads what the others wrote since, and
// writes what it learns before what it is about leaves the process. Redis holds sealed bodies and keyed ids.
import { randomBytes } from 'node:crypto'
import { isNoteKind, noteKinds, type MarkedNote, type Note, type NoteBounds, type NoteKind, type NoteReader, type Notes } from '../../exchange/notes.ts'
import { boundTo, NoteMarks, NoteReaders, ownerOf } from '../note-marks.ts'
import type { RedisLink } from './link.ts'
import type { SharedKeys } from './shared-keys.ts'

export interface SharedNotesOptions {
  readonly link: RedisLink
  readonly keys: SharedKeys
  readonly prefix: string
  /** Text of the time for the scripts; empty: the server's. */
  readonly now: () => string
  readonly bounds: Readonly<Record<NoteKind, NoteBounds>>
}

/** What an owner's notes are known up to. */
interface Known { readonly birth: string; readonly number: number }

/** Notes of one question: a script that takes many at once lets others wait. */
const notesPerScript = 64
const touchAfterMs = 100
const nothingKnown: Known = { birth: '', number: 0 }
const unmarked: readonly string[] = []
/** A kind, then what else can end. */
const kindsFrom = (kind: NoteKind): readonly string[] => [kind, ...noteKinds.filter(one => one !== kind), 'gone']

/** What the names of all keys of an owner's notes begin with (note-scripts.ts). */
const notesName = (prefix: string, owner: string): string => `${prefix}:{${owner}}:n`

const noteNames = (prefix: string, owner: string): [string, string, string, string] => {
  const at = notesName(prefix, owner)
  return [at, `${at}:s`, `${at}:r`, `${at}:w`]
}

export class SharedNotes implements Notes {
  readonly #options: SharedNotesOptions
  readonly #marks: NoteMarks
  readonly #readers = new NoteReaders()
  readonly #known = new Map<string, Known>()
  readonly #touched = new Map<string, Map<string, Omit<Note, 'body'>>>()
  readonly #process = randomBytes(9).toString('base64url')
  #births = 0
  #timer: NodeJS.Timeout | null = null

  constructor(options: SharedNotesOptions) {
    this.#options = options
    this.#marks = new NoteMarks(() => options.keys.stable('notes'))
  }

  key(purpose: string): Buffer { return this.#marks.key(purpose) }

  markOf(session: string): string { return this.#marks.markOf(session) }

  readBy(kind: NoteKind, reader: NoteReader): void { this.#readers.add(kind, reader) }

  /** What is there is read anew: Redis was away, and may have come back with less than it had and with what others wrote since. */
  reread(): void { this.#known.clear() }

  /** Name of the key and what is known of it: what loads a session asks for the rest with it. */
  asked(session: string): { readonly name: string; readonly known: readonly [birth: string, number: number] } {
    const owner = ownerOf(session)
    const { birth, number } = this.#known.get(owner) ?? nothingKnown
    return { name: notesName(this.#options.prefix, owner), known: [birth, number] }
  }

  /** Reads what was said, and whatever there is beyond it. @throws Failure state.unavailable */
  take(session: string, said: readonly string[]): void | Promise<void> {
    const owner = ownerOf(session)
    if (this.#apply(owner, said)) return this.#takeMore(owner)
    return undefined
  }

  put(owner: string, notes: readonly (Note | MarkedNote)[]): void | Promise<void> {
    if (notes.length === 0) return undefined
    const asked: Promise<void>[] = []
    for (const kind of noteKinds) {
      const ofKind = notes.filter(note => note.kind === kind)
      for (let from = 0; from < ofKind.length; from += notesPerScript) {
        asked.push(this.#put(owner, kind, ofKind.slice(from, from + notesPerScript).map(note => [`${kind}:${note.id}`, note.marks.join(','), this.#sealed(owner, note)])))
      }
    }
    return Promise.all(asked).then(() => undefined)
  }

  #sealed(owner: string, note: Note | MarkedNote): string { return note.body === null ? '' : this.#options.keys.seal(boundTo(owner, note), note.body).toString('base64') }

  later(owner: string, notes: readonly Note[]): void { this.#options.link.soon(async () => { await this.put(owner, notes) }) }

  touch(owner: string, kind: NoteKind, ids: readonly string[], marks: readonly string[]): void {
    let touched = this.#touched.get(owner)
    if (touched === undefined) this.#touched.set(owner, touched = new Map<string, Omit<Note, 'body'>>())
    for (const id of ids) touched.set(`${kind}:${id}`, { kind, id, marks })
    this.#timer ??= setTimeout(() => { this.flush() }, touchAfterMs).unref()
  }

  /** Sends what waits to be told. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const [owner, touched] of this.#touched) {
      for (const kind of noteKinds) {
        const ids = [...touched.values()].filter(one => one.kind === kind)
        for (let from = 0; from < ids.length; from += notesPerScript * 4) {
          const some = ids.slice(from, from + notesPerScript * 4).map(({ id, marks }): [string, string, string] => [`${kind}:${id}`, marks.join(','), ''])
          this.#options.link.soon(() => this.#put(owner, kind, some))
        }
      }
    }
    this.#touched.clear()
  }

  /** @returns whether texts were forgotten. @throws Failure state.unavailable */
  async forget(session: string): Promise<boolean> {
    // What waits says that the session had them.
    this.flush()
    const { bounds, link, now, prefix } = this.#options
    const [owner, mark] = [ownerOf(session), this.markOf(session)]
    const names = noteNames(prefix, owner)
    const longest = Math.max(...noteKinds.map(kind => bounds[kind].ttlMs))
    const texts = await link.run('portcullisForgetNotes', ...names, `${names[0]}:u:gone`, ...noteKinds.map(kind => `${names[0]}:u:${kind}`), now(), longest, this.#birth(), mark, ...noteKinds) as number
    this.#readers.forgotten(owner, mark)
    return texts > 0
  }

  /** Notes that begin anew, because all of them ended or Redis lost them, are another life each time: their numbers say nothing about those before. */
  #birth(): string { return `${this.#process}.${this.#births += 1}` }

  async #takeMore(owner: string): Promise<void> {
    const { link, prefix } = this.#options
    for (let isMore = true; isMore;) {
      const { birth, number } = this.#known.get(owner) ?? nothingKnown
      isMore = this.#apply(owner, await link.run('portcullisNotes', notesName(prefix, owner), birth, number) as string[])
    }
  }

  /** @returns whether there is more */
  #apply(owner: string, said: readonly string[]): boolean {
    const [birth = '', number = '0', isMore] = said
    const known = this.#known.get(owner)
    const last = Number(number)
    // Answers may cross: what is older than what is known says nothing new.
    if (birth === '' || (known?.birth === birth && last <= known.number)) return false
    for (let at = 3; at + 2 < said.length; at += 3) this.#read(owner, said[at] ?? '', said[at + 1] ?? '', said[at + 2] ?? '')
    this.#known.set(owner, { birth, number: last })
    return isMore === '1'
  }

  #read(owner: string, name: string, whose: string, body: string): void {
    const split = name.indexOf(':')
    const [kind, id] = [name.slice(0, split), name.slice(split + 1)]
    if (kind === 'gone') {
      this.#readers.forgotten(owner, id)
      return
    }
    if (!isNoteKind(kind)) return
    const space = whose.indexOf(' ')
    const marks = whose.length === space + 1 ? unmarked : whose.slice(space + 1).split(',')
    const about = { kind, id, marks, usedAt: Number(whose.slice(0, space)) }
    if (body === '') this.#readers.used(owner, about)
    else this.#readers.noted(owner, { ...about, body: this.#options.keys.openBytes(boundTo(owner, about), Buffer.from(body, 'base64')).bytes })
  }

  async #put(owner: string, kind: NoteKind, notes: readonly (readonly [name: string, marks: string, body: string])[]): Promise<void> {
    const { bounds: { [kind]: { most, ttlMs } }, link, now, prefix } = this.#options
    const names = noteNames(prefix, owner)
    const [birth = '', first = '0', last = '0'] = await link.run('portcullisPutNotes', ...names, ...kindsFrom(kind).map(one => `${names[0]}:u:${one}`), now(), ttlMs, most, this.#birth(), ...notes.flat()) as string[]
    const known = this.#known.get(owner) ?? nothingKnown
    // Its own notes need not come back, where nobody else's are between.
    if (known.birth === birth ? known.number + 1 === Number(first) : known === nothingKnown && first === '1') this.#known.set(owner, { birth, number: Number(last) })
  }
}
