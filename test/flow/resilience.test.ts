// What is tried again and where, chains of candidates, and second attempts: what callers see, what is sent, what is paid.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, geminiWorld, say, toGemini } from './gemini-world.ts'
import { troubles, type RecordedRequest, type Reply } from '../support/fake-provider.ts'
import { eventually } from '../support/wait.ts'
import { adjustEntry, chat, message, startWorld, type AuditLine, type World, type WorldOptions } from './setup.ts'

const path = '/v1/chat/completions'
const cloudOnly = { model: 'cloud-only' }
const modelOf = ({ json }: RecordedRequest): string => (json as { model: string }).model
const askedModels = (world: World): string[] => world.cloud.requests.map(modelOf)
const routeOf = (outcome: AuditLine | undefined): { chosen: string; attempts: number; reason: string } => outcome?.['route'] as { chosen: string; attempts: number; reason: string }
const raw = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply => ({ kind: 'raw', status, body, headers: { 'content-type': 'application/json', ...headers } })
const chain = (...candidates: readonly string[]): Record<string, unknown> => ({ aliases: [{ name: 'chain', strategy: 'listed', candidates }] })

// What is tried again.

for (const status of [408, 409, 425, 429, 500, 502, 503, 529]) {
  test(`${status} makes the next candidate answer`, async t => {
    const world = await startWorld(t)
    world.cloud.script.push(raw(status, '{"error":{"message":"no"}}'))
    const response = await world.post(path, chat('Hi', cloudOnly))
    assert.deepEqual([response.status, askedModels(world)], [200, ['small', 'large']])
  })
}

for (const status of [400, 413, 422]) {
  test(`${status} is the request's own fault and passes as it is`, async t => {
    const world = await startWorld(t)
    world.cloud.script.push(raw(status, '{"error":{"message":"no"}}'))
    const response = await world.post(path, chat('Hi', cloudOnly))
    assert.deepEqual([response.status, await response.text(), askedModels(world)], [status, '{"error":{"message":"no"}}', ['small']])
  })
}

test('a connection that is reset before the head is tried at the next candidate', async t => {
  const world = await startWorld(t)
  world.cloud.script.push({ kind: 'reset' })
  assert.equal((await world.post(path, chat('Hi', cloudOnly))).status, 200)
  assert.deepEqual(askedModels(world), ['small', 'large'])
})

test('a stream that breaks off before its first event is tried at the next candidate', async t => {
  const world = await startWorld(t)
  world.cloud.script.push({ kind: 'answer', text: 'never', cutAfterEvents: 0 })
  const text = await (await world.post(path, chat('Hi', { ...cloudOnly, stream: true }))).text()
  assert.match(text, /DONE/)
  assert.deepEqual(askedModels(world), ['small', 'large'])
})

test('a model that the provider does not have is passed over, and not asked twice', async t => {
  const world = await startWorld(t, { cloud: { reply: () => raw(404, '{"error":{"message":"no such model"}}') } })
  const response = await world.post(path, chat('Hi', cloudOnly))
  assert.deepEqual([response.status, askedModels(world)], [404, ['small', 'large']])
})

test('a provider that says so is not asked the same thing again', async t => {
  const world = await startWorld(t, { cloud: { reply: () => raw(500, '{}', { 'x-should-retry': 'false' }) } })
  assert.equal((await world.post(path, chat('Hi', { model: 'cloud/small' }))).status, 500)
  assert.equal(world.cloud.requests.length, 1)
})

for (const [name, ask, body] of [
  ['OpenAI', chat, 'data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n'],
  ['Anthropic', message, 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'],
] as const) {
  const endpoint = name === 'OpenAI' ? path : '/v1/messages'
  const model = name === 'OpenAI' ? 'cloud/small' : 'cloud-anthropic/small'
  const errorFirst: Reply = { kind: 'raw', status: 200, body, headers: { 'content-type': 'text/event-stream' } }

  test(`a stream of ${name} that begins with an error is tried again: nothing was said yet`, async t => {
    const world = await startWorld(t)
    world.cloud.script.push(errorFirst)
    const text = await (await world.post(endpoint, ask('Hi', { model, stream: true }))).text()
    assert.doesNotMatch(text, /overloaded/i)
    assert.match(text, /DONE|message_stop/)
    assert.equal(world.cloud.requests.length, 2)
    assert.equal(routeOf(world.outcomes().at(-1)).attempts, 2)
  })

  test(`a stream of ${name} that only ever begins with an error passes as it is, and costs nothing`, async t => {
    const world = await startWorld(t, { cloud: { reply: () => errorFirst } })
    const response = await world.post(endpoint, ask('Hi', { model, stream: true }))
    assert.deepEqual([response.status, await response.text()], [200, body])
    const outcome = world.outcomes().at(-1)
    assert.deepEqual([outcome?.['failure'], outcome?.['cost_usd'], routeOf(outcome).attempts], ['upstream.refused', null, 3])
  })

  test(`an error of ${name} after the first event is the caller's to see`, async t => {
    const world = await startWorld(t)
    world.cloud.script.push({ kind: 'answer', text: 'a long answer that is not finished', errorAfterEvents: { events: 3, error: { status: 529, message: 'Overloaded' } } })
    const text = await (await world.post(endpoint, ask('Hi', { model, stream: true }))).text()
    assert.match(text, /Overloaded/)
    assert.equal(world.cloud.requests.length, 1)
  })
}

test('an error in a body of status 200 is tried again, and is a refusal where nothing does better', async t => {
  const error = '{"error":{"message":"Provider returned error","code":502}}'
  const world = await startWorld(t)
  world.cloud.script.push(raw(200, error))
  assert.equal((await world.post(path, chat('Hi', { model: 'cloud/small' }))).status, 200)
  world.cloud.script.push(...[1, 2, 3].map(() => raw(200, error)))
  const response = await world.post(path, chat('Hi', { model: 'cloud/small' }))
  assert.equal(await response.text(), error)
  assert.deepEqual([world.outcomes()[0]?.['failure'], world.outcomes()[1]?.['failure'], world.outcomes()[1]?.['cost_usd']], [null, 'upstream.refused', null])
})

// When to come back.

for (const [name, headers, expected] of [
  ['a date', () => ({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }), [40, 61]],
  ['OpenAI\'s limits', () => ({ 'x-ratelimit-reset-requests': '1m30s', 'x-ratelimit-remaining-requests': '0' }), [70, 91]],
  ['Anthropic\'s limits', () => ({ 'anthropic-ratelimit-requests-reset': new Date(Date.now() + 60_000).toISOString(), 'anthropic-ratelimit-requests-remaining': '0' }), [40, 61]],
] as const) {
  test(`${name}: the model is left alone for that long, and the caller is told`, async t => {
    const world = await startWorld(t, { config: { resilience: { attempts: 1, breaker_cooldown_ms: 10_000 } } })
    world.cloud.script.push(raw(429, '{"error":{"message":"slow down"}}', headers()))
    const response = await world.post(path, chat('Hi', { model: 'cloud/small' }))
    assert.equal(response.status, 429)
    const told = response.headers.get('retry-after') ?? ''
    const seconds = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000
    assert.ok(seconds > expected[0] && seconds < expected[1], `${told} is not between ${expected.join(' and ')} s`)
    assert.deepEqual((await (await world.admin('/status')).json() as { resting: string[] }).resting, ['cloud/small'])
    const rests = await world.post(path, chat('Hi', { model: 'cloud/small' }))
    assert.equal(rests.status, 503)
    assert.ok(Number(rests.headers.get('retry-after')) > expected[0], 'as long as it rests')
  })
}

for (const stream of [false, true]) {
  test(`Google's RetryInfo in an error of status 200: the model is left alone for that long (${stream ? 'stream' : 'whole answer'})`, async t => {
    const world = await geminiWorld(t, { config: { resilience: { attempts: 1, breaker_cooldown_ms: 10_000 } } })
    const error = JSON.stringify({ error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED', details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '47s' }] } })
    world.cloud.script.push({ kind: 'raw', status: 200, body: stream ? `data: ${error}\r\n\r\n` : error, headers: { 'content-type': stream ? 'text/event-stream' : 'application/json' } })
    const response = await call(world, toGemini, stream ? 'streamGenerateContent?alt=sse' : 'generateContent', say('Hi'))
    assert.match(await response.text(), /Quota exceeded/)
    const rests = await call(world, toGemini, 'generateContent', say('Hi'))
    assert.equal(rests.status, 503)
    const seconds = Number(rests.headers.get('retry-after'))
    assert.ok(seconds > 40 && seconds <= 47, String(seconds))
  })
}

test('when all fail, the soonest time that any of them named is told', async t => {
  const world = await startWorld(t, { config: { resilience: { attempts: 2 } } })
  world.cloud.script.push(raw(429, '{}', { 'retry-after': '20' }), { kind: 'reset' })
  const response = await world.post(path, chat('Hi', cloudOnly))
  assert.deepEqual([response.status, response.headers.get('retry-after')], [502, '20'])
})

// Chains.

test('a chain is tried in the order in which it is written', async t => {
  const world = await startWorld(t, { config: chain('cloud/large', 'home/llama', 'cloud/small') })
  world.cloud.script.push(raw(500, '{}'))
  const response = await world.post(path, chat('Hi', { model: 'chain' }))
  assert.deepEqual([response.headers.get('x-portcullis-model'), askedModels(world)], ['home/llama', ['large']])
  assert.match(routeOf(world.outcomes().at(-1)).reason, /^first of 3/)
})

test('a chain from home to the cloud never carries what only home may see', async t => {
  const world = await startWorld(t, { config: chain('home/llama', 'cloud/small'), local: { reply: () => troubles.serverError() } })
  const response = await world.post(path, chat('Write to anna.berg@example.com', { model: 'chain' }))
  assert.match(await response.text(), /anna\.berg@example\.com/)
  assert.match(world.local.requests[0]?.body.toString() ?? '', /anna\.berg/, 'home sees the value')
  assert.equal(world.cloud.requests.length, 1)
  assert.doesNotMatch(world.cloud.requests[0]?.body.toString() ?? '', /anna\.berg/)
})

test('a chain never leaves home where a secret keeps it there', async t => {
  const secret = ['AKIA', 'IOSFODNN7EXAMPLE'].join('')
  const world = await startWorld(t, { config: chain('home/llama', 'cloud/small'), local: { reply: () => troubles.serverError() } })
  const response = await world.post(path, chat(`my key is ${secret}`, { model: 'chain' }))
  assert.equal(response.status, 500)
  assert.equal(world.cloud.requests.length, 0)
})

test('what is blocked for one destination passes to another that may see it', async t => {
  const world = await startWorld(t, { config: { ...chain('cloud/small', 'home/llama'), policy: { settings: { data: { pseudonymise: [], block: ['email'] } } } } })
  const response = await world.post(path, chat('Write to anna.berg@example.com', { model: 'chain' }))
  assert.equal(response.headers.get('x-portcullis-model'), 'home/llama', await response.text())
  assert.equal(world.cloud.requests.length, 0)
})

test('a hop that the budget does not allow is passed over for one that it does', async t => {
  const world = await startWorld(t, {
    config: chain('cloud/small', 'cloud/large', 'home/llama'), cloud: { reply: () => troubles.serverError() },
    adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.005, window: 'day' } }),
  })
  const response = await world.post(path, chat('Hi', { model: 'chain', max_tokens: 1000 }))
  assert.equal(response.headers.get('x-portcullis-model'), 'home/llama', await response.text())
  assert.deepEqual(askedModels(world), ['small'])
  assert.equal(routeOf(world.outcomes().at(-1)).attempts, 2, 'what was not asked is no attempt')
})

test('where the budget allows no further hop, the caller sees what the last provider said', async t => {
  const world = await startWorld(t, {
    config: chain('cloud/small', 'cloud/large'), cloud: { reply: () => raw(503, '{"error":{"message":"busy"}}') },
    adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.005, window: 'day' } }),
  })
  const response = await world.post(path, chat('Hi', { model: 'chain', max_tokens: 1000 }))
  assert.deepEqual([response.status, await response.text(), askedModels(world)], [503, '{"error":{"message":"busy"}}', ['small']])
})

test('a provider that cannot be reached is not tried for each of its models', async t => {
  const world = await startWorld(t, {
    config: { resilience: { breaker_failures: 1, breaker_cooldown_ms: 60_000 }, ...chain('cloud/small', 'cloud/large', 'home/llama') },
    adjust: adjustEntry('providers', 'cloud', { base_url: 'http://127.0.0.1:1/v1' }),
  })
  const response = await world.post(path, chat('Hi', { model: 'chain' }))
  assert.equal(response.headers.get('x-portcullis-model'), 'home/llama')
  assert.equal(routeOf(world.outcomes().at(-1)).attempts, 2)
  assert.deepEqual((await (await world.admin('/status')).json() as { resting: string[] }).resting.sort(), ['cloud/*', 'cloud/small'])
})

// Second attempts.

const hedged: WorldOptions['config'] = { resilience: { hedge: { min_ms: 20 } }, aliases: [{ name: 'fast', strategy: 'listed', hedge: true, candidates: ['cloud/small', 'cloud/large'] }] }
const warmUp = async (world: World): Promise<void> => { for (let asked = 0; asked < 20; asked += 1) await (await world.post(path, chat('Hi', { model: 'cloud/small' }))).text() }

test('a call that is slower to begin than nearly all is also asked elsewhere, and the first answer wins', async t => {
  let slow = false
  const world = await startWorld(t, { config: hedged, cloud: { reply: request => slow && modelOf(request) === 'small' ? { kind: 'silence' } : null } })
  await warmUp(world)
  slow = true
  const response = await world.post(path, chat('Hi anna.berg@example.com', { model: 'fast' }))
  assert.equal(response.headers.get('x-portcullis-model'), 'cloud/large', await response.clone().text())
  const [small, large] = world.cloud.requests.slice(-2)
  assert.deepEqual([small, large].map(request => request === undefined ? '' : modelOf(request)), ['small', 'large'])
  assert.doesNotMatch(String(small?.body) + String(large?.body), /anna/)
  await eventually(() => small?.callerLeft === true)
  const outcome = world.outcomes().at(-1)
  assert.equal(routeOf(outcome).attempts, 2)
  assert.match(routeOf(outcome).reason, /hedged/)
  const usage = outcome?.['usage'] as { input: number; output: number }
  assert.ok(Number(outcome?.['cost_usd']) > (usage.input * 10 + usage.output * 30) / 1e6, 'the one that was broken off is paid as well')
  assert.equal((await (await world.admin('/status')).json() as { resting: string[] }).resting.length, 0)
})

test('of two side by side the one that failed by itself costs nothing', async t => {
  let slow = false
  const world = await startWorld(t, {
    config: hedged, cloud: {
      reply: request => !slow ? null : modelOf(request) === 'small' ? { kind: 'raw', status: 503, body: '{"error":{"message":"busy"}}', headers: { 'content-type': 'application/json' }, headDelayMs: 60 } : { kind: 'answer', text: 'large', headDelayMs: 250 },
    },
  })
  await warmUp(world)
  slow = true
  const response = await world.post(path, chat('Hi', { model: 'fast' }))
  assert.equal(response.headers.get('x-portcullis-model'), 'cloud/large', await response.clone().text())
  const outcome = world.outcomes().at(-1)
  assert.match(routeOf(outcome).reason, /hedged/)
  const usage = outcome?.['usage'] as { input: number; output: number }
  assert.equal(outcome?.['cost_usd'], (usage.input * 10 + usage.output * 30) / 1e6)
})

test('hedging is off unless somebody asks for it', async t => {
  let slow = false
  const world = await startWorld(t, { config: chain('cloud/small', 'cloud/large'), cloud: { reply: request => slow && modelOf(request) === 'small' ? { kind: 'answer', text: 'late', headDelayMs: 300 } : null } })
  await warmUp(world)
  slow = true
  assert.match(await (await world.post(path, chat('Hi', { model: 'chain' }))).text(), /late/)
  assert.deepEqual(askedModels(world).slice(20), ['small'])
})

test('a call that is fast enough is asked once', async t => {
  const world = await startWorld(t, { config: { ...hedged, resilience: { hedge: { min_ms: 5000 } } } })
  await warmUp(world)
  assert.equal((await world.post(path, chat('Hi', { model: 'fast' }))).status, 200)
  assert.equal(world.cloud.requests.length, 21)
})

// Time.

test('an answer that takes longer than the provider may take in all ends with an error', async t => {
  const world = await startWorld(t, { adjust: adjustEntry('providers', 'cloud', { timeouts: { total_ms: 150 } }) })
  world.cloud.script.push({ kind: 'answer', text: 'word '.repeat(200), eventDelayMs: 20 })
  const text = await (await world.post(path, chat('Hi', { model: 'cloud/small', stream: true }))).text()
  assert.match(text, /"code":"upstream\.timeout"/)
  assert.equal(world.outcomes().at(-1)?.['failure'], 'upstream.timeout')
})
