// Edits the `_meta` of outgoing params: our progress token for the caller's, our envelope in the modern era. Everything else keeps its bytes.
import { objectAt, splice, textWithout, type Edit, type JsonDocument } from '../exchange/document.ts'
import type { ReadJson } from '../exchange/mcp.ts'
import { metaKeys, mcpNameField, reservedMeta, retryMembers } from '../exchange/mcp-wire.ts'

/** JSON texts of the modern envelope's members; null in the legacy era. */
export interface Envelope {
  readonly protocolVersion: string
  readonly clientInfo: string
  readonly clientCapabilities: string
  /** Null: as the params say it. */
  readonly logLevel: string | null
}

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
  ...envelope.logLevel === null ? [] : [[metaKeys.logLevel, envelope.logLevel] as const],
]

const envelopeText = (envelope: Envelope): string =>
  `{${membersOf(envelope).map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`

/** An insertion right behind the opening brace of the object at `start`. */
const insertFirst = (document: JsonDocument, path: readonly string[], members: string): Edit => {
  const start = (document.locate(path)?.start ?? 0) + 1
  const empty = Object.keys(objectAt(document, path) ?? {}).length === 0
  return { start, end: start, text: empty ? members : `${members},` }
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

/** Can the text hold one of the keys that are edited, however they are spelled? */
const mayHoldOurs = (text: string): boolean => text.includes('_meta') || text.includes('\\u') || retryMembers.some(member => text.includes(member))

/** What only the stateless era has would be noise to a server of the other, and could mislead one that looks at it. */
const legacyText = (document: JsonDocument, token: string | null): string => {
  const meta = objectAt(document, ['_meta'])
  const retries = retryMembers.some(member => document.locate([member]) !== undefined)
  if (!retries && (meta === null || !Object.keys(meta).some(key => key.startsWith(reservedMeta)))) return editToken(document, token, [])
  const edited = new Map<string, string>()
  if (meta !== null) edited.set('_meta', textWithout(document, ['_meta'], key => key.startsWith(reservedMeta), token === null ? undefined : new Map([['progressToken', token]])))
  return textWithout(document, [], key => (retryMembers as readonly string[]).includes(key), edited)
}

const editToken = (document: JsonDocument, token: string | null, edits: readonly Edit[]): string => {
  const span = token === null ? undefined : document.locate(['_meta', 'progressToken'])
  return splice(document.text, span === undefined || token === null ? edits : [...edits, { ...span, text: token }])
}

/** @throws Failure request.malformed when params are not strict JSON (a defect of the caller of this module) */
export const rewriteParams = (rewrite: Rewrite, readJson: ReadJson): OutgoingParams => {
  const { envelope, method, params, token } = rewrite
  if (params === null) return { text: envelope === null ? null : `{"_meta":${envelopeText(envelope)}}`, callerToken: null, name: null }
  // Nothing to edit and no header to mirror: the common legacy call pays for no second parse.
  if (envelope === null && !mayHoldOurs(params)) return { text: params, callerToken: null, name: null }
  const document = readJson(params)
  const field = mcpNameField(method)
  const name: unknown = field === null ? null : objectAt(document, [])?.[field]
  const tokenSpan = document.locate(['_meta', 'progressToken'])
  const ours = tokenSpan === undefined ? null : String(token)
  return {
    text: envelope === null ? legacyText(document, ours) : editToken(document, ours, envelopeEdits(document, envelope)),
    callerToken: tokenSpan === undefined ? null : document.text.slice(tokenSpan.start, tokenSpan.end),
    name: typeof name === 'string' ? name : null,
  }
}
