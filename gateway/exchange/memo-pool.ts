// What many remember, together: no number of them may take more memory than the pool has. Whoever was used least recently forgets first.

/** Something that remembers, and can forget. */
export interface Forgetful {
  /** As it counts itself. */
  readonly bytes: number
  clear(): void
}

export class MemoPool {
  readonly maxBytes: number
  /** Least recently used first, with what each came to when it was used last. */
  readonly #known = new Map<Forgetful, number>()
  #bytes = 0

  /** @param maxBytes of all together; the one in use may exceed it by itself */
  constructor(maxBytes: number) { this.maxBytes = maxBytes }

  get bytes(): number { return this.#bytes }

  /** To be told once for each document: what it adds is counted the next time. */
  used(memo: Forgetful): void {
    this.#bytes += memo.bytes - (this.#known.get(memo) ?? 0)
    this.#known.delete(memo)
    this.#known.set(memo, memo.bytes)
    for (const [oldest] of this.#known) {
      if (this.#bytes <= this.maxBytes || oldest === memo) return
      this.drop(oldest)
    }
  }

  /** Forgets before it is its turn. */
  drop(memo: Forgetful): void {
    this.#bytes -= this.#known.get(memo) ?? 0
    this.#known.delete(memo)
    memo.clear()
  }
}
