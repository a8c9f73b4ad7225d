// Exif: a TIFF directory (TIFF 6.0 section 2) of fields about how a picture came about. Read are those that can name a person, a place or a
// device's owner; the maker's notes and thumbnails are bytes that only their programs read.

const names: Readonly<Record<number, string>> = {
  0x010E: 'description', 0x0131: 'software', 0x013B: 'author name', 0x013C: 'host computer', 0x8298: 'copyright', 0x9286: 'comment', 0x9C9B: 'title', 0x9C9C: 'comment',
  0x9C9D: 'author name', 0x9C9E: 'keywords', 0x9C9F: 'subject', 0xA430: 'owner name', 0xA431: 'serial number', 0xA420: 'image id',
}

const orientation = 0x0112
const directories: ReadonlySet<number> = new Set([0x8769, 0x8825])
/** The bytes of one value of each type; those that no field of interest has are left out. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1 }

export interface Exif {
  readonly lines: readonly string[]
  /** How the picture is to be turned (1 to 8): the one thing that a model needs of it. */
  readonly orientation: number
}

interface Field { readonly tag: number; readonly type: number; readonly value: Buffer }

/** More fields and directories than any camera writes; a loop of directories ends there, too. */
const mostFields = 512
const mostDirectories = 8

class Tiff {
  readonly fields: Field[] = []
  /** Of the GPS directory, whose numbers mean something else than those of the others. */
  readonly gps = new Map<number, Buffer>()
  readonly #bytes: Buffer
  readonly #isLittle: boolean
  #directories = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#isLittle = bytes[0] === 0x49
    this.#readDirectory(this.uint(bytes, 4, 4), false)
  }

  uint(bytes: Buffer, at: number, length: 2 | 4): number { return this.#isLittle ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length) }

  #readDirectory(at: number, isGps: boolean): void {
    this.#directories += 1
    if (at === 0 || this.#directories > mostDirectories) return
    const count = this.uint(this.#bytes, at, 2)
    for (let index = 0; index < Math.min(count, mostFields); index += 1) this.#readField(at + 2 + index * 12, isGps)
    if (!isGps && at + 6 + count * 12 <= this.#bytes.length) this.#readDirectory(this.uint(this.#bytes, at + 2 + count * 12, 4), false)
  }

  #readField(at: number, isGps: boolean): void {
    const tag = this.uint(this.#bytes, at, 2)
    const type = this.uint(this.#bytes, at + 2, 2)
    const length = (sizes[type] ?? 0) * this.uint(this.#bytes, at + 4, 4)
    const start = length <= 4 ? at + 8 : this.uint(this.#bytes, at + 8, 4)
    if (directories.has(tag) && !isGps) this.#readDirectory(this.uint(this.#bytes, at + 8, 4), tag === 0x8825)
    else if (isGps) this.gps.set(tag, this.#bytes.subarray(start, start + length))
    else if (tag === orientation || Object.hasOwn(names, tag)) this.fields.push({ tag, type, value: this.#bytes.subarray(start, start + length) })
  }
}

const withoutNuls = (text: string): string => text.replaceAll('\0', ' ').trim()

/** UTF-16 in the order in which more of it is Latin: programs do not agree whether a comment has the order of the whole. */
const utf16 = (bytes: Buffer): string => {
  const even = bytes.subarray(0, bytes.length - bytes.length % 2)
  let bigEndian = 0
  for (let at = 0; at < even.length; at += 2) bigEndian += Math.sign((even[at + 1] ?? 0) - (even[at] ?? 0))
  return (bigEndian > 0 ? Buffer.from(even).swap16() : even).toString('utf16le')
}

/** A comment says in eight letters how it is encoded. */
const textOf = ({ tag, value }: Field): string => {
  if (tag >= 0x9C9B && tag <= 0x9C9F) return withoutNuls(utf16(value))
  if (tag !== 0x9286) return withoutNuls(value.toString('utf8'))
  return withoutNuls(value.toString('latin1', 0, 7) === 'UNICODE' ? utf16(value.subarray(8)) : value.toString('utf8', 8))
}

/** Degrees, minutes and seconds as three fractions. */
const degrees = (tiff: Tiff, value: Buffer | undefined, reference: Buffer | undefined): number => {
  if (value === undefined || value.length < 24) return NaN
  const part = (at: number): number => tiff.uint(value, at + 4, 4) === 0 ? 0 : tiff.uint(value, at, 4) / tiff.uint(value, at + 4, 4)
  const size = part(0) + part(8) / 60 + part(16) / 3600
  return /^[SW]/.test(reference?.toString('latin1') ?? '') ? -size : size
}

/** A place as rules recognise it. */
export const placeLine = (latitude: number, longitude: number): string => `gps position: ${latitude.toFixed(6)}, ${longitude.toFixed(6)}`

const placeOf = (tiff: Tiff): string[] => {
  const latitude = degrees(tiff, tiff.gps.get(2), tiff.gps.get(1))
  const longitude = degrees(tiff, tiff.gps.get(4), tiff.gps.get(3))
  const area = withoutNuls(tiff.gps.get(0x1C)?.toString('utf8') ?? '')
  return [...Number.isNaN(latitude + longitude) ? [] : [placeLine(latitude, longitude)], ...area === '' ? [] : [`area: ${area}`]]
}

/** @param bytes from the TIFF header on @returns null where they are no Exif that can be read to its end */
export const readExif = (bytes: Buffer): Exif | null => {
  const order = bytes.toString('latin1', 0, 4)
  if (order !== 'II*\0' && order !== 'MM\0*') return null
  try {
    const tiff = new Tiff(bytes)
    const turned = tiff.fields.find(({ tag, value }) => tag === orientation && value.length >= 2)
    const lines = tiff.fields.filter(({ tag }) => tag !== orientation).map(field => `${names[field.tag] ?? ''}: ${textOf(field)}`)
    return { lines: [...lines, ...placeOf(tiff)], orientation: turned === undefined ? 1 : tiff.uint(turned.value, 0, 2) }
  } catch (thrown) {
    // An offset beyond the end.
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

/** So many bytes at least are needed to say how a picture is turned. */
const leastExif = 26

/** As many bytes of Exif that say how the picture is turned, and nothing else. */
export const exifWith = (turn: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  if (length < leastExif) return bytes
  bytes.write('MM\0*', 'latin1')
  bytes.writeUInt32BE(8, 4)
  bytes.writeUInt16BE(1, 8)
  bytes.writeUInt16BE(orientation, 10)
  bytes.writeUInt16BE(3, 12)
  bytes.writeUInt32BE(1, 14)
  bytes.writeUInt16BE(turn, 18)
  return bytes
}
