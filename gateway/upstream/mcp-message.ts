// Reads one JSON-RPC message of a server and writes ours by concatenation. It must never re-serialise what a server sent.
import type { JsonDocument } from '../exchange/document.ts'
import { Failure } from '../exchange/failure.ts'
import type { McpReply, QuestionAnswer, ReadJson } from '../exchange/mcp.ts'

export type Incoming =
  | { readonly kind: 'reply'; readonly id: unknown; readonly reply: McpReply }
  | { readonly kind: 'request'; readonly idText: string; readonly method: string; readonly params: string | null }
  | { readonly kind: 'notification'; readonly method: string; readonly params: string | null; readonly document: JsonDocument }

const broken = (server: string, what: string): Failure =>
  new Failure('upstream.protocol', `MCP server "${server}" sent ${what}.`, { detail: { server } })

const textAt = (document: JsonDocument, key: string): string | null => {
  const span = document.locate([key])
  return span === undefined ? null : document.text.slice(span.start, span.end)
}

const readReply = (server: string, document: JsonDocument, message: Readonly<Record<string, unknown>>): Incoming => {
  const kind = 'result' in message ? 'result' : 'error'
  const payload = document.locate([kind])
  if (payload === undefined || ('result' in message && 'error' in message)) throw broken(server, 'a message that is neither request nor response')
  const body = message[kind]
  if (typeof body !== 'object' || body === null) throw broken(server, `a response whose ${kind} is not an object`)
  return { kind: 'reply', id: message['id'], reply: { kind, document, payload } }
}

/** @throws Failure upstream.protocol when the text is not one JSON-RPC 2.0 message */
export const readIncoming = (server: string, text: string, readJson: ReadJson): Incoming => {
  let document: JsonDocument
  try {
    document = readJson(text)
  } catch (cause) {
    throw new Failure('upstream.protocol', `MCP server "${server}" sent a message that is not strict JSON.`, { cause, detail: { server } })
  }
  const { value } = document
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken(server, 'something that is not a JSON-RPC message')
  const message = value as Readonly<Record<string, unknown>>
  if (message['jsonrpc'] !== '2.0') throw broken(server, 'a message without "jsonrpc": "2.0"')
  const { method } = message
  if (method === undefined) return readReply(server, document, message)
  if (typeof method !== 'string') throw broken(server, 'a method that is not a string')
  const params = textAt(document, 'params')
  const idText = textAt(document, 'id')
  return idText === null ? { kind: 'notification', method, params, document } : { kind: 'request', idText, method, params }
}

const tail = (params: string | null): string => params === null ? '}' : `,"params":${params}}`

export const writeRequest = (id: number, method: string, params: string | null): string =>
  `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}${tail(params)}`

export const writeNotification = (method: string, params: string | null): string =>
  `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${tail(params)}`

/** What a server hears when nobody answers its request. */
export const refusedQuestion: QuestionAnswer = { kind: 'error', text: '{"code":-32601,"message":"This client does not offer that method."}' }

/** The answer to a request of a server. */
export const writeResponse = (idText: string, { kind, text }: QuestionAnswer): string => `{"jsonrpc":"2.0","id":${idText},"${kind}":${text}}`

/** Legacy on every transport, modern on stdio: what tells a server to stop working on a request. */
export const writeCancelled = (id: number, reason: string): string =>
  writeNotification('notifications/cancelled', `{"requestId":${id},"reason":${JSON.stringify(reason)}}`)
