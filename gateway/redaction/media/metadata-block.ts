// A piece of a picture that says something about it, and how to make it say nothing without moving a byte of the rest.
import type { Patch } from './base64-bytes.ts'

export interface MetadataBlock {
  /** What it says, a line for each thing, with the name of its field where it has one. */
  readonly text: string
  /** What makes it say nothing. The picture stays as long as it was, and every program reads it as before. */
  readonly blank: () => readonly Patch[]
}

/** In fewer bytes nothing that is looked for has room. */
export const leastTelling = 6

const printable = (byte: number): boolean => (byte >= 32 && byte < 127) || byte >= 160 || byte === 9 || byte === 10 || byte === 13
/** Shorter runs of letters come about by chance. */
const shortestRun = 5

/** What reads like text among other bytes: a line for each run, as UTF-8 where it is that. */
export const textIn = (bytes: Buffer): string => {
  const runs: string[] = []
  let start = 0
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte >= 128 || printable(byte)) continue
    if (at - start >= shortestRun) runs.push(bytes.toString('utf8', start, at))
    start = at + 1
  }
  return runs.join('\n')
}
