// Writes application/vnd.amazon.eventstream messages, from the specification and on its own.
import { crc32 } from 'node:zlib'

const text = (name: string, value: string): Buffer => {
  const nameBytes = Buffer.from(name)
  const valueBytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(valueBytes.length)
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, Buffer.of(7), length, valueBytes])
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** One message with its two checksums. Headers that are buffers stand as they are, type and all. */
export const eventMessage = (headers: Readonly<Record<string, string>> | Buffer, payload: string | Buffer): Buffer => {
  const head = Buffer.isBuffer(headers) ? headers : Buffer.concat(Object.entries(headers).map(([name, value]) => text(name, value)))
  const body = Buffer.from(payload)
  const sizes = Buffer.concat([word(12 + head.length + body.length + 4), word(head.length)])
  const all = Buffer.concat([sizes, word(crc32(sizes)), head, body])
  return Buffer.concat([all, word(crc32(all))])
}

/** An event of ConverseStream, or the `chunk` of InvokeModelWithResponseStream. */
export const event = (type: string, payload: object): Buffer =>
  eventMessage({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, JSON.stringify(payload))

/** A model's own event, as InvokeModelWithResponseStream wraps it; `p` is the padding against guessing by length. */
export const chunk = (said: string): Buffer => event('chunk', { bytes: Buffer.from(said).toString('base64'), p: 'abcdefghijkl'.slice(0, said.length % 12) })

export const exception = (type: string, message: string): Buffer =>
  eventMessage({ ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }, JSON.stringify({ message }))
