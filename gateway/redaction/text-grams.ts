// Says quickly of nearly all values that they are in none of some texts: a bit for each four characters that follow each other in one. A value
// that was learnt in this turn has to be looked for in the whole history, where it hardly ever is.

const leastBits = 1024
const mostBits = 1 << 23
const bitsPerCharacter = 8
/** Shorter values may be anywhere. */
const window = 4

const place = (four: number, shift: number): number => Math.imul(four, 0x9E3779B1) >>> shift

export class TextGrams {
  readonly #bits: Uint32Array
  readonly #shift: number

  constructor(texts: readonly string[]) {
    const characters = texts.reduce((sum, { length }) => sum + length, 0)
    let bits = leastBits
    while (bits < characters * bitsPerCharacter && bits < mostBits) bits *= 2
    this.#bits = new Uint32Array(bits / 32)
    this.#shift = Math.clz32(bits) + 1
    for (const text of texts) this.#add(text)
  }

  /** False: it is certainly in none of them. */
  mayHold(value: string): boolean {
    let four = 0
    for (let at = 0; at < value.length; at += 1) {
      four = (four >>> 8) | (value.charCodeAt(at) & 255) << 24
      if (at < window - 1) continue
      const bit = place(four, this.#shift)
      if (((this.#bits[bit >>> 5] as number) >>> (bit & 31) & 1) === 0) return false
    }
    return true
  }

  #add(text: string): void {
    const bits = this.#bits
    const shift = this.#shift
    let four = 0
    for (let at = 0; at < text.length; at += 1) {
      four = (four >>> 8) | (text.charCodeAt(at) & 255) << 24
      if (at < window - 1) continue
      const bit = place(four, shift)
      bits[bit >>> 5] = (bits[bit >>> 5] as number) | 1 << (bit & 31)
    }
  }
}
