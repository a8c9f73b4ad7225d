// The hash chain: each line carries the SHA-256 of the line before it, so nothing in the middle can be changed, removed, added or moved unseen.
// What is hashed is the exact bytes of the line, never a re-serialised object.
import { hash } from 'node:crypto'
import { recordVersion } from './record.ts'

/** `prev` of a chain's first record. */
export const noPrev = '0'.repeat(64)

/** SHA-256 of a line without its newline, hex. */
export const hashLine = (line: string | Uint8Array): string => hash('sha256', line, 'hex')

/** The last record of a chain; `seq` is -1 and `hash` is `noPrev` before the first. */
export interface ChainEnd { readonly seq: number; readonly hash: string }

const blockBytes = 64

const padded = (key: Buffer, byte: number): Buffer => {
  const pad = Buffer.alloc(blockBytes, byte)
  key.forEach((value, at) => { pad[at] = value ^ byte })
  return pad
}

/**
 * HMAC-SHA-256 (RFC 2104) on the one-shot hash: createHmac takes several times as long, and the head is signed with each group of records.
 * @param key at most 64 bytes
 */
export const hmac = (key: Buffer, message: string): string => {
  const inner = hash('sha256', Buffer.concat([padded(key, 0x36), Buffer.from(message)]), 'buffer')
  return hash('sha256', Buffer.concat([padded(key, 0x5c), inner]), 'hex')
}

/** Signature over fields that hold no newline, hex. The purpose keeps a checkpoint's signature from passing for a head's. */
export const seal = (key: Buffer, purpose: 'checkpoint' | 'head', fields: readonly (string | number)[]): string =>
  hmac(key, `${purpose}\n${fields.join('\n')}`)

/** Appends to a chain in memory. `end` can be put back when the lines could not be written. */
export class ChainWriter {
  readonly chain: string
  end: ChainEnd
  readonly #prefix: string
  readonly #idPrefix: string

  constructor(chain: string, instance: string, end: ChainEnd) {
    this.chain = chain
    this.end = end
    this.#prefix = `{"v":"${recordVersion}","chain":${JSON.stringify(chain)},"instance":${JSON.stringify(instance)},"seq":`
    this.#idPrefix = `,"id":"${chain}-`
  }

  /** @param body JSON text of a non-empty object: the record without its header. @returns the line without newline */
  next(time: string, body: string): string {
    const seq = this.end.seq + 1
    const line = `${this.#prefix}${seq}${this.#idPrefix}${seq}","prev":"${this.end.hash}","time":"${time}",${body.slice(1)}`
    this.end = { seq, hash: hashLine(line) }
    return line
  }

  /** A checkpoint for the record that comes next. */
  checkpoint(time: string, key: Buffer): string {
    const mac = seal(key, 'checkpoint', [this.chain, this.end.seq + 1, this.end.hash, time])
    return this.next(time, JSON.stringify({ phase: 'checkpoint', mac }))
  }
}
