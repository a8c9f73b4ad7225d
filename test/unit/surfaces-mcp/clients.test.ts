// Real clients (both lines of the TypeScript SDK) against the MCP parts put together: what they see is what the protocol means.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { eventually } from '../../support/wait.ts'
import { httpSpec, startFake, startPool, stdioSpec } from '../upstream-mcp/setup.ts'
import { startSmallGateway, type SmallGatewayOptions } from './small-gateway.ts'

type Test = Parameters<typeof startPool>[0]

const legacyClient = async (t: Test, url: URL): Promise<LegacyClient> => {
  const client = new LegacyClient({ name: 'test', version: '1' })
  await client.connect(new LegacyTransport(url))
  t.after(() => client.close())
  return client
}

const autoClient = async (t: Test, url: URL): Promise<ModernClient> => {
  const client = new ModernClient({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new ModernTransport(url))
  t.after(() => client.close())
  return client
}

const gatewayOver = async (t: Test, era: 'legacy' | 'modern', options: Partial<SmallGatewayOptions> = {}): Promise<URL> => {
  const web = await startFake(t, { era })
  const { pool } = startPool(t, [httpSpec(web.url), stdioSpec([`--era=${era}`], { era })])
  return startSmallGateway(t, pool, { servers: ['web', 'local'], ...options })
}

const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]!.text

test('a legacy client lists and calls tools of two servers, and sees progress under its own token', async t => {
  const client = await legacyClient(t, await gatewayOver(t, 'legacy'))
  const { tools } = await client.listTools()
  assert.ok(tools.some(({ name }) => name === 'web__echo') && tools.some(({ name }) => name === 'local__echo'))
  assert.equal(textOf(await client.callTool({ name: 'local__echo', arguments: { a: 1 } })), '{"a":1}')
  const progress: number[] = []
  const result = await client.callTool({ name: 'web__progress', arguments: { steps: 3 } }, undefined, { onprogress: ({ progress: value }) => { progress.push(value) } })
  assert.equal(textOf(result), '3 steps')
  assert.deepEqual(progress, [1, 2, 3])
})

test('a client that negotiates speaks the modern era end to end where the upstreams do', async t => {
  const client = await autoClient(t, await gatewayOver(t, 'modern'))
  assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28')
  assert.ok((await client.listTools()).tools.some(({ name }) => name === 'local__slow'))
  for (const server of ['web', 'local']) assert.equal(textOf(await client.callTool({ name: `${server}__echo`, arguments: { a: 1 } })), '{"a":1}')
})

for (const era of ['legacy', 'modern'] as const) {
  test(`a hidden tool is unknown and a denied call is an isError result (${era})`, async t => {
    const url = await gatewayOver(t, era, { hides: name => name === 'web__slow', denies: name => name === 'web__echo' ? 'Not today.' : null })
    const client = await autoClient(t, url)
    assert.ok(!(await client.listTools()).tools.some(({ name }) => name === 'web__slow'))
    for (const name of ['web__slow', 'web__nonsense']) {
      await assert.rejects(client.callTool({ name, arguments: {} }), (error: { code?: number; message: string }) => error.code === -32602 && error.message.includes(`Unknown tool: ${name}`))
    }
    const denied = await client.callTool({ name: 'web__echo', arguments: {} })
    assert.equal(denied.isError, true)
    assert.match(textOf(denied), /Refused by policy rule test\.rule: Not today\./)
  })
}

test('a call that a legacy client cancels is cancelled at the server', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  const client = await legacyClient(t, await startSmallGateway(t, pool, { servers: ['web'] }))
  const abort = new AbortController()
  const calling = client.callTool({ name: 'web__slow', arguments: { ms: 10_000 } }, undefined, { signal: abort.signal })
  const rejected = assert.rejects(calling)
  await eventually(() => fake.fake.received.some(({ method }) => method === 'tools/call'))
  abort.abort()
  await rejected
  await eventually(() => fake.fake.cancelled.length === 1)
})

test('a tool that appears at a server is announced to the client, which then sees it', async t => {
  const client = await legacyClient(t, await gatewayOver(t, 'legacy'))
  let announced = 0
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => { announced += 1 })
  await client.listTools()
  await client.callTool({ name: 'local__add_tool', arguments: { name: 'fresh' } })
  await eventually(() => announced > 0)
  assert.ok((await client.listTools()).tools.some(({ name }) => name === 'local__fresh'))
})

test('a client whose session the gateway no longer knows gets HTTP 404', async t => {
  const url = await gatewayOver(t, 'legacy')
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'mcp-session-id': 'unknown' }, body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' })
  assert.equal(response.status, 404)
  assert.equal(((await response.json()) as { error: { code: number } }).error.code, -32001)
})
