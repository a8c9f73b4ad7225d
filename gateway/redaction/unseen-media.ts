// Pictures, files and sound in a request or a result: nothing looks into them, so policy is told that they are there.
import type { JsonDocument, Passage, StringLeaf } from '../exchange/document.ts'
import { isBinary } from '../exchange/encoded-bytes.ts'

export const mediaCodes = ['image', 'file', 'audio'] as const
export type MediaCode = (typeof mediaCodes)[number]

/** Members that hold media, or say where it is: OpenAI's two dialects, Anthropic, Gemini, MCP. Whatever else is called so has no type beside it. */
const holders: ReadonlySet<string> = new Set([
  'data', 'url', 'image_url', 'file_id', 'file_data', 'file_url', 'file_uri', 'fileUri', 'blob',
])

const codeOfType: Readonly<Record<string, MediaCode>> = {
  image: 'image', image_url: 'image', input_image: 'image', document: 'file', file: 'file', input_file: 'file', video: 'file', audio: 'audio', input_audio: 'audio',
}

const mimeKeys = ['media_type', 'mimeType', 'mime_type'] as const

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Text is looked at, unless it is encoded in a way that nothing reads (UTF-16, an old code page, or what only claims to be text). */
const codeOfMime = (mime: string, value: string): MediaCode | null => {
  if (mime.startsWith('text/')) return isBinary(value) ? 'file' : null
  return mime.startsWith('image/') ? 'image' : mime.startsWith('audio/') ? 'audio' : 'file'
}

/** Objects around a leaf, the nearest first; three are enough for every form that these are written in. */
const around = (document: JsonDocument, { path }: StringLeaf): Readonly<Record<string, unknown>>[] => {
  const objects: Readonly<Record<string, unknown>>[] = []
  let at: unknown = document.value
  for (const step of path) {
    if (isObject(at)) objects.unshift(at)
    at = (at as Readonly<Record<string | number, unknown>> | undefined)?.[step]
  }
  return objects.slice(0, 3)
}

const codeOf = (document: JsonDocument, leaf: StringLeaf): MediaCode | null => {
  const objects = around(document, leaf)
  const [parent = {}] = objects
  const mime = mimeKeys.map(key => parent[key]).find(value => typeof value === 'string')
  if (mime !== undefined) return codeOfMime(mime, leaf.value)
  // A source of text is written like one of bytes: it is a string like any other.
  if (parent['type'] === 'text') return null
  // Bytes without a type beside them, as MCP and Gemini may leave it out.
  if (leaf.key === 'blob' || (leaf.key === 'fileUri' && objects.length > 1)) return 'file'
  for (const { type } of objects) if (typeof type === 'string' && Object.hasOwn(codeOfType, type)) return codeOfType[type] ?? null
  return null
}

const none: readonly MediaCode[] = Object.freeze([])

const addMedia = (document: JsonDocument, [from, to]: readonly [number, number], found: Set<MediaCode>): void => {
  for (let at = from; at < to; at += 1) {
    const leaf = document.strings[at] as StringLeaf
    if (leaf.form !== 'value' || leaf.key === null || !holders.has(leaf.key)) continue
    const code = codeOf(document, leaf)
    if (code !== null) found.add(code)
  }
}

/** What a part holds depends on nothing around it but the type that the document itself may name. */
const ofParts = new WeakMap<JsonDocument, { readonly type: unknown; readonly codes: readonly MediaCode[] }>()

const codesOfPassage = (document: JsonDocument, { firstLeaf, part }: Passage): readonly MediaCode[] => {
  const type = isObject(document.value) ? document.value['type'] : undefined
  const known = ofParts.get(part)
  if (known !== undefined && known.type === type) return known.codes
  const found = new Set<MediaCode>()
  addMedia(document, [firstLeaf, firstLeaf + part.strings.length], found)
  const codes = found.size === 0 ? none : [...found]
  // An object or a list under that name is never the same one again, and says nothing.
  if (typeof type !== 'object') ofParts.set(part, { type, codes })
  return codes
}

/** Which of them a document holds, each once. */
export const mediaIn = (document: JsonDocument): readonly MediaCode[] => {
  const found = new Set<MediaCode>()
  let next = 0
  for (const passage of document.passages) {
    addMedia(document, [next, passage.firstLeaf], found)
    for (const code of codesOfPassage(document, passage)) found.add(code)
    next = passage.firstLeaf + passage.part.strings.length
  }
  addMedia(document, [next, document.strings.length], found)
  return found.size === 0 ? none : [...found]
}
