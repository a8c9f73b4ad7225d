// JSON-RPC batches of revision 2025-03-26: several messages share a response, and nothing else.
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test, type TestContext } from 'node:test'
import { fakeMcpCommand, startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { eventually } from '../support/wait.ts'
import { call, initialize, openSession, rpc } from './mcp-client.ts'
import { adjustEntry, keys, startWorld, type World, type WorldOptions } from './setup.ts'

interface Answered { readonly id: unknown; readonly result?: Record<string, unknown>; readonly error?: { code: number; data?: Record<string, unknown> } }

const startBatching = async (t: TestContext, options: WorldOptions = {}): Promise<{ world: World; web: FakeMcpHttp; session: Record<string, string> }> => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  const world = await startWorld(t, { mcpServers: { web: { url: web.url }, home: { ...fakeMcpCommand(), era: 'legacy' } }, ...options })
  const { headers } = await rpc(world, { ...initialize, params: { ...initialize.params, protocolVersion: '2025-03-26' } })
  return { world, web, session: { 'mcp-session-id': headers.get('mcp-session-id') ?? '' } }
}

const post = (world: World, body: unknown, headers: Readonly<Record<string, string>>): Promise<Response> =>
  world.post('/mcp', body, { accept: 'application/json, text/event-stream', ...headers })

const byId = (answers: readonly Answered[]): Answered[] => [...answers].sort((a, b) => String(a.id).localeCompare(String(b.id)))

test('a batch is answered by one array, each request in it decided, audited and traced as an exchange of its own', async t => {
  const { world, session } = await startBatching(t, { config: { policy: { settings: { access: [{ groups: ['engineering'], tools: ['home/*', 'web/echo'] }] } } } })
  const before = world.outcomes().length
  const response = await post(world, [
    call('home__echo', { a: 1 }, 1), call('web__echo', { a: 2 }, 'two'), call('web__slow', {}, 3), { jsonrpc: '2.0', id: 4, method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } },
  ], session)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/json')
  const answers = byId(await response.json() as Answered[])
  assert.deepEqual(answers.map(({ id }) => id), [1, 3, 4, 'two'])
  assert.equal(answers[1]?.error?.code, -32602, 'the hidden tool does not exist')
  assert.ok(answers[0]?.result && answers[2]?.result && answers[3]?.result)
  const outcomes = await eventually(() => { const all = world.outcomes().slice(before); return all.length === 6 ? all : undefined })
  assert.deepEqual(outcomes.map(one => one['method']).sort(), ['batch', 'notification', 'ping', 'tools/call', 'tools/call', 'tools/call'])
  assert.equal(new Set(outcomes.map(one => one['exchange'])).size, 6)
  assert.equal(outcomes.filter(one => one['failure'] === 'policy.denied' || one['failure'] === 'request.unknown_tool').length, 1)
  assert.equal(new Set(outcomes.map(one => one['trace'])).size, 1, 'one trace holds them')
  assert.equal(world.audit().filter(one => one.phase === 'intent' && outcomes.some(other => other['exchange'] === one['exchange'])).length, 2, 'an intent for each call that was allowed')
})

test('where a message has something to say before its answer, all answers come as messages on one stream', async t => {
  const { world, session } = await startBatching(t)
  const reported = { jsonrpc: '2.0', id: 'p', method: 'tools/call', params: { name: 'web__progress', arguments: { steps: 3 }, _meta: { progressToken: 'mine' } } }
  const response = await post(world, [{ jsonrpc: '2.0', id: 1, method: 'ping' }, reported, call('home__slow', { ms: 50 }, 2)], session)
  assert.match(response.headers.get('content-type') ?? '', /text\/event-stream/)
  const messages = (await response.text()).split('\n').filter(line => line.startsWith('data: ')).map(line => JSON.parse(line.slice(6)) as Answered & { method?: string; params?: { progressToken?: unknown } })
  assert.deepEqual(byId(messages.filter(({ method }) => method === undefined)).map(({ id }) => id), [1, 2, 'p'])
  assert.deepEqual(messages.filter(({ method }) => method !== undefined).map(({ params }) => params?.progressToken), ['mine', 'mine', 'mine'])
})

test('notifications and responses only are accepted without a body', async t => {
  const { world, session } = await startBatching(t)
  const response = await post(world, [{ jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', id: 'x', result: {} }], session)
  assert.equal(response.status, 202)
  assert.equal(await response.text(), '')
})

test('one malformed message gets its own error, and the others their answers', async t => {
  const { world, session } = await startBatching(t)
  const nested = [{ jsonrpc: '2.0', id: 9, method: 'ping' }]
  const response = await post(world, [7, { jsonrpc: '1.0', id: 2, method: 'ping' }, nested, { ...initialize, id: 3 }, { jsonrpc: '2.0', id: 4, method: 'no/such' }, call('home__echo', {}, 5)], session)
  const answers = await response.json() as Answered[]
  assert.deepEqual(answers.map(({ error }) => error?.code ?? 0).sort(), [-32600, -32600, -32600, -32600, -32601, 0])
  assert.ok(answers.find(({ id }) => id === 5)?.result)
  assert.equal(answers.find(({ id }) => id === 3)?.error?.code, -32600, 'initialize is no part of a batch')
})

test('an empty batch, one that is too long, and a batch of any other revision are refused as a whole', async t => {
  const { world, session } = await startBatching(t, { config: { limits: { batch: 3 } } })
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  for (const [body, headers, says] of [
    [[], session, /at least one/], [Array(4).fill(ping), session, /limits\.batch/], [[ping], await openSession(world), /batches are not accepted/], [[ping], {}, /batches are not accepted/],
  ] as const) {
    const answer = await rpc(world, body, headers)
    assert.equal(answer.status, 400)
    assert.equal(answer.message.error?.code, -32600)
    assert.match(answer.text, says)
  }
  assert.equal((await rpc(world, [ping], { 'mcp-session-id': 'nobody' })).status, 404)
})

test('every message of a batch counts against the rate of its key, and a key with one place can still send them', async t => {
  const { world, session } = await startBatching(t, { adjust: adjustEntry('keys', 'alice', { limits: { requests_per_minute: 6, concurrency: 1 } }) })
  const response = await post(world, Array.from({ length: 6 }, (_none, index) => call('home__echo', {}, index)), session)
  const answers = await response.json() as Answered[]
  assert.equal(answers.filter(({ result }) => result !== undefined).length, 4, 'initialize and the batch itself were requests too')
  assert.deepEqual(new Set(answers.filter(({ error }) => error !== undefined).map(({ error }) => error?.data?.['code'])), new Set(['quota.exceeded']))
})

test('a caller who leaves cancels everything that the batch still waits for', async t => {
  const { world, web, session } = await startBatching(t)
  await rpc(world, { jsonrpc: '2.0', id: 0, method: 'tools/list' }, session)
  const body = JSON.stringify([call('web__slow', { ms: 30_000 }, 1), call('web__slow', { ms: 30_000 }, 2)])
  const sent = httpRequest(`${world.url}/mcp`, { method: 'POST', headers: { ...session, authorization: `Bearer ${keys.alice}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' } })
  sent.on('error', () => undefined)
  sent.end(body)
  await eventually(() => web.fake.received.filter(({ method }) => method === 'tools/call').length === 2)
  sent.destroy()
  await eventually(() => web.fake.cancelled.length === 2)
  await eventually(() => world.outcomes().filter(one => one['failure'] === 'client.gone').length === 2)
})
