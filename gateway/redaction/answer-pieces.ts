// Cuts what a model says into pieces that a remote detector is asked about while the answer goes on: whole sentences and lines, where the text has
// any. Where a piece ends depends on the text alone, so a stream has the same pieces as the whole text, however it arrives.
import { betweenCharacters } from './answer-window.ts'

/** Characters of a piece, at the least, unless the text ends; and at the most. */
export const pieceLength = { least: 200, most: 1000 } as const

/** A full stop behind a capitalised word that is no longer than this, or behind a single letter, may be one of an abbreviation: "Prof. Anna B. Muster". */
const longestAbbreviation = 5

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13

/** Does a sentence end with this sign, whatever follows? */
const endsAlone: ReadonlySet<string> = new Set(['\n', '。', '！', '？'])
const endsBeforeSpace: ReadonlySet<string> = new Set(['.', '!', '?', '…', ';', ':'])

const isAbbreviation = (text: string, end: number): boolean => {
  let start = end
  while (start > 0 && end - start <= longestAbbreviation && !isSpace(text.charCodeAt(start - 1)) && text[start - 1] !== '.') start -= 1
  const first = text.charAt(start)
  return end - start < 2 || (end - start <= longestAbbreviation && first !== first.toLowerCase())
}

/** Of JSON source: is the sign at this place the second one of an escape sequence? */
const isEscaped = (text: string, at: number): boolean => {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes += 1
  return backslashes % 2 === 1
}

export class PieceCutter {
  readonly #isSource: boolean
  readonly #most: number
  readonly #least: number
  #pending = ''
  /** How far no end of a piece was found. */
  #scanned = 0

  /** @param form of the text, as AnswerWindow takes it @param most characters of a piece */
  constructor(form: 'text' | 'json', most: number = pieceLength.most) {
    this.#isSource = form === 'json'
    this.#most = most
    this.#least = Math.min(pieceLength.least, Math.floor(most / 2))
  }

  /** The pieces that are complete now, in order. */
  push(delta: string): string[] {
    this.#pending += delta
    const pieces: string[] = []
    for (let end = this.#end(); end > 0; end = this.#end()) pieces.push(this.#take(end))
    return pieces
  }

  /** What is left, as a piece; "" where nothing is. */
  rest(): string { return this.#take(this.#pending.length) }

  #take(end: number): string {
    const piece = this.#pending.slice(0, end)
    this.#pending = this.#pending.slice(end)
    this.#scanned = 0
    return piece
  }

  #end(): number {
    const text = this.#pending
    const to = Math.min(text.length, this.#most)
    for (let at = Math.max(this.#least, this.#scanned); at < to; at += 1) if (this.#endsAt(at)) return at + 1
    this.#scanned = Math.max(this.#scanned, to)
    return text.length > this.#most ? this.#lastWord() : 0
  }

  #endsAt(at: number): boolean {
    const text = this.#pending
    const sign = text.charAt(at)
    if (endsAlone.has(sign)) return true
    // The space behind the sign is the last of its piece.
    if (isSpace(text.charCodeAt(at))) return endsBeforeSpace.has(text.charAt(at - 1)) && (text[at - 1] !== '.' || !isAbbreviation(text, at - 1))
    if (!this.#isSource) return false
    return (sign === 'n' && isEscaped(text, at)) || (sign === ',' && text[at - 1] === '"')
  }

  /** The end of the last word that fits, or as many characters as fit. */
  #lastWord(): number {
    const text = this.#pending
    for (let at = this.#most; at > this.#least; at -= 1) if (isSpace(text.charCodeAt(at - 1))) return at
    return Math.max(1, betweenCharacters(text, this.#most))
  }
}
