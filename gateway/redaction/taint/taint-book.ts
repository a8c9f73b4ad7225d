// Labels that travel with text: what labelled sources returned is kept as keyed hashes, per owner, and found again in prompts, arguments and results.
// All of it is in memory, where texts are compared; notes keep it beyond the process and bring what other gateways learnt. Bounded: whoever holds
// most gives up its oldest. Texts themselves are not kept here but for those that come again.
import { hash } from 'node:crypto'
import { FairMap } from '../../exchange/fair-map.ts'
import { joinLabels } from '../../exchange/labels.ts'
import { notesOfProcess, type KeptNote, type MarkedNote, type Note, type NoteReader, type Notes } from '../../exchange/notes.ts'
import { nothingCarried, type Carried, type Forgiven, type TaintBook, type TaintSource } from '../../exchange/taint.ts'
import { covers, isSame, joinSources, remembered, says, type About } from './about.ts'
import { fingerprinting, isStrong, leastWholeLength } from './fingerprint.ts'
import { Forgiveness } from './forgiveness.ts'
import { OwnerIndex, type Source } from './owner-index.ts'
import { readPiece, writePiece, type NotedPiece } from './piece-note.ts'
import { SeenTexts } from './seen-texts.ts'
import { valuesIn } from './values-in.ts'
import { wordKeyOf } from './words.ts'

export interface MemoryTaintOptions {
  /** Time for which a text is known after it was last returned. */
  readonly ttlMs: number
  /** Pieces of text (some 4 KB each) that are kept of all owners together. */
  readonly most: number
  readonly memoBytes: number
  /** Where it is kept; without it, it ends with the process. */
  readonly notes?: Notes
  readonly clockMs?: () => number
}

/** A part of a source: eviction is in equal steps, however long texts are. */
interface Piece { readonly source: Source<About>; readonly hashes: readonly number[]; readonly of: string }

/** Of one learning: whose it is, in which session, when, and what has to be kept. */
interface Learning { readonly owner: string; readonly mark: string; readonly given: TaintSource; readonly now: number; readonly notes: (Note | MarkedNote)[] }

const hashesPerPiece = 256
const piecesPerText = 1024
/** Being returned again within this time changes nothing. */
const touchEveryMs = 1000
/** That it was is told to others after this time, or a part of the time for which it is known. */
const noteEveryMs = 60_000
const noteShare = 16
const mostMarks = 16

const keyOf = (owner: string, digest: string, part: number): string => `${owner}/${digest} ${part}`

export class MemoryTaint implements TaintBook, NoteReader {
  readonly #options: MemoryTaintOptions
  readonly #now: () => number
  readonly #notes: Notes
  readonly #owners = new Map<string, OwnerIndex<About>>()
  readonly #pieces: FairMap<Piece>
  readonly #seen: SeenTexts<Source<About>>
  readonly #forgiveness: Forgiveness
  /** Made when they are first needed: their keys are the state's. */
  #fingerprinted: ((text: string) => readonly number[]) | null = null
  #secret: Buffer | null = null

  constructor(options: MemoryTaintOptions) {
    this.#options = options
    this.#now = options.clockMs ?? Date.now
    this.#notes = options.notes ?? notesOfProcess()
    // Its own eviction comes first: the index has to hear of it.
    this.#pieces = new FairMap(options.most + 1)
    this.#seen = new SeenTexts(options.memoBytes)
    this.#forgiveness = new Forgiveness(this.#notes, this.#now)
    this.#notes.readBy('text', this)
  }

  isEmpty(owner: string): boolean { return !this.#owners.has(owner) }

  /** A text that came from elsewhere before carries what it carried then, too. */
  learn({ owner, session }: { readonly owner: string; readonly session: string }, texts: Iterable<string>, source: TaintSource): void | Promise<void> {
    const learning: Learning = { owner, mark: this.#notes.markOf(session), given: remembered(source), now: this.#now(), notes: [] }
    this.#expire(owner, learning.now)
    for (const text of texts) {
      if (text.length < leastWholeLength) continue
      for (const value of valuesIn(text)) this.#learnOne(value, learning)
      this.#learnOne(text, learning)
    }
    return this.#notes.put(owner, learning.notes)
  }

  carriedBy(owner: string, session: string, texts: Iterable<string>): Carried {
    const index = this.#owners.get(owner)
    if (index === undefined) return nothingCarried
    const found = new Set<Source<About>>()
    for (const text of texts) if (text.length >= leastWholeLength) for (const source of this.#sourcesOf(owner, index, text)) found.add(source)
    return found.size === 0 ? nothingCarried : this.#joined(session, found)
  }

  forgive(owner: string, session: string, forgiven: Forgiven): void | Promise<void> { return this.#forgiveness.add(owner, session, forgiven) }

  /** A piece that another process learnt, or this one before its last start. */
  noted(owner: string, { body, id, marks, usedAt }: KeptNote): void {
    const [digest = '', part = ''] = id.split('.')
    const said = readPiece(body)
    if (said === null || this.#now() - usedAt > this.#options.ttlMs) return
    const known = this.#pieces.get(keyOf(owner, digest, Number(part)))?.source
    const isAlive = known !== undefined && this.#now() - known.addedAt <= this.#options.ttlMs
    if (!isAlive || !says(known.about, said)) {
      const joined = isAlive ? joinSources(said, known.about) : said
      // Of the same text more is known here: both hold, and the others are told so.
      if (isAlive && part === '0' && !isSame(joined, said)) this.#relabel(owner, known, joined)
      else this.#take(owner, digest, Number(part), { ...said, ...joined, marks, usedAt })
    }
    this.used(owner, id, marks, usedAt)
  }

  #take(owner: string, digest: string, part: number, { hashes, labels, marks, needed, origin, usedAt }: NotedPiece & Pick<KeptNote, 'marks' | 'usedAt'>): void {
    if (part === 0) this.#dropText(owner, digest)
    const first = this.#pieces.get(keyOf(owner, digest, 0))?.source
    const source = first !== undefined && isSame(first.about, { labels, origin }) ? first
      : { about: { labels, origin, digest, marks: new Set(marks), notedAt: usedAt }, addedAt: usedAt, needed, round: 0, first: 0 }
    this.#drop(keyOf(owner, digest, part))
    this.#addPiece(owner, part, { source, hashes, of: owner })
  }

  #relabel(owner: string, { about, addedAt, needed }: Source<About>, joined: TaintSource): void {
    const parts = this.#partsOf(owner, about.digest).map(([, { hashes }]) => hashes)
    this.#dropText(owner, about.digest)
    const source: Source<About> = { about: { ...about, ...joined }, addedAt, needed, round: 0, first: 0 }
    this.#notes.later(owner, parts.map((hashes, part) => {
      this.#addPiece(owner, part, { source, hashes, of: owner })
      return noteOf(source, part, hashes)
    }))
  }

  used(owner: string, id: string, marks: readonly string[], usedAt: number): void {
    const [digest = '', part = ''] = id.split('.')
    const source = this.#pieces.get(keyOf(owner, digest, Number(part)))?.source
    if (source === undefined) return
    source.addedAt = Math.max(source.addedAt, usedAt)
    for (const mark of marks) this.#mark(source, mark)
  }

  forgotten(owner: string, mark: string): void {
    const gone: string[] = []
    for (const [key, { source }] of this.#pieces.of(owner)) {
      const { marks } = source.about
      if (marks.delete(mark) && marks.size === 0) source.addedAt = -Infinity
      if (source.addedAt === -Infinity) gone.push(key)
    }
    for (const key of gone) this.#drop(key)
  }

  #fingerprint(text: string): readonly number[] { return (this.#fingerprinted ??= fingerprinting(wordKeyOf(this.#notes.key('words'))))(text) }

  #joined(session: string, found: ReadonlySet<Source<About>>): Carried {
    const now = this.#now()
    let { labels } = nothingCarried
    const origins = new Set<string>()
    for (const { about, addedAt } of found) {
      if (now - addedAt > this.#options.ttlMs) continue
      labels = joinLabels(labels, this.#forgiveness.left(session, about.labels, addedAt))
      if (about.origin !== null) for (const origin of about.origin.split('\n')) origins.add(origin)
    }
    return { labels, origins: [...origins].sort() }
  }

  #sourcesOf(owner: string, index: OwnerIndex<About>, text: string): readonly Source<About>[] {
    const known = this.#seen.get(owner, text)
    if (known !== undefined) return index.refresh(known)
    const hashes = this.#fingerprint(text)
    const sources = hashes.length === 0 ? [] : index.compare(hashes)
    this.#seen.put(owner, text, { hashes, sorted: null, version: index.version, sources, own: null })
    return sources
  }

  /** A history is learnt with every call that sends it: what is known of it needs no more than a look. */
  #isKnown(text: string, learning: Learning): boolean {
    const { given, now, owner } = learning
    const own = this.#seen.get(owner, text)?.own ?? null
    if (own === null || now - own.addedAt > this.#options.ttlMs || this.#pieces.get(keyOf(owner, own.about.digest, 0))?.source !== own) return false
    if (!says(own.about, given)) return false
    this.#touch(own, learning)
    return true
  }

  #learnOne(text: string, learning: Learning): void {
    if (this.#isKnown(text, learning)) return
    const { given, mark, now, owner } = learning
    const digest = hash('sha256', Buffer.concat([this.#secret ??= this.#notes.key('texts'), Buffer.from(text)]), 'base64url').slice(0, 22)
    const index = this.#owners.get(owner)
    const before = index === undefined ? [] : this.#alive(this.#sourcesOf(owner, index, text), now)
    const about = before.reduce<TaintSource>((joined, { about: known }) => joinSources(joined, known), given)
    const same = before.find(source => source.about.digest === digest)
    if (same !== undefined && isSame(same.about, about)) {
      const seen = this.#seen.get(owner, text)
      if (seen !== undefined) seen.own = same
      this.#touch(same, learning)
    } else this.#put(text, { ...about, digest, marks: new Set([...same?.about.marks ?? [], mark]), notedAt: now }, learning)
  }

  #alive(sources: readonly Source<About>[], now: number): readonly Source<About>[] { return sources.filter(({ addedAt }) => now - addedAt <= this.#options.ttlMs) }

  /** @returns whether it is new to it */
  #mark({ about: { marks } }: Source<About>, mark: string): boolean {
    if (marks.has(mark)) return false
    marks.add(mark)
    const [oldest = mark] = marks
    if (marks.size > mostMarks) marks.delete(oldest)
    return true
  }

  #touch(source: Source<About>, { mark, notes, now, owner }: Learning): void {
    const { about } = source
    const isNew = this.#mark(source, mark)
    if (!isNew && now - source.addedAt < touchEveryMs) return
    source.addedAt = now
    const parts = this.#partsOf(owner, about.digest)
    for (const [key, piece] of parts) this.#pieces.put(owner, key, piece)
    if (!isNew && now - about.notedAt < Math.min(noteEveryMs, this.#options.ttlMs / noteShare)) return
    about.notedAt = now
    const [ids, marks] = [parts.map((_, part) => `${about.digest}.${part}`), [...about.marks]]
    // Kept before it leaves, or it would go with the sessions that had it before.
    if (isNew) notes.push(...ids.map(id => ({ kind: 'text', id, marks, body: null } as const)))
    else this.#notes.touch(owner, 'text', ids, marks)
  }

  #partsOf(owner: string, digest: string): (readonly [key: string, piece: Piece])[] {
    const parts: (readonly [string, Piece])[] = []
    for (;;) {
      const key = keyOf(owner, digest, parts.length)
      const piece = this.#pieces.get(key)
      if (piece === undefined) return parts
      parts.push([key, piece])
    }
  }

  #put(text: string, about: About, { notes, now, owner }: Learning): void {
    const hashes = [...new Set(this.#fingerprint(text))].slice(0, hashesPerPiece * Math.min(piecesPerText, this.#options.most))
    if (hashes.length === 0) return
    this.#dropText(owner, about.digest)
    const weak = hashes.reduce((count, one) => isStrong(one) ? count : count + 1, 0)
    const source: Source<About> = { about, addedAt: now, needed: weak > 1 ? 2 : 1, round: 0, first: 0 }
    const seen = this.#seen.get(owner, text)
    if (seen !== undefined) seen.own = source
    for (let from = 0; from < hashes.length; from += hashesPerPiece) {
      const part = from / hashesPerPiece
      const piece = { source, hashes: hashes.slice(from, from + hashesPerPiece), of: owner }
      this.#addPiece(owner, part, piece)
      notes.push(noteOf(source, part, piece.hashes))
    }
  }

  #addPiece(owner: string, part: number, piece: Piece): void {
    while (this.#pieces.size >= this.#options.most) this.#evict()
    let index = this.#owners.get(owner)
    if (index === undefined) this.#owners.set(owner, index = new OwnerIndex<About>(covers))
    index.add(piece.source, piece.hashes)
    this.#pieces.put(owner, keyOf(owner, piece.source.about.digest, part), piece)
  }

  #dropText(owner: string, digest: string): void { for (let part = 0; this.#drop(keyOf(owner, digest, part)); part += 1); }

  #expire(owner: string, now: number): void {
    for (const [key, { source }] of this.#pieces.of(owner)) {
      if (now - source.addedAt <= this.#options.ttlMs) return
      this.#drop(key)
    }
  }

  #evict(): void {
    for (const [key] of this.#pieces.ofHeaviest()) {
      this.#drop(key)
      return
    }
  }

  #drop(key: string): boolean {
    const piece = this.#pieces.get(key)
    if (piece === undefined) return false
    this.#pieces.delete(key)
    const index = this.#owners.get(piece.of)
    index?.drop(piece.source, piece.hashes)
    if (index?.isEmpty === true) this.#owners.delete(piece.of)
    return true
  }
}

const noteOf = ({ about, needed }: Source<About>, part: number, hashes: readonly number[]): Note =>
  ({ kind: 'text', id: `${about.digest}.${part}`, marks: [...about.marks], body: writePiece({ labels: about.labels, origin: about.origin, needed, hashes }) })
