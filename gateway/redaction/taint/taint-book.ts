// Labels that travel with text: what labelled sources returned is kept as keyed hashes, per owner, and found again in prompts, arguments and results.
// All of it is in memory, where texts are compared; notes keep it beyond the process and bring what other gateways learnt. Bounded: whoever holds
// most gives up its oldest. Texts themselves are not kept here but for those that come again.
import { hash } from 'node:crypto'
import { joinLabels } from '../../exchange/labels.ts'
import { notesOfProcess, type KeptNote, type MarkedNote, type Note, type NoteReader, type Notes } from '../../exchange/notes.ts'
import { nothingCarried, type Carried, type Forgiven, type FoundText, type SameFound, type SameTexts, type TaintBook, type TaintSource, type Whose } from '../../exchange/taint.ts'
import { addMark, isSame, joinSources, remembered, says, type About } from './about.ts'
import { fingerprinting, isStrong, leastWholeLength } from './fingerprint.ts'
import { Forgiveness } from './forgiveness.ts'
import { newSource, type OwnerIndex, type Source } from './owner-index.ts'
import { readPiece, writePiece, type NotedPiece } from './piece-note.ts'
import { SeenGroups } from './seen-groups.ts'
import { SeenTexts, type Seen } from './seen-texts.ts'
import { TextPieces } from './text-pieces.ts'
import { valuesIn } from './values-in.ts'
import { wordKeyOf } from './words.ts'

export interface MemoryTaintOptions {
  /** Time for which a text is known after it was last returned. */
  readonly ttlMs: number
  /** Pieces of text (some 4 KB each) that are kept of all owners together. */
  readonly most: number
  readonly memoBytes: number
  /** Where it is kept, and whose keys it has; without it, it ends with the process. Books with the same notes tell the same of the same texts. */
  readonly notes?: Notes
  readonly clockMs?: () => number
}

/** Of one learning: whose it is, in which session, when, and what has to be kept. */
interface Learning extends Whose {
  readonly now: number
  readonly notes: (Note | MarkedNote)[]
  /** What the notes are about. */
  readonly noted: About[]
  /** What other calls are just keeping of the same texts. */
  readonly others: Set<Promise<void>>
  /** The session as notes name it, once something is marked with it. */
  mark: string | null
}

/** What texts that come again together left. */
interface Learnt { readonly owner: string; readonly by: unknown; readonly sources: readonly Source<About>[] }

/** Being returned again within this time changes nothing. */
const touchEveryMs = 1000
/** Nor within so much of the time for which a text is known, a minute at the most: a history comes again every few seconds. */
const touchShare = 100
const touchAtLeastEveryMs = 60_000
/** That it was is told to others after this time, or a part of the time for which it is known. */
const noteEveryMs = 60_000
const noteShare = 16

export class MemoryTaint implements TaintBook, NoteReader {
  readonly #options: MemoryTaintOptions
  readonly #touchEveryMs: number
  readonly #noteEveryMs: number
  readonly #now: () => number
  readonly #notes: Notes
  readonly #pieces: TextPieces
  readonly #seen: SeenTexts<Source<About>>
  readonly #groups = new SeenGroups<About>()
  readonly #learnt = new WeakMap<object, Learnt>()
  readonly #forgiveness: Forgiveness
  /** Made when they are first needed: their keys are the state's. */
  #fingerprinted: ((text: string) => readonly number[]) | null = null
  #secret: Buffer | null = null
  #question = 0

  constructor(options: MemoryTaintOptions) {
    this.#options = options
    this.#touchEveryMs = Math.max(touchEveryMs, Math.min(touchAtLeastEveryMs, options.ttlMs / touchShare))
    this.#noteEveryMs = Math.min(noteEveryMs, options.ttlMs / noteShare)
    this.#now = options.clockMs ?? Date.now
    this.#notes = options.notes ?? notesOfProcess()
    this.#pieces = new TextPieces(options.most)
    this.#seen = new SeenTexts(options.memoBytes)
    this.#forgiveness = new Forgiveness(this.#notes, this.#now)
    this.#notes.readBy('text', this)
  }

  isEmpty(owner: string): boolean { return this.#pieces.indexOf(owner) === undefined }

  /** A text that came from elsewhere before carries what it carried then, too. */
  learn(whose: Whose, texts: Iterable<string>, source: TaintSource): void | Promise<void> {
    const learning = this.#begin(whose)
    for (const text of texts) this.#learnText(text, source, learning)
    return this.#keep(learning)
  }

  learnFound(whose: Whose, found: Iterable<FoundText | SameFound>): void | Promise<void> {
    const learning = this.#begin(whose)
    for (const one of found) {
      if ('of' in one) this.#learnSame(one, learning)
      else this.#learnText(one.text, one.source, learning)
    }
    return this.#keep(learning)
  }

  carriedBy(owner: string, session: string, texts: Iterable<string | SameTexts>): Carried {
    const index = this.#pieces.indexOf(owner)
    if (index === undefined) return nothingCarried
    const found: Source<About>[] = []
    const question = this.#question += 1
    const seen = (text: string): Seen<Source<About>> => this.#seenOf(owner, index, text)
    for (const one of texts) {
      const sources = typeof one !== 'string' ? this.#groups.sourcesOf(one, { owner, index, seen }) : one.length >= leastWholeLength ? this.#sourcesOf(owner, index, one) : []
      for (const source of sources) {
        if (source.listed === question) continue
        source.listed = question
        found.push(source)
      }
    }
    return found.length === 0 ? nothingCarried : this.#joined(session, found)
  }

  forgive(owner: string, session: string, forgiven: Forgiven): void | Promise<void> { return this.#forgiveness.add(owner, session, forgiven) }

  /** A piece that another process learnt, or this one before its last start. */
  noted(owner: string, { body, id, marks, usedAt }: KeptNote): void {
    const [digest = '', part = ''] = id.split('.')
    const said = readPiece(body)
    if (said === null || this.#now() - usedAt > this.#options.ttlMs) return
    const known = this.#pieces.sourceOf(owner, digest, Number(part))
    const isAlive = known !== undefined && this.#isAlive(known, this.#now())
    if (!isAlive || !says(known.about, said)) {
      const joined = isAlive ? joinSources(said, known.about) : said
      // Of the same text more is known here: both hold, and the others are told so.
      if (isAlive && part === '0' && !isSame(joined, said)) this.#relabel(owner, known, joined)
      else this.#take(owner, digest, Number(part), { ...said, ...joined, marks, usedAt })
    }
    this.used(owner, id, marks, usedAt)
  }

  #take(owner: string, digest: string, part: number, { hashes, labels, marks, needed, origin, usedAt }: NotedPiece & Pick<KeptNote, 'marks' | 'usedAt'>): void {
    if (part === 0) this.#pieces.dropText(owner, digest)
    const first = this.#pieces.sourceOf(owner, digest)
    const source = first !== undefined && isSame(first.about, { labels, origin }) ? first : newSource<About>({ labels, origin, digest, marks: new Set(marks), notedAt: usedAt, keeping: null }, usedAt, needed)
    this.#pieces.put(owner, source, part, hashes)
  }

  #relabel(owner: string, { about, addedAt, needed }: Source<About>, joined: TaintSource): void {
    const pieces = this.#pieces.hashesOf(owner, about.digest)
    const source = newSource<About>({ ...about, ...joined, keeping: null }, addedAt, needed)
    this.#pieces.replace(owner, source, pieces)
    this.#notes.later(owner, pieces.map((hashes, part) => noteOf(source, part, hashes)))
  }

  used(owner: string, id: string, marks: readonly string[], usedAt: number): void {
    const [digest = '', part = ''] = id.split('.')
    const source = this.#pieces.sourceOf(owner, digest, Number(part))
    if (source === undefined) return
    source.addedAt = Math.max(source.addedAt, usedAt)
    for (const mark of marks) addMark(source.about.marks, mark)
  }

  forgotten(owner: string, mark: string): void { this.#pieces.forget(owner, mark) }

  #fingerprint(text: string): readonly number[] { return (this.#fingerprinted ??= fingerprinting(wordKeyOf(this.#notes.key('words'))))(text) }

  #isAlive({ addedAt }: Source<About>, now: number): boolean { return now - addedAt <= this.#options.ttlMs }

  /** Known, and kept as it is: then it is enough to say that it is there again. */
  #isKept(source: Source<About>, now: number): boolean { return !source.isGone && source.about.notedAt !== -Infinity && this.#isAlive(source, now) }

  #joined(session: string, found: readonly Source<About>[]): Carried {
    const now = this.#now()
    let { labels } = nothingCarried
    const origins = new Set<string>()
    for (const source of found) {
      if (!this.#isAlive(source, now)) continue
      const { about, addedAt } = source
      labels = joinLabels(labels, this.#forgiveness.left(session, about.labels, addedAt))
      if (about.origin !== null) for (const origin of about.origin.split('\n')) origins.add(origin)
    }
    return { labels, origins: [...origins].sort() }
  }

  #sourcesOf(owner: string, index: OwnerIndex<About>, text: string): readonly Source<About>[] { return index.refresh(this.#seenOf(owner, index, text)) }

  #seenOf(owner: string, index: OwnerIndex<About>, text: string): Seen<Source<About>> {
    const known = this.#seen.get(owner, text)
    if (known !== undefined) return known
    const hashes = this.#fingerprint(text)
    const seen = { hashes, sorted: null, version: index.version, sources: hashes.length === 0 ? [] : index.compare(hashes), own: null }
    this.#seen.put(owner, text, seen)
    return seen
  }

  #begin({ owner, session }: Whose): Learning {
    const now = this.#now()
    this.#pieces.expire(owner, source => !this.#isAlive(source, now))
    return { owner, session, now, notes: [], noted: [], others: new Set(), mark: null }
  }

  /** What could not be kept is put again by the next call that brings it. */
  #keep(learning: Learning): void | Promise<void> {
    const { noted, notes, others, owner } = learning
    if (notes.length === 0) return others.size === 0 ? undefined : Promise.all(others).then(() => undefined)
    const failed = (error: unknown): never => {
      for (const about of noted) about.notedAt = -Infinity
      throw error
    }
    try {
      const kept = this.#notes.put(owner, notes)
      if (!(kept instanceof Promise)) return undefined
      const keeping = kept.catch(failed).finally(() => { for (const about of noted) if (about.keeping === keeping) about.keeping = null })
      for (const about of noted) about.keeping = keeping
      return others.size === 0 ? keeping : Promise.all([keeping, ...others]).then(() => undefined)
    } catch (error) {
      return failed(error)
    }
  }

  /** A history is learnt with every call that sends it: of what is known of it, it is only noted that this session has it, too. */
  #learnSame({ by, of, texts }: SameFound, learning: Learning): void {
    const { now, owner } = learning
    const before = this.#learnt.get(of)
    if (before?.owner === owner && before.by === by && before.sources.every(source => this.#isKept(source, now))) {
      for (const source of before.sources) this.#touch(source, learning)
      return
    }
    const sources: Source<About>[] = []
    for (const { source, text } of texts()) sources.push(...this.#learnText(text, source, learning))
    this.#learnt.set(of, { owner, by, sources })
  }

  /** @returns what the text and the values in it are kept as */
  #learnText(text: string, source: TaintSource, learning: Learning): readonly Source<About>[] {
    if (text.length < leastWholeLength) return []
    const given = remembered(source)
    return [...valuesIn(text), text].map(one => this.#learnOne(one, given, learning)).filter(own => own !== null)
  }

  /** @returns what the text is kept as; null where it leaves nothing */
  #learnOne(text: string, given: TaintSource, learning: Learning): Source<About> | null {
    const { now, owner } = learning
    const own = this.#seen.get(owner, text)?.own ?? null
    if (own !== null && this.#isKept(own, now) && says(own.about, given)) return this.#touch(own, learning)
    return this.#learnAnew(text, given, learning)
  }

  #learnAnew(text: string, given: TaintSource, learning: Learning): Source<About> | null {
    const { now, owner } = learning
    const digest = hash('sha256', Buffer.concat([this.#secret ??= this.#notes.key('texts'), Buffer.from(text)]), 'base64url').slice(0, 22)
    const index = this.#pieces.indexOf(owner)
    const found = index === undefined ? [] : this.#sourcesOf(owner, index, text).filter(source => this.#isAlive(source, now))
    const known = this.#pieces.sourceOf(owner, digest)
    const same = known !== undefined && this.#isAlive(known, now) ? known : null
    // One that had to give way to others where texts are compared is put back with what was known of it.
    const isFound = same === null || found.includes(same)
    const about = (isFound ? found : [...found, same]).reduce<TaintSource>((joined, { about: one }) => joinSources(joined, one), given)
    if (same === null || !isFound || !this.#isKept(same, now) || !isSame(same.about, about)) {
      const marks = new Set(same?.about.marks)
      addMark(marks, this.#markOf(learning))
      return this.#put(text, { ...about, digest, marks, notedAt: now, keeping: null }, learning)
    }
    const seen = this.#seen.get(owner, text)
    if (seen !== undefined) seen.own = same
    return this.#touch(same, learning)
  }

  #markOf(learning: Learning): string { return learning.mark ??= this.#notes.markOf(learning.session) }

  #touch(source: Source<About>, learning: Learning): Source<About> {
    const { now, owner } = learning
    const { about } = source
    if (about.keeping !== null) learning.others.add(about.keeping)
    const isNew = addMark(about.marks, this.#markOf(learning))
    // What comes again after something was forgiven is not forgiven with it.
    const { lastAt } = this.#forgiveness
    if (!isNew && now - source.addedAt < this.#touchEveryMs && source.addedAt > lastAt) return source
    source.addedAt = now
    const pieces = this.#pieces.moved(owner, about.digest)
    // Kept before it leaves: or it would go with the sessions that had it before, and be forgiven elsewhere.
    const isWaitedFor = isNew || about.notedAt <= lastAt
    if (!isWaitedFor && now - about.notedAt < this.#noteEveryMs) return source
    about.notedAt = now
    const [ids, marks] = [Array.from({ length: pieces }, (_, part) => `${about.digest}.${part}`), [...about.marks]]
    if (!isWaitedFor) this.#notes.touch(owner, 'text', ids, marks)
    else {
      learning.noted.push(about)
      learning.notes.push(...ids.map(id => ({ kind: 'text', id, marks, body: null } as const)))
    }
    return source
  }

  #put(text: string, about: About, { noted, notes, now, owner }: Learning): Source<About> | null {
    const hashes = [...new Set(this.#fingerprint(text))]
    if (hashes.length === 0) return null
    const pieces = this.#pieces.cut(hashes)
    const weak = pieces.flat().reduce((count, one) => isStrong(one) ? count : count + 1, 0)
    const source = newSource(about, now, weak > 1 ? 2 : 1)
    const seen = this.#seen.get(owner, text)
    if (seen !== undefined) seen.own = source
    this.#pieces.replace(owner, source, pieces)
    noted.push(about)
    for (const [part, piece] of pieces.entries()) notes.push(noteOf(source, part, piece))
    return source
  }
}

const noteOf = ({ about, needed }: Source<About>, part: number, hashes: readonly number[]): Note =>
  ({ kind: 'text', id: `${about.digest}.${part}`, marks: [...about.marks], body: writePiece({ labels: about.labels, origin: about.origin, needed, hashes }) })
