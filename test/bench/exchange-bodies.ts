// The requests that the bench sends, and how it knows that they were really served.
import { benchKey, benchModel } from './configs.ts'
import type { RequestTemplate } from './load.ts'

/** Replaced by a counter where every request shall be new: a decision or a scan that is remembered must not count as one that was made. */
export const counterMark = '00000000'

const prose = 'Please read the following notes of our last meeting and write three short points for the team. '

const chatBody = (stream: boolean): string => JSON.stringify({
  model: benchModel, ...stream ? { stream: true } : {},
  messages: [{ role: 'system', content: 'You are a careful assistant.' }, { role: 'user', content: `Request ${counterMark}. ${prose.repeat(9)}` }],
})

const headers: Readonly<Record<string, string>> = {
  'content-type': 'application/json', 'accept': 'application/json, text/event-stream', 'authorization': `Bearer ${benchKey}`,
}

/** A chat completion of about 1 KB in, 1 KB out. */
export const chatRequest = (origin: string): RequestTemplate => ({ url: `${origin}/v1/chat/completions`, headers, body: chatBody(false), expect: 'The quick brown fox' })

export const streamRequest = (origin: string): RequestTemplate => ({ url: `${origin}/v1/chat/completions`, headers, body: chatBody(true), expect: '[DONE]' })

const post = async (url: string, extra: Readonly<Record<string, string>>, message: object): Promise<Response> => {
  const response = await fetch(url, { method: 'POST', headers: { ...headers, ...extra }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
  return response
}

export type McpHeaders = Readonly<Record<string, string>>

/** Opens an MCP session, if the endpoint has such; returns what its further requests carry. */
export const openSession = async (url: string): Promise<McpHeaders> => {
  const opened = await post(url, {}, { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } } })
  await opened.text()
  const session = opened.headers.get('mcp-session-id')
  const extra = { 'mcp-protocol-version': '2025-06-18', ...session === null ? {} : { 'mcp-session-id': session } }
  await (await post(url, extra, { method: 'notifications/initialized' })).text()
  return extra
}

/** Sends one request of a session and returns the answer's text. */
export const ask = async (url: string, session: McpHeaders, method: string, params: object = {}): Promise<string> =>
  (await post(url, session, { id: 2, method, params })).text()

export const endSession = async (url: string, session: McpHeaders): Promise<void> => {
  await (await fetch(url, { method: 'DELETE', headers: { ...headers, ...session } })).text()
}

/** An argument of about 250 bytes. */
export const echoArguments = { text: `${counterMark} ${prose.repeat(3)}`.slice(0, 250) }

const echoNameIn = (listed: string, url: string): string => {
  const name = /"name":\s*"((?:[a-z0-9-]+__)?echo)"/.exec(listed)?.[1]
  if (name === undefined) throw new Error(`${url} offers no echo tool: ${listed.slice(0, 300)}`)
  return name
}

const callOf = (url: string, extra: McpHeaders, params: object): RequestTemplate => ({
  url, headers: { ...headers, ...extra }, expect: 'The quick brown fox', body: JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/call', params }),
})

/** A tool call of a session. Finds the echo tool by whatever name it is offered. */
export const toolRequest = async (origin: string, path = '/mcp'): Promise<RequestTemplate> => {
  const url = origin + path
  const session = await openSession(url)
  return callOf(url, session, { name: echoNameIn(await ask(url, session, 'tools/list'), url), arguments: echoArguments })
}

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
const statelessHeaders = (method: string): McpHeaders => ({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method })

/** The same call by a stateless client. */
export const statelessToolRequest = async (origin: string, path: string): Promise<RequestTemplate> => {
  const url = origin + path
  const name = echoNameIn(await ask(url, statelessHeaders('tools/list'), 'tools/list', { _meta: envelope }), url)
  return callOf(url, { ...statelessHeaders('tools/call'), 'mcp-name': name }, { name, arguments: echoArguments, _meta: envelope })
}
