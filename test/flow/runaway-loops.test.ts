// A loop that nobody watches is stopped, with a reason that its model can read; honest polling, other requests and other people are not.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FakeProviderOptions } from '../support/fake-provider.ts'
import { definitionOf, standardTools, startFakeMcpHttp, textResult } from '../support/fake-mcp-server.ts'
import { Agent, type LoopDialect } from './agent-loop.ts'
import { call, isError, openSession, rpc, textOf } from './mcp-client.ts'
import { chat, startWorld, type World } from './setup.ts'

const dialects: readonly LoopDialect[] = ['openai', 'anthropic']

interface Loops { readonly loops?: Readonly<Record<string, unknown>>; readonly cloud?: FakeProviderOptions; readonly observe?: boolean }

const startWith = async (t: TestContext, { loops = {}, cloud = {}, observe = false }: Loops): Promise<World> => {
  let polls = 0
  const tools = standardTools()
  tools.set('poll', { definition: definitionOf('poll'), run: () => textResult(`${polls += 1} %`) })
  tools.set('wait_for_job', { definition: definitionOf('wait_for_job'), run: () => textResult('not yet') })
  const web = await startFakeMcpHttp({ era: 'legacy', tools })
  t.after(() => web.close())
  return startWorld(t, { mcpServers: { web: { url: web.url } }, config: { policy: { settings: { loops } } }, cloud, observe })
}

/** A model that wants the same again, whatever it is told. */
const stubborn = (name: string, args: Readonly<Record<string, unknown>> = { a: 1 }): FakeProviderOptions =>
  ({ reply: () => ({ kind: 'answer', text: 'Once more.', toolCalls: [{ name, args }] }) })

for (const dialect of dialects) {
  test(`${dialect}: the same call is refused after the configured times with a reason that the model reads, and the model itself when that does not help`, async t => {
    const world = await startWith(t, { loops: { max_repeats: 4, max_model_repeats: 6 }, cloud: stubborn('web__echo') })
    const agent = new Agent(world, { dialect })
    const last = await agent.say('go')
    const tools = agent.seen.filter(one => one.kind === 'tool')
    assert.deepEqual(tools.slice(0, 4).map(one => one.text), tools.slice(0, 4).map(() => '{"a":1}'))
    for (const refused of tools.slice(4)) {
      assert.match(refused.text, /^Refused by policy rule organisation\.runaway_loops\.repeated_call: this very call was made 4 times in a row with the same arguments and the same result; change the arguments, use another tool, or ask the user\./)
    }
    assert.deepEqual(agent.seen.map(one => one.status).filter(status => status !== 200), [403])
    assert.match(last, /organisation\.runaway_loops\.repeated_step/)
    assert.match(last, /reported 6 times in a row: this agent goes round in circles/)
    assert.equal((JSON.parse(last) as { error: { type: string } }).error.type, 'permission_error')
    assert.equal(tools.length, 10, 'four that were carried out, and six refusals that were all the same')
    const rules = world.outcomes().filter(record => record['failure'] === 'policy.denied').map(record => (record['decision'] as { reasons: { rule: string }[] }).reasons[0]?.rule)
    assert.deepEqual([...new Set(rules)], ['organisation.runaway_loops.repeated_call', 'organisation.runaway_loops.repeated_step'])
  })
}

test('over MCP the refusal is a result with isError that names rule and exchange', async t => {
  const world = await startWith(t, { loops: { max_repeats: 3 } })
  const session = await openSession(world)
  for (let time = 0; time < 3; time += 1) assert.equal(isError((await rpc(world, call('web__echo', { x: 1, y: 2 }), session)).message.result), false)
  const refused = (await rpc(world, call('web__echo', { y: 2, x: 1 }), session)).message.result
  assert.ok(isError(refused), 'the order of arguments makes no other call')
  assert.match(textOf(refused), /runaway_loops\.repeated_call/)
  assert.equal((refused?.['_meta'] as Record<string, { rule: string }>)['portcullis/denial']?.rule, 'organisation.runaway_loops.repeated_call')
  assert.equal(isError((await rpc(world, call('web__echo', { x: 1, y: 3 }), session)).message.result), false, 'other arguments')
  assert.equal(isError((await rpc(world, call('web__echo', { x: 1, y: 2 }), session)).message.result), false, 'after something new the call is an honest one again')
  const names = ((await rpc(world, { jsonrpc: '2.0', id: 9, method: 'tools/list' }, session)).message.result?.['tools'] as { name: string }[]).map(tool => tool.name)
  assert.ok(names.includes('web__echo'), 'a tool in a loop stays listed')
})

test('polling passes: results that change, and tools that wait', async t => {
  const world = await startWith(t, { loops: { max_repeats: 3 } })
  const session = await openSession(world)
  for (const name of ['web__poll', 'web__wait_for_job']) {
    for (let time = 0; time < 12; time += 1) assert.equal(isError((await rpc(world, call(name, {}), session)).message.result), false, `${name} ${time}`)
  }
})

test('another user request, another session and another principal are no part of a loop', async t => {
  const world = await startWith(t, { loops: { max_repeats: 3 } })
  const one = await openSession(world, { 'x-portcullis-session': 'one' })
  const looping = async (headers: Record<string, string>): Promise<boolean> => {
    let refused = false
    for (let time = 0; time < 4; time += 1) refused = isError((await rpc(world, call('web__echo', { a: 1 }), headers)).message.result)
    return refused
  }
  assert.equal(await looping(one), true)
  assert.equal(isError((await rpc(world, call('web__echo', { a: 1 }), await openSession(world, { 'x-portcullis-session': 'two' }))).message.result), false)
  await world.post('/v1/chat/completions', chat('again, please', { model: 'cloud-only' }), { 'x-portcullis-session': 'one' })
  assert.equal(isError((await rpc(world, call('web__echo', { a: 1 }), one)).message.result), false, 'the user has spoken')
})

test('a call that fails again and again is a loop, too', async t => {
  const world = await startWith(t, { loops: { max_repeats: 3 } })
  const session = await openSession(world)
  for (let time = 0; time < 3; time += 1) assert.equal((await rpc(world, call('web__rpc_error', {}), session)).message.error?.code, -32050)
  assert.match(textOf((await rpc(world, call('web__rpc_error', {}), session)).message.result), /made 3 times in a row/)
})

test('a user request sets off no more calls than it may, and no more money', async t => {
  const world = await startWith(t, { loops: { max_root_calls: 5 } })
  const session = await openSession(world, { 'x-portcullis-root': 'r' })
  for (let time = 0; time < 5; time += 1) assert.equal(isError((await rpc(world, call('web__echo', { time }), session)).message.result), false)
  assert.match(textOf((await rpc(world, call('web__echo', { time: 6 }), session)).message.result), /runaway_loops\.request_calls: one user request has set off 5 calls/)
  const dear = await startWith(t, { loops: { max_root_usd: 0.5 }, cloud: { reply: () => ({ kind: 'answer', text: 'x', usage: { input: 300_000, output: 1 } }) } })
  const named = { 'x-portcullis-root': 'r' }
  assert.deepEqual([(await dear.post('/v1/chat/completions', chat('a', { model: 'cloud-only' }), named)).status, (await dear.post('/v1/chat/completions', chat('b', { model: 'cloud-only' }), named)).status], [200, 200])
  const refused = await dear.post('/v1/chat/completions', chat('c', { model: 'cloud-only' }), named)
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /one user request has cost 0\.5 USD, and may cost no more/)
})

test('spending far above a session\'s own past is stopped until it has slowed down; the same spending without such a past is not', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') })
  let input = 1000
  const world = await startWith(t, { cloud: { reply: () => ({ kind: 'answer', text: 'x', usage: { input, output: 1 } }) } })
  const ask = async (text: string, session: string): Promise<Response> => world.post('/v1/chat/completions', chat(text, { model: 'cloud-only' }), { 'x-portcullis-session': session })
  for (let minute = 0; minute < 6; minute += 1) {
    assert.equal((await ask(`question ${minute}`, 'steady')).status, 200)
    t.mock.timers.tick(60_000)
  }
  input = 1_500_000
  for (const session of ['steady', 'new']) assert.equal((await ask('everything at once', session)).status, 200)
  const stopped = await ask('and once more', 'steady')
  assert.equal(stopped.status, 403)
  assert.match(await stopped.text(), /this session spends 1 USD a minute or more, at least 20 times the 0\.01 that is usual for it.*runaway_loops\.spend_speed/)
  assert.equal((await ask('and once more', 'new')).status, 200)
  t.mock.timers.tick(120_000)
  input = 1000
  assert.equal((await ask('slowly again', 'steady')).status, 200)
})

test('while policy observes, a loop goes on and is on record', async t => {
  const world = await startWith(t, { loops: { max_repeats: 3 }, observe: true })
  const session = await openSession(world)
  for (let time = 0; time < 5; time += 1) assert.equal(isError((await rpc(world, call('web__echo', { a: 1 }), session)).message.result), false)
  const last = world.outcomes().at(-1)?.['decision'] as { observed: { result: string; reasons: { rule: string }[] } }
  assert.deepEqual([last.observed.result, last.observed.reasons.some(({ rule }) => rule.endsWith('runaway_loops.repeated_call'))], ['deny', true])
})
