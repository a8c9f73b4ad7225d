// A document that was read in pieces: the elements of its outermost lists by themselves, some of them for an earlier document, and the frame
// around them with a stand-in of one character for each. To whoever asks it is one document like any other.
import type { JsonDocument, Member, Passage, SourceBytes, Span, StringLeaf } from '../../exchange/document.ts'
import type { ByteRange } from './cut-body.ts'
import type { ListPlace, ReadDocument } from './read-json.ts'

type Path = readonly (string | number)[]

/** One piece, and where it belongs. */
export interface Piece extends ByteRange, ListPlace {
  readonly part: JsonDocument
  /** Offset of its stand-in in the frame. */
  readonly standIn: number
}

/** A piece with its place in the text. */
interface Placed extends Piece { readonly from: number; readonly to: number }

/** A leaf of a part or of the frame, as the document has it. */
class MovedLeaf implements StringLeaf {
  readonly form: StringLeaf['form']
  readonly start: number
  readonly end: number
  readonly key: string | null
  readonly #leaf: StringLeaf
  readonly #before: Path
  #path: Path | undefined

  constructor(leaf: StringLeaf, [start, end]: readonly [number, number], before: Path) {
    this.form = leaf.form
    this.start = start
    this.end = end
    this.key = leaf.key
    this.#leaf = leaf
    this.#before = before
  }

  get value(): string { return this.#leaf.value }
  get path(): Path { return this.#path ??= [...this.#before, ...this.#leaf.path] }
}

/** Most parts stand where they stood before, and their leaves are there already. */
const lastPlace = new WeakMap<JsonDocument, { readonly from: number; readonly index: number; readonly leaves: readonly StringLeaf[] }>()

const leavesOf = ({ from, index, list, part }: Placed): readonly StringLeaf[] => {
  const last = lastPlace.get(part)
  if (last?.from === from && last.index === index) return last.leaves
  const before = [list, index]
  const leaves = part.strings.map(leaf => new MovedLeaf(leaf, [leaf.start + from, leaf.end + from], before))
  lastPlace.set(part, { from, index, leaves })
  return leaves
}

export class PiecedDocument implements JsonDocument {
  readonly value: unknown
  readonly length: number
  readonly source: SourceBytes
  readonly #frame: ReadDocument
  readonly #bytes: Buffer
  readonly #pieces: readonly Placed[]
  readonly #lists = new Map<string, Placed[]>()
  #text: string | undefined
  #strings: StringLeaf[] | undefined
  #passages: Passage[] | undefined

  /** @param pieces in order; each stands in the frame where its `standIn` says, as the element that `list` and `index` say */
  constructor(frame: ReadDocument, bytes: Buffer, pieces: readonly Piece[]) {
    this.#frame = frame
    this.#bytes = bytes
    let longer = 0
    this.#pieces = pieces.map(piece => {
      const from = piece.standIn + longer
      longer += piece.part.length - 1
      return { ...piece, from, to: from + piece.part.length }
    })
    this.length = frame.length + longer
    for (const piece of this.#pieces) {
      const list = this.#lists.get(piece.list)
      if (list === undefined) this.#lists.set(piece.list, [piece])
      else list.push(piece)
    }
    this.value = filled(frame.value, this.#pieces)
    const isAscii = this.length === bytes.length
    this.source = { bytes, at: offset => isAscii ? offset : this.#byteAt(offset) }
  }

  get outside(): string { return this.#frame.text }

  get text(): string { return this.#text ??= this.#bytes.toString('utf8') }

  get strings(): readonly StringLeaf[] {
    this.#collect()
    return this.#strings ?? []
  }

  get passages(): readonly Passage[] {
    this.#collect()
    return this.#passages ?? []
  }

  locate(path: Path): Span | undefined {
    const piece = this.#pieceAt(path)
    if (piece === undefined) {
      const span = this.#frame.locate(path)
      return span === undefined ? undefined : this.#moved(span)
    }
    const span = piece.part.locate(path.slice(2))
    return span === undefined ? undefined : { start: span.start + piece.from, end: span.end + piece.from }
  }

  members(path: Path): readonly Member[] {
    const piece = this.#pieceAt(path)
    if (piece === undefined) return this.#frame.members(path).map(member => ({ key: member.key, ...this.#moved(member) }))
    return piece.part.members(path.slice(2)).map(({ end, key, start }) => ({ key, start: start + piece.from, end: end + piece.from }))
  }

  #pieceAt([list, index]: Path): Placed | undefined {
    if (typeof list !== 'string' || typeof index !== 'number') return undefined
    const pieces = this.#lists.get(list)
    if (pieces === undefined) return undefined
    // Nearly always every element is a piece.
    if (pieces[index]?.index === index) return pieces[index]
    return pieces[firstWhere(pieces, piece => piece.index >= index)]?.index === index ? pieces[firstWhere(pieces, piece => piece.index >= index)] : undefined
  }

  /** Of an offset of the frame. */
  #offset(offset: number): number {
    const before = this.#pieces[firstWhere(this.#pieces, ({ standIn }) => standIn >= offset) - 1]
    return before === undefined ? offset : before.to + offset - before.standIn - 1
  }

  #moved({ end, start }: Span): Span { return { start: this.#offset(start), end: this.#offset(end) } }

  #byteAt(offset: number): number {
    const before = this.#pieces[firstWhere(this.#pieces, ({ from }) => from > offset) - 1]
    if (before === undefined) return Buffer.byteLength(this.#frame.text.slice(0, offset))
    if (offset < before.to) return before.start + (offset === before.from ? 0 : Buffer.byteLength(before.part.text.slice(0, offset - before.from)))
    return before.end + (offset === before.to ? 0 : Buffer.byteLength(this.#frame.text.slice(before.standIn + 1, before.standIn + 1 + offset - before.to)))
  }

  #collect(): void {
    if (this.#strings !== undefined) return
    const strings: StringLeaf[] = []
    const passages: Passage[] = []
    const { strings: ofFrame } = this.#frame
    let next = 0
    const pushFrame = (until: number): void => {
      for (let leaf = ofFrame[next]; leaf !== undefined && leaf.start < until; leaf = ofFrame[next += 1]) strings.push(new MovedLeaf(leaf, [this.#offset(leaf.start), this.#offset(leaf.end)], []))
    }
    for (const piece of this.#pieces) {
      pushFrame(piece.standIn)
      passages.push({ start: piece.from, end: piece.to, part: piece.part, firstLeaf: strings.length })
      for (const leaf of leavesOf(piece)) strings.push(leaf)
    }
    pushFrame(Infinity)
    this.#strings = strings
    this.#passages = passages
  }
}

/** Index of the first element that it is true of, where it is true of all behind; the length where there is none. */
const firstWhere = <T>(sorted: readonly T[], isIt: (element: T) => boolean): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isIt(sorted[middle] as T)) high = middle
    else low = middle + 1
  }
  return low
}

/** The frame's value is nobody else's yet. */
const filled = (value: unknown, pieces: readonly Piece[]): unknown => {
  const lists = value as Record<string, unknown[]>
  for (const { index, list, part } of pieces) (lists[list] as unknown[])[index] = part.value
  return value
}
