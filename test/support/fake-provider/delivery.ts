// Puts a response on the wire the way a script asks: late, slowly, in odd pieces, or only in part. It never changes the bytes it does send.
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, ProviderError } from './reply.ts'

export interface Wire {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** One element for a whole body; one per event for a stream. */
  readonly parts: readonly (string | Buffer)[]
  readonly stream: boolean
  readonly errorEvent: (error: ProviderError) => string
}

const partsToSend = (wire: Wire, { cutAfterEvents, errorAfterEvents }: Delivery): readonly (string | Buffer)[] => {
  if (!wire.stream) return wire.parts
  if (errorAfterEvents !== undefined) return [...wire.parts.slice(0, errorAfterEvents.events), wire.errorEvent(errorAfterEvents.error)]
  return cutAfterEvents === undefined ? wire.parts : wire.parts.slice(0, cutAfterEvents)
}

/** Unpaced, everything is one packet, so that pieces run across event borders. */
const packetsOf = (wire: Wire, delivery: Delivery): Buffer[] => {
  const buffers = partsToSend(wire, delivery).map(part => Buffer.from(part))
  return delivery.eventDelayMs === undefined ? [Buffer.concat(buffers)] : buffers
}

/** Cuts buffers into pieces of the given sizes, in turn, without regard for what they hold. */
const piecesOf = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  if (sizes.length === 0) return bytes.length === 0 ? [] : [bytes]
  const pieces: Buffer[] = []
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = start + Math.max(1, sizes[turn % sizes.length] ?? 1)
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

// A function, because the answer changes while we wait.
const isGone = (response: ServerResponse): boolean => response.destroyed || response.writableEnded

const write = (response: ServerResponse, piece: Buffer): Promise<void> => new Promise(resolve => {
  if (isGone(response)) {
    resolve()
    return
  }
  // The callback also fires with an error when the caller left: then there is nobody to write to, which is no failure of ours.
  response.write(piece, () => { setImmediate(resolve) })
})

export interface Shipment {
  readonly wire: Wire
  readonly delivery: Delivery
  /** Destroys the connection on our side. */
  readonly hangUp: () => void
}

/** Sends the response, and resolves when the last byte was handed over or the caller has gone. */
export const deliver = async (response: ServerResponse, { wire, delivery, hangUp }: Shipment): Promise<void> => {
  if (delivery.headDelayMs !== undefined) await sleep(delivery.headDelayMs)
  if (isGone(response)) return
  const length = wire.stream ? {} : { 'content-length': String(wire.parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)) }
  response.writeHead(wire.status, { ...length, ...wire.headers, ...delivery.headers })
  response.flushHeaders()
  const cutAt = delivery.cutAfterBytes ?? Number.POSITIVE_INFINITY
  let sent = 0
  for (const [index, bytes] of packetsOf(wire, delivery).entries()) {
    if (index > 0) await sleep(delivery.eventDelayMs)
    for (const piece of piecesOf(bytes.subarray(0, cutAt - sent), delivery.chunkBytes ?? [])) await write(response, piece)
    sent += bytes.length
    if (sent >= cutAt || isGone(response)) break
  }
  if (delivery.cutAfterBytes !== undefined || (wire.stream && delivery.cutAfterEvents !== undefined)) hangUp()
  else response.end()
}
