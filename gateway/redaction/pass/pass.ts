// Runs the pass over texts. One memory serves all scanners: each has tables of its own in it, and a space for as long as it looks at a text.
import { ahead, before, keySlots, knownKey, longestKnownKey, pieceLength, space, spaceBytes, tables as layout } from './layout.ts'
import { passModule } from './program.ts'

interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

type Run = (space: number, tables: number, count: number, shortestRun: number) => number

/** The types of Node.js leave WebAssembly out. */
const { Instance, Memory, Module } = (globalThis as unknown as { readonly WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => Memory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: { readonly env: { readonly memory: Memory } }) => { readonly exports: { readonly pass: Run } }
} }).WebAssembly

const pageBytes = 65_536
const memory = new Memory({ initial: 1 })
let used = 0

const { pass: run } = new Instance(new Module(passModule), { env: { memory } }).exports

/** Where so many bytes are that nobody else has; they are zeros. */
const allocate = (bytes: number): number => {
  const at = used
  used += Math.ceil(bytes / 16) * 16
  const { byteLength } = memory.buffer
  // What nobody writes to takes no memory of the machine.
  if (used > byteLength) memory.grow(Math.ceil(Math.max(used - byteLength, byteLength) / pageBytes))
  return at
}

/** Keeps tables for as long as the process runs. @returns where they are */
export const keepTables = (tables: Uint8Array): number => {
  const at = allocate(tables.length)
  new Uint8Array(memory.buffer, at, tables.length).set(tables)
  return at
}

/** What is beyond ASCII is not told apart, nor is what is longer. */
const tellable = new RegExp(`^[\\x01-\\x7f]{1,${longestKnownKey}}$`)

/** The keys that one scanner's tables remember. */
export class KnownKeys {
  readonly #at: number
  readonly #keys: (string | undefined)[] = new Array<string | undefined>(keySlots).fill(undefined)

  /** @param tables as `keepTables` returned it */
  constructor(tables: number) { this.#at = tables + layout.keys }

  /**
   * Remembers a key in one of its two places. A piece is looked at before any of its keys is remembered, so that many are said several times.
   * @param place the first of the two, as the event says it @param ignores whether no rule has anything to say about a key
   */
  remember(place: number, key: string, ignores: (key: string) => boolean): void {
    const [first, second] = [this.#keys[place], this.#keys[place + 1]]
    if (first === key || second === key || !tellable.test(key)) return
    const places = new Uint8Array(memory.buffer, this.#at + place * knownKey.size, 2 * knownKey.size)
    places.copyWithin(knownKey.size, 0, knownKey.size)
    this.#keys[place + 1] = first
    // A part of a text would keep the whole of it in memory.
    this.#keys[place] = ` ${key}`.slice(1)
    places.fill(0, 0, knownKey.size)
    for (let index = 0; index < key.length; index += 1) places[knownKey.bytes + index] = key.charCodeAt(index)
    places[knownKey.length] = key.length
    places[knownKey.isSilent] = ignores(key) ? 1 : 0
  }
}

/** Texts of which copying calls for more than it does. */
const shortText = 48

/** Where one text at a time is looked at, piece by piece. */
export class Space {
  readonly #at = allocate(spaceBytes)
  #units = new Uint16Array()
  #bytes = Buffer.alloc(0)
  #state = new Uint32Array()
  #events = new Uint32Array()

  /** The memory lies elsewhere when it has grown. */
  #look(): void {
    const { buffer } = memory
    if (this.#units.buffer === buffer) return
    this.#units = new Uint16Array(buffer, this.#at + space.units, pieceLength + ahead)
    this.#bytes = Buffer.from(buffer, this.#at + space.units, 2 * (pieceLength + ahead))
    // The unit before the piece is the last of it.
    this.#state = new Uint32Array(buffer, this.#at, space.units / 4)
    this.#events = new Uint32Array(buffer, this.#at + space.events, (spaceBytes - space.events) / 4)
  }

  /** Copies a piece of a text with what is looked at behind it. @returns its length without that */
  #load(text: string, from: number): number {
    const length = Math.min(text.length - from, pieceLength + ahead)
    if (length <= shortText) for (let index = 0; index < length; index += 1) this.#units[index] = text.charCodeAt(from + index)
    else this.#bytes.write(length === text.length ? text : text.slice(from, from + length), 0, 'utf16le')
    if (length < pieceLength + ahead) this.#units.fill(0, length, length + ahead)
    return Math.min(length, pieceLength)
  }

  /** Of the piece that was looked at last: group and place, as layout.ts has them. */
  event(index: number): number {
    const event = this.#events[index]
    if (event !== undefined) return event
    this.#look()
    return this.#events[index] ?? 0
  }

  /** Was there a character beyond ASCII in the pieces of the text so far? */
  get hasBeyond(): boolean {
    this.#look()
    return this.#state[space.beyond / 4] !== 0
  }

  /** @param from a multiple of the length of a piece; pieces come in order. @param tables as `keepTables` returned it @returns how many events there are */
  pass(text: string, from: number, tables: number, shortestRun: number): number {
    this.#look()
    if (from === 0) this.#state.fill(0)
    return run(this.#at, tables, this.#load(text, from), shortestRun)
  }
}

/** Offset in the text of an event's place in the piece that begins at `from`. */
export const placeOf = (event: number, from: number): number => (event & 0xFFFF) - before + from
export const groupOf = (event: number): number => event >>> 16
