// Pictures in messages: what their metadata says is looked into, and taken out where it holds what should be hidden. Their pixels are looked at
// by nobody (unseen-media.ts).
import type { StringLeaf } from '../../exchange/document.ts'
import type { Finding, LeafPicture, Picture } from '../../exchange/finding.ts'
import { Base64Bytes } from './base64-bytes.ts'
import { gifBlocks } from './gif.ts'
import { jpegBlocks } from './jpeg.ts'
import type { MetadataBlock } from './metadata-block.ts'
import { pngBlocks } from './png.ts'
import { webpBlocks } from './webp.ts'

/** What the first bytes of each format are in base64, and where its metadata stands. */
const formats: readonly { readonly begins: string; readonly blocks: (bytes: Base64Bytes) => readonly MetadataBlock[] }[] = [
  { begins: '/9j/', blocks: jpegBlocks }, { begins: '_9j_', blocks: jpegBlocks }, { begins: 'iVBORw0KGgo', blocks: pngBlocks }, { begins: 'UklGR', blocks: webpBlocks }, { begins: 'R0lGODl', blocks: gifBlocks },
]

/** No picture is shorter, in characters of base64. */
const shortest = 60
/** A data URL says so much at most before its data begins. */
const longestHead = 140

const dataOf = (text: string): number => {
  if (!text.startsWith('data:')) return 0
  const comma = text.slice(0, longestHead).indexOf(',')
  return comma !== -1 && text.slice(0, comma).endsWith(';base64') ? comma + 1 : -1
}

/** Looks into the text of a block. */
type Find = (text: string) => readonly Finding[]

/** @returns null where the text is no picture, or its metadata says nothing that is looked for */
export const pictureIn = (text: string, find: Find): Picture | null => {
  if (text.length < shortest) return null
  const start = dataOf(text)
  const format = start === -1 ? undefined : formats.find(({ begins }) => text.startsWith(begins, start))
  if (format === undefined) return null
  const bytes = new Base64Bytes(start === 0 ? text : text.slice(start))
  const telling = format.blocks(bytes).map(({ blank, text: said }) => ({ blank, findings: find(said) })).filter(({ findings }) => findings.length > 0)
  return telling.length === 0 ? null : {
    findings: telling.flatMap(({ findings }) => findings),
    without: hides => text.slice(0, start) + bytes.patched(telling.flatMap(({ blank, findings }) => findings.some(hides) ? blank() : [])),
  }
}

const none: readonly LeafPicture[] = []

/** The pictures among strings whose metadata says something. Whose strings they are does not matter: nothing but a picture begins as one. */
export const picturesIn = (strings: readonly StringLeaf[], [from, to]: readonly [number, number], find: Find): readonly LeafPicture[] => {
  let pictures: LeafPicture[] | undefined
  for (let leaf = from; leaf < to; leaf += 1) {
    const { end, start, value } = strings[leaf] as StringLeaf
    const picture = end - start < shortest ? null : pictureIn(value, find)
    if (picture !== null) (pictures ??= []).push({ leaf, ...picture })
  }
  return pictures ?? none
}
