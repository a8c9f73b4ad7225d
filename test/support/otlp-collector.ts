// An OTLP receiver for tests: takes traces over http/protobuf and decodes them with its own reader of the wire format (opentelemetry-proto,
// trace/v1), so that what is asserted is what a real collector would see. It never accepts what the protocol does not allow.
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { CleansUp } from './scratch-folder.ts'

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const statusCodes = ['unset', 'ok', 'error'] as const

export interface CollectedLink { readonly traceId: string; readonly spanId: string; readonly attributes: Readonly<Record<string, unknown>> }

export interface CollectedSpan {
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
  /** Null for a root span. */
  readonly parentSpanId: string | null
  readonly name: string
  readonly kind: (typeof kinds)[number]
  /** Nanoseconds since the epoch. */
  readonly startNs: bigint
  readonly endNs: bigint
  /** Whole numbers come as number, too. */
  readonly attributes: Readonly<Record<string, unknown>>
  readonly statusCode: (typeof statusCodes)[number]
  readonly statusMessage: string
  readonly links: readonly CollectedLink[]
  /** Attributes of the resource. */
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: { readonly name: string; readonly version: string }
}

export interface OtlpCollector {
  /** Base URL, as it is configured: the path /v1/traces is the exporter's to add. */
  readonly url: string
  /** Everything accepted so far, in order of arrival. */
  readonly spans: CollectedSpan[]
  /** Headers of every request, refused ones included. */
  readonly requests: IncomingHttpHeaders[]
  /** Why requests were refused that `failNext` did not order. A test of a sender wants it empty. */
  readonly faults: string[]
  /** Resolves with all spans as soon as there are so many, or the predicate holds. @throws when the time is over */
  waitForSpans(until: number | ((spans: readonly CollectedSpan[]) => boolean), timeoutMs?: number): Promise<readonly CollectedSpan[]>
  /** Answers the next requests with this status and takes nothing from them. */
  failNext(status: number, times?: number): void
  close(): Promise<void>
}

// --- wire format: https://protobuf.dev/programming-guides/encoding/

/** A varint or a fixed number as bigint, everything with a length as bytes. */
type Wire = bigint | Buffer
type Message = ReadonlyMap<number, readonly Wire[]>

const readVarint = (bytes: Buffer, from: number): { value: bigint; next: number } => {
  let value = 0n
  for (let at = from, shift = 0n; shift < 70n; at += 1, shift += 7n) {
    const byte = bytes[at]
    if (byte === undefined) throw new Error('a varint ends too early')
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: at + 1 }
  }
  throw new Error('a varint is longer than ten bytes')
}

const slice = (bytes: Buffer, from: number, length: number): Buffer => {
  if (from + length > bytes.length) throw new Error('a field ends too early')
  return bytes.subarray(from, from + length)
}

const readValue = (bytes: Buffer, wireType: number, at: number): { value: Wire; next: number } => {
  if (wireType === 0) return readVarint(bytes, at)
  if (wireType === 1) return { value: slice(bytes, at, 8).readBigUInt64LE(), next: at + 8 }
  if (wireType === 5) return { value: BigInt(slice(bytes, at, 4).readUInt32LE()), next: at + 4 }
  if (wireType !== 2) throw new Error(`wire type ${wireType} is not used by proto3`)
  const length = readVarint(bytes, at)
  return { value: slice(bytes, length.next, Number(length.value)), next: length.next + Number(length.value) }
}

const readMessage = (bytes: Buffer): Message => {
  const fields = new Map<number, Wire[]>()
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    const { value, next } = readValue(bytes, Number(tag.value & 7n), tag.next)
    const field = Number(tag.value >> 3n)
    fields.set(field, [...fields.get(field) ?? [], value])
    at = next
  }
  return fields
}

const bytesOf = (value: Wire | undefined): Buffer => {
  if (typeof value === 'bigint') throw new Error('a number stands where bytes belong')
  return value ?? Buffer.alloc(0)
}

// A field that is not repeated and comes twice: the last one counts.
const bytesAt = (message: Message, field: number): Buffer => bytesOf(message.get(field)?.at(-1))
const textAt = (message: Message, field: number): string => bytesAt(message, field).toString()
const hexAt = (message: Message, field: number): string => bytesAt(message, field).toString('hex')
const numberAt = (message: Message, field: number): bigint => {
  const value = message.get(field)?.at(-1) ?? 0n
  if (typeof value !== 'bigint') throw new Error('bytes stand where a number belongs')
  return value
}
const messagesAt = (message: Message, field: number): Message[] => (message.get(field) ?? []).map(value => readMessage(bytesOf(value)))

// --- opentelemetry/proto/{common,resource,trace}/v1

const doubleOf = (bits: bigint): number => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(bits)
  return bytes.readDoubleLE()
}

/** AnyValue is a oneof: the one field that is there. */
const anyValue = (message: Message): unknown => {
  const [field] = message.keys()
  switch (field) {
    case 1: return textAt(message, 1)
    case 2: return numberAt(message, 2) !== 0n
    case 3: return Number(BigInt.asIntN(64, numberAt(message, 3)))
    case 4: return doubleOf(numberAt(message, 4))
    case 5: return messagesAt(readMessage(bytesAt(message, 5)), 1).map(anyValue)
    case 6: return attributesAt(readMessage(bytesAt(message, 6)), 1)
    case 7: return bytesAt(message, 7)
    default: return null
  }
}

const attributesAt = (message: Message, field: number): Record<string, unknown> =>
  Object.fromEntries(messagesAt(message, field).map(pair => [textAt(pair, 1), anyValue(readMessage(bytesAt(pair, 2)))]))

const idAt = (message: Message, field: number, byteLength: number): string => {
  const id = hexAt(message, field)
  if (id.length !== 2 * byteLength) throw new Error(`an id has ${id.length / 2} bytes instead of ${byteLength}`)
  return id
}

const readSpan = (span: Message, origin: Pick<CollectedSpan, 'resource' | 'scope'>): CollectedSpan => {
  const status = readMessage(bytesAt(span, 15))
  return {
    traceId: idAt(span, 1, 16), spanId: idAt(span, 2, 8), parentSpanId: span.has(4) ? hexAt(span, 4) || null : null,
    name: textAt(span, 5), kind: kinds[Number(numberAt(span, 6))] ?? 'unspecified', startNs: numberAt(span, 7), endNs: numberAt(span, 8),
    attributes: attributesAt(span, 9), statusCode: statusCodes[Number(numberAt(status, 3))] ?? 'unset', statusMessage: textAt(status, 2),
    links: messagesAt(span, 13).map(link => ({ traceId: idAt(link, 1, 16), spanId: idAt(link, 2, 8), attributes: attributesAt(link, 4) })),
    ...origin,
  }
}

/** Decodes an ExportTraceServiceRequest. @throws when the bytes are not one */
export const readTraces = (bytes: Buffer): CollectedSpan[] =>
  messagesAt(readMessage(bytes), 1).flatMap(resourceSpans => {
    const resource = attributesAt(readMessage(bytesAt(resourceSpans, 1)), 1)
    return messagesAt(resourceSpans, 2).flatMap(scopeSpans => {
      const scope = readMessage(bytesAt(scopeSpans, 1))
      return messagesAt(scopeSpans, 2).map(span => readSpan(span, { resource, scope: { name: textAt(scope, 1), version: textAt(scope, 2) } }))
    })
  })

// --- the receiver

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const received = async (request: IncomingMessage): Promise<CollectedSpan[]> => {
  const body = await buffer(request)
  if (request.method !== 'POST' || request.url !== '/v1/traces') throw new Refused(404, `${String(request.method)} ${String(request.url)}`)
  if (request.headers['content-type'] !== 'application/x-protobuf') throw new Refused(415, `content-type ${String(request.headers['content-type'])}`)
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'gzip') throw new Refused(415, `content-encoding ${encoding}`)
  try {
    return readTraces(encoding === 'gzip' ? gunzipSync(body) : body)
  } catch (thrown) {
    throw new Refused(400, (thrown as Error).message)
  }
}

class Collector implements OtlpCollector {
  readonly spans: CollectedSpan[] = []
  readonly requests: IncomingHttpHeaders[] = []
  readonly faults: string[] = []
  readonly #failures: number[] = []
  readonly #waiting = new Set<() => void>()
  readonly #server = createServer((request, response) => {
    this.#status(request).then(
      status => { response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end() },
      // A sender that leaves in the middle: it has nobody left to answer to.
      () => { response.destroy() },
    )
  })

  get url(): string { return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => { this.#server.once('error', reject).listen(0, '127.0.0.1', resolve) })
  }

  failNext(status: number, times = 1): void { this.#failures.push(...Array.from({ length: times }, () => status)) }

  waitForSpans(until: number | ((spans: readonly CollectedSpan[]) => boolean), timeoutMs = 10_000): Promise<readonly CollectedSpan[]> {
    const enough = typeof until === 'number' ? () => this.spans.length >= until : () => until(this.spans)
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!enough()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(this.spans)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        const names = this.spans.map(span => span.name).join(', ')
        reject(new Error(`still not the spans that were waited for after ${timeoutMs} ms; there are ${this.spans.length}: ${names}. Refused: ${this.faults.join('; ')}`))
      }, timeoutMs)
      this.#waiting.add(look)
      look()
    })
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => { resolve() })
      this.#server.closeAllConnections()
    })
  }

  async #status(request: IncomingMessage): Promise<number> {
    this.requests.push(request.headers)
    const ordered = this.#failures.shift()
    if (ordered !== undefined) {
      await buffer(request)
      return ordered
    }
    try {
      this.spans.push(...await received(request))
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      this.faults.push(thrown.message)
      return thrown.status
    }
    for (const look of [...this.#waiting]) look()
    return 200
  }
}

/** Starts a receiver on loopback; it is closed after the test. */
export const startOtlpCollector = async (test: CleansUp): Promise<OtlpCollector> => {
  const collector = new Collector()
  await collector.listen()
  test.after(() => collector.close())
  return collector
}
