// Values that a session has already replaced once are replaced wherever they appear again, also where no detector would see them.
// What was found in a text is remembered: sent again, it is searched only for values that are newer than that.
import type { StringLeaf } from '../exchange/document.ts'
import type { Finding } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import type { Forgetful } from '../exchange/memo-pool.ts'
import { sessionTexts } from './session-texts.ts'
import { TextMemo } from './text-memo.ts'
import { ValueSearch } from './value-search.ts'

/** Shorter values would be found inside unrelated words. */
export const shortestKnown = 6
/** Of one session's texts, UTF-16 units times two: enough for the longest prompts twice. session-texts.ts bounds all of them together. */
const memoBytes = 40 * 1024 * 1024
const none: readonly Finding[] = Object.freeze([])

export interface KnownValues {
  readonly empty: boolean
  find(leaf: Pick<StringLeaf, 'start' | 'end' | 'value'>): readonly Finding[]
}

/** Newer entries that are searched for by themselves. Of more of them all entries are searched for, in one search that grows with the session. */
const fewNewer = 64

/** What a text holds of the first `upTo` entries; brought up to date in place. */
interface Searched {
  upTo: number
  /** With overlaps, in the order of the entries. */
  places: readonly Finding[]
  found: readonly Finding[]
}

class SessionValues implements KnownValues, Forgetful {
  readonly #pseudonyms: Pseudonyms
  readonly #memo = new TextMemo<Searched>(memoBytes)
  /** For few newer entries, by the one that they begin with; all of them end with the entry before `#searchesEnd`. */
  readonly #searches = new Map<number, ValueSearch>()
  #searchesEnd = 0
  /** For all entries before `#wholeEnd`. */
  readonly #whole = new ValueSearch([])
  #wholeEnd = 0

  constructor(pseudonyms: Pseudonyms) { this.#pseudonyms = pseudonyms }

  get bytes(): number { return this.#memo.bytes }

  clear(): void { this.#memo.clear() }

  get empty(): boolean { return this.#pseudonyms.size === 0 }

  find(leaf: Pick<StringLeaf, 'start' | 'end' | 'value'>): readonly Finding[] {
    if (leaf.end - leaf.start < shortestKnown + 2) return none
    const { length } = this.#pseudonyms.entries
    const text = leaf.value
    let known = this.#memo.get(text, null)
    if (known === undefined) this.#memo.set(text, null, known = { upTo: 0, places: none, found: none })
    if (known.upTo === length) return known.found
    const added = this.#search(text, known.upTo)
    known.upTo = length
    if (added.length > 0) {
      known.places = known.places.length === 0 ? added : [...known.places, ...added]
      known.found = withoutOverlaps(known.places, text.length)
    }
    return known.found
  }

  #search(text: string, from: number): readonly Finding[] {
    const { entries } = this.#pseudonyms
    const places: Finding[] = []
    const search = entries.length - from > fewNewer ? this.#wholeSearch() : this.#searchFrom(from)
    search.each(text, (number, start) => {
      if (number < from) return
      const { kind, value } = entries[number] as (typeof entries)[number]
      places.push({ kind, start, end: start + value.length, confidence: 1 })
    })
    return places
  }

  #searchFrom(from: number): ValueSearch {
    const { length } = this.#pseudonyms.entries
    if (this.#searchesEnd !== length) this.#searches.clear()
    this.#searchesEnd = length
    let search = this.#searches.get(from)
    if (search === undefined) {
      search = new ValueSearch(this.#soughtFrom(from))
      this.#searches.set(from, search)
    }
    return search
  }

  #wholeSearch(): ValueSearch {
    this.#whole.add(this.#soughtFrom(this.#wholeEnd))
    this.#wholeEnd = this.#pseudonyms.entries.length
    return this.#whole
  }

  #soughtFrom(from: number): { readonly value: string; readonly number: number }[] {
    const sought: { readonly value: string; readonly number: number }[] = []
    const { entries } = this.#pseudonyms
    for (let number = from; number < entries.length; number += 1) {
      const { value = '' } = entries[number] ?? {}
      if (value.length >= shortestKnown) sought.push({ value, number })
    }
    return sought
  }
}

// A value may be part of another one: the longer one stays, or what is left of it would be readable. What is kept is at least as long as
// what is asked about, so an overlap covers one of its two ends.
const withoutOverlaps = (found: readonly Finding[], length: number): readonly Finding[] => {
  if (found.length < 2) return found
  const covered = new Uint8Array(length)
  const kept: Finding[] = []
  for (const finding of found.toSorted((a, b) => (b.end - b.start) - (a.end - a.start) || a.start - b.start)) {
    if (covered[finding.start] === 1 || covered[finding.end - 1] === 1) continue
    covered.fill(1, finding.start, finding.end)
    kept.push(finding)
  }
  return kept.sort((a, b) => a.start - b.start)
}

const bySession = new WeakMap<Pseudonyms, SessionValues>()

/** The values that a session knows; kept for as long as its pseudonyms are. */
export const knownValues = (pseudonyms: Pseudonyms): KnownValues => {
  let known = bySession.get(pseudonyms)
  if (known === undefined) bySession.set(pseudonyms, known = new SessionValues(pseudonyms))
  sessionTexts.used(known)
  return known
}
