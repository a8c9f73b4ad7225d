// Searches a text for many values at once: one pass that looks at four characters in a row, however many values there are.

/** Fewer values are searched for one after the other: the engine's own search is faster than a pass. */
const fewest = 4
/** Shortest value that may be searched for, UTF-16 units. */
const window = 4
const indexBits = 16

/** @param number of the value, @param at where it begins */
export type OnValue = (number: number, at: number) => void

interface Sought { readonly value: string; readonly number: number }

/** Of more values that begin alike not each is compared: the text is cut at each of their lengths, and looked up. */
const mostCompared = 8

/** Values that begin with the same four units. */
class Alike {
  readonly #few: Sought[] = []
  readonly #byValue = new Map<string, number[]>()
  readonly #lengths = new Set<number>()

  add(one: Sought): void {
    if (this.#few.length < mostCompared) {
      this.#few.push(one)
      return
    }
    const same = this.#byValue.get(one.value)
    if (same === undefined) this.#byValue.set(one.value, [one.number])
    else same.push(one.number)
    this.#lengths.add(one.value.length)
  }

  /** Those that a text goes on with at an offset. */
  at(text: string, start: number, found: (number: number, length: number) => void): void {
    for (const { number, value } of this.#few) if (text.startsWith(value, start)) found(number, value.length)
    for (const length of this.#lengths) for (const number of this.#byValue.get(text.slice(start, start + length)) ?? []) found(number, length)
  }
}

const place = (fourUnits: number): number => Math.imul(fourUnits, 0x9E3779B1) >>> (32 - indexBits)

/** Four units as one number; what is above 255 in a unit is left out, so that others may have the same. */
const pushed = (fourUnits: number, unit: number): number => (fourUnits >>> 8) | (unit & 255) << 24

const beginningOf = (value: string): number => {
  let units = 0
  for (let at = 0; at < window; at += 1) units = pushed(units, value.charCodeAt(at))
  return units
}

export class ValueSearch {
  readonly #sought: Sought[] = []
  readonly #bits = new Int32Array(1 << (indexBits - 5))
  readonly #byBeginning = new Map<number, Alike>()
  /** Of those sought, so many stand in the index. */
  #indexed = 0

  /** @param values with the numbers that they are reported by; each has at least four UTF-16 units */
  constructor(values: readonly Sought[]) { this.add(values) }

  /** Values that are searched for as well from now on. */
  add(values: readonly Sought[]): void {
    for (const one of values) this.#sought.push(one)
    if (this.#sought.length < fewest) return
    for (; this.#indexed < this.#sought.length; this.#indexed += 1) this.#index(this.#sought[this.#indexed] as Sought)
  }

  #index(one: Sought): void {
    const beginning = beginningOf(one.value)
    let alike = this.#byBeginning.get(beginning)
    if (alike === undefined) this.#byBeginning.set(beginning, alike = new Alike())
    alike.add(one)
    const bit = place(beginning)
    this.#bits[bit >> 5] = (this.#bits[bit >> 5] ?? 0) | 1 << (bit & 31)
  }

  /** Every place of every value; those of one value do not overlap, the first comes first. */
  each(text: string, found: OnValue): void {
    if (this.#sought.length < fewest) for (const { number, value } of this.#sought) eachOf(text, value, at => { found(number, at) })
    else this.#pass(text, found)
  }

  #pass(text: string, found: OnValue): void {
    const bits = this.#bits
    const behind = new Map<number, number>()
    let units = 0
    for (let at = 0; at < text.length; at += 1) {
      units = pushed(units, text.charCodeAt(at))
      const bit = place(units)
      if (((bits[bit >> 5] as number) >> (bit & 31) & 1) === 0) continue
      const start = at - window + 1
      this.#byBeginning.get(units)?.at(text, start, (number, length) => {
        if (start < (behind.get(number) ?? 0)) return
        behind.set(number, start + length)
        found(number, start)
      })
    }
  }
}

const eachOf = (text: string, value: string, found: (at: number) => void): void => {
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) found(at)
}
