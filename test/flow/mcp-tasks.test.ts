// Calls that a server carries out in its own time: whose they are, what policy says about every later word, and ids that nobody else can use.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startFakeMcpHttp, type FakeMcpHttp } from '../support/fake-mcp-server.ts'
import { initialize, openSession, rpc, stateless, statelessCall, type RpcAnswer } from './mcp-client.ts'
import { keys, startWorld, type World } from './setup.ts'

const extension = 'io.modelcontextprotocol/tasks'
const capabilities = { elicitation: {}, extensions: { [extension]: {}, 'vendor/other': {} } }
const settings = { policy: { settings: { access: [{ groups: ['engineering', 'guests'], tools: ['*'] }] } } }

const start = async (t: TestContext, era: 'legacy' | 'modern', config: Readonly<Record<string, unknown>> = settings): Promise<{ world: World; web: FakeMcpHttp }> => {
  const [web, other] = [await startFakeMcpHttp({ era }), await startFakeMcpHttp({ era })]
  t.after(() => Promise.all([web.close(), other.close()]))
  for (const { fake } of [web, other]) Object.assign(fake.extraCapabilities, era === 'modern' ? { extensions: { [extension]: {} } } : { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } })
  return { world: await startWorld(t, { mcpServers: { web: { url: web.url }, other: { url: other.url } }, config }), web }
}

const about = (world: World, method: string, params: Readonly<Record<string, unknown>>, key?: string): Promise<RpcAnswer> => {
  const { body, headers } = stateless(method, params, { capabilities, ...key === undefined ? {} : { key } })
  return rpc(world, body, { ...headers, 'mcp-name': String(params['taskId']) })
}

const begin = async (world: World, args: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const { message } = await statelessCall(world, { name: 'web__job', args, capabilities })
  assert.equal(message.result?.['resultType'], 'task')
  const id = message.result['taskId']
  assert.ok(typeof id === 'string' && !id.includes('task-1'), 'the server\'s own id is not shown')
  return id
}

test('a stateless caller begins, asks about, answers and cancels a task, each decided and recorded under the tool\'s name', async t => {
  const { world, web } = await start(t, 'modern')
  const taskId = await begin(world, { asks: true })
  const waiting = (await about(world, 'tasks/get', { taskId })).message.result
  assert.deepEqual([waiting?.['taskId'], waiting?.['status'], Object.keys(waiting?.['inputRequests'] as object)], [taskId, 'input_required', ['asked']])
  assert.deepEqual((await about(world, 'tasks/update', { taskId, inputResponses: { asked: { action: 'accept', content: { ok: true } } } })).message.result, { resultType: 'complete' })
  const done = (await about(world, 'tasks/get', { taskId })).message.result
  assert.equal(done?.['taskId'], taskId)
  assert.match(JSON.stringify(done['result']), /accept/)
  assert.ok((await about(world, 'tasks/cancel', { taskId })).message.result)
  const sent = web.fake.received.filter(({ method }) => method.startsWith('tasks/'))
  assert.deepEqual(new Set(sent.map(({ params, headers }) => `${String((params as { taskId: unknown }).taskId)} ${String(headers['mcp-name'])}`)), new Set(['task-1 task-1']))
  const records = world.outcomes().filter(record => record['action'] === 'tool.task').map(record => [record['method'], (record['target'] as { name: string }).name])
  assert.deepEqual(records, [['tasks/get', 'web__job'], ['tasks/update', 'web__job'], ['tasks/get', 'web__job'], ['tasks/cancel', 'web__job']])
  assert.ok(world.outcomes().some(record => record['action'] === 'elicitation'))
})

test('a task of a session is begun, asked about and fetched in that session', async t => {
  const { world, web } = await start(t, 'legacy')
  const session = await openSession(world)
  const { message } = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__job', arguments: { a: 1 }, task: { ttl: 1000 } } }, session)
  const { taskId } = message.result?.['task'] as { taskId: string }
  const say = async (method: string, headers = session): Promise<RpcAnswer['message']> => (await rpc(world, { jsonrpc: '2.0', id: 2, method, params: { taskId } }, headers)).message
  assert.equal((await say('tasks/get')).result?.['taskId'], taskId)
  web.fake.tasks.finish()
  assert.deepEqual((await say('tasks/result')).result?.['_meta'], { 'io.modelcontextprotocol/related-task': { taskId } })
  assert.equal((await say('tasks/cancel')).result?.['status'], 'cancelled')
  assert.equal((await say('tasks/get', await openSession(world))).error?.code, -32602, 'another session of the same caller')
})

test('nobody else can use the id of a task, and no server sees another\'s', async t => {
  const { world } = await start(t, 'modern')
  const taskId = await begin(world)
  for (const [what, id, key] of [['another caller', taskId, keys.bob], ['an id of the server', 'task-1', keys.alice], ['an altered id', `${taskId}AA`, keys.alice], ['nothing', '', keys.alice]] as const) {
    const { message } = await about(world, 'tasks/get', { taskId: id }, key)
    assert.equal(message.error?.code, -32602, what)
    assert.match(message.error.message, /Unknown task/)
  }
})

test('who may no longer use a tool can no longer ask about its tasks', async t => {
  const { world } = await start(t, 'modern')
  const taskId = await begin(world)
  world.rewriteConfig({ policy: { settings: { access: [{ groups: ['engineering'], tools: ['*'], except: ['web/job'] }] } } })
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  assert.equal((await about(world, 'tasks/get', { taskId })).message.error?.code, -32602)
})

test('tasks are offered to callers whose servers of the same era have them, and servers of the other era never hear of them', async t => {
  const { world: modern } = await start(t, 'modern')
  const { body, headers } = stateless('server/discover', {})
  assert.deepEqual(((await rpc(modern, body, headers)).message.result?.['capabilities'] as { extensions: unknown }).extensions, { [extension]: {} })
  assert.equal(((await rpc(modern, initialize)).message.result?.['capabilities'] as { tasks?: unknown }).tasks, undefined)
  const { world: legacy, web } = await start(t, 'legacy')
  assert.deepEqual(((await rpc(legacy, initialize)).message.result?.['capabilities'] as { tasks: unknown }).tasks, { cancel: {}, requests: { tools: { call: {} } } })
  await statelessCall(legacy, { name: 'web__echo', capabilities })
  const declared = web.fake.received.filter(({ method }) => method === 'initialize').map(({ params }) => (params as { capabilities: unknown }).capabilities)
  assert.deepEqual(declared, [{}, { elicitation: {} }])
})

test('a stateless server hears that its caller knows tasks, and of no extension that the gateway does not carry', async t => {
  const { world, web } = await start(t, 'modern')
  await begin(world)
  const params = web.fake.received.findLast(({ method }) => method === 'tools/call')?.params as { _meta: Record<string, unknown> }
  assert.deepEqual(params._meta['io.modelcontextprotocol/clientCapabilities'], { elicitation: {}, extensions: { [extension]: {} } })
})
