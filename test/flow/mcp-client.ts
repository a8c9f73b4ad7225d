// MCP clients and servers of the flow tests: both lines of the SDK, and raw messages where every byte counts.
import { readFileSync } from 'node:fs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CleansUp } from '../support/scratch-folder.ts'
import { keys, type World } from './setup.ts'

const headersOf = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

/** A client of the 1.x line, which speaks sessions only. */
export const legacyClient = async (test: CleansUp, world: World, path = '/mcp', key: string = keys.alice): Promise<LegacyClient> => {
  const client = new LegacyClient({ name: 'legacy-test', version: '1' })
  await client.connect(new LegacyTransport(new URL(world.url + path), { requestInit: { headers: headersOf(key) } }))
  test.after(() => client.close())
  return client
}

/** A client of the 2.x line that negotiates. */
export const autoClient = async (test: CleansUp, world: World, path = '/mcp', key: string = keys.alice): Promise<Client> => {
  const client = new Client({ name: 'auto-test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(world.url + path), { requestInit: { headers: headersOf(key) } }))
  test.after(() => client.close())
  return client
}

export const textOf = (result: unknown): string => (result as { content: { text?: string }[] }).content.map(block => block.text ?? '').join('')
export const isError = (result: unknown): boolean => (result as { isError?: boolean }).isError === true

export interface RpcAnswer { readonly status: number; readonly headers: Headers; readonly text: string; readonly message: { result?: Record<string, unknown>; error?: { code: number; message: string; data?: Record<string, unknown> } } }

/** Sends one raw JSON-RPC message. */
export const rpc = async (world: World, body: unknown, headers: Readonly<Record<string, string>> = {}, path = '/mcp'): Promise<RpcAnswer> => {
  const response = await world.post(path, body, { accept: 'application/json, text/event-stream', ...headers })
  const text = await response.text()
  const data = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    ? text.split('\n').filter(line => line.startsWith('data: ')).map(line => line.slice(6)).at(-1) ?? 'null' : text
  return { status: response.status, headers: response.headers, text, message: (data === '' ? {} : JSON.parse(data)) as RpcAnswer['message'] }
}

export const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } } }

/** A session opened by hand; returns the headers of its further requests. */
export const openSession = async (world: World, headers: Readonly<Record<string, string>> = {}, path = '/mcp'): Promise<Record<string, string>> => {
  const { headers: answered } = await rpc(world, initialize, headers, path)
  return { ...headers, 'mcp-session-id': answered.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' }
}

export const call = (name: string, args: unknown, id: number | string = 1): unknown => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } })

export interface StatelessCall {
  readonly name: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly capabilities?: Readonly<Record<string, unknown>>
  readonly inputResponses?: unknown
  readonly requestState?: unknown
  readonly meta?: Readonly<Record<string, unknown>>
  readonly key?: string
}

/** Headers and envelope of the stateless era. */
export const stateless = (method: string, params: Readonly<Record<string, unknown>>, { capabilities = {}, meta = {}, key = keys.alice }: Partial<StatelessCall> = {}): { body: unknown; headers: Record<string, string> } => {
  const envelope = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' }, 'io.modelcontextprotocol/clientCapabilities': capabilities }
  const name = params['name'] ?? params['uri']
  return {
    body: { jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: { ...envelope, ...meta } } },
    headers: { ...headersOf(key), 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...typeof name === 'string' ? { 'mcp-name': name } : {} },
  }
}

/** One tools/call of a stateless client. */
export const statelessCall = (world: World, { name, args = {}, inputResponses, requestState, ...more }: StatelessCall): Promise<RpcAnswer> => {
  const { body, headers } = stateless('tools/call', { name, arguments: args, inputResponses, requestState }, more)
  return rpc(world, body, headers)
}

/** Is a process still there? */
export const isAlive = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
