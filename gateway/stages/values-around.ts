// What is passed on beside the body of a request, the query and header fields, may hold values, too: they are looked for there as in the body.
import { Failure } from '../exchange/failure.ts'
import type { EntityKind, Finding } from '../exchange/finding.ts'
import type { ModelOperation } from '../exchange/operation.ts'
import { cutOverlaps } from '../redaction/cut-overlaps.ts'
import type { BesideText } from '../redaction/remote/remote-detectors.ts'
import type { Treatment } from '../redaction/rewrite-plan.ts'

export type Find = (text: string, key: string | null) => readonly Finding[]

/** What should be hidden stands where nothing can be changed. */
export const unhideable = (field: string, kind: EntityKind): Failure =>
  new Failure('content.blocked', `${field} contains ${kind} data, which policy hides, and which cannot be hidden there.`, { detail: { kind, field } })

const decoded = (query: string): string => {
  try {
    return decodeURIComponent(query.replaceAll('+', ' '))
  } catch {
    return query
  }
}

const queryOf = (path: string): string | null => {
  const at = path.indexOf('?')
  return at === -1 ? null : decoded(path.slice(at + 1))
}

/** The texts that remote detectors are asked about: the same that are looked at here. */
export const textsAround = ({ headers, path }: Pick<ModelOperation, 'headers' | 'path'>): readonly BesideText[] => {
  const query = queryOf(path)
  return [...Object.entries(headers).map(([key, text]) => ({ text, key })), ...query === null ? [] : [{ text: query, key: null }]]
}

/** Finds what the gateway's own detectors find, and what remote ones have said. @param beside by text; absent: nothing */
export const withSaid = (find: Find, beside: ReadonlyMap<string, readonly Finding[]> | undefined): Find => beside === undefined ? find : (text, key) => {
  const said = beside.get(text)
  return said === undefined ? find(text, key) : cutOverlaps(text, [...find(text, key), ...said])
}

export type ActionFor = (kind: EntityKind, confidence?: number) => Treatment

/** Values in a header field that is passed on are masked, however they are hidden elsewhere: nothing in it comes back to be restored. @throws Failure content.blocked */
const headerWithout = (name: string, text: string, action: ActionFor, find: Find): string => {
  let out = ''
  let at = 0
  for (const { confidence, kind, start, end } of find(text, name)) {
    const treatment = action(kind, confidence)
    if (treatment === 'block') throw unhideable(name, kind)
    if (treatment === 'allow') continue
    out += `${text.slice(at, start)}[${kind.toUpperCase()}]`
    at = end
  }
  return at === 0 ? text : out + text.slice(at)
}

/** The operation as it may be passed on beside its body. @throws Failure content.blocked where the query holds what should be hidden */
export const withoutValuesAround = (operation: ModelOperation, action: ActionFor, find: Find): ModelOperation => {
  const { headers, path } = operation
  const query = queryOf(path)
  const inQuery = query === null ? undefined : find(query, null).find(({ confidence, kind }) => action(kind, confidence) !== 'allow')
  if (inQuery !== undefined) throw unhideable('the query', inQuery.kind)
  const cleaned = Object.entries(headers).map(([name, text]) => [name, headerWithout(name, text, action, find)] as const)
  return cleaned.every(([name, text]) => text === headers[name]) ? operation : { ...operation, headers: Object.fromEntries(cleaned) }
}
