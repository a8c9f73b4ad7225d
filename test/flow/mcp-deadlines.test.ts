// How long a call may take: by server, by tool, and with progress that says that somebody works.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { startWorld } from './setup.ts'

const withProgress = (name: string, args: unknown): unknown =>
  ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, _meta: { progressToken: 'mine' } } })

test('a tool has the deadline of the first glob that matches its own name, the others that of the server', async t => {
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', call_timeout_ms: 60_000, tool_timeouts: { 'sl*': 150, slow: 60_000 } } } })
  const session = await openSession(world)
  const { message } = await rpc(world, call('home__slow', { ms: 5000 }), session)
  assert.equal(message.error?.data?.['code'], 'upstream.timeout')
  assert.match(message.error.message, /within 150 ms/)
  assert.ok((await rpc(world, call('home__echo', {}), session)).message.result)
})

test('progress begins the deadline of a call anew over every transport; without it the call ends in time', async t => {
  const legacy = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => legacy.close())
  const modern = await startFakeMcpHttp({ era: 'modern' })
  t.after(() => modern.close())
  const limits = { tool_timeouts: { progress: 400 } }
  const world = await startWorld(t, { mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', ...limits }, legacy: { url: legacy.url, ...limits }, modern: { url: modern.url, ...limits } } })
  const session = await openSession(world)
  for (const server of ['home', 'legacy', 'modern']) {
    const worked = await rpc(world, withProgress(`${server}__progress`, { steps: 8, ms: 150 }), session)
    assert.ok(worked.message.result, `${server}: ${worked.text}`)
    const silent = await rpc(world, call(`${server}__progress`, { steps: 8, ms: 150 }), session)
    assert.equal(silent.message.error?.data?.['code'], 'upstream.timeout', server)
  }
})

test('no progress carries a call over its longest time, and the server is told that nobody waits', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url, call_timeout_ms: 400, call_limit_ms: 700 } } })
  const began = performance.now()
  const { message } = await rpc(world, withProgress('web__progress', { steps: 100, ms: 100 }), await openSession(world))
  assert.equal(message.error?.data?.['code'], 'upstream.timeout')
  assert.match(message.error.message, /within 700 ms, the longest time of a call/)
  assert.ok(performance.now() - began < 3000)
  assert.equal(web.fake.cancelled.length, 1)
})
