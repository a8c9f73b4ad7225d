// Members of a request's objects, mostly the outermost, taken out, added or renamed: as edits of the text as it was written, or of an object
// of ours.
import type { Edit, JsonDocument, Member, Span } from '../../exchange/document.ts'
import { isObject, type JsonObject } from '../request-fields.ts'

export interface MemberChange {
  readonly drop: ReadonlySet<string>
  readonly set: JsonObject
}

type Path = readonly (string | number)[]

export interface MemberEdits { readonly edits: readonly Edit[]; readonly isGone: (span: Span) => boolean }

/** What changes the text; what was redacted inside a member that goes is not asked for any more (`isGone`). @param path of the object */
export const memberEdits = (document: JsonDocument, { drop, set }: MemberChange, path: Path = []): MemberEdits => {
  const members = document.members(path)
  const goes = ({ key }: Member): boolean => drop.has(key) || Object.hasOwn(set, key)
  const gone = members.filter(goes)
  const firstKept = members.findIndex(member => !goes(member))
  const edits = members.flatMap((member, at): Edit[] => {
    if (!goes(member)) return []
    // Those before the first that stays take the comma behind them along, all others the one before.
    const isLeading = firstKept === -1 || at < firstKept
    return [isLeading ? { start: member.start, end: members[at + 1]?.start ?? member.end, text: '' } : { start: members[at - 1]?.end ?? member.start, end: member.end, text: '' }]
  })
  const added = Object.entries(set).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')
  if (added !== '') {
    const at = (document.locate(path)?.start ?? 0) + 1
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
  const [member, value] = [document.members([]).find(({ key }) => key === from), document.locate([from])]
  return member === undefined || value === undefined ? [] : [{ start: member.start, end: value.start, text: `${JSON.stringify(to)}:` }]
}
