// Servers that an endpoint cannot do without, and servers that it can.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, initialize, openSession, rpc, stateless } from './mcp-client.ts'
import { startWorld, type World } from './setup.ts'

const readiness = async (world: World): Promise<{ status: number; reason: string }> => {
  const response = await world.admin('/readyz')
  return { status: response.status, reason: ((await response.json()) as { reason?: string }).reason ?? '' }
}

const listed = { jsonrpc: '2.0', id: 2, method: 'tools/list' }

test('while a required server cannot be reached the gateway is not ready and its endpoints say so; the other endpoints serve', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { gone: { url: 'http://127.0.0.1:9/mcp', required: true }, web: { url: web.url } } })
  const { reason } = await eventually(async () => { const now = await readiness(world); return now.reason.includes('cannot be reached') && now.status === 503 ? now : undefined })
  assert.match(reason, /required MCP server "gone"/)
  const { body, headers } = stateless('tools/list', {})
  for (const answer of [await rpc(world, initialize), await rpc(world, initialize, {}, '/mcp/gone'), await rpc(world, body, headers)]) {
    assert.equal(answer.message.error?.data?.['code'], 'upstream.connect', answer.text)
    assert.match(answer.message.error.message, /"gone" is required here and cannot be reached/)
  }
  const elsewhere = await openSession(world, {}, '/mcp/web')
  assert.ok((await rpc(world, call('echo', {}), elsewhere, '/mcp/web')).message.result)
})

test('a required server is started with the gateway; when it dies calls fail, and when it is back everything is', async t => {
  let web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const port = Number(new URL(web.url).port)
  const world = await startWorld(t, { mcpServers: { web: { url: web.url, required: true }, home: { ...fakeMcpCommand(), era: 'legacy' } } })
  await eventually(async () => (await readiness(world)).status === 200)
  assert.equal(web.fake.initializations, 1, 'nobody has called yet')
  const session = await openSession(world)
  assert.ok((await rpc(world, call('home__echo', {}), session)).message.result)
  await web.close()
  await eventually(async () => (await readiness(world)).status === 503, { withinMs: 12_000 })
  const refused = await rpc(world, call('home__echo', {}), session)
  assert.match(refused.message.error?.message ?? refused.text, /"web" is required here/)
  web = await startFakeMcpHttp({ era: 'legacy', port })
  await eventually(async () => (await readiness(world)).status === 200, { withinMs: 20_000 })
  await eventually(async () => (await rpc(world, call('home__echo', {}), session)).message.result, { withinMs: 10_000 })
})

test('an optional server that cannot be reached is left out of lists and reported, and the gateway is ready', async t => {
  const world = await startWorld(t, { mcpServers: { gone: { url: 'http://127.0.0.1:9/mcp' }, home: { ...fakeMcpCommand(), era: 'legacy' } } })
  const { message } = await rpc(world, listed, await openSession(world))
  const names = (message.result?.['tools'] as { name: string }[]).map(({ name }) => name)
  assert.ok(names.length > 0 && names.every(name => name.startsWith('home__')))
  assert.equal((await readiness(world)).status, 200)
  const status = await (await world.admin('/status')).json() as { mcp: { server: string; state: string; required: boolean }[] }
  assert.deepEqual(status.mcp.map(({ server, state, required }) => [server, state, required]), [['gone', 'failed', false], ['home', 'ready', false]])
})

test('a reload makes a server required, and no longer', async t => {
  const dead = { url: 'http://127.0.0.1:9/mcp' }
  const world = await startWorld(t, { mcpServers: { gone: dead } })
  assert.equal((await readiness(world)).status, 200)
  world.rewriteConfig({ mcp_servers: { gone: { ...dead, required: true } } })
  assert.equal(await world.gateway.reload('test'), null)
  assert.equal((await readiness(world)).status, 503)
  world.rewriteConfig({ mcp_servers: { gone: dead } })
  assert.equal(await world.gateway.reload('test'), null)
  assert.equal((await readiness(world)).status, 200)
})
