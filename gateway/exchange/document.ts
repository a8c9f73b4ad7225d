// A JSON text that was read strictly: its value for deciding, its spans for editing. What is not edited is forwarded as it came.

/** A piece of text somewhere in the document that may hold data: a string value, or a key or number that does not look like mere structure. */
export interface StringLeaf {
  /** `key` and `number` are listed only where they could hold something to protect; an edit puts a string in their place. */
  readonly form: 'value' | 'key' | 'number'
  /** Offsets into `JsonDocument.text` of the whole literal, quotes included. */
  readonly start: number
  readonly end: number
  /** Decoded text. */
  readonly value: string
  /** Key of the nearest enclosing object member, or null at the root and for keys themselves. Elements of an array carry the array's key. */
  readonly key: string | null
  /** Path from the root (a key's is that of its member), for error messages, audit pointers and for leaving parts alone. */
  readonly path: readonly (string | number)[]
}

/** Half-open range of offsets into `JsonDocument.text`. */
export interface Span { readonly start: number; readonly end: number }

/** From the beginning of the key to the end of the value. */
export interface Member extends Span { readonly key: string }

/**
 * An element of one of the outermost lists (a message, a tool, a block of the system's text) that was read by itself. `part` is the same object in
 * every document of its caller in which the same bytes stand in the same list: what was found out about it once holds in each of them.
 */
export interface Passage extends Span {
  /** The element as a document of its own: offsets and paths begin with it. Frozen, as other documents hold it, too. */
  readonly part: JsonDocument
  /** Index in `JsonDocument.strings` of the first of its leaves, which follow each other there as they do in `part`. */
  readonly firstLeaf: number
}

/** The bytes that a document was read from. */
export interface SourceBytes {
  readonly bytes: Buffer
  /** Offset into the bytes of an offset into the text. */
  at(offset: number): number
}

export interface JsonDocument {
  readonly text: string
  /** Length of the text, for those that do not need the text. */
  readonly length: number
  readonly value: unknown
  /** The text with one character in place of each passage: all of it where there are none. */
  readonly outside: string
  /** In order and apart; none in most documents. */
  readonly passages: readonly Passage[]
  /** Where passages were read from bytes that are still there, so that what is not edited can be copied; null otherwise. */
  readonly source: SourceBytes | null
  /** Every leaf in document order; computed at the first use and kept. */
  readonly strings: readonly StringLeaf[]
  /** Span of a member's value, found by path; undefined where there is none. */
  locate(path: readonly (string | number)[]): Span | undefined
  /** The members of an object as they stand; none where there is no object. */
  members(path: readonly (string | number)[]): readonly Member[]
}

/** Replaces text[start, end) by `text`, which must be valid JSON where it stands. */
export interface Edit extends Span { readonly text: string }

const mentioned = new WeakMap<JsonDocument, Map<string, boolean>>()

const mentionedIn = (part: JsonDocument, words: string): boolean => {
  let known = mentioned.get(part)
  if (known === undefined) mentioned.set(part, known = new Map<string, boolean>())
  let is = known.get(words)
  if (is === undefined) known.set(words, is = part.text.includes(words))
  return is
}

/** Do some characters stand anywhere in the text? @param words of ours, a few different ones at the most, without the brackets of an object */
export const mentions = ({ outside, passages }: JsonDocument, words: string): boolean => outside.includes(words) || passages.some(({ part }) => mentionedIn(part, words))

/** All that is edited in one passage, made before for an earlier document. Whatever else is to be edited in the passage goes together with `within` instead. */
export interface PassageEdit extends Edit {
  /** What stands in place of the passage, UTF-8. */
  readonly bytes: Buffer
  readonly within: readonly Edit[]
}

export const isPassageEdit = (edit: Edit): edit is PassageEdit => 'within' in edit

const byPlace = (a: Edit, b: Edit): number => a.start - b.start || a.end - b.end

/** Rebuilds a text with edits. Edits must not overlap; order does not matter, and an insertion stands before what is replaced at its place. */
export const splice = (text: string, edits: readonly Edit[]): string => {
  if (edits.length === 0) return text
  const sorted = edits.length === 1 ? edits : [...edits].sort(byPlace)
  let out = ''
  let at = 0
  for (const edit of sorted) {
    if (edit.start < at) throw new RangeError('edits overlap')
    out += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return out + text.slice(at)
}

/** As `splice`, as the bytes that leave: what is not edited is copied from where it was read. @throws RangeError where edits overlap */
export const spliceBytes = (document: JsonDocument, edits: readonly Edit[]): Buffer => {
  const { source } = document
  if (source === null) return Buffer.from(splice(document.text, edits))
  const placed = [...edits].sort(byPlace).map(edit => ({ start: source.at(edit.start), end: source.at(edit.end), bytes: isPassageEdit(edit) ? edit.bytes : Buffer.from(edit.text) }))
  const out = Buffer.allocUnsafeSlow(placed.reduce((sum, { bytes, end, start }) => sum + bytes.length - (end - start), source.bytes.length))
  let at = 0
  let to = 0
  for (const { bytes, end, start } of placed) {
    if (start < at) throw new RangeError('edits overlap')
    to += source.bytes.copy(out, to, at, start)
    to += bytes.copy(out, to)
    at = end
  }
  source.bytes.copy(out, to, at)
  return out
}

/** The object at `path` of the parsed value, or null. */
export const objectAt = (document: JsonDocument, path: readonly string[]): Readonly<Record<string, unknown>> | null => {
  let at: unknown = document.value
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? at as Record<string, unknown> : null
}

/** Text of the object at `path` without some of its members, each of the others as it was written or as `edited` has it. */
export const textWithout = (
  document: JsonDocument, path: readonly string[], isDropped: (key: string) => boolean, edited: ReadonlyMap<string, string> = new Map(),
): string => {
  const kept = Object.keys(objectAt(document, path) ?? {}).filter(key => !isDropped(key))
  return `{${kept.map(key => {
    const span = document.locate([...path, key])
    return `${JSON.stringify(key)}:${edited.get(key) ?? (span === undefined ? 'null' : document.text.slice(span.start, span.end))}`
  }).join(',')}}`
}
