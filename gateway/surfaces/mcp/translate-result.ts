// The members of results and the codes of errors that differ between the eras. Everything else keeps its bytes.
import { objectAt, splice, textWithout, type Edit, type JsonDocument } from '../../exchange/document.ts'
import { reservedMeta, rpcCodes } from '../../exchange/mcp-wire.ts'
import type { McpEra } from '../../exchange/operation.ts'

/** Reads the text of a result or an error, which has been read strictly before. */
type Read = (text: string) => JsonDocument

/** Members that only stateless clients know (2026-07-28, "Result types" and "Caching"). */
const modernMembers = new Set(['resultType', 'ttlMs', 'cacheScope'])

const forLegacy = (text: string, read: Read): string => {
  // The common result has none of these words in it.
  if (!text.includes('resultType') && !text.includes(reservedMeta) && !text.includes('\\u')) return text
  const document = read(text)
  const meta = objectAt(document, ['_meta'])
  const reserved = meta !== null && Object.keys(meta).some(key => key.startsWith(reservedMeta))
  const edited = reserved ? new Map([['_meta', textWithout(document, ['_meta'], key => key.startsWith(reservedMeta))]]) : undefined
  return textWithout(document, [], key => modernMembers.has(key) || (edited?.get(key) === '{}'), edited)
}

/** What a caller may read was decided for that caller, and may be decided otherwise the next moment. */
const uncached: readonly (readonly [string, string])[] = [['ttlMs', '0'], ['cacheScope', '"private"']]

const forModern = (text: string, method: string, read: Read): string => {
  const document = read(text)
  const wanted: (readonly [string, string])[] = method === 'resources/read' ? [...uncached] : []
  if (document.locate(['resultType']) === undefined) wanted.push(['resultType', '"complete"'])
  const edits: Edit[] = []
  const missing: string[] = []
  for (const [key, value] of wanted) {
    const span = document.locate([key])
    if (span === undefined) missing.push(`"${key}":${value}`)
    else edits.push({ ...span, text: value })
  }
  if (missing.length > 0) edits.push({ start: 1, end: 1, text: Object.keys(objectAt(document, []) ?? {}).length === 0 ? missing.join(',') : `${missing.join(',')},` })
  return splice(document.text, edits)
}

export interface Between {
  /** Of the server. */
  readonly from: McpEra
  /** Of the caller. */
  readonly to: McpEra
  readonly method: string
}

/** JSON text of a result as the caller's era writes it. */
export const translateResult = (text: string, { from, method, to }: Between, read: Read): string => {
  if (to === 'legacy') return from === 'legacy' ? text : forLegacy(text, read)
  return from === 'modern' && method !== 'resources/read' ? text : forModern(text.trim(), method, read)
}

const codeFor = (code: unknown, { method, to }: Between): number | null => {
  if (to === 'modern') return code === rpcCodes.resourceNotFound ? rpcCodes.invalidParams : null
  return code === rpcCodes.invalidParams && method === 'resources/read' ? rpcCodes.resourceNotFound : null
}

/** JSON text of an error as the caller's era writes it: the eras have different codes for a resource that is not there. */
export const translateError = (text: string, between: Between, read: Read): string => {
  if (between.from === between.to) return text
  const document = read(text)
  const code = codeFor(objectAt(document, [])?.['code'], between)
  const span = document.locate(['code'])
  return code === null || span === undefined ? text : splice(document.text, [{ ...span, text: String(code) }])
}

/** HTTP status under which a stateless caller gets an error (2026-07-28, streamable HTTP): these concern the request as a whole. */
export const statusOfError = (text: string, era: McpEra, read: Read): number => {
  if (era === 'legacy') return 200
  switch (objectAt(read(text), [])?.['code']) {
    case rpcCodes.headerMismatch:
    case rpcCodes.missingClientCapability:
    case rpcCodes.unsupportedVersion: return 400
    case rpcCodes.unknownMethod: return 404
    default: return 200
  }
}
