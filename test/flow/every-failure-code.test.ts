// Every row of the failure table can be had, is counted under its code, and stands on record. A code without a row here fails the test.
import assert from 'node:assert/strict'
import { appendFileSync, globSync, statSync, truncateSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { failureTable, type FailureCode } from '../../gateway/exchange/failure.ts'
import { fakeMcpCommand, startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import type { CleansUp } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { call, openSession, rpc, type RpcAnswer } from './mcp-client.ts'
import { adjustEntry, chat, keys, message, startWorld, type World, type WorldOptions } from './setup.ts'

interface Provoked {
  readonly with?: WorldOptions
  /** Makes it happen and returns the HTTP status that the caller saw; null where there is nobody to see one. */
  readonly by: (world: World) => Promise<number | null>
}

const path = '/v1/chat/completions'
const cloudOnly = { model: 'cloud-only' }
const ask = async (world: World, body: unknown = chat('hello', cloudOnly), headers: Readonly<Record<string, string>> = {}): Promise<number> => (await world.post(path, body, headers)).status
const oneServer = (more: Readonly<Record<string, unknown>> = {}): WorldOptions => ({ mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy', ...more } } })
const useTool = async (world: World, tool: string): Promise<number> => (await rpc(world, call(tool, {}), await openSession(world))).status
const failsOnce = { attempts: 1, breaker_failures: 1, breaker_cooldown_ms: 60_000 }
const defect = (): never => { throw new Error('a defect') }

/** A call that nobody answers; it ends when its world does. */
const holdOne = async (world: World): Promise<void> => {
  void world.post(path, chat('hello', cloudOnly)).catch(() => null)
  await eventually(() => world.cloud.requests.length === 1)
}

/** A request over a connection that was accepted before the gateway began to stop: later ones are not taken at all. */
const whileStopping = async (world: World, to: string, body: unknown): Promise<string> => {
  const { hostname, port } = new URL(world.url)
  const socket = connect({ host: hostname, port: Number(port) })
  let got = ''
  socket.setEncoding('utf8').on('data', (text: string) => { got += text })
  await new Promise((resolve, reject) => { socket.once('connect', resolve).once('error', reject) })
  // An answered call behind the connection says that the gateway has accepted it.
  await (await world.get('/v1/models')).text()
  void world.close()
  const text = JSON.stringify(body)
  socket.write(`POST ${to} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${keys.alice}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  await new Promise(resolve => { socket.once('close', resolve) })
  return got
}

/** Another hand writes to the log, which then takes no record; afterwards the log is as it was, and refusals can be recorded. */
const damageLogDuring = async (world: World, work: () => Promise<unknown>): Promise<void> => {
  const file = globSync(join(world.folder, 'data', 'audit', '*.jsonl')).at(-1) ?? ''
  const { size } = statSync(file)
  appendFileSync(file, 'x')
  await work()
  truncateSync(file, size)
}

const rows: Readonly<Record<FailureCode, Provoked>> = {
  'request.thread': { by: async world => (await world.post('/v1/messages', message('and then?', { model: 'cloud/small', thread: { type: 'continue', previous_message_id: 'msg_1' } }))).status },
  'request.malformed': { by: world => ask(world, '{"model": "auto", "model": "auto"}') },
  'request.unsupported': { by: async world => (await world.post('/v1/nothing', {})).status },
  'request.method': { by: async world => (await fetch(`${world.url}/v1/chat/completions`, { method: 'PUT', headers: { authorization: `Bearer ${keys.alice}` } })).status },
  'request.unknown_tool': { with: oneServer(), by: world => useTool(world, 'home__nothing') },
  'request.previous_response': { by: async world => (await world.post('/v1/responses', { model: 'cloud/small', input: 'hello', previous_response_id: 'resp_nobody' })).status },
  'request.unknown_response': { by: async world => (await world.get('/v1/responses/resp_nobody')).status },
  'request.too_large': { with: { config: { limits: { body_bytes: 1024 } } }, by: world => ask(world, chat('x'.repeat(1100))) },
  'request.session': { with: oneServer(), by: async world => (await rpc(world, call('home__echo', {}), { 'mcp-session-id': 'nobody', 'mcp-protocol-version': '2025-11-25' })).status },
  'request.idempotency': { by: async world => { await ask(world, chat('hello', cloudOnly), { 'idempotency-key': 'one' }); return ask(world, chat('another', cloudOnly), { 'idempotency-key': 'one' }) } },
  'auth.missing': { by: world => ask(world, chat('hello'), { authorization: '' }) },
  'auth.invalid': { by: world => ask(world, chat('hello'), { authorization: 'Bearer pk_nobody' }) },
  'auth.origin': { by: world => ask(world, chat('hello'), { origin: 'https://evil.example' }) },
  'policy.denied': { by: world => ask(world, chat('hello'), { authorization: `Bearer ${keys.bob}` }) },
  'policy.approval_required': { with: oneServer({ environment: 'production' }), by: world => useTool(world, 'home__echo') },
  'policy.unavailable': {
    with: { alterStages: stages => ({ ...stages, model: { ...stages.model, decide: (x, ...given) => stages.model.decide(Object.assign(x, { runtime: { ...x.runtime, policy: { revision: '', decide: defect } } }), ...given) } }) },
    by: world => ask(world),
  },
  'quota.exceeded': { with: { adjust: adjustEntry('keys', 'alice', { limits: { requests_per_minute: 1 } }) }, by: async world => { await ask(world); return ask(world) } },
  'budget.exhausted': { with: { adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.000001, window: 'day' } }) }, by: world => ask(world) },
  'gateway.overloaded': {
    with: { config: { limits: { exchanges: 1, queue_ms: 0 } }, cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => {
      const leave = new AbortController()
      const running = fetch(world.url + path, { method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` }, body: JSON.stringify(chat('hello', cloudOnly)) }).catch(() => null)
      await eventually(() => world.cloud.requests.length === 1)
      const status = await ask(world)
      leave.abort()
      await running
      return status
    },
  },
  'gateway.draining': {
    with: { cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => {
      await holdOne(world)
      const answer = await whileStopping(world, path, chat('hello'))
      assert.match(answer, /"code":"gateway\.draining"/)
      return Number(answer.slice(9, 12))
    },
  },
  'audit.unavailable': {
    by: async world => {
      const asked = world.cloud.requests.length
      await damageLogDuring(world, async () => { assert.equal(await ask(world), 503, 'an answer that cannot be recorded is not given') })
      const before = world.cloud.requests.length
      assert.ok(before <= asked + 1)
      const status = await ask(world)
      assert.equal(world.cloud.requests.length, before, 'nothing is forwarded while the log cannot be written')
      return status
    },
  },
  'route.lossy': { by: world => ask(world, chat('hello', { model: 'cloud-anthropic/small', seed: 7 }), { 'x-portcullis-require': 'seed' }) },
  'route.none': { by: world => ask(world, chat('hello', { model: 'no-such-model' })) },
  'route.unhealthy': {
    with: { config: { resilience: failsOnce }, cloud: { reply: () => ({ kind: 'reset' }) } },
    by: async world => { for (const model of ['cloud/small', 'cloud/large']) await ask(world, chat('hello', { model })); return ask(world, chat('hello', { model: 'cloud/small' })) },
  },
  'upstream.connect': { with: { config: { resilience: { attempts: 1 } }, adjust: adjustEntry('providers', 'cloud', { base_url: 'http://127.0.0.1:9/v1' }) }, by: world => ask(world, chat('hello', { model: 'cloud/small' })) },
  'upstream.timeout': { with: { config: { resilience: { attempts: 1 } }, adjust: adjustEntry('providers', 'cloud', { timeouts: { first_byte_ms: 40 } }), cloud: { reply: () => ({ kind: 'silence' }) } }, by: world => ask(world, chat('hello', { model: 'cloud/small' })) },
  'upstream.protocol': {
    with: { config: { resilience: { attempts: 1 } }, cloud: { reply: () => ({ kind: 'raw', status: 200, body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'br' } }) } },
    by: world => ask(world, chat('hello', { model: 'cloud/small' })),
  },
  // An upstream's own error passes as it was written, with its status or inside JSON-RPC; ours is only the name on record.
  'upstream.refused': { with: oneServer(), by: async world => { await useTool(world, 'home__rpc_error'); return null } },
  'content.blocked': { with: { config: { policy: { settings: { data: { block: ['email'] } } } } }, by: world => ask(world, chat('anna.berg@example.com', cloudOnly)) },
  'client.gone': {
    with: { cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => {
      const leave = new AbortController()
      const running = fetch(world.url + path, { method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` }, body: JSON.stringify(chat('hello', cloudOnly)) }).catch(() => null)
      await eventually(() => world.cloud.requests.length === 1)
      leave.abort()
      await running
      return null
    },
  },
  'state.unavailable': { with: { config: { state: { redis: { url: 'redis://127.0.0.1:9' } } } }, by: world => ask(world) },
  'gateway.bug': { with: { alterStages: stages => ({ ...stages, model: { ...stages.model, route: defect } }) }, by: world => ask(world) },
}

const counted = (metrics: string, code: string): number => Number(new RegExp(`^gateway_failures_total\\{gateway_failure_code="${code.replace('.', '\\.')}"\\} (\\d+)$`, 'm').exec(metrics)?.[1])

const httpOf = (code: FailureCode): number => {
  // Over MCP a refusal of one call is an answer, not a failed transport (architecture: what the caller sees).
  if (code === 'request.unknown_tool' || code === 'policy.approval_required') return 200
  return failureTable[code].http
}

const codes = Object.keys(failureTable) as FailureCode[]

test('before anything happened, every code of the table is counted as zero', async t => {
  const metrics = await (await startWorld(t)).metrics()
  assert.deepEqual(codes.map(code => [code, counted(metrics, code)]), codes.map(code => [code, 0]))
})

/** Runs a row in a world of its own and says what the record and the counter hold afterwards. */
const checkRecorded = async (world: World, code: FailureCode): Promise<void> => {
  await eventually(() => world.outcomes().some(outcome => outcome['failure'] === code))
  assert.equal(counted(await world.metrics(), code), world.outcomes().filter(outcome => outcome['failure'] === code).length, 'the counter and the record agree')
}

for (const code of codes) {
  const row: Provoked | undefined = (rows as Partial<Record<string, Provoked>>)[code]
  test(`${code} happens, is counted and stands on record`, async t => {
    assert.ok(row !== undefined, 'a code of the table needs a row in this test')
    const world = await startWorld(t, row.with)
    const status = await row.by(world)
    if (status !== null) assert.equal(status, httpOf(code))
    await checkRecorded(world, code)
  })
}

test('what every attempt is refused with passes with the provider\'s own status, and is upstream.refused on record', async t => {
  const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'error', error: { status: 429, message: 'slow down' } }) } })
  assert.equal(await ask(world), 429)
  await checkRecorded(world, 'upstream.refused')
})

interface OverMcp {
  readonly code: FailureCode
  readonly why: string
  readonly with?: WorldOptions
  readonly by: (world: World, t: CleansUp) => Promise<Pick<RpcAnswer, 'status' | 'message'>>
  readonly http: number
  /** JSON-RPC error code, or that the answer is a result which a model can read. */
  readonly says: number | 'a result with isError'
  /** What `data.code` tells the caller, where it is not the code on record. */
  readonly told?: FailureCode
}

const toolCall = async (world: World, tool = 'home__echo', args: unknown = {}): Promise<RpcAnswer> => rpc(world, call(tool, args), await openSession(world))
const limited = (most: number): WorldOptions => ({ ...oneServer(), adjust: adjustEntry('keys', 'alice', { limits: { requests_per_minute: most } }) })
const granting = (access: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): WorldOptions =>
  ({ ...oneServer(), config: { policy: { settings: { access: [{ groups: ['engineering'], tools: ['*'], ...access }], ...more } } } })

/** A server over HTTP whose tool answers what is no JSON, and which answers nothing but a status once it is told to. */
const oddServer = async (t: CleansUp, world: World, status: number | null): Promise<RpcAnswer> => {
  let answers: number | null = null
  const odd = await startFakeMcpHttp({
    era: 'legacy', status: () => answers, tools: new Map([['echo', { definition: '{"name":"echo","inputSchema":{"type":"object"}}', run: () => 'no JSON' }]]),
  })
  t.after(() => odd.close())
  world.rewriteConfig({ mcp_servers: { odd: { url: odd.url } } })
  assert.equal((await world.admin('/reload', { method: 'POST' })).status, 200)
  const session = await openSession(world)
  await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, session)
  answers = status
  return rpc(world, call('odd__echo', {}), session)
}

const overMcp: readonly OverMcp[] = [
  { code: 'request.malformed', why: 'arguments that are no object', with: oneServer(), by: world => toolCall(world, 'home__echo', [1]), http: 200, says: -32600 },
  { code: 'request.malformed', why: 'what is no JSON', with: oneServer(), by: world => rpc(world, '{"jsonrpc":'), http: 400, says: -32700 },
  { code: 'request.unsupported', why: 'a method that is not in the table', with: oneServer(), by: async world => rpc(world, { jsonrpc: '2.0', id: 1, method: 'tasks/list' }, await openSession(world)), http: 200, says: -32601 },
  {
    code: 'request.method', why: 'a stream for a stateless client', http: 405, says: -32601,
    with: { mcpServers: { home: { ...fakeMcpCommand('--era=modern'), era: 'modern' } } },
    by: async world => {
      const response = await world.get('/mcp', { accept: 'text/event-stream', 'mcp-protocol-version': '2026-07-28' })
      assert.equal(response.headers.get('allow'), 'POST')
      return { status: response.status, message: await response.json() as RpcAnswer['message'] }
    },
  },
  { code: 'request.unknown_tool', why: 'a tool that there is not', with: oneServer(), by: world => toolCall(world, 'home__nothing'), http: 200, says: -32602 },
  { code: 'request.too_large', why: 'a body above the limit', with: { ...oneServer(), config: { limits: { body_bytes: 1024 } } }, by: world => toolCall(world, 'home__echo', { x: 'x'.repeat(2000) }), http: 413, says: -32600 },
  { code: 'request.session', why: 'a session that there is not', with: oneServer(), by: world => rpc(world, call('home__echo', {}), { 'mcp-session-id': 'nobody' }), http: 404, says: -32001 },
  { code: 'auth.missing', why: 'no key', by: world => rpc(world, call('home__echo', {}), { authorization: '' }), http: 401, says: -32600 },
  { code: 'auth.invalid', why: 'a key that nobody gave out', by: world => rpc(world, call('home__echo', {}), { authorization: 'Bearer pk_nobody' }), http: 401, says: -32600 },
  { code: 'auth.origin', why: 'a foreign web origin', by: world => rpc(world, call('home__echo', {}), { origin: 'https://evil.example' }), http: 403, says: -32600 },
  { code: 'policy.denied', why: 'a hidden tool', with: granting({ except: ['home/echo'] }), by: world => toolCall(world), http: 200, says: -32602, told: 'request.unknown_tool' },
  { code: 'policy.denied', why: 'a visible tool with forbidden arguments', with: granting({}, { arguments: [{ tools: ['home/echo'], argument: 'n', max_number: 1 }] }), by: world => toolCall(world, 'home__echo', { n: 2 }), http: 200, says: 'a result with isError' },
  { code: 'policy.approval_required', why: 'a write to production', with: oneServer({ environment: 'production' }), by: world => toolCall(world), http: 200, says: 'a result with isError' },
  {
    code: 'policy.unavailable', why: 'a policy that errs', by: world => toolCall(world), http: 200, says: -32603,
    with: { ...oneServer(), alterStages: stages => ({ ...stages, mcp: { ...stages.mcp, decide: (x, principal, seen, context) => {
      // Whether the target may be seen is asked of the same policy: the error that comes out is one and the same.
      return stages.mcp.decide(Object.assign(x, { runtime: { ...x.runtime, policy: { revision: '', decide: defect } } }), principal, seen, context)
    } } }) },
  },
  { code: 'quota.exceeded', why: 'more than a key may ask', with: limited(1), by: world => toolCall(world), http: 429, says: -32029 },
  {
    code: 'gateway.overloaded', why: 'more exchanges than there may be', http: 503, says: -32603,
    with: { ...oneServer(), config: { limits: { exchanges: 1, queue_ms: 0 } }, cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => { await holdOne(world); return rpc(world, call('home__echo', {})) },
  },
  {
    code: 'gateway.draining', why: 'a gateway that stops', http: 503, says: -32603, with: { ...oneServer(), cloud: { reply: () => ({ kind: 'silence' }) } },
    by: async world => {
      await holdOne(world)
      const answer = await whileStopping(world, '/mcp', call('home__echo', {}))
      return { status: Number(answer.slice(9, 12)), message: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as RpcAnswer['message'] }
    },
  },
  { code: 'upstream.connect', why: 'a server that ends', with: oneServer(), by: world => toolCall(world, 'home__crash_after'), http: 200, says: -32603 },
  { code: 'upstream.timeout', why: 'a server that takes too long', with: oneServer({ call_timeout_ms: 100 }), by: world => toolCall(world, 'home__slow', { ms: 5000 }), http: 200, says: -32603 },
  { code: 'upstream.protocol', why: 'a server that answers no JSON', by: (world, t) => oddServer(t, world, null), http: 200, says: -32603 },
  { code: 'upstream.refused', why: 'a server that answers a status', by: (world, t) => oddServer(t, world, 503), http: 200, says: -32603 },
  {
    code: 'audit.unavailable', why: 'a log that cannot be written', with: oneServer(), http: 503, says: -32603,
    by: async world => { await damageLogDuring(world, () => ask(world)); return rpc(world, call('home__echo', {})) },
  },
  { code: 'state.unavailable', why: 'shared state that is not there', with: { ...oneServer(), config: { state: { redis: { url: 'redis://127.0.0.1:9' } } } }, by: world => toolCall(world), http: 200, says: -32603 },
  { code: 'gateway.bug', why: 'a defect', with: { ...oneServer(), alterStages: stages => ({ ...stages, mcp: { ...stages.mcp, route: defect } }) }, by: world => toolCall(world), http: 200, says: -32603 },
]

/** The code that an answer tells its caller: of an error, or of a result that denies. */
const toldBy = ({ result, error }: RpcAnswer['message']): unknown => {
  const meta = result?.['_meta'] as Record<string, { code?: string }> | undefined
  return error?.data?.['code'] ?? meta?.['portcullis/denial']?.code
}

for (const { code, why, with: options, by, http, says, told } of overMcp) {
  test(`over MCP: ${why} is ${code}, with the code that JSON-RPC has for it`, async t => {
    const world = await startWorld(t, options)
    const { status, message } = await by(world, t)
    const shown = JSON.stringify(message)
    assert.equal(status, http, shown)
    if (says === 'a result with isError') assert.equal(message.result?.['isError'], true, shown)
    else assert.equal(message.error?.code, says, shown)
    assert.equal(toldBy(message), told ?? code, shown)
    await checkRecorded(world, code)
  })
}

/** Over MCP nobody is left to read the first; budgets, threads, kept responses, Idempotency-Keys and models' routes are none of its business; blocking content is a duty of one's own Rego. */
const notOverMcp: readonly FailureCode[] = ['client.gone', 'request.idempotency', 'request.thread', 'request.previous_response', 'request.unknown_response', 'budget.exhausted', 'route.none', 'route.unhealthy', 'route.lossy', 'content.blocked']

test('every code that MCP can answer has a row over MCP, with the JSON-RPC code of the table where it is an error of its own', () => {
  assert.deepEqual([...new Set(overMcp.map(({ code }) => code)), ...notOverMcp].sort(), [...codes].sort())
  for (const { code, why, says, told } of overMcp) {
    // What could not be read has a code of its own in JSON-RPC, and what stops at HTTP level has none in the table.
    const expected = why === 'what is no JSON' ? -32700 : failureTable[told ?? code].jsonrpc ?? -32600
    if (says !== 'a result with isError') assert.equal(says, expected, why)
  }
})
