// Connections that stay alive, and what happens when one end does not: heartbeats, callers who leave, servers that forget.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, openSession, rpc, stateless } from './mcp-client.ts'
import { startWorld, type World } from './setup.ts'

/** Proxies on the way cut at 30 s. */
const longestSilenceMs = 25_000

/** Resolves with the time until the first comment on a stream. */
const firstComment = async (response: Response): Promise<number> => {
  const began = performance.now()
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = (response.body ?? assert.fail()).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!/^:/m.test(text)) {
    const { done, value } = await reader.read()
    if (done) assert.fail(`the stream ended after ${JSON.stringify(text)}`)
    text += value
  }
  await reader.cancel()
  return performance.now() - began
}

test('every stream of the gateway is kept alive: the session\'s, that of a long call, that of a stateless listener', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  const session = await openSession(world)
  const listening = stateless('subscriptions/listen', { notifications: { toolsListChanged: true } })
  const accept = { accept: 'application/json, text/event-stream' }
  const began = performance.now()
  const silences = await Promise.all([
    world.get('/mcp', { ...session, accept: 'text/event-stream' }).then(firstComment),
    world.post('/mcp', call('web__slow', { ms: 20_000 }), { ...session, ...accept }).then(firstComment),
    world.post('/mcp', listening.body, { ...listening.headers, ...accept }).then(firstComment),
  ])
  assert.ok(performance.now() - began <= longestSilenceMs, silences.join())
})

const leaveDuringCall = async (world: World, era: 'legacy' | 'modern', hasBegun: () => boolean): Promise<void> => {
  const stop = new AbortController()
  const { body, headers } = stateless('tools/call', { name: 'web__slow', arguments: { ms: 30_000 } })
  const gone = fetch(`${world.url}/mcp`, {
    method: 'POST', body: JSON.stringify(body), signal: stop.signal,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  })
  await eventually(hasBegun)
  stop.abort()
  await assert.rejects(gone, { name: 'AbortError' }, era)
}

for (const era of ['legacy', 'modern'] as const) {
  test(`a stateless caller who closes the connection has cancelled the call at a ${era} server`, async t => {
    const web = await startFakeMcpHttp({ era })
    t.after(() => web.close())
    const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
    await leaveDuringCall(world, era, () => web.fake.received.some(({ method }) => method === 'tools/call'))
    await eventually(() => web.fake.cancelled.length === 1)
    await eventually(() => world.outcomes().some(one => one['failure'] === 'client.gone'))
  })
}

for (const lostSession of ['by the book', 'like the SDK example'] as const) {
  test(`a server that forgets its session (${lostSession}) is greeted again within the call, and the gateway's own session lives on`, async t => {
    const web = await startFakeMcpHttp({ era: 'legacy', lostSession })
    t.after(() => web.close())
    const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
    const session = await openSession(world)
    assert.ok((await rpc(world, call('web__echo', { a: 1 }), session)).message.result)
    const before = web.fake.initializations
    web.loseSessions()
    const again = await rpc(world, call('web__echo', { a: 2 }), session)
    assert.match(again.text, /\\"a\\":2/)
    assert.equal(web.fake.initializations, before + 1)
  })
}

test('a session that the gateway does not know is answered 404 on every method, so that the client begins anew', async t => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url } } })
  const unknown = { 'mcp-session-id': 'b2c7a0de-0000-4000-8000-000000000000', 'mcp-protocol-version': '2025-11-25' }
  assert.equal((await rpc(world, call('web__echo', {}), unknown)).status, 404)
  assert.equal((await world.get('/mcp', { ...unknown, accept: 'text/event-stream' })).status, 404)
  assert.equal((await fetch(`${world.url}/mcp`, { method: 'DELETE', headers: { ...unknown, authorization: `Bearer pk_alice-0123456789abcdef` } })).status, 404)
})
