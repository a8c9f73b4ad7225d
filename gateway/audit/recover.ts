// What to do with the log that a former process left: find its last record, move a torn line aside, and compare with the head.
// Nothing is thrown away, and nothing that is found wrong stays unsaid: each finding becomes a record.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashLine, noPrev, type ChainEnd } from './chain.ts'
import { headFile, readHead, type HeadState } from './head.ts'
import type { Body } from './record.ts'
import { listSegments, segmentName } from './segments.ts'

export type Repair = Body<'repair'>

export interface Recovered {
  /** Chain to continue; null where no record was found. */
  readonly chain: string | null
  readonly end: ChainEnd
  /** File to append to, and the one before it. */
  readonly file: string
  readonly previous: string | null
  readonly repairs: readonly Repair[]
}

interface LastRecord { readonly chain: string; readonly end: ChainEnd; readonly offset: number }

const repair = (reason: Repair['reason'], file: string, more: Partial<Repair>): Repair =>
  ({ phase: 'repair', reason, file, moved_to: null, bytes: 0, expected_seq: null, found_seq: null, ...more })

const recordAt = (line: Buffer): { chain: string; end: ChainEnd } | null => {
  try {
    const value = JSON.parse(line.toString()) as { chain?: unknown; seq?: unknown }
    if (typeof value.chain !== 'string' || typeof value.seq !== 'number') return null
    return { chain: value.chain, end: { seq: value.seq, hash: hashLine(line) } }
  } catch {
    return null
  }
}

/** Last complete line that is a record, in bytes that start at `from` of the file. Null where there is none in them. */
const lastIn = (bytes: Buffer, from: number): LastRecord | null => {
  let newline = bytes.lastIndexOf(10)
  while (newline > 0) {
    const start = bytes.lastIndexOf(10, newline - 1) + 1
    // Whether this line is whole cannot be seen from here; the caller looks again from further in front.
    if (start === 0 && from > 0) return null
    const found = recordAt(bytes.subarray(start, newline))
    if (found !== null) return { ...found, offset: from + newline + 1 }
    newline = start - 1
  }
  return null
}

const readRange = (fd: number, from: number, to: number): Buffer => {
  const bytes = Buffer.alloc(to - from)
  let at = 0
  while (at < bytes.length) {
    const count = readSync(fd, bytes, at, bytes.length - at, from + at)
    if (count === 0) break
    at += count
  }
  return bytes.subarray(0, at)
}

const lastRecord = (fd: number, size: number): LastRecord | null => {
  for (let window = 64 * 1024; ; window *= 4) {
    const from = Math.max(0, size - window)
    const found = lastIn(readRange(fd, from, size), from)
    if (found !== null || from === 0) return found
  }
}

/** Finds the last record of one file and moves what follows it aside. */
const mend = (folder: string, file: string, stamp: string): { last: LastRecord | null; repairs: Repair[] } => {
  const fd = openSync(join(folder, file), 'r+')
  try {
    const { size } = fstatSync(fd)
    const last = lastRecord(fd, size)
    const good = last?.offset ?? 0
    if (good === size) return { last, repairs: [] }
    const movedTo = `${file}.torn-${stamp}`
    // First kept, then cut: a crash in between leaves both.
    writeFileSync(join(folder, movedTo), readRange(fd, good, size), { mode: 0o600 })
    ftruncateSync(fd, good)
    return { last, repairs: [repair('torn', file, { moved_to: movedTo, bytes: size - good, found_seq: last?.end.seq ?? null })] }
  } finally {
    closeSync(fd)
  }
}

const compare = (state: HeadState, file: string, last: LastRecord | null): Repair[] => {
  const found = { found_seq: last?.end.seq ?? null }
  if (state.kind === 'absent') return last === null ? [] : [repair('no_head', file, found)]
  if (state.kind !== 'good') return [repair('bad_head', file, found)]
  const { head } = state
  const expected = { ...found, expected_seq: head.seq }
  if (last === null || last.chain !== head.chain || last.end.seq < head.seq) return [repair('cut', file, expected)]
  if (last.end.seq > head.seq) return [repair(head.closed ? 'forged' : 'unsealed', file, expected)]
  return last.end.hash === head.hash ? [] : [repair('changed', file, expected)]
}

/**
 * Makes an existing log fit to be continued.
 * @param stamp part of a file name that tells when
 * @throws when the folder cannot be read or repaired
 */
export const recover = (folder: string, key: Buffer, stamp: string): Recovered => {
  const segments = listSegments(folder)
  const file = segments.at(-1) ?? segmentName(1)
  const repairs: Repair[] = []
  let last: LastRecord | null = null
  for (const segment of segments.toReversed()) {
    const mended = mend(folder, segment, stamp)
    repairs.push(...mended.repairs)
    last = mended.last
    if (last !== null) break
  }
  repairs.push(...compare(readHead(join(folder, headFile), key), file, last))
  return { chain: last?.chain ?? null, end: last?.end ?? { seq: -1, hash: noPrev }, file, previous: segments.at(-2) ?? null, repairs }
}
