// Edits the `_meta` of outgoing params: our progress token for the caller's, our envelope in the modern era. Everything else keeps its bytes.
import { splice, type Edit, type JsonDocument } from '../exchange/document.ts'
import type { ReadJson } from '../exchange/mcp.ts'
import { metaKeys, mcpNameField } from '../exchange/mcp-wire.ts'

/** JSON texts of the modern envelope's members; null in the legacy era. */
export interface Envelope { readonly protocolVersion: string; readonly clientInfo: string; readonly clientCapabilities: string }

export interface OutgoingParams {
  readonly text: string | null
  /** JSON text of the progress token that the caller chose, or null. */
  readonly callerToken: string | null
  /** What the Mcp-Name header has to mirror, or null. */
  readonly name: string | null
}

interface Rewrite {
  readonly method: string
  readonly params: string | null
  /** Unique on the connection; stands for the caller's token on the wire. */
  readonly token: number
  readonly envelope: Envelope | null
}

const membersOf = (envelope: Envelope): readonly (readonly [string, string])[] => [
  [metaKeys.protocolVersion, envelope.protocolVersion],
  [metaKeys.clientInfo, envelope.clientInfo],
  [metaKeys.clientCapabilities, envelope.clientCapabilities],
]

const envelopeText = (envelope: Envelope): string =>
  `{${membersOf(envelope).map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`

/** An insertion right behind the opening brace of the object at `start`. */
const insertFirst = (document: JsonDocument, path: readonly string[], members: string): Edit => {
  const start = (document.locate(path)?.start ?? 0) + 1
  const empty = Object.keys(objectAt(document, path) ?? {}).length === 0
  return { start, end: start, text: empty ? members : `${members},` }
}

const objectAt = (document: JsonDocument, path: readonly string[]): Readonly<Record<string, unknown>> | null => {
  let at: unknown = document.value
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? at as Record<string, unknown> : null
}

const envelopeEdits = (document: JsonDocument, envelope: Envelope): Edit[] => {
  if (objectAt(document, ['_meta']) === null) {
    const present = document.locate(['_meta'])
    const text = envelopeText(envelope)
    return [present === undefined ? insertFirst(document, [], `"_meta":${text}`) : { ...present, text }]
  }
  const edits: Edit[] = []
  const missing: string[] = []
  for (const [key, value] of membersOf(envelope)) {
    const span = document.locate(['_meta', key])
    if (span === undefined) missing.push(`${JSON.stringify(key)}:${value}`)
    else edits.push({ ...span, text: value })
  }
  if (missing.length > 0) edits.push(insertFirst(document, ['_meta'], missing.join(',')))
  return edits
}

/** Can the text hold a `_meta` key, however it is spelled? */
const mayHoldMeta = (text: string): boolean => text.includes('_meta') || text.includes('\\u')

/** @throws Failure request.malformed when params are not strict JSON (a defect of the caller of this module) */
export const rewriteParams = (rewrite: Rewrite, readJson: ReadJson): OutgoingParams => {
  const { envelope, method, params, token } = rewrite
  if (params === null) return { text: envelope === null ? null : `{"_meta":${envelopeText(envelope)}}`, callerToken: null, name: null }
  // Nothing to edit and no header to mirror: the common legacy call pays for no second parse.
  if (envelope === null && !mayHoldMeta(params)) return { text: params, callerToken: null, name: null }
  const document = readJson(params)
  const field = mcpNameField(method)
  const name: unknown = field === null ? null : objectAt(document, [])?.[field]
  const tokenSpan = document.locate(['_meta', 'progressToken'])
  const edits = envelope === null ? [] : envelopeEdits(document, envelope)
  if (tokenSpan !== undefined) edits.push({ ...tokenSpan, text: String(token) })
  return {
    text: splice(document.text, edits),
    callerToken: tokenSpan === undefined ? null : document.text.slice(tokenSpan.start, tokenSpan.end),
    name: typeof name === 'string' ? name : null,
  }
}
