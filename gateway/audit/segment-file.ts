// One file of the log, open for appending by this process alone. What another hand did to it is noticed before the next write.
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export class SegmentFile {
  readonly name: string
  readonly fd: number
  #bytes: number
  #partial = false

  /** @throws when it cannot be opened */
  constructor(folder: string, name: string) {
    this.name = name
    this.fd = openSync(join(folder, name), 'a', 0o600)
    this.#bytes = fstatSync(this.fd).size
  }

  get bytes(): number { return this.#bytes }

  /** Writes all of the bytes or none of them. @throws when that is not possible; the file is then as it was, or is put right by the next call */
  append(bytes: Buffer): void {
    this.#assertOwn()
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.fd, bytes, written)
    } catch (thrown) {
      this.#partial = written > 0
      this.#trim()
      throw thrown
    }
    this.#bytes += bytes.length
  }

  close(): void { closeSync(this.fd) }

  #trim(): void {
    if (!this.#partial) return
    ftruncateSync(this.fd, this.#bytes)
    this.#partial = false
  }

  /** Two writers would fork the chain, and a log that was rotated or cut from outside is not the one that we continue. */
  #assertOwn(): void {
    this.#trim()
    const { size, nlink } = fstatSync(this.fd)
    if (size !== this.#bytes || nlink === 0) throw new Error(`${this.name} was changed or removed by another process`)
  }
}
