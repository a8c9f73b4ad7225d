// The bytes of a base64 text, read where they are asked for. A picture of a megabyte is nearly all pixels: what is asked are a few headers,
// and decoding the rest would cost more than everything else that happens to a request.

/** Bytes that are put in place of as many others. */
export interface Patch { readonly start: number; readonly bytes: Buffer }

/** So few bytes are read through a window of so many. */
const shortRead = 16
const windowLength = 192

const broken = /[\r\n\t ]/

/** White space put back where it stood, into a text that has the same digits or as many others. */
const rebroken = (original: string, digits: string): string => {
  let at = 0
  return original.replaceAll(/[^\r\n\t ]+/g, run => digits.slice(at, at += run.length))
}

export class Base64Bytes {
  /** Number of bytes. */
  readonly length: number
  readonly #text: string
  readonly #digits: string
  #window: Buffer = Buffer.alloc(0)
  #from = NaN

  /** @param text standard or URL-safe base64 (RFC 4648), padded or not, on one line or on several */
  constructor(text: string) {
    this.#text = text
    this.#digits = broken.test(text.slice(0, 100)) ? text.replaceAll(/[\r\n\t ]/g, '') : text
    let end = this.#digits.length
    while (this.#digits.charCodeAt(end - 1) === 61) end -= 1
    this.length = Math.floor(end * 3 / 4)
  }

  /** Fewer bytes where the end is nearer. */
  read(start: number, end: number): Buffer {
    if (end <= start) return Buffer.alloc(0)
    if (end - start > shortRead) return this.#decode(start, end)
    // Headers stand close together where a picture was made against us.
    if (!(start >= this.#from && end <= this.#from + windowLength)) {
      this.#from = start - start % 3
      this.#window = this.#decode(this.#from, this.#from + windowLength)
    }
    return this.#window.subarray(start - this.#from, end - this.#from)
  }

  #decode(start: number, end: number): Buffer {
    const group = Math.floor(start / 3)
    return Buffer.from(this.#digits.slice(group * 4, Math.ceil(end / 3) * 4), 'base64').subarray(start - group * 3, end - group * 3)
  }

  /** Big endian; NaN behind the end, which compares as false with everything. */
  byte(at: number): number { return this.read(at, at + 1)[0] ?? NaN }

  /** The text with other bytes in some places: as long as before, in the same alphabet, with the same padding. */
  patched(patches: readonly Patch[]): string {
    let digits = this.#digits
    const encoding = digits.includes('-') || digits.includes('_') ? 'base64url' : 'base64'
    for (const { bytes, start } of patches) {
      const [first, last] = [Math.floor(start / 3), Math.ceil((start + bytes.length) / 3)]
      const around = Buffer.from(digits.slice(first * 4, last * 4), 'base64')
      bytes.copy(around, start - first * 3)
      const put = around.toString(encoding)
      const old = digits.slice(first * 4, last * 4)
      digits = digits.slice(0, first * 4) + put.slice(0, old.length).padEnd(old.length, '=') + digits.slice(last * 4)
    }
    return this.#digits === this.#text ? digits : rebroken(this.#text, digits)
  }
}
