// What was found out about texts that come again and again: a history is sent with every call. Two generations, bounded by the length of the texts.

/** Of one text and one owner: its fingerprint, up to where in the owner's journal it was compared, and the sources that were found in it. */
export interface Seen<Source> {
  readonly hashes: readonly number[]
  /** The same in ascending order, once it is searched. */
  sorted: Float64Array | null
  version: number
  sources: readonly Source[]
  /** The text itself as a source, where it is one: learning it again is only saying so. */
  own: Source | null
}

type Generation<Source> = Map<string, Map<string, Seen<Source>>>

export class SeenTexts<Source> {
  readonly #mostBytes: number
  #young: Generation<Source> = new Map()
  #old: Generation<Source> = new Map()
  #bytes = 0

  /** @param mostBytes of texts and what is kept of them, about */
  constructor(mostBytes: number) { this.#mostBytes = mostBytes }

  get(owner: string, text: string): Seen<Source> | undefined {
    const young = this.#young.get(owner)?.get(text)
    if (young !== undefined) return young
    const old = this.#old.get(owner)?.get(text)
    if (old !== undefined) this.put(owner, text, old)
    return old
  }

  put(owner: string, text: string, seen: Seen<Source>): void {
    const bytes = text.length * 2 + seen.hashes.length * 16 + 200
    if (bytes * 4 > this.#mostBytes) return
    if ((this.#bytes + bytes) * 2 > this.#mostBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#bytes = 0
    }
    let texts = this.#young.get(owner)
    if (texts === undefined) this.#young.set(owner, texts = new Map<string, Seen<Source>>())
    texts.set(text, seen)
    this.#bytes += bytes
  }
}
