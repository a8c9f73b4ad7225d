// Labelled texts of all owners in pieces: eviction is in equal steps, however long texts are. Whoever holds most gives up its oldest.
import { FairMap } from '../../exchange/fair-map.ts'
import { covers, type About } from './about.ts'
import { OwnerIndex, type Source } from './owner-index.ts'

interface Piece { readonly source: Source<About>; readonly hashes: readonly number[]; readonly of: string; /** The first of its source. */ readonly isFirst: boolean }

const hashesPerPiece = 256
const piecesPerText = 1024

const keyOf = (owner: string, digest: string, part: number): string => `${owner}/${digest} ${part}`

export class TextPieces {
  readonly #most: number
  readonly #owners = new Map<string, OwnerIndex<About>>()
  readonly #pieces: FairMap<Piece>

  /** @param most pieces of all owners together */
  constructor(most: number) {
    this.#most = most
    // Its own eviction comes first: the index has to hear of it.
    this.#pieces = new FairMap(most + 1)
  }

  indexOf(owner: string): OwnerIndex<About> | undefined { return this.#owners.get(owner) }

  /** What a text is kept as. Pieces that came in notes may belong to different sources. */
  sourceOf(owner: string, digest: string, part = 0): Source<About> | undefined { return this.#pieces.get(keyOf(owner, digest, part))?.source }

  /** Hashes of a text, as far as they are kept, by piece. */
  cut(hashes: readonly number[]): (readonly number[])[] {
    const pieces = Math.min(piecesPerText, this.#most, Math.ceil(hashes.length / hashesPerPiece))
    return Array.from({ length: pieces }, (_, part) => hashes.slice(part * hashesPerPiece, (part + 1) * hashesPerPiece))
  }

  /** In the place of what is kept of the text. */
  replace(owner: string, source: Source<About>, pieces: readonly (readonly number[])[]): void {
    this.dropText(owner, source.about.digest)
    for (const [part, hashes] of pieces.entries()) this.put(owner, source, part, hashes)
  }

  put(owner: string, source: Source<About>, part: number, hashes: readonly number[]): void {
    const key = keyOf(owner, source.about.digest, part)
    this.#drop(key)
    while (this.#pieces.size >= this.#most) this.#evict()
    let index = this.#owners.get(owner)
    if (index === undefined) this.#owners.set(owner, index = new OwnerIndex<About>(covers))
    const isFirst = source.born < 0
    index.add(source, hashes)
    this.#pieces.put(owner, key, { source, hashes, of: owner, isFirst })
  }

  /** Moves a text to the young end. @returns how many pieces it has */
  moved(owner: string, digest: string): number {
    const parts = this.#partsOf(owner, digest)
    for (const [key, piece] of parts) this.#pieces.put(owner, key, piece)
    return parts.length
  }

  hashesOf(owner: string, digest: string): (readonly number[])[] { return this.#partsOf(owner, digest).map(([, { hashes }]) => hashes) }

  dropText(owner: string, digest: string): void { for (let part = 0; this.#drop(keyOf(owner, digest, part)); part += 1); }

  /** Drops what is over from the old end. */
  expire(owner: string, isOver: (source: Source<About>) => boolean): void {
    for (const [key, { source }] of this.#pieces.of(owner)) {
      if (!isOver(source)) return
      this.#drop(key)
    }
  }

  /** A session was forgotten: what no other returned goes. */
  forget(owner: string, mark: string): void {
    const gone: string[] = []
    for (const [key, { source }] of this.#pieces.of(owner)) {
      const { marks } = source.about
      if (marks.delete(mark) && marks.size === 0) source.addedAt = -Infinity
      if (source.addedAt === -Infinity) gone.push(key)
    }
    for (const key of gone) this.#drop(key)
  }

  #partsOf(owner: string, digest: string): (readonly [key: string, piece: Piece])[] {
    const parts: (readonly [string, Piece])[] = []
    for (;;) {
      const key = keyOf(owner, digest, parts.length)
      const piece = this.#pieces.get(key)
      if (piece === undefined) return parts
      parts.push([key, piece])
    }
  }

  #evict(): void {
    for (const [key] of this.#pieces.ofHeaviest()) {
      this.#drop(key)
      return
    }
  }

  #drop(key: string): boolean {
    const piece = this.#pieces.get(key)
    if (piece === undefined) return false
    this.#pieces.delete(key)
    if (piece.isFirst) piece.source.isGone = true
    const index = this.#owners.get(piece.of)
    index?.drop(piece.source, piece.hashes)
    if (index?.isEmpty === true) this.#owners.delete(piece.of)
    return true
  }
}
