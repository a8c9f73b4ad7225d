// Cuts a byte stream at newlines, whatever the chunks are. A line longer than the limit is never buffered to its end.
import { Failure } from '../exchange/failure.ts'

const newline = 0x0a

export class LineSplitter {
  readonly #limitBytes: number
  #parts: Buffer[] = []
  #size = 0

  constructor(limitBytes: number) { this.#limitBytes = limitBytes }

  /**
   * Takes a chunk and returns the lines that it completes, without their newlines; empty lines are left out.
   * @throws Failure upstream.protocol when a line passes the limit
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#complete(chunk.subarray(start, end))
      if (line !== '') lines.push(line)
      start = end + 1
    }
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start))
    return lines
  }

  #keep(part: Buffer): void {
    this.#size += part.length
    if (this.#size > this.#limitBytes) {
      throw new Failure('upstream.protocol', `The MCP server wrote a line longer than ${this.#limitBytes} bytes.`)
    }
    this.#parts.push(part)
  }

  #complete(last: Buffer): string {
    this.#keep(last)
    const bytes = this.#parts.length === 1 ? last : Buffer.concat(this.#parts, this.#size)
    this.#parts = []
    this.#size = 0
    // Servers on Windows end lines with CRLF.
    const length = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length
    return bytes.toString('utf8', 0, length)
  }
}
