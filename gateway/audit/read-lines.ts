// Lines of a file as the exact bytes they were written as; never the whole file in memory.
import { createReadStream } from 'node:fs'

export interface Line {
  readonly bytes: Buffer
  /** From 1. */
  readonly number: number
  /** False for a last line without its newline. */
  readonly ended: boolean
}

/** Yields lines without their newline. @throws when the file cannot be read */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let rest: Buffer[] = []
  let number = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, at)
      const bytes = rest.length === 0 ? piece : Buffer.concat([...rest, piece])
      rest = []
      from = at + 1
      yield { bytes, number: number += 1, ended: true }
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  if (rest.length > 0) yield { bytes: Buffer.concat(rest), number: number + 1, ended: false }
}
