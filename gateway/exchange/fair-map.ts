// A bounded map of what callers make us remember. Where it is full, whoever holds most gives up the oldest of its own: nobody can push out what
// others hold by filling it. Every step takes the same time, however many there are.

interface Entry<Value> { readonly owner: string; readonly value: Value }

export class FairMap<Value> {
  readonly #most: number
  readonly #entries = new Map<string, Entry<Value>>()
  /** Keys of each owner, least recently put first. */
  readonly #shelves = new Map<string, Set<string>>()
  /** Owners by how many entries they hold. */
  readonly #byCount = new Map<number, Set<string>>()
  #highest = 0
  /** Who asks again and again is at the young end already. */
  #youngest: string | null = null

  /** @param most entries that are kept, at least one */
  constructor(most: number) { this.#most = Math.max(1, most) }

  get size(): number { return this.#entries.size }

  get(key: string): Value | undefined { return this.#entries.get(key)?.value }

  *values(): Generator<Value> { for (const { value } of this.#entries.values()) yield value }

  /** All entries, least recently put first. */
  *entries(): Generator<readonly [key: string, value: Value]> { for (const [key, { value }] of this.#entries) yield [key, value] }

  /** Entries of one owner, oldest first. */
  *of(owner: string): Generator<readonly [key: string, value: Value]> {
    for (const key of this.#shelves.get(owner) ?? []) {
      const entry = this.#entries.get(key)
      if (entry !== undefined) yield [key, entry.value]
    }
  }

  /** Puts an entry to the young end of its owner's, and forgets what is too much. */
  put(owner: string, key: string, value: Value): void {
    const known = key === this.#youngest ? this.#entries.get(key) : undefined
    if (known?.owner === owner && known.value === value) return
    this.delete(key)
    while (this.#entries.size >= this.#most) this.#forget()
    this.#entries.set(key, { owner, value })
    let shelf = this.#shelves.get(owner)
    if (shelf === undefined) this.#shelves.set(owner, shelf = new Set())
    shelf.add(key)
    this.#counted(owner, shelf.size - 1, shelf.size)
    this.#youngest = key
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    const shelf = entry === undefined ? undefined : this.#shelves.get(entry.owner)
    if (entry === undefined || shelf === undefined) return
    this.#entries.delete(key)
    shelf.delete(key)
    this.#counted(entry.owner, shelf.size + 1, shelf.size)
    if (shelf.size === 0) this.#shelves.delete(entry.owner)
  }

  clear(): void {
    for (const map of [this.#entries, this.#shelves, this.#byCount]) map.clear()
    this.#highest = 0
  }

  /** Entries of whoever holds most, oldest first. */
  ofHeaviest(): Generator<readonly [key: string, value: Value]> {
    const [owner = ''] = this.#byCount.get(this.#highest) ?? []
    return this.of(owner)
  }

  #forget(): void {
    for (const [key] of this.ofHeaviest()) {
      this.delete(key)
      return
    }
  }

  #counted(owner: string, before: number, after: number): void {
    const left = this.#byCount.get(before)
    left?.delete(owner)
    if (left?.size === 0) this.#byCount.delete(before)
    if (after > 0) {
      let owners = this.#byCount.get(after)
      if (owners === undefined) this.#byCount.set(after, owners = new Set())
      owners.add(owner)
    }
    // Counts change by one, so the highest does, too.
    if (after > this.#highest) this.#highest = after
    else if (before === this.#highest && !this.#byCount.has(before)) this.#highest = after
  }
}
