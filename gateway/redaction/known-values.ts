// Values that a session has already replaced once are replaced wherever they appear again, also where no detector would see them.
// A text that was found clean is only asked about values that are newer than that.
import type { StringLeaf } from '../exchange/document.ts'
import type { Finding } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'

/** Shorter values would be found inside unrelated words. */
const shortest = 6
const maxTexts = 20_000
const none: readonly Finding[] = Object.freeze([])

export interface KnownValues {
  readonly empty: boolean
  find(leaf: Pick<StringLeaf, 'start' | 'end' | 'value'>): readonly Finding[]
}

class SessionValues implements KnownValues {
  readonly #pseudonyms: Pseudonyms
  readonly #cleanUpTo = new Map<string, number>()

  constructor(pseudonyms: Pseudonyms) { this.#pseudonyms = pseudonyms }

  get empty(): boolean { return this.#pseudonyms.size === 0 }

  find(leaf: Pick<StringLeaf, 'start' | 'end' | 'value'>): readonly Finding[] {
    if (leaf.end - leaf.start < shortest + 2) return none
    const { entries } = this.#pseudonyms
    const text = leaf.value
    const clean = this.#cleanUpTo.get(text) ?? 0
    if (clean === entries.length) return none
    const found = this.#search(text, clean)
    if (found.length > 0) return found
    if (this.#cleanUpTo.size >= maxTexts) this.#cleanUpTo.clear()
    this.#cleanUpTo.set(text, entries.length)
    return none
  }

  #search(text: string, from: number): Finding[] {
    const { entries } = this.#pseudonyms
    const found: Finding[] = []
    for (let index = from; index < entries.length; index += 1) {
      const entry = entries[index]
      if (entry === undefined || entry.value.length < shortest) continue
      for (let at = text.indexOf(entry.value); at !== -1; at = text.indexOf(entry.value, at + entry.value.length)) {
        found.push({ kind: entry.kind, start: at, end: at + entry.value.length, confidence: 1 })
      }
    }
    return found.length < 2 ? found : withoutOverlaps(found, text.length)
  }
}

// A value may be part of another one: the longer one stays, or what is left of it would be readable. What is kept is at least as long as
// what is asked about, so an overlap covers one of its two ends.
const withoutOverlaps = (found: Finding[], length: number): Finding[] => {
  const covered = new Uint8Array(length)
  const kept: Finding[] = []
  for (const finding of found.sort((a, b) => (b.end - b.start) - (a.end - a.start) || a.start - b.start)) {
    if (covered[finding.start] === 1 || covered[finding.end - 1] === 1) continue
    covered.fill(1, finding.start, finding.end)
    kept.push(finding)
  }
  return kept.sort((a, b) => a.start - b.start)
}

const bySession = new WeakMap<Pseudonyms, KnownValues>()

/** The values that a session knows; kept for as long as its pseudonyms are. */
export const knownValues = (pseudonyms: Pseudonyms): KnownValues => {
  let known = bySession.get(pseudonyms)
  if (known === undefined) bySession.set(pseudonyms, known = new SessionValues(pseudonyms))
  return known
}
