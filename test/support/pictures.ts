// Small pictures with metadata, put together as the formats have it. What stands for pixels is noise: nothing here shows them.
import { crc32, deflateSync } from 'node:zlib'

const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
const uint = (value: number, bytes: 2 | 4): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}
const pixels = Buffer.from(Array.from({ length: 200 }, (_, index) => index * 7 % 251))

export interface ExifField { readonly tag: number; readonly type: number; readonly count: number; readonly value: Buffer }

export const ascii = (tag: number, text: string): ExifField => ({ tag, type: 2, count: Buffer.byteLength(text) + 1, value: Buffer.from(`${text}\0`) })
export const bytesField = (tag: number, value: Buffer): ExifField => ({ tag, type: 7, count: value.length, value })
const rationals = (tag: number, values: readonly number[]): ExifField =>
  ({ tag, type: 5, count: values.length, value: Buffer.concat(values.flatMap(value => [uint(Math.round(value * 100), 4), uint(100, 4)])) })

/** A directory at an offset, values behind it (big endian). */
const directory = (fields: readonly ExifField[], offset: number): Buffer => {
  let at = offset + 2 + fields.length * 12 + 4
  const entries: Buffer[] = []
  const values: Buffer[] = []
  for (const { count, tag, type, value } of fields) {
    const isInline = value.length <= 4
    entries.push(uint(tag, 2), uint(type, 2), uint(count, 4), isInline ? Buffer.concat([value, Buffer.alloc(4 - value.length)]) : uint(at, 4))
    if (isInline) continue
    values.push(value)
    at += value.length
  }
  return Buffer.concat([uint(fields.length, 2), ...entries, uint(0, 4), ...values])
}

/** Exif with how the picture is turned, any fields, and where it was taken: degrees, minutes and seconds, north and west. */
export const exif = (turn: number, fields: readonly ExifField[], place: readonly [latitude: readonly number[], longitude: readonly number[]] | null = null): Buffer => {
  const turned: ExifField = { tag: 0x0112, type: 3, count: 1, value: uint(turn, 2) }
  const pointer = (at: number): ExifField => ({ tag: 0x8825, type: 4, count: 1, value: uint(at, 4) })
  const withPlace = (at: number): readonly ExifField[] => place === null ? [turned, ...fields] : [turned, ...fields, pointer(at)]
  const end = 8 + directory(withPlace(0), 8).length
  const gps = place === null ? Buffer.alloc(0) : directory([ascii(1, 'N'), rationals(2, place[0]), ascii(3, 'W'), rationals(4, place[1])], end)
  return Buffer.concat([latin('MM\0*'), uint(8, 4), directory(withPlace(end), 8), gps])
}

export const segment = (marker: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([0xFF, marker]), uint(content.length + 2, 2), content])
export const exifSegment = (content: Buffer): Buffer => segment(0xE1, Buffer.concat([latin('Exif\0\0'), content]))
export const jpeg = (...segments: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0xFF, 0xD8]), segment(0xE0, latin('JFIF\0\x01\x01\0\0\x01\0\x01\0\0')), ...segments, segment(0xDA, Buffer.from([1, 1, 0, 0, 63, 0])), pixels, Buffer.from([0xFF, 0xD9])])

export const chunk = (type: string, content: Buffer): Buffer => {
  const named = Buffer.concat([latin(type), content])
  return Buffer.concat([uint(content.length, 4), named, uint(crc32(named), 4)])
}
export const png = (...chunks: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]), chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])), ...chunks, chunk('IDAT', deflateSync(Buffer.from([0, 7]))), chunk('IEND', Buffer.alloc(0))])
/** zTXt, and iTXt that is packed. */
export const packedText = (text: string): Buffer => Buffer.concat([latin('Note\0\0'), deflateSync(Buffer.from(text))])
export const packedUnicode = (text: string): Buffer => Buffer.concat([latin('Note\0\x01\0en\0Notiz\0'), deflateSync(Buffer.from(text))])

const riffChunk = (type: string, content: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(content.length)
  return Buffer.concat([latin(type), size, content, Buffer.alloc(content.length % 2)])
}
export const webp = (chunks: Readonly<Record<string, Buffer>>): Buffer => {
  const all = Buffer.concat([riffChunk('VP8X', Buffer.alloc(10, 12)), riffChunk('VP8L', pixels), ...Object.entries(chunks).map(([type, content]) => riffChunk(type, content))])
  const size = Buffer.alloc(4)
  size.writeUInt32LE(all.length + 4)
  return Buffer.concat([latin('RIFF'), size, latin('WEBP'), all])
}

/** Data in a row of sub-blocks. */
export const subBlocks = (data: Buffer): Buffer => {
  const blocks: Buffer[] = []
  for (let at = 0; at < data.length; at += 255) blocks.push(Buffer.from([Math.min(255, data.length - at)]), data.subarray(at, at + 255))
  return Buffer.concat([...blocks, Buffer.from([0])])
}
/** XMP as it is, with a trailer that brings whoever takes its letters for lengths to the end (XMP part 3, GIF). */
export const gifXmp = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x21, 0xFF, 11]), latin('XMP DataXMP'), Buffer.from(text), Buffer.from([1, ...Array.from({ length: 256 }, (_, index) => 255 - index), 0])])
export const gifComment = (text: string): Buffer => Buffer.concat([Buffer.from([0x21, 0xFE]), subBlocks(Buffer.from(text))])
export const gif = (...extensions: readonly Buffer[]): Buffer => Buffer.concat([
  latin('GIF89a'), Buffer.from([4, 0, 4, 0, 0x80, 0, 0]), Buffer.alloc(6, 9), Buffer.from([0x21, 0xF9, 4, 0, 0, 0, 0, 0]), ...extensions,
  Buffer.from([0x2C, 0, 0, 0, 0, 4, 0, 4, 0, 0, 2]), subBlocks(pixels), Buffer.from([0x3B]),
])
