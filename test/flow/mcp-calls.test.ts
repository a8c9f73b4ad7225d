// MCP traffic end to end: both eras, both transports, real SDK clients, and bytes that survive.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ResourceUpdatedNotificationSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { fakeMcpCommand, startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { autoClient, call, initialize, isError, legacyClient, openSession, rpc, textOf } from './mcp-client.ts'
import { keys, startWorld, type World } from './setup.ts'

const startPair = async (t: TestContext, era: 'legacy' | 'modern'): Promise<{ world: World; web: FakeMcpHttp }> => {
  const web = await startFakeMcpHttp({
    era, resources: ['{"uri":"note://one","name":"one","x-odd":1.0}'], prompts: ['{"name":"greet","arguments":[{"name":"who"}]}'],
  })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url }, home: { ...fakeMcpCommand(`--era=${era}`), era } } })
  return { world, web }
}

test('the merged endpoint lists both servers under prefixed names, and each server has an endpoint with its own names', async t => {
  const { world } = await startPair(t, 'legacy')
  const merged = await legacyClient(t, world)
  const names = (await merged.listTools()).tools.map(tool => tool.name)
  assert.ok(names.includes('web__echo') && names.includes('home__echo'), names.join())
  const single = await legacyClient(t, world, '/mcp/web')
  const own = (await single.listTools()).tools.map(tool => tool.name)
  assert.ok(own.includes('echo') && !own.some(name => name.includes('__')))
  for (const name of ['web__echo', 'home__echo']) assert.match(textOf(await merged.callTool({ name, arguments: { a: 1 } })), /"a":1/)
  assert.match(textOf(await single.callTool({ name: 'echo', arguments: { a: 2 } })), /"a":2/)
})

for (const era of ['legacy', 'modern'] as const) {
  test(`a client that negotiates speaks the stateless era, and one of the session era its own, with ${era} servers`, async t => {
    const { world } = await startPair(t, era)
    const modern = await autoClient(t, world)
    assert.equal(modern.getNegotiatedProtocolVersion(), '2026-07-28')
    assert.ok((await modern.listTools()).tools.some(tool => tool.name === 'home__echo'))
    for (const name of ['web__echo', 'home__echo']) assert.match(textOf(await modern.callTool({ name, arguments: { a: 3 } })), /"a":3/)
    const session = await openSession(world)
    for (const name of ['web__echo', 'home__echo']) {
      const { message, text } = await rpc(world, call(name, { b: 4 }), session)
      assert.match(JSON.stringify(message), /\\"b\\":4/)
      assert.ok(!text.includes('resultType'), text)
    }
  })
}

test('unknown members of definitions, arguments and results survive byte for byte', async t => {
  const { world, web } = await startPair(t, 'legacy')
  const session = await openSession(world)
  const { text } = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, session)
  assert.ok(text.includes('"x-vendor":{"b":1.0,"a":"\\u00e9"}') && text.includes('"x-order":[3,2,1]'), text.slice(0, 400))
  const odd = await rpc(world, call('web__odd_content', {}), session)
  assert.ok(odd.text.includes('{"content":[{"type":"hologram","frames":[1.50]}],"x-unknown":{"z":1,"a":2}, "_meta" : {"vendor/x":true}}'), odd.text)
  await rpc(world, '{"jsonrpc":"2.0","id":"own-id","method":"tools/call","params":{"name":"web__echo","arguments":{"n":1.50},"x-extra":{"k":[2e3]}}}', session)
  const received = web.fake.received.findLast(one => one.method === 'tools/call')
  assert.deepEqual((received?.params as { 'x-extra': unknown })['x-extra'], { k: [2000] })
  assert.notEqual(received?.id, 'own-id', 'ids upstream are the gateway\'s own')
})

test('progress, log messages, errors and results with isError pass', async t => {
  const { world } = await startPair(t, 'legacy')
  const client = await legacyClient(t, world)
  for (const server of ['web', 'home']) {
    const seen: number[] = []
    await client.callTool({ name: `${server}__progress`, arguments: { steps: 3 } }, undefined, { onprogress: ({ progress }) => { seen.push(progress) } })
    assert.deepEqual(seen, [1, 2, 3], server)
    assert.ok(isError(await client.callTool({ name: `${server}__tool_error`, arguments: {} })))
    await assert.rejects(client.callTool({ name: `${server}__rpc_error`, arguments: {} }), /vendor error/)
  }
})

test('a cancelled call is cancelled at the server', async t => {
  const { world, web } = await startPair(t, 'legacy')
  const client = await legacyClient(t, world)
  const stop = new AbortController()
  const pending = client.callTool({ name: 'web__slow', arguments: { ms: 10_000 } }, undefined, { signal: stop.signal })
  await eventually(() => web.fake.received.some(one => one.method === 'tools/call') ? true : undefined)
  stop.abort()
  await assert.rejects(pending)
  await eventually(() => web.fake.cancelled.length > 0 ? true : undefined)
})

test('a changed list is announced to the client, which then sees the new tool', async t => {
  const { world } = await startPair(t, 'legacy')
  const client = await legacyClient(t, world)
  await client.listTools()
  let changed = 0
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => { changed += 1 })
  await client.callTool({ name: 'home__add_tool', arguments: { name: 'fresh' } })
  await eventually(() => changed > 0 ? true : undefined)
  assert.ok((await client.listTools()).tools.some(tool => tool.name === 'home__fresh'))
})

test('resources and prompts are listed, read and got', async t => {
  const { world } = await startPair(t, 'legacy')
  const client = await legacyClient(t, world)
  assert.deepEqual((await client.listResources()).resources.map(one => one.uri), ['note://one'])
  assert.deepEqual((await client.listPrompts()).prompts.map(one => one.name), ['web__greet'])
  await client.readResource({ uri: 'note://one' }).catch((error: unknown) => { assert.doesNotMatch(String(error), /Resource not found/) })
  assert.deepEqual(world.outcomes().filter(one => one['action'] === 'resource.read').map(one => (one['target'] as { server: string }).server), ['web'])
  await assert.rejects(client.readResource({ uri: 'note://none' }), /not found/i)
})

test('a client hears of the resources that it subscribed to, and of no others', async t => {
  const { world, web } = await startPair(t, 'legacy')
  const client = await legacyClient(t, world)
  assert.equal(client.getServerCapabilities()?.resources?.subscribe, true)
  const heard: string[] = []
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { heard.push(params.uri) })
  const tell = (uri: string): void => { web.announce({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } }) }
  await client.subscribeResource({ uri: 'note://one' })
  await eventually(() => { tell('note://one'); return heard.length > 0 })
  assert.deepEqual(web.fake.received.filter(one => one.method === 'resources/subscribe').map(one => one.params), [{ uri: 'note://one' }])
  tell('note://other')
  web.announce({ jsonrpc: '2.0', method: 'notifications/vendor', params: { uri: 'note://one' } })
  await client.unsubscribeResource({ uri: 'note://one' })
  const before = heard.length
  tell('note://one')
  await client.ping()
  await client.listTools()
  assert.deepEqual([...new Set(heard)], ['note://one'])
  assert.ok(heard.length <= before + 1, 'what was on its way when the client unsubscribed may still come')
  await assert.rejects(client.subscribeResource({ uri: 'note://none' }), /not found/i)
  assert.deepEqual(world.outcomes().filter(one => one['method'] === 'resources/subscribe').map(one => one['action']), ['resource.read', 'resource.read'])
})

test('a session ends with DELETE, is bound to its key and its endpoint, and is unknown afterwards', async t => {
  const { world } = await startPair(t, 'legacy')
  const session = await openSession(world)
  const ping = { jsonrpc: '2.0', id: 5, method: 'ping' }
  assert.equal((await rpc(world, ping, session)).status, 200)
  assert.equal((await rpc(world, ping, { ...session, authorization: `Bearer ${keys.root}` })).status, 404)
  assert.equal((await rpc(world, ping, session, '/mcp/web')).status, 404)
  assert.equal((await rpc(world, ping, { ...session, 'mcp-session-id': 'made-up' })).status, 404)
  const ended = await fetch(`${world.url}/mcp`, { method: 'DELETE', headers: { authorization: `Bearer ${keys.alice}`, ...session } })
  assert.equal(ended.status, 204)
  assert.equal((await rpc(world, ping, session)).status, 404)
})

test('initialize greets each server once, by the connection that the session uses', async t => {
  const { world, web } = await startPair(t, 'legacy')
  const session = await openSession(world)
  await rpc(world, call('web__echo', {}), session)
  assert.equal(web.fake.received.filter(one => one.method === 'initialize').length, 1)
  assert.equal((await rpc(world, { ...initialize, params: { ...initialize.params, protocolVersion: '1999-01-01' } })).message.result?.['protocolVersion'], '2025-11-25')
})

test('trace context goes upstream in _meta when traces are recorded, and baggage of the caller does not', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } }, config: { telemetry: { otlp_endpoint: 'http://127.0.0.1:9' } } })
  const session = await openSession(world)
  await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__echo', arguments: {}, _meta: { baggage: 'user=alice', 'vendor/x': 1 } } }, session)
  const { _meta: meta } = web.fake.received.findLast(one => one.method === 'tools/call')?.params as { _meta: Record<string, unknown> }
  assert.match(String(meta['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  assert.equal(meta['baggage'], '')
  assert.equal(meta['vendor/x'], 1)
  assert.equal(String(meta['traceparent']).slice(3, 35), world.outcomes().findLast(one => one['method'] === 'tools/call')?.['trace'])
})
