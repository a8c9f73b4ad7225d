// Server-sent events framing (WHATWG HTML, section 9.2), pure: bytes in, whole frames out. It must never lose or change a character:
// the frames' raw texts plus what end() returns are the input.
import { isAscii } from 'node:buffer'
import { Failure } from './failure.ts'

export interface SseFrame {
  /** Exact text, with its terminating blank line and, in the first frame, a byte order mark. */
  readonly raw: string
  readonly event: string | null
  /** Data lines joined by "\n"; null where the frame has none (a comment, a stray blank line). */
  readonly data: string | null
  readonly id: string | null
}

export interface SseLimits {
  /** Longest frame in UTF-16 units; a longer one is not buffered but fails. */
  readonly maxFrameLength: number
}

const defaultLimits: SseLimits = { maxFrameLength: 16 * 1024 * 1024 }

const byteOrderMark = '\ufeff'
const lastAscii = 0x7f

interface Fields { event: string | null; data: string | null; id: string | null }

const readField = (line: string, fields: Fields): void => {
  const colon = line.indexOf(':')
  const name = colon === -1 ? line : line.slice(0, colon)
  if (name !== 'data' && name !== 'event' && name !== 'id') return
  const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
  if (name === 'data') fields.data = fields.data === null ? value : `${fields.data}\n${value}`
  else if (name === 'event') fields.event = value
  else if (!value.includes('\0')) fields.id = value
}

/** Fields are read when somebody asks: most frames of a passed-through stream are never looked into. */
class Frame implements SseFrame {
  readonly raw: string
  readonly #first: boolean
  #fields: Fields | undefined

  constructor(raw: string, first: boolean) {
    this.raw = raw
    this.#first = first
  }

  get event(): string | null { return this.#read().event }
  get data(): string | null { return this.#read().data }
  get id(): string | null { return this.#read().id }

  #read(): Fields {
    if (this.#fields !== undefined) return this.#fields
    const fields: Fields = { event: null, data: null, id: null }
    const text = this.#first && this.raw.startsWith(byteOrderMark) ? this.raw.slice(1) : this.raw
    for (const line of text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')) readField(line, fields)
    return this.#fields = fields
  }
}

/** Cuts a byte stream into frames. Any chunking of the same bytes gives the same frames. */
export class SseSplitter {
  readonly #maxFrameLength: number
  // A decoder that keeps byte order marks (the frames must add up to the input) and replaces invalid bytes, as the standard says.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** True while the decoder may hold the first bytes of a character. */
  #midCharacter = false
  #first = true
  #pending = ''
  /** Start of the line in #pending that has not been seen whole. */
  #lineStart = 0
  /** How far that line was searched for its end. */
  #searched = 0
  #sawCarriageReturn = false

  constructor(limits: SseLimits = defaultLimits) { this.#maxFrameLength = limits.maxFrameLength }

  /** True while something is kept that belongs to a frame that is not whole yet. */
  get midFrame(): boolean { return this.#pending.length > 0 || this.#midCharacter }

  /**
   * Takes a chunk and returns the frames that it completes.
   * @throws Failure upstream.protocol when a frame is longer than the limit.
   */
  push(chunk: Buffer | string): readonly SseFrame[] {
    const text = typeof chunk === 'string' ? chunk : this.#decode(chunk)
    if (text.length === 0) return []
    this.#sawCarriageReturn ||= text.includes('\r')
    this.#pending = this.#pending.length === 0 ? text : this.#pending + text
    const frames = this.#sawCarriageReturn ? this.#cutAnyLine() : this.#cutLineFeeds()
    if (this.#pending.length > this.#maxFrameLength) this.#refuse()
    return frames
  }

  /**
   * Ends the stream: returns the text behind the last whole frame ("" for a stream that ended cleanly). A frame whose blank line is a
   * lone carriage return at the very end counts as unfinished.
   */
  end(): string {
    const rest = this.#pending + (this.#midCharacter ? this.#decoder.decode() : '')
    this.#pending = ''
    this.#lineStart = this.#searched = 0
    this.#midCharacter = false
    return rest
  }

  #decode(chunk: Buffer): string {
    if (chunk.length === 0) return ''
    if (!this.#midCharacter && isAscii(chunk)) return chunk.toString('latin1')
    this.#midCharacter = (chunk[chunk.length - 1] ?? 0) > lastAscii
    return this.#decoder.decode(chunk, { stream: true })
  }

  #cutLineFeeds(): SseFrame[] {
    const frames: SseFrame[] = []
    let start = 0
    for (;;) {
      const end = this.#pending.indexOf('\n', this.#searched)
      if (end === -1) break
      if (end === this.#lineStart) {
        frames.push(this.#frame(start, end + 1))
        start = end + 1
      }
      this.#lineStart = this.#searched = end + 1
    }
    return this.#keep(start, this.#pending.length, frames)
  }

  #cutAnyLine(): SseFrame[] {
    const frames: SseFrame[] = []
    const text = this.#pending
    const lineEnd = /\r\n|\n|\r/g
    lineEnd.lastIndex = this.#searched
    let start = 0
    for (;;) {
      const match = lineEnd.exec(text)
      // A carriage return at the very end may be half of a CRLF: wait, or the frames would depend on the chunks.
      if (match === null || (match[0] === '\r' && lineEnd.lastIndex === text.length)) break
      if (match.index === this.#lineStart) {
        frames.push(this.#frame(start, lineEnd.lastIndex))
        start = lineEnd.lastIndex
      }
      this.#lineStart = lineEnd.lastIndex
    }
    return this.#keep(start, text.endsWith('\r') ? text.length - 1 : text.length, frames)
  }

  #keep(start: number, searched: number, frames: SseFrame[]): SseFrame[] {
    this.#pending = this.#pending.slice(start)
    this.#lineStart -= start
    this.#searched = Math.max(searched - start, this.#lineStart)
    return frames
  }

  #frame(start: number, end: number): SseFrame {
    if (end - start > this.#maxFrameLength) this.#refuse()
    const first = this.#first
    this.#first = false
    return new Frame(this.#pending.slice(start, end), first)
  }

  #refuse(): never {
    throw new Failure('upstream.protocol', `The upstream sent an event longer than ${this.#maxFrameLength} characters.`)
  }
}
