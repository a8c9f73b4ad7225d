// Says quickly of nearly all hashes that they are not in a map: a bit each. It grows with what is put in, and is made anew when much was taken out.

const bitsPerHash = 16
const leastBits = 1024

/** The bits of a hash that are not its last one, which says something else. */
const placeOf = (hash: number): number => ((hash - (hash % 2)) / 2) | 0

export class HashFilter {
  #bits = new Uint32Array(leastBits / 32)
  #mask = leastBits - 1
  /** Added since it was made; some may be gone. */
  #added = 0

  /** Of hashes to which none are added; some may be there more than once. */
  static of(hashes: readonly (readonly number[])[]): HashFilter {
    const filter = new HashFilter()
    filter.#make(hashes.reduce((sum, { length }) => sum + length, 0))
    for (const some of hashes) for (const hash of some) filter.#set(hash)
    return filter
  }

  mayHave(hash: number): boolean {
    const place = placeOf(hash) & this.#mask
    return ((this.#bits[place >>> 5] as number) & (1 << (place & 31))) !== 0
  }

  /** @param all everything that is in the map, this one included */
  add(hash: number, all: ReadonlyMap<number, unknown>): void {
    this.#added += 1
    if (this.#added * bitsPerHash > this.#mask) this.#remake(all)
    else this.#set(hash)
  }

  #remake(all: ReadonlyMap<number, unknown>): void {
    this.#make(all.size)
    for (const hash of all.keys()) this.#set(hash)
  }

  /** Empty, with room for so many. */
  #make(count: number): void {
    let bits = leastBits
    while (bits < count * bitsPerHash * 2) bits *= 2
    this.#bits = new Uint32Array(bits / 32)
    this.#mask = bits - 1
    this.#added = count
  }

  #set(hash: number): void {
    const place = placeOf(hash) & this.#mask
    this.#bits[place >>> 5] = (this.#bits[place >>> 5] as number) | (1 << (place & 31))
  }
}
