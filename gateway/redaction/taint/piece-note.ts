// A piece of a labelled text as it is kept: what is said of the text, and the hashes of the piece, seven bytes each.
import { sensitivities, type Labels } from '../../exchange/labels.ts'

export interface NotedPiece {
  readonly labels: Labels
  readonly origin: string | null
  /** Different runs of the whole text that have to be found. */
  readonly needed: 1 | 2
  readonly hashes: readonly number[]
}

const hashBytes = 7
const low = 0x1_0000_0000

const lengthBytes = 4

/** @returns length of the head, the head as JSON, hashes */
export const writePiece = ({ hashes, labels, needed, origin }: NotedPiece): Buffer => {
  const head = Buffer.from(JSON.stringify([labels.labels, labels.sensitivity, origin, needed]))
  const out = Buffer.allocUnsafe(lengthBytes + head.length + hashes.length * hashBytes)
  out.writeUInt32LE(head.length, 0)
  head.copy(out, lengthBytes)
  let at = lengthBytes + head.length
  for (const hash of hashes) {
    out.writeUInt32LE(hash % low, at)
    out.writeUIntLE(Math.floor(hash / low), at + 4, 3)
    at += hashBytes
  }
  return out
}

/** Null for what an other version wrote. */
export const readPiece = (body: Buffer): NotedPiece | null => {
  const length = body.length < lengthBytes ? 0 : body.readUInt32LE(0)
  const from = lengthBytes + length
  if (length === 0 || from > body.length || (body.length - from) % hashBytes !== 0) return null
  try {
    const [labels, sensitivity, origin, needed] = JSON.parse(body.toString('utf8', lengthBytes, from)) as [readonly string[], string, string | null, number]
    const known = sensitivities.find(one => one === sensitivity)
    if (known === undefined || !Array.isArray(labels)) return null
    const hashes: number[] = []
    for (let at = from; at < body.length; at += hashBytes) hashes.push(body.readUIntLE(at + 4, 3) * low + body.readUInt32LE(at))
    return { labels: { labels, sensitivity: known }, origin, needed: needed === 2 ? 2 : 1, hashes }
  } catch {
    return null
  }
}
