// What the four picture formats that models take have as metadata blocks, in common.
import { exifWith, placeLine, readExif } from './exif.ts'
import { textIn, type MetadataBlock } from './metadata-block.ts'

const exifPrefix = 'Exif\0\0'

/**
 * A block of Exif.
 * @param at offset of the content in the picture
 */
export const exifBlock = (content: Buffer, at: number): MetadataBlock => {
  const header = content.toString('latin1', 0, exifPrefix.length) === exifPrefix ? exifPrefix.length : 0
  const tiff = content.subarray(header)
  const exif = readExif(tiff)
  return {
    text: exif === null ? textIn(content) : exif.lines.join('\n'),
    blank: () => [{ start: at + header, bytes: exifWith(exif?.orientation ?? 1, tiff.length) }],
  }
}

const xmpDegrees = /GPS(Latitude|Longitude)(?:=["']|>)(\d{1,3}),(\d{1,2}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,6})?))?([NSEW])/g
const xmpCreators = /<dc:creator\b[^>]{0,100}>[^<]{0,100}(?:<rdf:\w{2,4}[^>]{0,100}>[^<]{0,100}){0,2}<rdf:li[^>]{0,100}>([^<]{1,200})</g

/** XMP says these in its own way (XMP part 2, GPSCoordinate; part 1, dc:creator), which no rule for text knows. */
const xmpLines = (text: string): string[] => {
  const place: Record<string, number> = {}
  for (const [, name = '', whole = '0', minutes = '0', seconds = '0', side = ''] of text.matchAll(xmpDegrees)) {
    place[name] = (Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600) * (/[SW]/.test(side) ? -1 : 1)
  }
  const { Latitude: latitude, Longitude: longitude } = place
  const creators = Array.from(text.matchAll(xmpCreators), ([, name = '']) => `author name: ${name}`)
  return [...latitude === undefined || longitude === undefined ? [] : [placeLine(latitude, longitude)], ...creators]
}

/** Names of vocabularies are addresses of nobody. */
const namespaces = /\bxmlns:[\w-]{1,40}=(?:"[^"]{0,200}"|'[^']{0,200}')|^http:\/\/ns\.adobe\.com\/\S{0,40}/g

/** What content of any other form says. */
export const textOfBlock = (content: Buffer): string => {
  const text = textIn(content)
  return text.includes('xmp') || text.includes('rdf') ? [text.replaceAll(namespaces, ''), ...xmpLines(text)].join('\n') : text
}

/** Bytes of text, where nothing but text is asked for: spaces. */
export const spaces = (length: number): Buffer => Buffer.alloc(length, 0x20)
