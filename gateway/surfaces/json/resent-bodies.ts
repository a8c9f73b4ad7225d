// Reads bodies that begin as the last ones of their caller did. Agents send their whole history with every call: an element that stood in the last
// body byte for byte is the very same object in the next document, and only what is new is read. Nothing is shared between callers.
import { createHash, hash, type Hash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import type { JsonDocument } from '../../exchange/document.ts'
import { MemoPool, type Forgetful } from '../../exchange/memo-pool.ts'
import { cutBody, type Cut, type KeptElement } from './cut-body.ts'
import { PiecedDocument } from './pieced-document.ts'
import { readJson, type JsonLimits, type ReadDocument } from './read-json.ts'

export interface ReadBody {
  readonly document: JsonDocument
  /** SHA-256 of the bytes, hexadecimal; made when it is asked for. */
  readonly digest: () => string
}

/** Smaller bodies are read as fast as they are compared. */
const leastBytes = 16 * 1024
/** Conversations of one caller, or of one of its sessions where it names them. */
const mostConversations = 64
/** For each byte of a body: itself, its text, its values, what was found and made of it. */
const costPerByte = 6
/** For each value and key, and for each element besides: short ones take far more memory than they are long. */
const costPerEntry = 300
const costPerElement = 2000
/** Of all conversations together, counted so. */
const poolBytes = 192 * 1024 * 1024
/** Levels above an element of an outermost list. */
const levelsAbove = 2
/** The last elements often change once more: clients move the mark of what is to be cached. What stands before them is hashed once. */
const unsettled = 4

class Conversation implements Forgetful {
  bytes = 0
  body: Buffer = Buffer.alloc(0)
  lists: ReadonlyMap<string, readonly KeptElement[]> = new Map()
  /** State of the digest behind so many bytes of the body. */
  hashed: { readonly state: Hash; readonly upTo: number } | null = null
  readonly #forgotten: (conversation: Conversation) => void

  constructor(forgotten: (conversation: Conversation) => void) { this.#forgotten = forgotten }

  clear(): void {
    this.bytes = 0
    this.#forgotten(this)
  }

  keep(body: Buffer, elements: readonly (KeptElement & { readonly list: string })[]): void {
    const lists = new Map<string, KeptElement[]>()
    for (const { end, list, part, start } of elements) {
      const known = lists.get(list)
      if (known === undefined) lists.set(list, [{ start, end, part }])
      else known.push({ start, end, part })
    }
    this.lists = lists
    this.body = body
    this.bytes = costOf(body, elements)
  }

  /** Does this body have the last element of the longest list where it was? Then it goes on from here. */
  isBegun(bytes: Buffer): boolean {
    const last = longest(this.lists).at(-1)
    return last !== undefined && last.end <= bytes.length && bytes.compare(this.body, last.start, last.end, last.start, last.end) === 0
  }
}

const costOf = (body: Buffer, elements: readonly KeptElement[]): number => elements.reduce((sum, { part }) => sum + part.entries * costPerEntry + costPerElement, body.length * costPerByte)

const longest = (lists: ReadonlyMap<string, readonly KeptElement[]>): readonly KeptElement[] => {
  let found: readonly KeptElement[] = []
  for (const list of lists.values()) if ((list.at(-1)?.end ?? 0) - (list[0]?.start ?? 0) > (found.at(-1)?.end ?? 0) - (found[0]?.start ?? 0)) found = list
  return found
}

const blockBytes = 4096

/** Bytes that two bodies begin with together, whole blocks of them. */
const sameBeginning = (a: Buffer, b: Buffer): number => {
  const most = Math.min(a.length, b.length)
  let same = 0
  while (same + blockBytes <= most && a.compare(b, same, same + blockBytes, same, same + blockBytes) === 0) same += blockBytes
  return same
}

/** An object that others hold, too: whoever would change it has to fail. */
const frozen = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const inner of Object.values(value)) frozen(inner)
}

const checkedText = (bytes: Buffer, start: number, end: number): string => {
  // Between two elements there is mostly a comma.
  if (end - start === 1 && bytes[start] === 0x2c) return ','
  const stretch = bytes.subarray(start, end)
  if (!isUtf8(stretch)) throw new RangeError('not UTF-8')
  return stretch.toString('utf8')
}

const readPart = (bytes: Buffer, { end, part, start }: Cut, { maxDepth }: JsonLimits): ReadDocument => {
  if (part !== null) return part
  const read = readJson(checkedText(bytes, start, end), { maxDepth: maxDepth - levelsAbove })
  frozen(read.value)
  return read
}

type Read = { readonly document: PiecedDocument; readonly elements: readonly (KeptElement & { readonly list: string })[] }

/**
 * Reads the new elements and the frame. What stood there before was read strictly then, and the frame shows that each cut stands where a value of
 * a list stands: so the whole is what the strict reader would have let pass. Null where that cannot be shown.
 */
const readPieces = (bytes: Buffer, cuts: readonly Cut[], limits: JsonLimits): Read | null => {
  const standIns: number[] = []
  let frameText = ''
  let at = 0
  for (const { end, start } of cuts) {
    frameText += checkedText(bytes, at, start)
    standIns.push(frameText.length)
    frameText += '0'
    at = end
  }
  const frame = readJson(frameText + checkedText(bytes, at, bytes.length), limits)
  const places = frame.standIns(standIns)
  if (places === null) return null
  const elements = cuts.map(cut => ({ list: cut.list, start: cut.start, end: cut.end, part: readPart(bytes, cut, limits) }))
  const pieces = elements.map(({ end, part, start }, at) => ({ start, end, part, standIn: standIns[at] ?? 0, list: places[at]?.list ?? '', index: places[at]?.index ?? 0 }))
  return { elements, document: new PiecedDocument(frame, bytes, pieces) }
}

/** Null where it has to be read as a whole, be it to say what is wrong with it. */
const readInPieces = (bytes: Buffer, earlier: Conversation | null, limits: JsonLimits): Read | null => {
  const cuts = cutBody(bytes, earlier === null ? null : { bytes: earlier.body, lists: earlier.lists })
  if (cuts === null || cuts.length === 0 || limits.maxDepth <= levelsAbove) return null
  try {
    return readPieces(bytes, cuts, limits)
  } catch {
    return null
  }
}

const forgotten = (bytes: Buffer, document: JsonDocument): ReadBody => {
  let digest: string | undefined
  return { document, digest: () => digest ??= hash('sha256', bytes) }
}

export class ResentBodies {
  readonly #shelves = new Map<string, Set<Conversation>>()
  readonly #pool: MemoPool
  readonly #leastBytes: number

  /** `mostBytes`: of all conversations together, each byte of a body counted six times, and each value and element besides; `leastBytes`: of a body that is worth remembering. */
  constructor(options: { readonly mostBytes?: number; readonly leastBytes?: number } = {}) {
    this.#pool = new MemoPool(options.mostBytes ?? poolBytes)
    this.#leastBytes = options.leastBytes ?? leastBytes
  }

  /**
   * Reads a body as strictly as `readJson` does, and remembers it. The bytes must not change afterwards.
   * @param whose what one caller sends stays with it; may name a session besides
   * @throws Failure request.malformed
   */
  read(whose: string, bytes: Buffer, limits: JsonLimits): ReadBody {
    if (bytes.length < this.#leastBytes || bytes.length * costPerByte * 2 > this.#pool.maxBytes) return forgotten(bytes, readJson(bytes, limits))
    const shelf = this.#shelves.get(whose)
    const earlier = shelf === undefined ? null : nearest(shelf, bytes)
    const read = readInPieces(bytes, earlier, limits)
    if (read === null) return forgotten(bytes, readJson(bytes, limits))
    if (costOf(bytes, read.elements) * 2 > this.#pool.maxBytes) return forgotten(bytes, read.document)
    const conversation = earlier !== null && goesOn(earlier, read) ? earlier : new Conversation(gone => { this.#forget(whose, gone) })
    const begun = earlier?.hashed ?? null
    const hashed = begun !== null && begun.upTo <= bytes.length && bytes.compare(earlier?.body ?? bytes, 0, begun.upTo, 0, begun.upTo) === 0 ? begun : null
    conversation.keep(bytes, read.elements)
    conversation.hashed = hashed
    this.#used(whose, conversation)
    return { document: read.document, digest: digestOf(conversation) }
  }

  #used(whose: string, conversation: Conversation): void {
    let shelf = this.#shelves.get(whose)
    if (shelf === undefined) this.#shelves.set(whose, shelf = new Set())
    shelf.delete(conversation)
    shelf.add(conversation)
    this.#pool.used(conversation)
    for (const oldest of shelf) {
      if (shelf.size <= mostConversations) return
      this.#pool.drop(oldest)
    }
  }

  #forget(whose: string, conversation: Conversation): void {
    const shelf = this.#shelves.get(whose)
    shelf?.delete(conversation)
    if (shelf?.size === 0) this.#shelves.delete(whose)
  }
}

/** The conversation that a body goes on from, or the one that begins most like it; of equal ones the one that was used last. */
const nearest = (shelf: ReadonlySet<Conversation>, bytes: Buffer): Conversation | null => {
  const known = [...shelf].reverse()
  const begun = known.find(one => one.isBegun(bytes))
  if (begun !== undefined) return begun
  let found: Conversation | null = null
  let most = -1
  for (const one of known) {
    const same = sameBeginning(bytes, one.body)
    if (same > most) [found, most] = [one, same]
  }
  return found
}

/** Is more than half of what was there still there? Otherwise it is another conversation that begins alike. */
const goesOn = ({ body, lists }: Conversation, { elements }: Read): boolean => {
  const before = new Set([...lists.values()].flatMap(list => list.map(({ part }) => part)))
  let kept = 0
  for (const { end, part, start } of elements) if (before.has(part)) kept += end - start
  return kept * 2 > body.length
}

/** Hashes what was not hashed for the last body of the conversation. */
const digestOf = (conversation: Conversation): (() => string) => {
  const { body, hashed, lists } = conversation
  let digest: string | undefined
  return () => {
    if (digest !== undefined) return digest
    const state = hashed === null ? createHash('sha256') : hashed.state.copy()
    let from = hashed?.upTo ?? 0
    const settled = longest(lists).at(-unsettled)?.start ?? 0
    if (settled > from) {
      state.update(body.subarray(from, settled))
      from = settled
      if (conversation.body === body) conversation.hashed = { state: state.copy(), upTo: settled }
    }
    return digest = state.update(body.subarray(from)).digest('hex')
  }
}
