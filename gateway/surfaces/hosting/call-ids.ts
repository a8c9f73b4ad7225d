// Ids of function calls in Gemini contents. Vertex AI knows no such field and refuses the whole request for one ("Unknown name "id""), while
// Gemini's own API hands ids out: it pairs calls and results by their names and order.
import { mentions, type JsonDocument, type Span } from '../../exchange/document.ts'
import { fieldOf } from '../gemini/fields.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import type { NestedChange } from './nested-members.ts'
import { memberEdits, withMembers, type MemberEdits } from './root-members.ts'

type Path = readonly (string | number)[]

const members = ['functionCall', 'function_call', 'functionResponse', 'function_response'] as const
const idOnly: ReadonlySet<string> = new Set(['id'])

/** Elements with their places; a repeated field may stand without its brackets. */
const placed = (value: unknown, path: Path): (readonly [value: unknown, path: Path])[] =>
  Array.isArray(value) ? value.map((element: unknown, at) => [element, [...path, at]] as const) : [[value, path]]

const callsWithId = (body: unknown): Path[] => {
  if (!isObject(body)) return []
  return placed(body['contents'], ['contents']).flatMap(([content, at]) => isObject(content) ? placed(content['parts'], [...at, 'parts']) : [])
    .flatMap(([part, at]) => !isObject(part) ? [] : members.filter(member => isObject(part[member]) && Object.hasOwn(part[member], 'id')).map(member => [...at, member]))
}

const nothing: NestedChange = { edits: [], isGone: () => false, lost: [] }

/** The edits that take them out of a request as it was written. */
export const callIdEdits = (document: JsonDocument): NestedChange => {
  if (!mentions(document, '"id"')) return nothing
  const made: MemberEdits[] = callsWithId(document.value).map(path => memberEdits(document, { drop: idOnly, set: {} }, path))
  return made.length === 0 ? nothing : { edits: made.flatMap(({ edits }) => edits), isGone: (span: Span) => made.some(({ isGone }) => isGone(span)), lost: [] }
}

const withoutId = (call: JsonObject): JsonObject => withMembers(call, { drop: idOnly, set: {} })

const partWithout = (part: unknown): unknown => {
  if (!isObject(part)) return part
  const { functionCall, functionResponse } = part
  return { ...part, ...isObject(functionCall) ? { functionCall: withoutId(functionCall) } : {}, ...isObject(functionResponse) ? { functionResponse: withoutId(functionResponse) } : {} }
}

/** The same for a request that was made here. */
export const withoutCallIds = (body: JsonObject): JsonObject => ({
  ...body, contents: (body['contents'] as readonly JsonObject[]).map(content => ({ ...content, parts: (content['parts'] as readonly unknown[]).map(partWithout) })),
})

/** Vertex counts what it would answer, and nothing that is wrapped once more. */
export const wrapsItsRequest = (body: unknown): boolean => fieldOf(body, 'generateContentRequest') !== undefined
