// PNG: chunks with a length, a type, content and a checksum (PNG third edition, section 5.3).
import { crc32, inflateSync } from 'node:zlib'
import type { Base64Bytes } from './base64-bytes.ts'
import { exifBlock, spaces, textOfBlock } from './blocks.ts'
import { leastTelling, type MetadataBlock } from './metadata-block.ts'

/** What a picture is shown with, and its time. Every other chunk that is not critical says something about it. */
const shown: ReadonlySet<string> = new Set([
  'tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'cLLI', 'bKGD', 'hIST', 'pHYs', 'sPLT', 'tIME', 'acTL', 'fcTL', 'fdAT',
])

/** Text that takes more than this unpacked is no description of a picture. */
const mostUnpacked = 1024 * 1024

const unpacked = (packed: Buffer): Buffer => {
  try {
    return inflateSync(packed, { maxOutputLength: mostUnpacked })
  } catch {
    // Damaged, or larger: then it is bytes like any other.
    return packed
  }
}

/** zTXt: keyword, 0, method, packed text. iTXt: keyword, 0, is packed, method, language, 0, translated keyword, 0, text. */
const contentOf = (type: string, content: Buffer): Buffer => {
  const keyword = content.indexOf(0)
  if (keyword === -1) return content
  if (type === 'zTXt') return Buffer.concat([content.subarray(0, keyword + 1), unpacked(content.subarray(keyword + 2))])
  if (type !== 'iTXt' || content[keyword + 1] !== 1) return content
  const text = content.indexOf(0, content.indexOf(0, keyword + 3) + 1) + 1
  return Buffer.concat([content.subarray(0, keyword + 1), content.subarray(keyword + 3, text), unpacked(content.subarray(text))])
}

/** Type and content with the checksum of both, which programs compare. */
const checked = (type: string, content: Buffer): Buffer => {
  const bytes = Buffer.alloc(4 + content.length + 4)
  bytes.write(type, 'latin1')
  content.copy(bytes, 4)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

const emptyText = (length: number): Buffer => {
  const bytes = spaces(length)
  bytes.write('Comment\0'.slice(-Math.min(8, length)), 'latin1')
  return bytes
}

/** @param at offset of the chunk's type */
const blockOf = (bytes: Base64Bytes, at: number, type: string, length: number): MetadataBlock => {
  const content = bytes.read(at + 4, at + 4 + length)
  if (type !== 'eXIf') return { text: textOfBlock(contentOf(type, content)), blank: () => [{ start: at, bytes: checked('tEXt', emptyText(content.length)) }] }
  const { text, blank } = exifBlock(content, 0)
  return { text, blank: () => [{ start: at, bytes: checked(type, blank()[0]?.bytes ?? content) }] }
}

const isAncillary = (type: string): boolean => /^[a-z][A-Za-z]{3}$/.test(type)

export const pngBlocks = (bytes: Base64Bytes): readonly MetadataBlock[] => {
  const blocks: MetadataBlock[] = []
  for (let at = 8; at + 12 <= bytes.length;) {
    const header = bytes.read(at, at + 8)
    const [length, type] = [header.readUInt32BE(0), header.toString('latin1', 4)]
    // A chunk whose end is missing cannot be given another checksum.
    if (length >= leastTelling && isAncillary(type) && !shown.has(type) && at + 12 + length <= bytes.length) blocks.push(blockOf(bytes, at + 4, type, length))
    at += 12 + length
  }
  return blocks
}
