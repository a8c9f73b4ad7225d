// The head: a small file beside the log that names its last record, signed. A chain alone cannot show that its newest records are gone,
// nor that a record which anybody can chain was added behind them.
import { readFileSync, writeSync } from 'node:fs'
import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { seal, type ChainEnd } from './chain.ts'

export const headFile = 'audit.head'

const headSchema = z.strictObject({
  v: z.literal('audit-head/v1').describe('Schema of the head.'),
  chain: z.string().describe('Id of the chain.'),
  seq: z.number().int().describe('Last record.'),
  hash: z.string().describe('SHA-256 of the last line, hex.'),
  file: z.string().describe('File that holds the last record.'),
  time: z.string().describe('When the head was written, UTC.'),
  closed: z.boolean().describe('True when the log was closed in good order: no record may follow. False while it is written to, and after a crash.'),
  mac: z.string().describe('HMAC-SHA-256 with the audit key over the other fields.'),
})

export type Head = z.infer<typeof headSchema>

/** Wide enough for every head: written over itself in place, a shorter one must leave nothing of a longer one behind. */
export const headWidth = 512

const sealed = ({ chain, seq, hash, file, time, closed }: Omit<Head, 'v' | 'mac'>): (string | number)[] => [chain, seq, hash, file, time, closed ? 'closed' : 'open']

/** Text of a signed head, padded to a fixed width. */
export const headText = (chain: string, end: ChainEnd, place: { file: string; time: string; closed: boolean }, key: Buffer): string => {
  const mac = seal(key, 'head', sealed({ chain, ...end, ...place }))
  const text = `{"v":"audit-head/v1","chain":"${chain}","seq":${end.seq},"hash":"${end.hash}","file":"${place.file}","time":"${place.time}","closed":${place.closed},"mac":"${mac}"}`
  return `${text.padEnd(headWidth - 1)}\n`
}

/** Overwrites the head in place. @throws when the file cannot be written */
export const writeHead = (fd: number, text: string): void => { writeSync(fd, text, 0) }

export type HeadState = { readonly kind: 'absent' } | { readonly kind: 'unreadable' } | { readonly kind: 'forged'; readonly head: Head } | { readonly kind: 'good'; readonly head: Head }

const sameMac = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** @param mac as found @param key null: signatures are not checked */
export const sealHolds = (mac: string, key: Buffer | null, purpose: 'checkpoint' | 'head', fields: readonly (string | number)[]): boolean =>
  key === null || sameMac(mac, seal(key, purpose, fields))

const parsed = (text: string): Head | null => {
  try {
    return headSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Reads the head and checks its signature, where a key is given. */
export const readHead = (path: string, key: Buffer | null): HeadState => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' }
    throw thrown
  }
  const head = parsed(text)
  if (head === null) return { kind: 'unreadable' }
  return { kind: sealHolds(head.mac, key, 'head', sealed(head)) ? 'good' : 'forged', head }
}
