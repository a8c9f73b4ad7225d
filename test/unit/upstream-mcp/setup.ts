// What the tests of the MCP upstreams share: a pool over the real HTTP client and the real JSON reader, ended after each test.
import type { CallerSide, McpConnection, McpOwner, McpReply, ReadJson } from '../../../gateway/exchange/mcp.ts'
import { readJson as readStrictly } from '../../../gateway/surfaces/json/read-json.ts'
import { createHttpUpstream } from '../../../gateway/upstream/http.ts'
import { createMcpPool, type McpPool, type McpPoolOptions } from '../../../gateway/upstream/mcp-pool.ts'
import type { McpServerSpec } from '../../../gateway/upstream/mcp-server.ts'
import { fakeMcpCommand, startFakeMcpHttp, type FakeMcpHttp, type FakeMcpHttpOptions } from '../../support/fake-mcp-server.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'

export const readJson: ReadJson = text => readStrictly(text, { maxDepth: 64 })

export const alice: McpOwner = { principal: 'acme/alice', session: 's1', capabilities: '{}' }
export const bob: McpOwner = { principal: 'acme/bob', session: 's1', capabilities: '{}' }

const times = { connectTimeoutMs: 15_000, idleStopMs: 60_000 }

export const httpSpec = (url: string, changes: Partial<McpServerSpec> = {}): McpServerSpec =>
  ({ name: 'web', transport: { kind: 'http', url, headers: {} }, era: 'auto', ...times, ...changes })

export const stdioSpec = (flags: readonly string[] = [], changes: Partial<McpServerSpec> = {}): McpServerSpec =>
  ({ name: 'local', transport: { kind: 'stdio', ...fakeMcpCommand(...flags), env: {}, cwd: null }, era: 'legacy', ...times, ...changes })

export interface Logged { readonly server: string; readonly event: string; readonly text: string }

export interface PoolFixture { readonly pool: McpPool; readonly logged: Logged[] }

export const startPool = (test: CleansUp, servers: readonly McpServerSpec[], options: Partial<McpPoolOptions> = {}): PoolFixture => {
  const logged: Logged[] = []
  const http = createHttpUpstream({ maxConnectionsPerOrigin: 100, keepAliveMs: 1000 })
  const pool = createMcpPool({ servers, http, readJson, version: '0.0.0', log: (server, event, text) => { logged.push({ server, event, text }) }, ...options })
  test.after(async () => {
    await pool.closeAll(0)
    await http.destroy()
  })
  return { pool, logged }
}

export const startFake = async (test: CleansUp, options: FakeMcpHttpOptions = {}): Promise<FakeMcpHttp> => {
  const fake = await startFakeMcpHttp(options)
  test.after(() => fake.close())
  return fake
}

export interface CallOptions {
  readonly args?: unknown
  /** JSON text of _meta. */
  readonly meta?: string
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly onNotification?: (method: string, params: string | null) => void
  readonly caller?: CallerSide
}

export const callTool = (connection: McpConnection, name: string, options: CallOptions = {}): Promise<McpReply> => connection.request({
  method: 'tools/call',
  params: `{"name":${JSON.stringify(name)},"arguments":${JSON.stringify(options.args ?? {})}${options.meta === undefined ? '' : `,"_meta":${options.meta}`}}`,
  signal: options.signal ?? null, timeoutMs: options.timeoutMs ?? 10_000, onNotification: options.onNotification ?? null, caller: options.caller ?? null,
})

/** JSON text of the reply's result or error. */
export const payloadText = (reply: McpReply): string => reply.document.text.slice(reply.payload.start, reply.payload.end)

export const firstText = (reply: McpReply): string =>
  (JSON.parse(payloadText(reply)) as { content: { text: string }[] }).content[0]!.text

interface Seen { readonly received: readonly { method: string; id: unknown; params?: Record<string, unknown> }[]; readonly cancelled: readonly unknown[] }

/** What a stdio fake has received so far. */
export const seenBy = async (connection: McpConnection): Promise<Seen> =>
  (JSON.parse(payloadText(await callTool(connection, 'received'))) as { structuredContent: Seen }).structuredContent
