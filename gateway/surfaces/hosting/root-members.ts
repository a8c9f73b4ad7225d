// Members of a request's objects, mostly the outermost, taken out, added or renamed: as edits of the text as it was written, or of an object
// of ours.
import type { Edit, JsonDocument, Span } from '../../exchange/document.ts'
import { isObject, type JsonObject } from '../request-fields.ts'

export interface MemberChange {
  readonly drop: ReadonlySet<string>
  readonly set: JsonObject
}

interface Member extends Span { readonly key: string; readonly value: Span }

const isSpace = (text: string, at: number): boolean => at >= 0 && ' \t\n\r'.includes(text[at] ?? '!')

/** Start of the key whose value begins at `at`. */
const keyStart = (text: string, at: number): number => {
  let back = at - 1
  while (isSpace(text, back)) back -= 1
  back -= 1 // the colon
  while (isSpace(text, back)) back -= 1
  for (;;) {
    back = text.lastIndexOf('"', back - 1)
    let slashes = 0
    while (text[back - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return back
  }
}

type Path = readonly (string | number)[]

const valueAt = (document: JsonDocument, path: Path): unknown => path.reduce<unknown>((at, step) => typeof at === 'object' && at !== null ? (at as Readonly<Record<string | number, unknown>>)[step] : undefined, document.value)

const keysAt = (document: JsonDocument, path: Path): readonly string[] => {
  const value = valueAt(document, path)
  return isObject(value) ? Object.keys(value) : []
}

/** All members, as they stand; JavaScript would put keys that look like numbers first. */
const membersOf = (document: JsonDocument, path: Path): Member[] => keysAt(document, path).flatMap(key => {
  const value = document.locate([...path, key])
  return value === undefined ? [] : [{ key, value, start: keyStart(document.text, value.start), end: value.end }]
}).sort((a, b) => a.start - b.start)

export interface MemberEdits { readonly edits: readonly Edit[]; readonly isGone: (span: Span) => boolean }

/** What changes the text; what was redacted inside a member that goes is not asked for any more (`isGone`). @param path of the object */
export const memberEdits = (document: JsonDocument, { drop, set }: MemberChange, path: Path = []): MemberEdits => {
  const members = membersOf(document, path)
  const gone = members.filter(({ key }) => drop.has(key) || Object.hasOwn(set, key))
  const firstKept = members.findIndex(member => !gone.includes(member))
  const edits = members.flatMap((member, at): Edit[] => {
    if (!gone.includes(member)) return []
    // Those before the first that stays take the comma behind them along, all others the one before.
    const isLeading = firstKept === -1 || at < firstKept
    return [isLeading ? { start: member.start, end: members[at + 1]?.start ?? member.end, text: '' } : { start: members[at - 1]?.end ?? member.start, end: member.end, text: '' }]
  })
  const added = Object.entries(set).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')
  if (added !== '') {
    const at = document.text.indexOf('{', document.locate(path)?.start ?? 0) + 1
    edits.push({ start: at, end: at, text: firstKept === -1 ? added : `${added},` })
  }
  return { edits, isGone: span => gone.some(member => span.start >= member.start && span.end <= member.end) }
}

/** The same for an object that was made here. */
export const withMembers = (body: JsonObject, { drop, set }: MemberChange): JsonObject =>
  ({ ...set, ...Object.fromEntries(Object.entries(body).filter(([key]) => !drop.has(key) && !Object.hasOwn(set, key))) })

/** Gives a member another name, or takes it out where that one is there already. */
export const renameEdits = (document: JsonDocument, from: string, to: string): readonly Edit[] => {
  if (!isObject(document.value) || !Object.hasOwn(document.value, from)) return []
  if (Object.hasOwn(document.value, to)) return memberEdits(document, { drop: new Set([from]), set: {} }).edits
  const value = document.locate([from])
  if (value === undefined) return []
  const start = keyStart(document.text, value.start)
  return [{ start, end: value.start, text: `${JSON.stringify(to)}:` }]
}
