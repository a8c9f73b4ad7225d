// WebP: a RIFF file of chunks with a type and a length (RFC 9649 section 2.7).
import type { Base64Bytes } from './base64-bytes.ts'
import { exifBlock, spaces, textOfBlock } from './blocks.ts'
import { leastTelling, type MetadataBlock } from './metadata-block.ts'

const shown: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'VP8X', 'ANIM', 'ANMF', 'ALPH', 'ICCP'])

const blockOf = (type: string, content: Buffer, at: number): MetadataBlock =>
  type === 'EXIF' ? exifBlock(content, at) : { text: textOfBlock(content), blank: () => [{ start: at, bytes: spaces(content.length) }] }

export const webpBlocks = (bytes: Base64Bytes): readonly MetadataBlock[] => {
  const blocks: MetadataBlock[] = []
  for (let at = 12; at + 8 <= bytes.length;) {
    const header = bytes.read(at, at + 8)
    const [type, length] = [header.toString('latin1', 0, 4), header.readUInt32LE(4)]
    if (!shown.has(type) && length >= leastTelling) blocks.push(blockOf(type, bytes.read(at + 8, at + 8 + length), at + 8))
    at += 8 + length + length % 2
  }
  return blocks
}
