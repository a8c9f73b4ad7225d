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

/** Opens an MCP session, if the endpoint has such, and finds the echo tool by whatever name it is offered. */
export const toolRequest = async (origin: string): Promise<RequestTemplate> => {
  const url = `${origin}/mcp`
  const opened = await post(url, {}, { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } } })
  await opened.text()
  const session = opened.headers.get('mcp-session-id')
  const extra = { 'mcp-protocol-version': '2025-06-18', ...session === null ? {} : { 'mcp-session-id': session } }
  await (await post(url, extra, { method: 'notifications/initialized' })).text()
  const listed = await (await post(url, extra, { id: 2, method: 'tools/list' })).text()
  const name = /"name":\s*"((?:[a-z0-9-]+__)?echo)"/.exec(listed)?.[1]
  if (name === undefined) throw new Error(`${url} offers no echo tool: ${listed.slice(0, 300)}`)
  const text = `${counterMark} ${prose.repeat(3)}`.slice(0, 250)
  return {
    url, headers: { ...headers, ...extra }, expect: 'The quick brown fox',
    body: JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name, arguments: { text } } }),
  }
}
