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

export interface JsonDocument {
  readonly text: string
  readonly value: unknown
  /** Every leaf in document order; computed at the first use and kept. */
  readonly strings: readonly StringLeaf[]
  /** Span of a member's value, found by path; undefined where there is none. */
  locate(path: readonly (string | number)[]): Span | undefined
  /** The members of an object as they stand; none where there is no object. */
  members(path: readonly (string | number)[]): readonly Member[]
}

/** Replaces text[start, end) by `text`, which must be valid JSON where it stands. */
export interface Edit extends Span { readonly text: string }

/** Rebuilds a text with edits. Edits must not overlap; order does not matter, and an insertion stands before what is replaced at its place. */
export const splice = (text: string, edits: readonly Edit[]): string => {
  if (edits.length === 0) return text
  const sorted = edits.length === 1 ? edits : [...edits].sort((a, b) => a.start - b.start || a.end - b.end)
  let out = ''
  let at = 0
  for (const edit of sorted) {
    if (edit.start < at) throw new RangeError('edits overlap')
    out += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return out + text.slice(at)
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
