// Responses that a later request may go on from, in memory only: they hold what people wrote. Bounded in time, number and bytes; where there
// are too many, the caller that has most gives up its oldest first.
import type { KeptResponse, ResponseBook } from '../exchange/kept-response.ts'

export interface ResponseBookOptions {
  readonly ttlMs: number
  readonly max: number
  readonly maxBytes: number
  readonly clockMs?: () => number
}

interface Entry { readonly owner: string; readonly response: KeptResponse; readonly outputs: ReadonlyMap<string, string>; readonly bytes: number; readonly until: number }

interface Shelf { readonly entries: Map<string, Entry>; bytes: number }

/** What an entry takes besides its texts. */
const fixedBytes = 512
const bytesPerCharacter = 2

// Texts that several entries share are counted in each of them: the bound then holds whichever of them goes first.
const bytesOf = ({ items, body }: KeptResponse, outputs: ReadonlyMap<string, string>): number => {
  let characters = body?.length ?? 0
  for (const text of items) characters += text.length
  for (const text of outputs.values()) characters += text.length
  return fixedBytes + characters * bytesPerCharacter
}

const none: ReadonlyMap<string, string> = new Map()

export class MemoryResponseBook implements ResponseBook {
  readonly #options: ResponseBookOptions
  readonly #now: () => number
  /** Entries by response id, whosever they are. */
  readonly #byId = new Map<string, Entry>()
  /** Response ids by the ids of their output items, per owner. */
  readonly #byItem = new Map<string, string>()
  readonly #shelves = new Map<string, Shelf>()
  readonly #sweeper: NodeJS.Timeout
  #bytes = 0

  constructor(options: ResponseBookOptions) {
    this.#options = options
    this.#now = options.clockMs ?? Date.now
    // What is over its time goes, whether or not anybody asks.
    this.#sweeper = setInterval(() => { this.sweep() }, Math.min(60_000, Math.max(1000, options.ttlMs / 2))).unref()
  }

  get size(): number { return this.#byId.size }
  get bytes(): number { return this.#bytes }

  find(owner: string, id: string): KeptResponse | 'foreign' | 'unknown' {
    const entry = this.#byId.get(id)
    if (entry === undefined || entry.until <= this.#now()) return 'unknown'
    return entry.owner === owner ? entry.response : 'foreign'
  }

  item(owner: string, id: string): string | null {
    const entry = this.#byId.get(this.#byItem.get(`${owner} ${id}`) ?? '')
    return entry === undefined || entry.until <= this.#now() ? null : entry.outputs.get(id) ?? null
  }

  keep(owner: string, id: string, response: KeptResponse, outputs: ReadonlyMap<string, string> = none): void {
    const known = this.#byId.get(id)
    // Ids are the providers' choice: one that names another caller's response must not take its place.
    if (known !== undefined && known.owner !== owner && known.until > this.#now()) return
    if (known !== undefined) this.#drop(id, known)
    const entry: Entry = { owner, response, outputs, bytes: bytesOf(response, outputs), until: this.#now() + this.#options.ttlMs }
    if (entry.bytes > this.#options.maxBytes) return
    let shelf = this.#shelves.get(owner)
    if (shelf === undefined) this.#shelves.set(owner, shelf = { entries: new Map(), bytes: 0 })
    shelf.entries.set(id, entry)
    shelf.bytes += entry.bytes
    this.#bytes += entry.bytes
    this.#byId.set(id, entry)
    for (const item of outputs.keys()) this.#byItem.set(`${owner} ${item}`, id)
    while (this.#byId.size > this.#options.max) this.#dropOldest(one => one.entries.size)
    while (this.#bytes > this.#options.maxBytes) this.#dropOldest(one => one.bytes)
  }

  forget(owner: string, id: string): boolean {
    const entry = this.#byId.get(id)
    if (entry?.owner !== owner) return false
    this.#drop(id, entry)
    return entry.until > this.#now()
  }

  /** Forgets what is over its time. */
  sweep(): void {
    const now = this.#now()
    for (const { entries } of this.#shelves.values()) {
      for (const [id, entry] of entries) {
        // They all live equally long, so the first that stays is followed by younger ones.
        if (entry.until > now) break
        this.#drop(id, entry)
      }
    }
  }

  close(): void {
    clearInterval(this.#sweeper)
    this.#byId.clear()
    this.#byItem.clear()
    this.#shelves.clear()
    this.#bytes = 0
  }

  #dropOldest(weight: (shelf: Shelf) => number): void {
    let heaviest: Shelf | null = null
    for (const shelf of this.#shelves.values()) if (heaviest === null || weight(shelf) > weight(heaviest)) heaviest = shelf
    const oldest = heaviest?.entries.entries().next().value
    if (oldest !== undefined) this.#drop(...oldest)
  }

  #drop(id: string, entry: Entry): void {
    const shelf = this.#shelves.get(entry.owner)
    this.#byId.delete(id)
    for (const item of entry.outputs.keys()) if (this.#byItem.get(`${entry.owner} ${item}`) === id) this.#byItem.delete(`${entry.owner} ${item}`)
    this.#bytes -= entry.bytes
    if (shelf === undefined) return
    shelf.entries.delete(id)
    shelf.bytes -= entry.bytes
    if (shelf.entries.size === 0) this.#shelves.delete(entry.owner)
  }
}
