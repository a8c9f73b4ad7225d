// Everything that one owner's sources left: which hash came of which source, and a journal of what was added last, so that a text that was compared
// before is compared with what is new only.
import { isStrong } from './fingerprint.ts'
import { HashFilter } from './hash-filter.ts'
import type { Seen } from './seen-texts.ts'

/** A text that a labelled source returned. */
export interface Source<About> {
  readonly about: About
  /** Last time that it was returned, milliseconds since the epoch; -Infinity: it is forgotten. */
  addedAt: number
  /** Different runs that have to be found: one is enough where it left no more. */
  readonly needed: 1 | 2
  /** Not kept any more, or not as it was. */
  isGone: boolean
  /** Version of the index when it was added. */
  born: number
  /** And when its last hashes were. */
  grown: number
  /** Of the question under way: it is among the answers. */
  listed: number
  /** Of the comparison under way. */
  round: number
  first: number
}

/** @param needed different runs that have to be found */
export const newSource = <About>(about: About, addedAt: number, needed: 1 | 2): Source<About> => ({ about, addedAt, needed, isGone: false, born: -1, grown: -1, listed: 0, round: 0, first: 0 })

/** Sources that are known of one hash: whoever repeats a piece of a text must not take the rest of it from its source. */
const mostOfOneHash = 4

/** What is longer ago is compared as a whole again. */
const journalLength = 4096

/** Sources of one text. Where there are more, those count that are found anew, of which each hash has a few. */
const mostFollowed = 64

const none: readonly number[] = Object.freeze([])

const holds = (sorted: Float64Array, hash: number): boolean => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < hash) low = middle + 1
    else high = middle
  }
  return sorted[low] === hash
}

const listOf = <About>(known: Source<About> | readonly Source<About>[]): readonly Source<About>[] => 'about' in known ? [known] : known

/** Is it the hash with which enough of a source is found in this round? True once. */
const isEnough = <About>(source: Source<About>, hash: number, round: number): boolean => {
  if (source.round !== round) {
    source.round = round
    source.first = hash
  }
  // NaN: found already.
  if (Number.isNaN(source.first) || !(isStrong(hash) || source.needed === 1 || source.first !== hash)) return false
  source.first = NaN
  return true
}

export class OwnerIndex<About> {
  readonly #sources = new Map<number, Source<About> | readonly Source<About>[]>()
  readonly #covers: (one: About, other: About) => boolean
  readonly #filter = new HashFilter()
  #journal: number[] = []
  /** Hashes that were added before the journal begins. */
  #before = 0
  #round = 0

  /** @param covers does the first say all that the second says? Of too many sources one that another covers goes first */
  constructor(covers: (one: About, other: About) => boolean) { this.#covers = covers }

  get isEmpty(): boolean { return this.#sources.size === 0 }

  get version(): number { return this.#before + this.#journal.length }

  add(source: Source<About>, hashes: readonly number[]): void {
    const { version } = this
    if (source.born < 0) source.born = version
    source.grown = version
    for (const hash of hashes) {
      this.#sources.set(hash, this.#with(this.#sources.get(hash), source))
      this.#filter.add(hash, this.#sources)
      this.#journal.push(hash)
    }
    if (this.#journal.length <= journalLength * 2) return
    this.#before += this.#journal.length - journalLength
    this.#journal = this.#journal.slice(-journalLength)
  }

  #with(known: Source<About> | readonly Source<About>[] | undefined, source: Source<About>): Source<About> | readonly Source<About>[] {
    if (known === undefined || known === source) return source
    const others = listOf(known).filter(one => one !== source)
    if (others.length < mostOfOneHash) return [...others, source]
    const all = [...others, source]
    const covered = others.findIndex(one => all.some(other => other !== one && this.#covers(other.about, one.about)))
    return all.filter((_, at) => at !== Math.max(covered, 0))
  }

  /** A hash that other sources left as well stays theirs. */
  drop(source: Source<About>, hashes: readonly number[]): void {
    for (const hash of hashes) {
      const known = this.#sources.get(hash)
      if (known === undefined) continue
      const [first, ...rest] = listOf(known).filter(one => one !== source)
      if (first === undefined) this.#sources.delete(hash)
      else this.#sources.set(hash, rest.length === 0 ? first : [first, ...rest])
    }
  }

  /** Sources of which enough is in a text. */
  compare(hashes: readonly number[]): readonly Source<About>[] { return this.#compare(hashes, 0) }

  #compare(hashes: readonly number[], bornSince: number): readonly Source<About>[] {
    const round = this.#round += 1
    let found: Source<About>[] | null = null
    for (const hash of hashes) {
      const known = this.#filter.mayHave(hash) ? this.#sources.get(hash) : undefined
      if (known === undefined) continue
      for (const source of listOf(known)) if (source.born >= bornSince && isEnough(source, hash, round)) (found ??= []).push(source)
    }
    return found ?? []
  }

  /** Brings what is known of a text up to date: compared as a whole only where something new is in it. */
  refresh(seen: Seen<Source<About>>): readonly Source<About>[] {
    const { version } = this
    if (seen.version === version) return seen.sources
    const from = seen.version - this.#before
    if (from < 0 || this.#isIn(seen, from)) seen.sources = this.compare(seen.hashes)
    seen.version = version
    return seen.sources
  }

  /** Hashes that were added since a version and may be among those of a filter; null where that is not known any more. */
  newerIn(filter: HashFilter, version: number): readonly number[] | null {
    const from = version - this.#before
    if (from < 0) return null
    let found: number[] | null = null
    for (let at = from; at < this.#journal.length; at += 1) if (filter.mayHave(this.#journal[at] as number)) (found ??= []).push(this.#journal[at] as number)
    return found ?? none
  }

  /** Brings what is known of a text up to date by what was added. No other hashes have to be looked at but for sources that came in pieces. @param added since then, that may be in the text @returns whether something of it is */
  follow(seen: Seen<Source<About>>, added: readonly number[]): boolean {
    const { version } = this
    const sorted = seen.sorted ??= Float64Array.from(seen.hashes).sort()
    const inText = added.filter(hash => holds(sorted, hash))
    const isIn = inText.length > 0
    if (isIn) {
      const kept = seen.sources.filter(({ isGone }) => !isGone)
      const found = (this.#hasGrown(inText, seen.version) ? this.compare(seen.hashes) : this.#compare(inText, seen.version)).filter(source => !kept.includes(source))
      seen.sources = kept.length + found.length > mostFollowed ? this.compare(seen.hashes) : [...kept, ...found]
    }
    seen.version = version
    return isIn
  }

  /** Is a source among them of which there was a part already? */
  #hasGrown(hashes: readonly number[], since: number): boolean {
    return hashes.some(hash => listOf(this.#sources.get(hash) ?? []).some(({ born, grown }) => born < since && grown >= since))
  }

  #isIn(seen: Seen<Source<About>>, from: number): boolean {
    if ((this.#journal.length - from) * 8 > seen.hashes.length * 4 + 64) return true
    const sorted = seen.sorted ??= Float64Array.from(seen.hashes).sort()
    for (let at = from; at < this.#journal.length; at += 1) if (holds(sorted, this.#journal[at] as number)) return true
    return false
  }
}
