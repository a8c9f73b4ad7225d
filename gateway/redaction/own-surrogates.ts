// Surrogates of the session that a text itself holds. They look like any other value, so whoever writes a text may mean one as it stands: it
// has to be told from those that we put there. A text that is sent again is only asked about newer ones.
import type { Finding } from '../exchange/finding.ts'
import type { Pseudonyms } from '../exchange/session.ts'
import { Cursor } from './cursor.ts'
import type { Forgetful } from '../exchange/memo-pool.ts'
import { sessionTexts } from './session-texts.ts'
import { readSurrogate, surrogateStart } from './read-surrogate.ts'
import { TextMemo } from './text-memo.ts'

const shortest = 9
/** Looking for each of more of them takes longer than one walk through the text. */
const fewNewer = 8
/** Of a session's texts, UTF-16 units times two. */
const memoBytes = 40 * 1024 * 1024
const none: readonly Finding[] = Object.freeze([])

/** What a text holds of the first `upTo` entries; brought up to date in place. */
interface Searched { upTo: number; found: readonly Finding[] }

class OwnSurrogates implements Forgetful {
  readonly #pseudonyms: Pseudonyms
  readonly #memo = new TextMemo<Searched>(memoBytes)
  readonly #start = new RegExp(surrogateStart, 'g')

  constructor(pseudonyms: Pseudonyms) { this.#pseudonyms = pseudonyms }

  get bytes(): number { return this.#memo.bytes }

  clear(): void { this.#memo.clear() }

  find(text: string): readonly Finding[] {
    if (text.length < shortest) return none
    const { length } = this.#pseudonyms.entries
    const known = this.#memo.get(text, null)
    if (known === undefined) {
      const found = this.#search(text)
      this.#memo.set(text, null, { upTo: length, found })
      return found
    }
    if (known.upTo !== length && (length - known.upTo > fewNewer || this.#holdsNewer(text, known.upTo))) known.found = this.#search(text)
    known.upTo = length
    return known.found
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
  sessionTexts.used(own)
  return own.find(text)
}
