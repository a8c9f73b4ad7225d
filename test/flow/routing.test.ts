// Which model answers, what happens when it does not, and what it costs.
import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { troubles, type RecordedRequest } from '../support/fake-provider.ts'
import { eventually } from '../support/wait.ts'
import { gatedConfig, startGatedProvider } from './gated-provider.ts'
import { adjustEntry, chat, message, startWorld, type AuditLine, type World } from './setup.ts'

const modelOf = ({ json }: RecordedRequest): string => (json as { model: string }).model
const askedModels = (world: World): string[] => world.cloud.requests.map(modelOf)
const routeOf = (outcome: AuditLine | undefined): { chosen: string; attempts: number; reason: string } => outcome?.['route'] as { chosen: string; attempts: number; reason: string }

const image = [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]

/** A port that nobody listens on. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return port
}

test('the cheapest model that meets the need answers', async t => {
  const world = await startWorld(t)
  const cases = [
    { why: 'text', body: chat('Hi', { model: 'cloud-only' }), model: 'cloud/small' },
    { why: 'an image', body: { model: 'cloud-only', messages: [{ role: 'user', content: image }] }, model: 'cloud/large' },
    { why: 'a free model is the cheapest', body: chat('Hi'), model: 'home/llama' },
    { why: 'too long for the free one', body: chat('word '.repeat(30_000)), model: 'cloud/small' },
    { why: 'a model by its own name', body: chat('Hi', { model: 'cloud/large' }), model: 'cloud/large' },
  ]
  for (const { why, body, model } of cases) {
    const response = await world.post('/v1/chat/completions', body)
    assert.equal(response.headers.get('x-portcullis-model'), model, `${why}: ${await response.text()}`)
  }
  assert.match(routeOf(world.outcomes()[1]).reason, /vision/)
})

for (const [name, trouble] of [['a server error', troubles.serverError()], ['a rate limit', troubles.rateLimited(30)], ['an overload', troubles.overloaded()]] as const) {
  test(`${name} makes the next candidate answer`, async t => {
    const world = await startWorld(t, { cloud: { reply: request => modelOf(request) === 'small' ? trouble : null } })
    const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
    assert.equal(response.status, 200, await response.clone().text())
    assert.equal(response.headers.get('x-portcullis-model'), 'cloud/large')
    assert.deepEqual(askedModels(world), ['small', 'large'])
    const outcome = world.outcomes().at(-1)
    assert.deepEqual([routeOf(outcome).chosen, routeOf(outcome).attempts, outcome?.['failure']], ['cloud/large', 2, null])
  })
}

test('what is the fault of the request is not tried again', async t => {
  const world = await startWorld(t, { cloud: { reply: () => troubles.contextTooLong() } })
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
  assert.equal(response.status, 400)
  assert.match(await response.text(), /prompt is too long/)
  assert.deepEqual(askedModels(world), ['small'])
})

test('when every attempt is refused, the last answer passes as it was written', async t => {
  const world = await startWorld(t)
  const headers = { 'content-type': 'application/json' }
  world.cloud.script.push(
    { kind: 'raw', status: 500, body: '{"error":{"message":"one"}}', headers }, { kind: 'raw', status: 503, body: '{"error":{"message":"two"}}', headers },
    { kind: 'raw', status: 502, body: '{ "error": {"message":"three \\u2013"} }', headers },
  )
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
  assert.equal(response.status, 502)
  assert.equal(await response.text(), '{ "error": {"message":"three \\u2013"} }')
  assert.deepEqual(askedModels(world), ['small', 'large', 'large'])
  const outcome = world.outcomes().at(-1)
  assert.deepEqual([outcome?.['failure'], outcome?.['status'], routeOf(outcome).attempts], ['upstream.refused', 502, 3])
})

test('a provider that cannot be reached is passed over, and named as a failure when there is no other', async t => {
  const port = await closedPort()
  const world = await startWorld(t, { adjust: adjustEntry('providers', 'home', { base_url: `http://127.0.0.1:${port}/v1` }) })
  const answered = await world.post('/v1/chat/completions', chat('Hi'))
  assert.equal(answered.headers.get('x-portcullis-model'), 'cloud/small')
  const failed = await world.post('/v1/chat/completions', chat('Hi', { model: 'home/llama' }))
  const text = await failed.text()
  assert.equal(failed.status, 502)
  assert.match(text, /upstream\.connect/)
  assert.doesNotMatch(text, new RegExp(String(port)), 'addresses of upstreams are not told to callers')
  assert.equal(world.outcomes().at(-1)?.['failure'], 'upstream.connect')
})

const shortTimeouts = adjustEntry('providers', 'cloud', { timeouts: { first_byte_ms: 60, idle_ms: 60 } })

test('a provider that does not begin to answer is passed over', async t => {
  const world = await startWorld(t, { adjust: shortTimeouts, cloud: { reply: request => modelOf(request) === 'small' ? { kind: 'silence' } : null } })
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
  assert.equal(response.headers.get('x-portcullis-model'), 'cloud/large')
  await eventually(() => world.cloud.requests[0]?.callerLeft === true)
})

test('when no provider begins to answer, the caller is told that it took too long', async t => {
  const world = await startWorld(t, { adjust: shortTimeouts, cloud: { reply: () => ({ kind: 'silence' }) } })
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
  assert.equal(response.status, 504)
  assert.match(await response.text(), /upstream\.timeout/)
})

test('a stream that stands still ends with an error event', async t => {
  const gated = await startGatedProvider(t)
  const world = await startWorld(t, { config: gatedConfig(gated), adjust: shortTimeouts })
  const text = await (await world.post('/v1/chat/completions', chat('Hi', { stream: true }))).text()
  assert.match(text, /first[^]*"code":"upstream\.timeout"/)
  assert.doesNotMatch(text, /\[DONE\]/)
  assert.equal(world.outcomes().at(-1)?.['failure'], 'upstream.timeout')
})

test('a model that keeps failing rests, and is asked again after its rest', async t => {
  let broken = true
  const world = await startWorld(t, {
    config: { resilience: { attempts: 1, breaker_failures: 2, breaker_cooldown_ms: 1500 } },
    cloud: { reply: () => broken ? troubles.serverError() : null },
  })
  const ask = (): Promise<Response> => world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/small' }))
  assert.equal((await ask()).status, 500)
  assert.equal((await ask()).status, 500)
  const rests = await ask()
  assert.equal(rests.status, 503)
  assert.match(await rests.text(), /route\.unhealthy/)
  assert.ok(Number(rests.headers.get('retry-after')) > 0)
  assert.equal(world.cloud.requests.length, 2, 'a resting model is not asked')
  assert.deepEqual((await (await world.admin('/status')).json() as { resting: string[] }).resting, ['cloud/small'])
  broken = false
  await eventually(async () => (await ask()).status === 200)
})

test('a resting model does not stop the others', async t => {
  const world = await startWorld(t, {
    config: { resilience: { breaker_failures: 1, breaker_cooldown_ms: 60_000 } },
    cloud: { reply: request => modelOf(request) === 'small' ? troubles.serverError() : null },
  })
  await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
  await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }))
  assert.deepEqual(askedModels(world), ['small', 'large', 'large'])
})

test('a model without a known price is never called', async t => {
  const world = await startWorld(t, { adjust: adjustEntry('models', 'cloud/mystery', {}) })
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/mystery' }))
  assert.equal(response.status, 404)
  assert.match(await response.text(), /cloud\/mystery: no price is known/)
  assert.equal(world.cloud.requests.length, 0)
})

for (const [path, ask, type] of [['/v1/chat/completions', chat, 'insufficient_quota'], ['/v1/messages', message, 'rate_limit_error']] as const) {
  test(`${path}: when the budget is spent, the caller is told when there is money again and not to retry at once`, async t => {
    const world = await startWorld(t, {
      adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 1, window: 'day' } }),
      cloud: { reply: () => ({ kind: 'answer', text: 'costly', usage: { input: 1_000_000, output: 0, cacheRead: 0, cacheWrite: 0 } }) },
    })
    const first = await world.post(path, ask('Hi', { model: 'cloud-only', max_tokens: 16 }))
    assert.equal(first.status, 200, await first.clone().text())
    assert.equal(Number(first.headers.get('x-portcullis-cost-usd')), 1)
    const second = await world.post(path, ask('Hi', { model: 'cloud-only', max_tokens: 16 }))
    assert.equal(second.status, 429)
    const { error } = await second.json() as { error: { type: string; message: string } }
    assert.equal(error.type, type)
    assert.match(error.message, /budget\.exhausted/)
    assert.equal(second.headers.get('x-should-retry'), 'false')
    const seconds = Number(second.headers.get('retry-after'))
    assert.ok(seconds > 0 && seconds <= 24 * 3600, `retry after ${seconds} s`)
    assert.equal(world.cloud.requests.length, 1)
    assert.equal(world.outcomes().at(-1)?.['failure'], 'budget.exhausted')
  })
}

test('calls that run at the same time cannot spend the same money', async t => {
  const answering = Promise.withResolvers<null>()
  const world = await startWorld(t, {
    // The upper bound of one call is about 0.02 USD: two do not fit.
    adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.03, window: 'day' } }),
    cloud: { reply: () => answering.promise },
  })
  const asked = [1, 2, 3].map(() => world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only', max_tokens: 10_000 })))
  await eventually(() => world.outcomes().length === 2)
  answering.resolve(null)
  assert.deepEqual((await Promise.all(asked)).map(({ status }) => status).sort(), [200, 429, 429])
})

const usage = { input: 1000, output: 100, cacheRead: 600, cacheWrite: 200 }
for (const stream of [false, true]) {
  test(`cached input is paid at its own price (${stream ? 'stream' : 'whole answer'})`, async t => {
    const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'answer', text: 'Hello', usage }) } })
    await (await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only', stream }))).text()
    await (await world.post('/v1/messages', message('Hi', { model: 'cloud-only', stream }))).text()
    const [openai, anthropic] = world.outcomes().map(outcome => Number(outcome['cost_usd']))
    // OpenAI: 400 fresh at 1, 600 cached at 0.1, 100 out at 2. Anthropic: 200 fresh at 1, 600 read at 0.1, 200 written at 1.25, 100 out at 5.
    assert.ok(Math.abs((openai ?? 0) - 660e-6) < 1e-12, String(openai))
    assert.ok(Math.abs((anthropic ?? 0) - 1010e-6) < 1e-12, String(anthropic))
    assert.match(await world.metrics(), /gateway_cost_usd/)
  })
}
