// Surrogates of the session that a text itself holds. They look like any other value, so whoever writes a text may mean one as it stands: it
// has to be told from those that we put there. A text that held none is only asked about newer ones.
import type { Finding } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { Cursor } from './cursor.ts'
import { readSurrogate, surrogateStart } from './read-surrogate.ts'

const shortest = 9
const maxTexts = 20_000
const none: readonly Finding[] = Object.freeze([])

class OwnSurrogates {
  readonly #pseudonyms: Pseudonyms
  readonly #cleanUpTo = new Map<string, number>()
  readonly #start = new RegExp(surrogateStart, 'g')

  constructor(pseudonyms: Pseudonyms) { this.#pseudonyms = pseudonyms }

  find(text: string): readonly Finding[] {
    if (text.length < shortest) return none
    const { entries } = this.#pseudonyms
    const clean = this.#cleanUpTo.get(text)
    if (clean === entries.length || (clean !== undefined && !this.#holdsNewer(text, clean))) return this.#isClean(text)
    const found = this.#search(text)
    return found.length === 0 ? this.#isClean(text) : found
  }

  #isClean(text: string): typeof none {
    if (this.#cleanUpTo.size >= maxTexts) this.#cleanUpTo.clear()
    this.#cleanUpTo.set(text, this.#pseudonyms.entries.length)
    return none
  }

  #holdsNewer(text: string, from: number): boolean {
    const { entries } = this.#pseudonyms
    for (let index = from; index < entries.length; index += 1) {
      const { placeholder = '[' } = entries[index] ?? {}
      if (!placeholder.startsWith('[') && text.includes(placeholder)) return true
    }
    return false
  }

  #search(text: string): Finding[] {
    const found: Finding[] = []
    const cursor = new Cursor(text, false)
    this.#start.lastIndex = 0
    for (let hit = this.#start.exec(text); hit !== null; hit = this.#start.exec(text)) {
      const read = readSurrogate(cursor, hit.index, text.slice(Math.max(0, hit.index - 2), hit.index).padStart(2), true)
      if (typeof read === 'string') continue
      const known = this.#pseudonyms.lookup(read.text)
      if (known !== undefined) found.push({ kind: known.kind, start: hit.index, end: read.end, confidence: 1 })
      this.#start.lastIndex = read.end
    }
    return found
  }
}

const bySession = new WeakMap<Pseudonyms, OwnSurrogates>()

/** Sorted, without overlaps; nothing where the session has no surrogates. */
export const surrogatesIn = (text: string, pseudonyms: Pseudonyms): readonly Finding[] => {
  if (!pseudonyms.hasSurrogates) return none
  let own = bySession.get(pseudonyms)
  if (own === undefined) bySession.set(pseudonyms, own = new OwnSurrogates(pseudonyms))
  return own.find(text)
}
