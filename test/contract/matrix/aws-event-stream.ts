// Frames of application/vnd.amazon.eventstream around the events of a transcript, one JSON a line: {"contentBlockDelta": {…}}. Exceptions are
// {"throttlingException": {…}}. (AWS documentation, "Event stream encoding".)
import { crc32 } from 'node:zlib'

const header = (name: string, value: string): Buffer => {
  const [key, text] = [Buffer.from(name), Buffer.from(value)]
  const size = Buffer.alloc(2)
  size.writeUInt16BE(text.length)
  // 7: the value is a string.
  return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([7]), size, text])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const preludeAndCrcs = 16

const frame = (type: string, payload: Buffer): Buffer => {
  const isException = type.endsWith('Exception')
  const headers = Buffer.concat([header(isException ? ':exception-type' : ':event-type', type), header(':content-type', 'application/json'), header(':message-type', isException ? 'exception' : 'event')])
  const prelude = Buffer.concat([uint32(preludeAndCrcs + headers.length + payload.length), uint32(headers.length)])
  const head = Buffer.concat([prelude, uint32(crc32(prelude)), headers, payload])
  return Buffer.concat([head, uint32(crc32(head))])
}

export const framesOf = (lines: string): Buffer => Buffer.concat(lines.split('\n').filter(line => line !== '').flatMap(line =>
  Object.entries(JSON.parse(line) as Record<string, unknown>).map(([type, payload]) => frame(type, Buffer.from(JSON.stringify(payload))))))
