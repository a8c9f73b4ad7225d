// From a strictly read POST body and its headers to one typed JSON-RPC message. A body with the envelope is of the stateless era, and the
// headers have to agree; a header alone can only ask for more: then the envelope has to be there.
import type { JsonDocument, Span } from '../../exchange/document.ts'
import { mismatchedParamHeader, type ParamMirror } from '../../exchange/mcp-param-headers.ts'
import { decodeHeaderValue, mcpNameField, metaKeys, modernVersions, rpcCodes } from '../../exchange/mcp-wire.ts'
import type { McpEra } from '../../exchange/operation.ts'
import { malformed, McpRefusal } from './refusal.ts'

/** node's IncomingMessage.headers fits. */
export type MessageHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

interface Common {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>> | null
  /** Where `params` stands in document.text. */
  readonly paramsSpan: Span | null
  readonly era: McpEra
  /** Modern: the version of the envelope. Legacy: null, the session knows it. */
  readonly protocolVersion: string | null
  readonly document: JsonDocument
}

export interface McpRequest extends Common {
  readonly kind: 'request'
  /** The id exactly as sent: a string or an integer. */
  readonly idText: string
}
export interface McpNotification extends Common { readonly kind: 'notification' }
export interface McpResponse {
  readonly kind: 'response'
  readonly document: JsonDocument
  readonly idText: string
  readonly payload: Span & { readonly kind: 'result' | 'error' }
}
export type McpMessage = McpRequest | McpNotification | McpResponse

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

const readId = (document: JsonDocument, message: Readonly<Record<string, unknown>>): string | null => {
  if (!('id' in message)) return null
  const { id } = message
  const span = document.locate(['id'])
  if (span === undefined || (typeof id !== 'string' && !Number.isSafeInteger(id))) throw malformed('The id of a request must be a string or an integer.', 'id')
  return document.text.slice(span.start, span.end)
}

const checkVersion = (meta: Readonly<Record<string, unknown>>, idText: string | null): string => {
  const version = meta[metaKeys.protocolVersion]
  if (typeof version !== 'string') throw invalidEnvelope(metaKeys.protocolVersion, 'must be a string', idText)
  if ((modernVersions as readonly string[]).includes(version)) return version
  throw new McpRefusal('Unsupported protocol version', {
    code: 'request.unsupported', rpcCode: rpcCodes.unsupportedVersion, httpStatus: 400, idText,
    data: { supported: modernVersions, requested: version.slice(0, 64) }, detail: { field: metaKeys.protocolVersion },
  })
}

const invalidEnvelope = (field: string, why: string, idText: string | null): McpRefusal =>
  new McpRefusal(`Invalid request metadata: _meta["${field}"] ${why}.`, {
    code: 'request.malformed', rpcCode: rpcCodes.invalidParams, httpStatus: 400, idText, detail: { field },
  })

const mismatch = (header: string, why: string, idText: string | null): McpRefusal =>
  new McpRefusal(`Header mismatch: ${header} ${why}.`, {
    code: 'request.malformed', rpcCode: rpcCodes.headerMismatch, httpStatus: 400, idText, detail: { field: header },
  })

const single = (headers: MessageHeaders, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value.trim() : value?.join(', ')
}

interface Mirrored { readonly method: string; readonly params: Readonly<Record<string, unknown>> | null; readonly idText: string | null }

/** Mirrors that disagree with the body would let a component in front of us decide on something else ("Server Validation"). */
const checkMirrors = (headers: MessageHeaders, body: Mirrored, isRequest: boolean): void => {
  const { idText, method, params } = body
  if (isRequest && single(headers, 'mcp-protocol-version') === undefined) throw mismatch('MCP-Protocol-Version', 'is missing', idText)
  const methodHeader = single(headers, 'mcp-method')
  if (methodHeader === undefined ? isRequest : methodHeader !== method) throw mismatch('Mcp-Method', 'is missing or is not the method of the body', idText)
  const field = mcpNameField(method)
  if (field === null || !isRequest) return
  const value = params?.[field]
  const nameHeader = single(headers, 'mcp-name')
  if (nameHeader === undefined ? typeof value === 'string' : decodeHeaderValue(nameHeader) !== value) {
    throw mismatch('Mcp-Name', `is missing or does not match params.${field} of the body`, idText)
  }
}

/**
 * The mirrors that only the tool's definition knows: they are checked once the tool is found.
 * @throws McpRefusal
 */
export const checkParamMirrors = ({ era, idText, params }: McpRequest, mirrors: readonly ParamMirror[], headers: MessageHeaders): void => {
  if (era === 'legacy' || mirrors.length === 0) return
  const header = mismatchedParamHeader(mirrors, params?.['arguments'], headers)
  if (header !== null) throw mismatch(header, 'is missing, badly encoded or does not match the arguments of the body', idText)
}

const envelopeKeys = [metaKeys.protocolVersion, metaKeys.clientInfo, metaKeys.clientCapabilities] as const
const noEnvelope: Readonly<Record<string, unknown>> = Object.freeze({})

/** Null for a message of the session era. */
const envelopeOf = (method: string, params: Readonly<Record<string, unknown>> | null, headers: MessageHeaders): Readonly<Record<string, unknown>> | null => {
  const meta = params?.['_meta']
  if (isRecord(meta) && envelopeKeys.some(key => key in meta)) return meta
  const isStateless = method === 'server/discover'
    || headers['mcp-session-id'] === undefined && (modernVersions as readonly unknown[]).includes(single(headers, 'mcp-protocol-version'))
  return isStateless ? noEnvelope : null
}

const readParams = (message: Readonly<Record<string, unknown>>, idText: string | null): Readonly<Record<string, unknown>> | null => {
  const { params } = message
  if (params === undefined) return null
  if (!isRecord(params)) throw malformed('params must be an object.', 'params', idText)
  return params
}

const readCall = (document: JsonDocument, message: Readonly<Record<string, unknown>>, method: string, headers: MessageHeaders): McpRequest | McpNotification => {
  const idText = readId(document, message)
  const params = readParams(message, idText)
  const meta = envelopeOf(method, params, headers)
  const paramsSpan = document.locate(['params']) ?? null
  const era: McpEra = meta === null ? 'legacy' : 'modern'
  let protocolVersion: string | null = null
  if (meta !== null) {
    const versionHeader = single(headers, 'mcp-protocol-version')
    const said = meta[metaKeys.protocolVersion]
    if (typeof said === 'string' && versionHeader !== undefined && versionHeader !== said) throw mismatch('MCP-Protocol-Version', 'is not the version of the body', idText)
    protocolVersion = checkVersion(meta, idText)
    if (!isRecord(meta[metaKeys.clientCapabilities])) throw invalidEnvelope(metaKeys.clientCapabilities, 'must be an object', idText)
    checkMirrors(headers, { method, params, idText }, idText !== null)
  }
  const common = { method, params, paramsSpan, era, protocolVersion, document }
  return idText === null ? { kind: 'notification', ...common } : { kind: 'request', idText, ...common }
}

/**
 * Reads one message. Batches are refused whatever the version.
 * @param document the strictly read body.
 * @throws McpRefusal with the protocol's own code and HTTP status
 */
export const readMessage = (document: JsonDocument, headers: MessageHeaders): McpMessage => {
  const { value } = document
  if (Array.isArray(value)) throw malformed('JSON-RPC batches are not accepted; send one message per request.', '')
  if (!isRecord(value)) throw malformed('The body must be a JSON-RPC message.', '')
  if (value['jsonrpc'] !== '2.0') throw malformed('"jsonrpc" must be "2.0".', 'jsonrpc')
  const { method } = value
  if (typeof method === 'string') {
    if ('result' in value || 'error' in value) throw malformed('A message is either a request or a response.', 'method')
    return readCall(document, value, method, headers)
  }
  if (method !== undefined) throw malformed('The method must be a string.', 'method')
  if (('result' in value) === ('error' in value)) throw malformed('A message needs a method, a result or an error.', 'method')
  const kind = 'result' in value ? 'result' : 'error'
  const payload = document.locate([kind])
  const idText = readId(document, value)
  if (idText === null || payload === undefined || !isRecord(value[kind])) throw malformed(`A response needs an id and a ${kind} that is an object.`, idText === null ? 'id' : kind)
  return { kind: 'response', document, idText, payload: { kind, start: payload.start, end: payload.end } }
}
