// application/vnd.amazon.eventstream, the binary framing of AWS streams (Smithy, "Amazon Event Stream Specification"), pure: bytes in,
// whole messages out. Any chunking of the same bytes gives the same messages; a checksum that does not fit ends the stream.
import { crc32 } from 'node:zlib'
import { Failure } from '../../exchange/failure.ts'

export interface EventMessage {
  /** Headers whose values are text; no other kind means anything to a model's stream. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Buffer
}

/** Total length, length of the headers, checksum of the two. */
const preludeLength = 12
const checksumLength = 4
/** The specification's own bounds: 128 KiB of headers, 24 MiB of payload. */
const longestHeaders = 128 * 1024
const longestPayload = 24 * 1024 * 1024

const broken = (what: string): Failure => new Failure('upstream.protocol', `The upstream's event stream is broken: ${what}.`)

/** Bytes that a value of each fixed-size type takes: booleans, integers, timestamp, UUID. */
const sizes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }
const bytesType = 6
const textType = 7

const readHeaders = (bytes: Buffer): Record<string, string> => {
  const headers: Record<string, string> = {}
  let at = 0
  /** Moves on, and says where it was. */
  const take = (length: number): number => {
    const start = at
    at += length
    if (at > bytes.length) throw broken('a header is longer than the headers')
    return start
  }
  while (at < bytes.length) {
    const nameLength = bytes.readUInt8(take(1))
    const name = bytes.toString('utf8', take(nameLength), at)
    const type = bytes.readUInt8(take(1))
    if (type === bytesType || type === textType) {
      const length = bytes.readUInt16BE(take(2))
      const start = take(length)
      if (type === textType) headers[name] = bytes.toString('utf8', start, at)
      continue
    }
    const size = sizes[type]
    if (size === undefined) throw broken('a header has an unknown type')
    take(size)
  }
  return headers
}

export interface EventStreamLimits { readonly maxPayload: number }

export class EventStreamSplitter {
  readonly #maxPayload: number
  #chunks: Buffer[] = []
  #size = 0
  /** Bytes that the next step takes: a prelude, or a whole message. Nothing is put together before they are there. */
  #wanted = preludeLength

  constructor(limits: EventStreamLimits = { maxPayload: longestPayload }) { this.#maxPayload = limits.maxPayload }

  /** True while something is kept that belongs to a message that is not whole yet. */
  get midMessage(): boolean { return this.#size > 0 }

  /** Takes a chunk and returns the messages that it completes. @throws Failure upstream.protocol */
  push(chunk: Buffer): readonly EventMessage[] {
    if (chunk.length === 0) return []
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#wanted) return []
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const messages: EventMessage[] = []
    for (;;) {
      this.#wanted = bytes.length < preludeLength ? preludeLength : this.#lengthOf(bytes)
      if (bytes.length < this.#wanted) break
      messages.push(this.#message(bytes.subarray(0, this.#wanted)))
      bytes = bytes.subarray(this.#wanted)
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes]
    this.#size = bytes.length
    return messages
  }

  /** The length that a prelude tells, once its checksum has been seen to fit: it decides how much is kept. */
  #lengthOf(bytes: Buffer): number {
    const total = bytes.readUInt32BE(0)
    const headersLength = bytes.readUInt32BE(4)
    if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw broken('the checksum of a prelude does not fit')
    const payload = total - headersLength - preludeLength - checksumLength
    if (payload < 0 || headersLength > longestHeaders || payload > this.#maxPayload) throw broken(`a message of ${total} bytes`)
    return total
  }

  #message(bytes: Buffer): EventMessage {
    const end = bytes.length - checksumLength
    if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) throw broken('the checksum of a message does not fit')
    const payloadStart = preludeLength + bytes.readUInt32BE(4)
    return { headers: readHeaders(bytes.subarray(preludeLength, payloadStart)), payload: bytes.subarray(payloadStart, end) }
  }
}
