// Labels that travel with text, in this process: what labelled sources returned is kept as keyed hashes, per owner, and found again in prompts,
// arguments and results. Bounded: whoever holds most gives up its oldest. Texts themselves are not kept here but for those that come again.
import { hash, randomBytes } from 'node:crypto'
import { FairMap } from '../../exchange/fair-map.ts'
import { joinLabels, maxSensitivity, sensitivityRank, type Labels } from '../../exchange/labels.ts'
import { nothingCarried, type Carried, type Forgiven, type SameFound, type SameTexts, type TaintBook, type TaintSource } from '../../exchange/taint.ts'
import { fingerprinting, isStrong, leastWholeLength } from './fingerprint.ts'
import { OwnerIndex, type Source } from './owner-index.ts'
import { SeenGroups } from './seen-groups.ts'
import { SeenTexts, type Seen } from './seen-texts.ts'
import { valuesIn } from './values-in.ts'
import type { WordKey } from './words.ts'

export interface MemoryTaintOptions {
  /** Time for which a text is known after it was last returned. */
  readonly ttlMs: number
  /** Pieces of text (some 4 KB each) that are kept of all owners together. */
  readonly most: number
  readonly memoBytes: number
  readonly clockMs?: () => number
  /** Books with one key tell the same of the same texts; without one it is random. */
  readonly key?: WordKey
}

interface About extends TaintSource { readonly key: string }

/** A part of a source: eviction is in equal steps, however long texts are. */
interface Piece { readonly source: Source<About>; readonly hashes: readonly number[]; readonly of: string; readonly isFirst: boolean }

/** What texts that come again together left. */
interface Learnt { readonly owner: string; readonly by: unknown; readonly sources: readonly Source<About>[] }

const hashesPerPiece = 256
const piecesPerText = 1024
/** Sessions whose forgiveness is remembered, per gateway. */
const mostForgiven = 10_000
/** Being returned again within this time changes nothing. */
const touchEveryMs = 1000
/** Nor within so much of the time for which a text is known, at the most a minute, unless something was forgiven since: a history comes again every few seconds. */
const touchShare = 100
const touchAtLeastEveryMs = 60_000

interface Forgiveness { readonly labels: ReadonlySet<string>; readonly above: Labels['sensitivity'] | null; readonly at: number }

/** What is left of a source's labels for a session to which an operator forgave some of what came before. */
const without = (labels: Labels, { above, labels: forgiven }: Forgiveness): Labels => ({
  labels: labels.labels.filter(label => !forgiven.has(label)),
  sensitivity: above !== null && sensitivityRank(labels.sensitivity) > sensitivityRank(above) ? above : labels.sensitivity,
})

export class MemoryTaint implements TaintBook {
  readonly #options: MemoryTaintOptions
  readonly #now: () => number
  readonly #fingerprint: ReturnType<typeof fingerprinting>
  readonly #secret = randomBytes(16).toString('base64')
  readonly #owners = new Map<string, OwnerIndex<About>>()
  readonly #pieces: FairMap<Piece>
  readonly #seen: SeenTexts<Source<About>>
  readonly #groups = new SeenGroups<About>()
  readonly #learnt = new WeakMap<object, Learnt>()
  readonly #forgiven = new FairMap<readonly Forgiveness[]>(mostForgiven)
  #lastForgiven = -Infinity
  #question = 0

  constructor(options: MemoryTaintOptions) {
    this.#options = options
    this.#fingerprint = fingerprinting(options.key)
    this.#now = options.clockMs ?? Date.now
    // Its own eviction comes first: the index has to hear of it.
    this.#pieces = new FairMap(options.most + 1)
    this.#seen = new SeenTexts(options.memoBytes)
  }

  isEmpty(owner: string): boolean { return !this.#owners.has(owner) }

  /** A text that came from elsewhere before carries what it carried then, too. */
  learn(owner: string, texts: Iterable<string>, { labels, origin }: TaintSource): void {
    const now = this.#now()
    this.#expire(owner, now)
    for (const text of texts) {
      if (text.length < leastWholeLength) continue
      for (const value of valuesIn(text)) this.#learnOne(owner, value, { labels, origin }, now)
      this.#learnOne(owner, text, { labels, origin }, now)
    }
  }

  learnAgain(owner: string, { by, of, texts }: SameFound): void {
    const now = this.#now()
    const before = this.#learnt.get(of)
    if (before?.owner === owner && before.by === by && before.sources.every(({ addedAt, isGone }) => !isGone && now - addedAt <= this.#options.ttlMs)) {
      for (const source of before.sources) this.#touch(owner, source, now)
      return
    }
    const sources: Source<About>[] = []
    this.#expire(owner, now)
    for (const { source, text } of texts()) {
      if (text.length < leastWholeLength) continue
      for (const one of [...valuesIn(text), text]) {
        const own = this.#learnOne(owner, one, source, now)
        if (own !== null) sources.push(own)
      }
    }
    this.#learnt.set(of, { owner, by, sources })
  }

  carriedBy(owner: string, session: string, texts: Iterable<string | SameTexts>): Carried {
    const index = this.#owners.get(owner)
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

  forgive(owner: string, session: string, { above, labels }: Forgiven): void {
    const known = this.#forgiven.get(session) ?? []
    this.#lastForgiven = this.#now()
    this.#forgiven.put(owner, session, [...known, { labels: new Set(labels), above, at: this.#lastForgiven }].slice(-16))
  }

  #joined(session: string, found: readonly Source<About>[]): Carried {
    const now = this.#now()
    const forgiven = this.#forgiven.get(session) ?? []
    let { labels } = nothingCarried
    const origins = new Set<string>()
    for (const { about, addedAt } of found) {
      if (now - addedAt > this.#options.ttlMs) continue
      let left = about.labels
      for (const one of forgiven) if (addedAt <= one.at) left = without(left, one)
      labels = joinLabels(labels, left)
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

  /** A history is learnt with every call that sends it: what is known of it needs no more than a look. */
  #known(owner: string, text: string, { labels, origin }: TaintSource, now: number): Source<About> | null {
    const own = this.#seen.get(owner, text)?.own ?? null
    if (own === null || now - own.addedAt > this.#options.ttlMs || own.isGone) return null
    if (joinLabels(own.about.labels, labels) !== own.about.labels || (origin !== null && own.about.origin?.split('\n').includes(origin) !== true)) return null
    this.#touch(owner, own, now)
    return own
  }

  /** @returns what the text is kept as; null where it leaves nothing */
  #learnOne(owner: string, text: string, given: TaintSource, now: number): Source<About> | null {
    const known = this.#known(owner, text, given, now)
    if (known !== null) return known
    const key = `${owner}/${hash('sha256', this.#secret + text, 'base64url').slice(0, 22)}`
    const index = this.#owners.get(owner)
    const before = index === undefined ? [] : this.#alive(this.#sourcesOf(owner, index, text), now)
    const about = before.reduce<TaintSource>((joined, { about: known }) => ({ labels: joinLabels(joined.labels, known.labels), origin: joinOrigins(joined.origin, known.origin) }), given)
    const same = before.find(source => source.about.key === key && !source.isGone)
    if (same === undefined || !isSame(same.about, about)) return this.#put(owner, text, { ...about, key }, now)
    this.#touch(owner, same, now)
    return same
  }

  #alive(sources: readonly Source<About>[], now: number): readonly Source<About>[] { return sources.filter(({ addedAt }) => now - addedAt <= this.#options.ttlMs) }

  #touch(owner: string, source: Source<About>, now: number): void {
    const since = now - source.addedAt
    if (since < touchEveryMs || (since < Math.min(touchAtLeastEveryMs, this.#options.ttlMs / touchShare) && source.addedAt > this.#lastForgiven)) return
    source.addedAt = now
    for (let at = 0; ; at += 1) {
      const key = `${source.about.key} ${at}`
      const piece = this.#pieces.get(key)
      if (piece === undefined) return
      this.#pieces.put(owner, key, piece)
    }
  }

  #put(owner: string, text: string, about: About, now: number): Source<About> | null {
    const hashes = [...new Set(this.#fingerprint(text))].slice(0, hashesPerPiece * Math.min(piecesPerText, this.#options.most))
    if (hashes.length === 0) return null
    for (let at = 0; this.#drop(`${about.key} ${at}`); at += 1);
    const weak = hashes.reduce((count, one) => isStrong(one) ? count : count + 1, 0)
    const source: Source<About> = { about, addedAt: now, needed: weak > 1 ? 2 : 1, isGone: false, born: -1, listed: 0, round: 0, first: 0 }
    const seen = this.#seen.get(owner, text)
    if (seen !== undefined) seen.own = source
    for (let from = 0; from < hashes.length; from += hashesPerPiece) {
      while (this.#pieces.size >= this.#options.most) this.#evict()
      const piece = { source, hashes: hashes.slice(from, from + hashesPerPiece), of: owner, isFirst: from === 0 }
      let index = this.#owners.get(owner)
      if (index === undefined) this.#owners.set(owner, index = new OwnerIndex<About>(covers))
      index.add(source, piece.hashes)
      this.#pieces.put(owner, `${about.key} ${from / hashesPerPiece}`, piece)
    }
    return source
  }

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
    if (piece.isFirst) piece.source.isGone = true
    const index = this.#owners.get(piece.of)
    index?.drop(piece.source, piece.hashes)
    if (index?.isEmpty === true) this.#owners.delete(piece.of)
    return true
  }
}

/** Origins of one text are few; a URI holds no line feed. */
const joinOrigins = (a: string | null, b: string | null): string | null => {
  if (a === null || b === null) return a ?? b
  return [...new Set([...a.split('\n'), ...b.split('\n')])].slice(0, 16).join('\n')
}

/** Labels alone: an origin less is no label less. */
const covers = ({ labels: one }: About, { labels: other }: About): boolean => joinLabels(one, other) === one

const isSame = (a: TaintSource, b: TaintSource): boolean => a.origin === b.origin && joinLabels(a.labels, b.labels) === a.labels && maxSensitivity(a.labels.sensitivity, b.labels.sensitivity) === a.labels.sensitivity
