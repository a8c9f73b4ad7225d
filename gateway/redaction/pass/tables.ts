// Writes what rules ask for into the tables that the pass looks things up in (layout.ts).
import type { NumberPlace, Rule } from '../rule.ts'
import { firstGroup, longestDigits, memberGroup, neighbours, node, rowBytes, tables } from './layout.ts'

/** Who is asked at a place, if the text there is what the pass took it for: it does not tell the case of letters in prefixes, nor all signs. */
export interface Asked { readonly rule: Rule; readonly text: string | null }

/** Signs that are told apart in words and prefixes, as many as fit; the others, controls and what is beyond ASCII are one. */
const signs = ' \n",.:-_/=()\'{}[];@%><~$\\+*'
const firstDigit = 27
const firstSign = 37

const classes = new Uint8Array(256)
for (let code = 97; code < 123; code += 1) classes[code] = classes[code - 32] = code - 96
for (let code = 48; code < 58; code += 1) classes[code] = code - 48 + firstDigit
for (const [index, sign] of Array.from(signs).entries()) classes[sign.charCodeAt(0)] = firstSign + index

export const classAt = (text: string, at: number): number => classes[text.charCodeAt(at) & 255] as number

const colon = 58

/** What begins alike; `words` and `prefixes` end here. */
export interface Opening { readonly next: Map<number, Opening>; readonly words: Asked[]; readonly prefixes: Asked[] }
export const createOpening = (): Opening => ({ next: new Map(), words: [], prefixes: [] })

export interface Place extends NumberPlace { readonly rule: Rule }

/** What begins with a sign: who is asked whatever follows, and who by the code of what follows. */
export interface Sign { readonly always: Asked[]; readonly behind: Map<number, Asked[]> }

/** Where the text begins or ends there is a zero. */
const allows = (pattern: RegExp | undefined, code: number): boolean => pattern === undefined || pattern.test(String.fromCharCode(code)) || (code === 0 && pattern.test(''))

/** The tables as layout.ts describes them. */
export class Tables {
  readonly groups: (readonly Asked[])[] = Array.from({ length: firstGroup }, () => [])
  readonly #view: DataView
  readonly #nodesAt: number
  /** The first leads nowhere: 0 stands for none. */
  #nodes = 1

  constructor(rows: number, nodes: number) {
    this.#nodesAt = Math.ceil((tables.rows + 2 * rowBytes * (rows + 1)) / 16) * 16
    this.#view = new DataView(new ArrayBuffer(this.#nodesAt + node.bytes * (nodes + 1)))
    this.#view.setUint32(tables.nodes, this.#nodesAt, true)
    for (const [byte, of] of classes.entries()) this.#view.setUint8(tables.classes + byte, of)
  }

  get bytes(): Uint8Array { return new Uint8Array(this.#view.buffer) }

  #groupOf(asked: readonly Asked[]): number { return asked.length === 0 ? 0 : this.groups.push(asked) - 1 }

  putPlaces(places: readonly Place[]): void {
    const put = (table: number, length: number, holds: (place: Place, index: number) => boolean): void => {
      for (let index = 0; index < length; index += 1) {
        this.#view.setUint32(table + 4 * index, places.reduce((bits, place, bit) => holds(place, index) ? bits | 1 << bit : bits, 0) >>> 0, true)
      }
    }
    put(tables.numberBefore, neighbours, ({ before }, code) => allows(before, code))
    // Behind the longest run that is counted there may be more digits.
    put(tables.numberBehind, neighbours, ({ behind }, code) => allows(behind, code) || (code >= 48 && code <= 57))
    put(tables.numberRun, longestDigits + 1, ({ run: [least, most] = [1, Infinity] }, length) => length >= least && (length <= most || most >= longestDigits))
    put(tables.numberDigits, longestDigits + 1, ({ digits = 1 }, count) => count >= digits)
  }

  /** @param row which of the pairs of rows */
  putSign(row: number, code: number, { always, behind }: Sign): void {
    this.#view.setUint16(tables.rowOf + 2 * code, 2 * row * rowBytes, true)
    const mark = tables.signs + (code & 15)
    this.#view.setUint8(mark, this.#view.getUint8(mark) | 1 << (code >> 4))
    this.#putRow(2 * row, always, behind)
    this.#putRow(2 * row + 1, always.filter(({ rule }) => rule.ignores === undefined), behind)
  }

  #putRow(row: number, always: readonly Asked[], behind: ReadonlyMap<number, readonly Asked[]>): void {
    const usual = this.#groupOf(always)
    for (let next = 0; next < 256; next += 1) {
      const more = behind.get(next)
      this.#view.setUint16(tables.rows + row * rowBytes + 2 * next, more === undefined ? usual : this.#groupOf([...always, ...more]), true)
    }
  }

  /** Those at the ends of keys are a group of its own. */
  putMembers(row: number, asked: readonly Asked[]): void {
    this.groups[memberGroup] = asked
    this.#view.setUint16(tables.rows + 2 * row * rowBytes + 2 * colon, memberGroup, true)
  }

  putPair(first: number, second: number, opening: Opening): void {
    const index = this.#reserve(1)
    this.#view.setUint16(tables.pairs + 2 * (first << 6 | second), index, true)
    this.#putNode(index, opening)
  }

  #reserve(count: number): number { return (this.#nodes += count) - count }

  #putNode(index: number, { next, prefixes, words }: Opening): void {
    const at = this.#nodesAt + node.bytes * index
    const inOrder = [...next].sort(([a], [b]) => a - b)
    const first = this.#reserve(inOrder.length)
    this.#view.setBigUint64(at + node.classes, inOrder.reduce((bits, [of]) => bits | 1n << BigInt(of), 0n), true)
    this.#view.setUint32(at + node.first, first, true)
    this.#view.setUint16(at + node.word, this.#groupOf(words), true)
    this.#view.setUint16(at + node.prefix, this.#groupOf(prefixes), true)
    for (const [offset, [, opening]] of inOrder.entries()) this.#putNode(first + offset, opening)
  }
}
