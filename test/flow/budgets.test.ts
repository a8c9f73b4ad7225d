// Budgets and rates of every scope as callers meet them: refused by name, warned of, told to policy, and degraded before they stop.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/wait.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { chat, keys, message, startWorld, type World, type WorldOptions } from './setup.ts'

const path = '/v1/chat/completions'
const as = (key: keyof typeof keys): Record<string, string> => ({ authorization: `Bearer ${keys[key]}` })
const ask = (world: World, more: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  world.post(path, chat('hello', { model: 'cloud-only', ...more }), headers)
const status = async (asked: Promise<Response>): Promise<number> => {
  const response = await asked
  await response.text()
  return response.status
}

/** Every answer of the cloud costs the same: 1000 tokens in, 1000 out; 0.003 USD at cloud/small, 0.04 at cloud/large. */
const cloud: WorldOptions['cloud'] = { reply: () => ({ kind: 'answer', text: 'yes', usage: { input: 1000, output: 1000 } }) }
const withBudgets = (budgets: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): WorldOptions => ({ cloud, config: { budgets, ...more } })
const everybody = { policy: { settings: { models: [{ groups: ['*'], models: ['*'] }] } } }

interface Scope {
  readonly why: string
  readonly budget: Readonly<Record<string, unknown>>
  /** Spends it, is refused by it, and is not touched by it. */
  readonly spends: (world: World) => Promise<Response>
  readonly refused: (world: World) => Promise<Response>
  readonly free: (world: World) => Promise<Response>
  readonly says: RegExp
}

const scopes: readonly Scope[] = [
  { why: 'each key', budget: { each: 'key' }, spends: w => ask(w), refused: w => ask(w), free: w => ask(w, {}, as('root')), says: /"b" \(key:alice\)/ },
  { why: 'each subject', budget: { each: 'subject' }, spends: w => ask(w), refused: w => ask(w), free: w => ask(w, {}, as('bob')), says: /\(subject:alice\)/ },
  { why: 'each agent', budget: { each: 'agent' }, spends: w => ask(w), refused: w => ask(w), free: w => ask(w, {}, as('root')), says: /\(agent:alice-agent\)/ },
  { why: 'each group', budget: { each: 'group' }, spends: w => ask(w), refused: w => ask(w, {}, as('root')), free: w => ask(w, {}, as('bob')), says: /\(group:engineering\)/ },
  { why: 'each session', budget: { each: 'session' }, spends: w => ask(w, {}, { 'x-portcullis-session': 'a' }), refused: w => ask(w, {}, { 'x-portcullis-session': 'a' }), free: w => ask(w, {}, { 'x-portcullis-session': 'b' }), says: /\(session:acme\/alice\/a\)/ },
  { why: 'each tenant', budget: { each: 'tenant', of: { groups: ['engineering'] } }, spends: w => ask(w), refused: w => ask(w, {}, as('root')), free: w => ask(w, {}, as('bob')), says: /\(tenant:acme\)/ },
  { why: 'one of a group', budget: { of: { groups: ['eng*'] } }, spends: w => ask(w), refused: w => ask(w, {}, as('root')), free: w => ask(w, {}, as('bob')), says: /\(shared\)/ },
  { why: 'one of a model', budget: { of: { models: ['cloud/sm*'] } }, spends: w => ask(w, { model: 'cloud/small' }), refused: w => ask(w, { model: 'cloud/small' }, as('root')), free: w => ask(w, { model: 'cloud/large' }), says: /\(shared\)/ },
  { why: 'each model', budget: { each: 'model' }, spends: w => ask(w, { model: 'cloud/small' }), refused: w => ask(w, { model: 'cloud/small' }, as('root')), free: w => ask(w, { model: 'home/llama' }), says: /\(model:cloud\/small\)/ },
]

for (const { why, budget, spends, refused, free, says } of scopes) {
  test(`a budget of ${why} stops those whom it is about, and nobody else`, async t => {
    // Enough for one call as it turns out, and for the bound of one call, but not for a second one beside it.
    const world = await startWorld(t, withBudgets([{ name: 'b', window: 'day', limit_usd: 0.0335, ...budget }], everybody))
    assert.equal(await status(spends(world)), 200)
    const no = await refused(world)
    assert.equal(no.status, 429)
    const text = await no.text()
    assert.match(JSON.stringify(JSON.parse(text)).replaceAll('\\"', '"'), says)
    assert.match(text, /resets at \d{4}-/)
    assert.ok(Number(no.headers.get('retry-after')) > 0)
    assert.equal(await status(free(world)), 200)
  })
}

test('a refusal is in the dialect of the caller', async t => {
  const world = await startWorld(t, withBudgets([{ name: 'nothing', window: 'month', limit_tokens: 10 }]))
  const openai = await (await ask(world)).json() as { error: { message: string; code: string } }
  assert.match(openai.error.message, /may cost \d+ tokens, and the month budget "nothing" \(shared\) of 10 tokens has 10 tokens left/)
  const anthropic = await (await world.post('/v1/messages', message('hello', { model: 'cloud-only' }))).json() as { type: string; error: { type: string; message: string } }
  assert.deepEqual([anthropic.type, anthropic.error.type], ['error', 'rate_limit_error'])
  assert.match(anthropic.error.message, /budget "nothing"/)
  assert.equal(world.cloud.requests.length, 0)
})

test('a budget of one model that is used up lets the next candidate answer', async t => {
  const world = await startWorld(t, withBudgets([{ name: 'small', of: { models: ['cloud/small'] }, window: 'day', limit_usd: 0 }]))
  const response = await ask(world)
  assert.equal(response.status, 200, await response.clone().text())
  assert.equal(response.headers.get('x-portcullis-model'), 'cloud/large')
})

test('tokens are counted where calls cost nothing', async t => {
  const world = await startWorld(t, { config: { budgets: [{ name: 'tokens', window: 'day', limit_tokens: 20_000 }] }, local: { reply: () => ({ kind: 'answer', text: 'yes', usage: { input: 4000, output: 1000 } }) } })
  const local = (): Promise<number> => status(ask(world, { model: 'home/llama', max_tokens: 500 }))
  const seen: number[] = []
  for (let turn = 0; turn < 6; turn += 1) seen.push(await local())
  assert.deepEqual(seen, [200, 200, 200, 200, 429, 429])
})

test('answers say how the tightest budget stands, the log and the metrics say when steps are reached, once', async t => {
  const world = await startWorld(t, withBudgets([{ name: 'day-one', of: { groups: ['engineering'] }, window: 'day', limit_usd: 0.05, warn_at: [10, 50, 100] }, { name: 'wide', window: 'month', limit_usd: 100 }]))
  const headers: (string | null)[] = []
  for (let turn = 0; turn < 3; turn += 1) {
    const response = await ask(world, { max_tokens: 100 })
    headers.push(response.headers.get('x-portcullis-budget'))
    await response.text()
  }
  assert.deepEqual(headers.map(header => /^([\w-]+; used=\d+; window=\w+); reset=\d+$/.exec(header ?? '')?.[1]), ['day-one; used=0; window=day', 'day-one; used=6; window=day', 'day-one; used=12; window=day'])
  const stream = await ask(world, { max_tokens: 100, stream: true })
  assert.match(stream.headers.get('x-portcullis-budget') ?? '', /^day-one; used=18/)
  await stream.text()
  assert.equal(await status(ask(world, { max_tokens: 16_000, model: 'cloud/large' })), 429)
  const steps = (): (string | undefined)[] => world.log.filter(line => line.includes('a budget is at')).map(line => /a budget is at (\d+) percent \{"budget":"day-one","scope":"shared"/.exec(line)?.[1])
  assert.deepEqual(steps(), ['10', '100'])
  const metrics = await world.metrics()
  assert.match(metrics, /^gateway_budget_warnings_total\{gateway_budget="day-one",gateway_budget_step="10"\} 1$/m)
  assert.match(metrics, /^gateway_budget_used_ratio\{gateway_budget="day-one",gateway_budget_scope="shared"\} 0\.24/m)
})

test('from a step of a budget on a cheaper model answers, and what only a dear one could answer is denied with the reason', async t => {
  const degrade = [{ budgets: ['eng'], from_percent: 50, models: ['cloud/small', 'home/*'] }]
  const world = await startWorld(t, {
    cloud, config: {
      budgets: [{ name: 'eng', window: 'day', limit_usd: 0.08 }],
      aliases: [{ name: 'either', candidates: ['cloud/large', 'cloud/small'] }],
      policy: { settings: { models: [{ groups: ['*'], models: ['*'] }], degrade } },
    },
  })
  const image = [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]
  assert.equal(await status(ask(world, { model: 'cloud/large', max_tokens: 100 })), 200)
  // 0.04 of 0.08 USD: the step is reached.
  const denied = await ask(world, { model: 'cloud/large', max_tokens: 100 })
  assert.equal(denied.status, 403)
  assert.match(await denied.text(), /from 50 percent of the budget eng on only these models may be used: cloud\/small, home\/\*/)
  const cheaper = await ask(world, { model: 'either', max_tokens: 100 })
  assert.deepEqual([cheaper.status, cheaper.headers.get('x-portcullis-model')], [200, 'cloud/small'])
  assert.equal(await status(world.post(path, { model: 'either', max_tokens: 100, messages: [{ role: 'user', content: image }] })), 404, 'no cheap model can see')
})

test('a call that its caller leaves before the first byte is paid for as far as it was to be expected', async t => {
  const world = await startWorld(t, { config: { budgets: [{ name: 'b', window: 'day', limit_usd: 10 }] }, cloud: { reply: () => ({ kind: 'silence' }) } })
  const leave = new AbortController()
  const running = fetch(world.url + path, {
    method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', ...as('alice') }, body: JSON.stringify(chat('hello', { model: 'cloud/small' })),
  }).catch(() => null)
  await eventually(() => world.cloud.requests.length === 1)
  leave.abort()
  await running
  const outcome = await eventually(() => world.outcomes().find(record => record['failure'] === 'client.gone'))
  assert.ok(Number(outcome['cost_usd']) > 0, JSON.stringify(outcome))
  assert.match(await world.metrics(), /^gateway_budget_used_ratio\{gateway_budget="b",gateway_budget_scope="shared"\} 0\.000\d+$/m)
})

test('a rate counts calls of models and of tools alike, and says which one and how long', async t => {
  const world = await startWorld(t, { cloud, mcpServers: { home: { ...fakeMcpCommand(), era: 'legacy' } }, config: { rates: [{ name: 'slow', each: 'agent', requests_per_minute: 2 }] } })
  const session = await openSession(world)
  assert.equal(await status(ask(world)), 200)
  assert.equal((await rpc(world, call('home__echo', { text: 'a' }), session)).message.error, undefined)
  const no = await ask(world)
  assert.equal(no.status, 429)
  assert.match(await no.text(), /The rate \\"slow\\" \(agent:alice-agent\) allows 2 requests a minute/)
  assert.ok(Number(no.headers.get('retry-after')) > 10)
  const refused = await rpc(world, call('home__echo', { text: 'a' }), session)
  assert.equal(refused.message.error?.code, -32029, JSON.stringify(refused.message))
  assert.equal(await status(ask(world, {}, as('root'))), 200)
})

test('tokens a minute are charged as they really were', async t => {
  const world = await startWorld(t, { cloud, config: { rates: [{ name: 'tokens', each: 'key', tokens_per_minute: 3000 }] } })
  assert.deepEqual([await status(ask(world)), await status(ask(world)), await status(ask(world))], [200, 200, 429])
})

test('answers say what is left of a rate in the headers of the caller\'s dialect, in place of the provider\'s own', async t => {
  const world = await startWorld(t, {
    cloud: { reply: () => ({ kind: 'answer', text: 'yes', usage: { input: 100, output: 100 }, headers: { 'x-ratelimit-limit-requests': '9', 'x-ratelimit-remaining-requests': '8', 'anthropic-ratelimit-input-tokens-limit': '7' } }) },
    config: { rates: [{ name: 'wide', requests_per_minute: 1000 }, { name: 'narrow', each: 'key', requests_per_minute: 4, tokens_per_minute: 100_000 }] },
  })
  await (await ask(world)).text()
  const openai = (await ask(world)).headers
  assert.deepEqual(['limit', 'remaining'].map(what => openai.get(`x-ratelimit-${what}-requests`)), ['4', '2'])
  assert.match(openai.get('x-ratelimit-reset-requests') ?? '', /^(29|30)\.\d+s$/)
  assert.equal(openai.get('x-ratelimit-limit-tokens'), '100000')
  assert.ok(Number(openai.get('x-ratelimit-remaining-tokens')) > 99_000)
  const anthropic = (await world.post('/v1/messages', message('hello', { model: 'cloud-only' }))).headers
  assert.deepEqual(['limit', 'remaining'].map(what => anthropic.get(`anthropic-ratelimit-requests-${what}`)), ['4', '1'])
  assert.ok(Date.parse(anthropic.get('anthropic-ratelimit-requests-reset') ?? '') > Date.now())
  assert.equal(anthropic.get('anthropic-ratelimit-input-tokens-limit'), '7', 'what the gateway has no rate of stays the provider\'s')
})
