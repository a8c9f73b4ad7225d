// Remembers something about texts. Agents send their whole history with every turn, so nearly every text is asked for again, each time as a
// new string: a Map would hash all of it, letter by letter, before it compares. Here a few letters decide where to look, and comparing two
// strings, which runs at the speed of memory, decides the rest.

interface Entry<T> {
  readonly text: string
  readonly key: string | null
  readonly value: T
}

/** So many letters of a text, evenly spread, are looked at. */
const samples = 24
/** Texts that agree in their length and in all those letters: more of them are not kept, so that no list grows with what somebody sends. */
const mostAlike = 32

const mixed = (hash: number, code: number): number => Math.imul(hash ^ code, 0x9E3779B1) ^ (hash >>> 15)

const placeOf = (text: string, key: string | null): number => {
  const { length } = text
  let hash = mixed(length, key === null ? 1 : key.length << 8 | (key.charCodeAt(0) & 255))
  const step = length / samples
  for (let sample = 0; sample < samples; sample += 1) hash = mixed(hash, text.charCodeAt(sample * step))
  return mixed(hash, text.charCodeAt(length - 1))
}

// A part of a request's text would keep the whole of it in memory: what is remembered is a copy.
const copyOf = (text: string): string => ` ${text}`.slice(1)

const bytesOf = (text: string): number => text.length * 2 + 64

/** Two generations instead of an exact order of use: when the young one is full it becomes the old one, and what is still used moves back in. */
export class TextMemo<T> {
  readonly #maxBytes: number
  #young = new Map<number, Entry<T>[]>()
  #old = new Map<number, Entry<T>[]>()
  #bytes = 0
  #oldBytes = 0

  /** @param maxBytes upper bound of what is kept, UTF-16 units times two */
  constructor(maxBytes: number) { this.#maxBytes = maxBytes }

  /** What was remembered of a text under a key; undefined where nothing was, or where it was forgotten. */
  get(text: string, key: string | null): T | undefined {
    const place = placeOf(text, key)
    const known = find(this.#young.get(place), text, key)
    if (known !== undefined) return known.value
    const older = find(this.#old.get(place), text, key)
    if (older === undefined) return undefined
    this.#put(place, older)
    return older.value
  }

  set(text: string, key: string | null, value: T): void {
    this.#put(placeOf(text, key), { text: copyOf(text), key: key === null ? null : copyOf(key), value })
  }

  /** What is kept at the moment, UTF-16 units times two. */
  get bytes(): number { return this.#bytes + this.#oldBytes }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
    this.#bytes = this.#oldBytes = 0
  }

  #put(place: number, entry: Entry<T>): void {
    const bytes = bytesOf(entry.text)
    if (bytes * 2 > this.#maxBytes) return
    if ((this.#bytes + bytes) * 2 > this.#maxBytes) {
      this.#old = this.#young
      this.#oldBytes = this.#bytes
      this.#young = new Map()
      this.#bytes = 0
    }
    const alike = this.#young.get(place)
    if (alike === undefined) this.#young.set(place, [entry])
    else if (alike.push(entry) > mostAlike) this.#bytes -= bytesOf(alike.shift()?.text ?? '')
    this.#bytes += bytes
  }
}

const find = <T>(entries: readonly Entry<T>[] | undefined, text: string, key: string | null): Entry<T> | undefined => {
  if (entries === undefined) return undefined
  for (const entry of entries) if (entry.key === key && entry.text === text) return entry
  return undefined
}
