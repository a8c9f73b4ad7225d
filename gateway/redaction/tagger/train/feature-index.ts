// Numbers for features as they come, and how often each came.

export class FeatureIndex {
  /** Number of the feature in each slot, and one more; 0: empty. A power of two of them, at most half full. */
  #slots = new Int32Array(2 ** 12)
  readonly #hashes: number[] = []
  readonly #counts: number[] = []

  /** @returns the number of a feature */
  add(hash: number): number {
    const key = hash >>> 0
    const slot = this.#slotOf(key)
    const number = (this.#slots[slot] ?? 0) - 1
    if (number >= 0) {
      this.#counts[number] = (this.#counts[number] ?? 0) + 1
      return number
    }
    this.#slots[slot] = this.#hashes.push(key)
    this.#counts.push(1)
    if (this.#hashes.length * 2 > this.#slots.length) this.#grow()
    return this.#hashes.length - 1
  }

  /** @returns hashes of those that came often enough, and the new number of each old one, or -1 */
  often(least: number): { readonly hashes: Uint32Array; readonly used: Int32Array } {
    const kept: number[] = []
    const used = Int32Array.from(this.#counts, (times, number) => times >= least ? kept.push(this.#hashes[number] ?? 0) - 1 : -1)
    return { hashes: Uint32Array.from(kept), used }
  }

  /** Where a feature is, or would be. */
  #slotOf(key: number): number {
    const mask = this.#slots.length - 1
    let slot = (Math.imul(key, 0x9e3779b1) >>> 7) & mask
    for (;;) {
      const number = (this.#slots[slot] ?? 0) - 1
      if (number < 0 || this.#hashes[number] === key) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    this.#hashes.forEach((key, number) => { this.#slots[this.#slotOf(key)] = number + 1 })
  }
}
