// GIF: blocks with an introducer, whose data is a row of sub-blocks of up to 255 bytes (GIF89a sections 15 to 26).
import type { Base64Bytes } from './base64-bytes.ts'
import { textOfBlock } from './blocks.ts'
import type { MetadataBlock } from './metadata-block.ts'

const image = 0x2C
const extension = 0x21
const comment = 0xFE
const application = 0xFF
const plainText = 0x01

const tableSize = (flags: number): number => (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)

/** Where a row of sub-blocks ends, behind its terminator; the end of the picture where that is missing. */
const rowEnd = (bytes: Base64Bytes, start: number): number => {
  let at = start
  for (let length = bytes.byte(at); length > 0; length = bytes.byte(at)) at += length + 1
  return Math.min(at + 1, bytes.length)
}

/** A row of as many bytes as another one, all of it spaces. A sub-block takes at least two bytes, so that no last one may be left over. */
const emptyRow = (length: number): Buffer => {
  const row = Buffer.alloc(length, 0x20)
  for (let left = length; left > 0;) {
    const size = left <= 256 ? left : left === 257 ? 255 : 256
    row[length - left] = size - 1
    left -= size
  }
  return row
}

/** The text of a row without the lengths in it: they may be letters. */
const dataOf = (row: Buffer): Buffer => {
  const parts: Buffer[] = []
  for (let at = 0; at < row.length; at += (row[at] ?? 0) + 1) parts.push(row.subarray(at + 1, at + 1 + (row[at] ?? 0)))
  return Buffer.concat(parts)
}

/** XMP stands in its row as it is, and what reads the row takes its letters for lengths. */
const blockOf = (bytes: Base64Bytes, start: number, end: number, isXmp: boolean): MetadataBlock => {
  const row = bytes.read(start, end - 1)
  return { text: textOfBlock(isXmp ? row : dataOf(row)), blank: () => row.length < 2 ? [] : [{ start, bytes: emptyRow(row.length) }] }
}

export const gifBlocks = (bytes: Base64Bytes): readonly MetadataBlock[] => {
  const blocks: MetadataBlock[] = []
  let at = 13 + tableSize(bytes.byte(10))
  for (let introducer = bytes.byte(at); introducer === image || introducer === extension; introducer = bytes.byte(at)) {
    if (introducer === image) {
      at = rowEnd(bytes, at + 11 + tableSize(bytes.byte(at + 9)))
      continue
    }
    const label = bytes.byte(at + 1)
    // The first sub-block of an application says whose it is, that of a plain text where it stands.
    const named = label === application || label === plainText
    const start = at + 2 + (named ? 1 + bytes.byte(at + 2) : 0)
    const end = rowEnd(bytes, start)
    const isXmp = label === application && bytes.read(at + 3, at + 11).toString('latin1') === 'XMP Data'
    if (label === comment || isXmp) blocks.push(blockOf(bytes, start, end, isXmp))
    at = end
  }
  return blocks
}
