// JPEG: segments with a marker and a length (ITU-T T.81 B.1.1). Metadata stands before the picture: Exif and XMP (APP1), IPTC (APP13),
// comments, and what makers put into the other application segments.
import type { Base64Bytes } from './base64-bytes.ts'
import { exifBlock, spaces, textOfBlock } from './blocks.ts'
import { leastTelling, type MetadataBlock } from './metadata-block.ts'

const comment = 0xFE
const startOfScan = 0xDA
/** JFIF, colour profiles and the index of further pictures, and Adobe's note on colours: programs need them to show the picture. */
const needed: ReadonlySet<number> = new Set([0xE0, 0xE2, 0xEE])

const isMetadata = (marker: number): boolean => marker === comment || (marker >= 0xE0 && marker <= 0xEF && !needed.has(marker))

/** @param at offset of the marker */
const blockOf = (bytes: Base64Bytes, at: number, marker: number, end: number): MetadataBlock => {
  const start = at + 4
  const content = bytes.read(start, end)
  if (marker === 0xE1 && content.toString('latin1', 0, 6) === 'Exif\0\0') return exifBlock(content, start)
  // As a comment of spaces: a program that knows the marker would look for more in it.
  return { text: textOfBlock(content), blank: () => [{ start: at, bytes: Buffer.from([0xFF, comment]) }, { start, bytes: spaces(content.length) }] }
}

export const jpegBlocks = (bytes: Base64Bytes): readonly MetadataBlock[] => {
  const blocks: MetadataBlock[] = []
  for (let at = 2, header = bytes.read(at, at + 4); header.length === 4 && header[0] === 0xFF; header = bytes.read(at, at + 4)) {
    const marker = header[1] ?? 0
    // Markers may be filled up with any number of 0xFF.
    if (marker === 0xFF) {
      at += 1
      continue
    }
    const length = header.readUInt16BE(2)
    if (marker === startOfScan || length < 2) break
    const end = at + 2 + length
    if (isMetadata(marker) && length - 2 >= leastTelling) blocks.push(blockOf(bytes, at, marker, end))
    at = end
  }
  return blocks
}
