// What one user request sets off is one sum: in audit, metrics, headers and `portcullis costs`, over model calls, tool loops, MCP calls and
// sub-agents; and it is never the sum of somebody else.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { CostsReport } from '../../gateway/audit/costs-report.ts'
import { startFakeMcpHttp } from '../support/fake-mcp-server.ts'
import { startOtlpCollector } from '../support/otlp-collector.ts'
import { eventually } from '../support/wait.ts'
import { Agent, type LoopDialect } from './agent-loop.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { chat, keys, message, startWorld, type AuditLine, type World } from './setup.ts'

const entry = resolve(import.meta.dirname, '../../gateway/main.ts')
const dialects: readonly LoopDialect[] = ['openai', 'anthropic']

const startWith = async (t: TestContext, config: Readonly<Record<string, unknown>> = {}): Promise<World> => {
  const web = await startFakeMcpHttp({ era: 'legacy' })
  t.after(() => web.close())
  return startWorld(t, { mcpServers: { web: { url: web.url } }, config })
}

interface Root { readonly request: string; readonly calls: number; readonly model_calls: number; readonly tool_calls: number; readonly cost_usd: number; readonly amplification: number; readonly depth: number; readonly tokens_in: number; readonly tokens_out: number; readonly first_tokens: number }

const rootOf = (record: AuditLine | undefined): Root => record?.['root'] as Root
const callsOf = (world: World): readonly AuditLine[] => world.outcomes().filter(record => record['root'] !== null)

/** The real command on the world's data. */
const costsOf = async (world: World, ...args: string[]): Promise<CostsReport> => JSON.parse(
  (await promisify(execFile)(process.execPath, [entry, 'costs', '--json', '--config', world.configFile, ...args], { env: { ...process.env, CLOUD_KEY: 'x' } })).stdout) as CostsReport

for (const dialect of dialects) {
  test(`${dialect}: a tool loop with its MCP calls is one user request, and the next message of the user is another`, async t => {
    const world = await startWith(t)
    const agent = new Agent(world, { dialect })
    assert.match(await agent.say('use web__echo with {"a":1} and use web__echo with {"b":2}'), /answered/)
    assert.deepEqual(agent.seen.map(one => one.kind), ['model', 'tool', 'tool', 'model'])
    const [first] = world.outcomes().filter(record => record['action'] === 'model.call')
    assert.deepEqual(agent.roots, agent.roots.map(() => first?.['exchange']), 'named after its first exchange')
    const last = rootOf(callsOf(world).at(-1))
    assert.deepEqual([last.calls, last.model_calls, last.tool_calls, last.depth], [4, 2, 2, 0])
    const models = world.outcomes().filter(record => record['action'] === 'model.call')
    const sum = models.reduce((total, record) => total + Number(record['cost_usd']), 0)
    assert.ok(sum > 0 && Math.abs(last.cost_usd - sum) < 1e-12)
    const [usage] = models.map(record => record['usage'] as { input: number; output: number })
    assert.equal(last.first_tokens, (usage?.input ?? 0) + (usage?.output ?? 0))
    assert.equal(last.amplification, Math.round(((last.tokens_in + last.tokens_out) / last.first_tokens) * 100) / 100)
    assert.ok(last.amplification > 2, 'the second call carries the first')
    await agent.say('thank you')
    assert.notEqual(agent.roots.at(-1), agent.roots[0])
    assert.deepEqual(rootOf(callsOf(world).at(-1)).calls, 1)
  })

  test(`${dialect}: a stream names its user request before its first byte, and is counted like a whole answer`, async t => {
    const world = await startWith(t)
    const [path, body] = dialect === 'openai' ? ['/v1/chat/completions', chat('hello', { model: 'cloud-only', stream: true })] : ['/v1/messages', message('hello', { model: 'cloud-only', stream: true })]
    const response = await world.post(path, body)
    const root = response.headers.get('x-portcullis-root')
    assert.equal(root, response.headers.get('x-portcullis-exchange'))
    await response.text()
    const record = world.outcomes().at(-1)
    assert.equal(rootOf(record).request, root)
    assert.equal(rootOf(record).cost_usd, record?.['cost_usd'])
    assert.equal(rootOf(record).amplification, 1)
  })
}

test('two conversations in one session keep their requests apart', async t => {
  const world = await startWith(t)
  const together = { 'x-portcullis-session': 'shared' }
  const agents = ['one', 'two'].map(() => new Agent(world, { dialect: 'openai', headers: together }))
  await Promise.all(agents.map((agent, at) => agent.say(`number ${at}: use web__echo with {"n":${at}}`)))
  for (const agent of agents) {
    const models = agent.seen.filter(one => one.kind === 'model').map(one => one.root)
    assert.equal(new Set(models).size, 1, models.join())
  }
  assert.notEqual(agents[0]?.roots[0], agents[1]?.roots[0])
})

test('two principals with equal sessions, words and names share nothing', async t => {
  const world = await startWith(t)
  const named = { 'x-portcullis-session': 's', 'x-portcullis-root': 'r' }
  await new Agent(world, { dialect: 'openai', headers: named }).say('use web__echo with {"a":1}')
  const other = new Agent(world, { dialect: 'openai', headers: { ...named, authorization: `Bearer ${keys.root}` } })
  await other.say('use web__echo with {"a":1}')
  assert.deepEqual(other.roots, ['r', 'r', 'r'])
  const last = callsOf(world).at(-1)
  assert.equal(last?.['key'], 'root')
  assert.equal(rootOf(last).calls, 3)
  const { rows } = await costsOf(world)
  assert.deepEqual(rows.map(row => [row.name, row.calls]).sort(), [['acme/alice/r', 3], ['acme/root/r', 3]])
})

test('a name joins what different sessions do for one user request', async t => {
  const world = await startWith(t)
  const root = { 'x-portcullis-root': 'ticket 4711' }
  await new Agent(world, { dialect: 'openai', headers: { ...root, 'x-portcullis-session': 'planner' } }).say('plan it')
  await new Agent(world, { dialect: 'anthropic', headers: { ...root, 'x-portcullis-session': 'worker' } }).say('use web__echo with {"a":1}')
  const { request, calls } = rootOf(callsOf(world).at(-1))
  assert.match(request, /^sha256:[0-9a-f]{64}$/, 'names that are no plain words are kept as their digest')
  assert.equal(calls, 4)
})

test('sub-agents of Claude Code are counted to the request that started them, with their depth', async t => {
  const world = await startWith(t)
  const session = { 'x-claude-code-session-id': 'cc-1' }
  world.cloud.script.push({ kind: 'answer', text: '', toolCalls: [{ name: 'web__echo', args: { wait: 1 } }] })
  const main = await world.post('/v1/messages', message('research it', { model: 'cloud-only', tools: [{ name: 'web__echo', input_schema: { type: 'object' } }] }), session)
  assert.match(await main.text(), /tool_use/)
  const title = await world.post('/v1/messages', message('a title for this conversation', { model: 'cloud-only' }), session)
  const child = await world.post('/v1/messages', message('look here', { model: 'cloud-only' }), { ...session, 'x-claude-code-agent-id': 'a1' })
  const grandchild = await world.post('/v1/messages', message('look there', { model: 'cloud-only' }), { ...session, 'x-claude-code-agent-id': 'a2', 'x-claude-code-parent-agent-id': 'a1' })
  const [root, other] = [main, title].map(one => one.headers.get('x-portcullis-root'))
  assert.notEqual(other, root)
  assert.deepEqual([child, grandchild].map(one => one.headers.get('x-portcullis-root')), [root, root])
  assert.deepEqual(callsOf(world).slice(-2).map(record => rootOf(record).depth), [1, 2])
  const tool = await rpc(world, call('web__echo', {}), await openSession(world))
  assert.equal(tool.headers.get('x-portcullis-root'), root, 'a tool call without a session belongs to what waits for tools')
})

for (const stream of [true, false]) {
  test(`a tool call that names the tool_use of a model belongs to that model's request (${stream ? 'stream' : 'whole answer'})`, async t => {
    const world = await startWith(t)
    const tools = [{ name: 'web__echo', input_schema: { type: 'object' } }]
    const ask = async (text: string): Promise<{ root: string | null; id: string | undefined }> => {
      const response = await world.post('/v1/messages', message(`${text}: use web__echo with {"a":1}`, { model: 'cloud-only', stream, tools }), { 'x-claude-code-session-id': text })
      return { root: response.headers.get('x-portcullis-root'), id: /toolu_\w+/.exec(await response.text())?.[0] }
    }
    const [one, two] = [await ask('one'), await ask('two')]
    const session = await openSession(world)
    const rootOfCall = async (id: string | undefined): Promise<string | null> => (await rpc(world, {
      jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__echo', arguments: {}, _meta: { 'claudecode/toolUseId': id } },
    }, session)).headers.get('x-portcullis-root')
    assert.deepEqual([await rootOfCall(one.id), await rootOfCall(two.id), await rootOfCall('toolu_unheard_of')], [one.root, two.root, two.root])
  })
}

test('trusted traces and baggage name the user request, untrusted ones do not', async t => {
  const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`
  for (const trusted of [true, false]) {
    const world = await startWith(t, { telemetry: { trust_inbound: trusted } })
    const root = async (text: string, headers: Record<string, string>): Promise<string | null> => (await world.post('/v1/chat/completions', chat(text, { model: 'cloud-only' }), headers)).headers.get('x-portcullis-root')
    const one = await root('a', { traceparent })
    assert.equal(await root('b', { traceparent }) === one, trusted)
    assert.equal(await root('c', { baggage: 'x=1, portcullis.root=job%2D7;p=1' }) === 'job-7', trusted)
    const inMeta = await rpc(world, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'web__echo', arguments: {}, _meta: { traceparent } } }, await openSession(world, { 'x-portcullis-session': 'elsewhere' }))
    assert.equal(inMeta.headers.get('x-portcullis-root') === one, trusted, 'over MCP the trace travels in _meta')
    const odd = await root('d', { baggage: `portcullis.root=%zz,${'x'.repeat(9000)}` })
    assert.notEqual(odd, null)
    await world.close()
  }
})

test('a call that is refused, one that fails and one of a batch are counted to their request', async t => {
  const world = await startWith(t)
  const denied = await world.post('/v1/chat/completions', chat('hello'), { authorization: `Bearer ${keys.bob}` })
  assert.equal(denied.status, 403)
  assert.equal(denied.headers.get('x-portcullis-root'), denied.headers.get('x-portcullis-exchange'))
  assert.deepEqual([rootOf(world.outcomes().at(-1)).calls, rootOf(world.outcomes().at(-1)).cost_usd], [1, 0])
  const { headers } = await rpc(world, { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'raw', version: '1' } } })
  const session = { 'mcp-session-id': headers.get('mcp-session-id') ?? '', 'x-portcullis-root': 'batch' }
  const batch = await rpc(world, [call('web__echo', { a: 1 }, 1), call('web__rpc_error', {}, 2)], session)
  assert.equal(batch.status, 200, batch.text)
  assert.deepEqual(callsOf(world).slice(-2).map(record => rootOf(record).request), ['batch', 'batch'])
  assert.equal(Math.max(...callsOf(world).slice(-2).map(record => rootOf(record).calls)), 2)
  assert.deepEqual(world.outcomes().filter(record => ['initialize', 'batch'].includes(String(record['method']))).map(record => record['root']), [null, null])
})

test('what a server asks in the middle of a call is told with the request of that call', async t => {
  const world = await startWith(t)
  const named = { 'x-portcullis-root': 'asking' }
  const { headers } = await rpc(world, { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: { roots: {} }, clientInfo: { name: 'raw', version: '1' } } }, named)
  await rpc(world, call('web__ask', { method: 'roots/list' }), { ...named, 'mcp-session-id': headers.get('mcp-session-id') ?? '' })
  const asked = world.outcomes().find(record => record['action'] === 'roots')
  assert.equal(asked?.['failure'], 'policy.denied')
  assert.equal(rootOf(asked).request, 'asking')
})

test('audit, metrics, spans and `portcullis costs` agree to the cent', async t => {
  const collector = await startOtlpCollector(t)
  const world = await startWith(t, { telemetry: { otlp_endpoint: collector.url }, sessions: { root_quiet_s: 1 } })
  const agent = new Agent(world, { dialect: 'openai' })
  await agent.say('use web__echo with {"a":1}')
  await agent.say('use web__echo with {"b":2} and use web__echo with {"c":3}')
  await new Agent(world, { dialect: 'anthropic', headers: { authorization: `Bearer ${keys.root}` } }).say('use web__echo with {"a":1}')
  const ended = await eventually(async () => {
    const text = await world.metrics()
    return text.includes('gateway_root_calls_count{gateway_tenant="acme"} 3') ? text : undefined
  }, { withinMs: 15_000 })
  await world.close()
  const audited = world.outcomes().reduce((sum, record) => sum + Number(record['cost_usd'] ?? 0), 0)
  assert.ok(audited > 0)
  const sample = (name: string): number => ended.split('\n').filter(line => line.startsWith(name)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  const { rows, totals } = await costsOf(world)
  const told = [sample('gateway_root_cost_usd_USD_sum'), sample('gateway_cost_usd_USD_total'), totals.cost_usd, rows.reduce((sum, row) => sum + row.cost_usd, 0)]
  for (const sum of told) assert.ok(Math.abs(sum - audited) < 1e-9, `${told.join(', ')} and ${audited}`)
  assert.deepEqual([sample('gateway_root_calls_sum'), totals.calls, rows.length], [10, 10, 3])
  for (const row of rows) {
    const last = rootOf(callsOf(world).findLast(record => `${(record['subject'] as { tenant: string }).tenant}/${String(record['key'])}/${rootOf(record).request}` === row.name))
    assert.deepEqual([row.calls, row.tool_calls, row.amplification], [last.calls, last.tool_calls, last.amplification])
    assert.ok(Math.abs(row.cost_usd - last.cost_usd) < 1e-12)
  }
  const byKey = await costsOf(world, '--by', 'key', '--since', '1h')
  assert.deepEqual(byKey.rows.map(row => [row.name, row.model_calls, row.tool_calls]).sort(), [['alice', 4, 3], ['root', 2, 1]])
  const span = collector.spans.findLast(one => one.kind === 'server' && one.attributes['gateway.root.request'] !== undefined)
  assert.equal(span?.attributes['gateway.root.request'], rootOf(callsOf(world).at(-1)).request)
  assert.equal(span.attributes['gateway.root.calls'], 3)
})
