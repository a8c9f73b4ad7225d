// What was said of texts, up to a number of bytes. Two generations instead of an exact LRU: when the young one is full it becomes the old one,
// and what is still used moves back in.

/** For the entry itself, beside its text. */
const overheadBytes = 96

export class RecentTexts<Value> {
  readonly #maxBytes: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #bytes = 0

  constructor(maxBytes: number) { this.#maxBytes = maxBytes }

  get(text: string): Value | undefined {
    const known = this.#young.get(text)
    if (known !== undefined) return known
    const older = this.#old.get(text)
    if (older !== undefined) this.put(text, older)
    return older
  }

  put(text: string, value: Value): void {
    const bytes = text.length * 2 + overheadBytes
    if (bytes * 2 > this.#maxBytes) return
    if ((this.#bytes + bytes) * 2 > this.#maxBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#bytes = 0
    }
    this.#young.set(text, value)
    this.#bytes += bytes
  }
}
