// What is written on record as the cost of a call, and by which price.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, geminiWorld, say, toGemini, withGemini } from './gemini-world.ts'
import { adjustEntry, chat, message, startWorld } from './setup.ts'

const near = (actual: unknown, expected: number): void => { assert.ok(Math.abs(Number(actual) - expected) < 1e-12, `${String(actual)} is not ${expected}`) }

test('a model without a price is charged at the ceiling where the operator set one, and the record says so', async t => {
  const world = await startWorld(t, {
    adjust: adjustEntry('models', 'cloud/mystery', {}), config: { prices: { unknown: 'ceiling', ceiling: { usd_per_mtok_in: 30, usd_per_mtok_out: 180 } } },
    cloud: { reply: () => ({ kind: 'answer', text: 'Hello', usage: { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 } }) },
  })
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/mystery', max_tokens: 100 }))
  assert.equal(response.status, 200, await response.text())
  const outcome = world.outcomes().at(-1)
  near(outcome?.['cost_usd'], (1000 * 30 + 100 * 180) / 1e6)
  assert.match(String(outcome?.['price_version']), /^ceiling:[0-9a-f]{12}$/)
  await (await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/small' }))).text()
  assert.match(String(world.outcomes().at(-1)?.['price_version']), /^override:[0-9a-f]{12}$/, 'what has a price keeps it')
})

for (const stream of [false, true]) {
  test(`what Anthropic keeps for an hour is paid at its own price (${stream ? 'stream' : 'whole answer'})`, async t => {
    const world = await startWorld(t, {
      adjust: adjustEntry('models', 'cloud-anthropic/small', { price: { usd_per_mtok_in: 1, usd_per_mtok_out: 5, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2 } }),
      cloud: { reply: () => ({ kind: 'answer', text: 'Hello', usage: { input: 1000, output: 100, cacheRead: 100, cacheWrite: 800, cacheWrite1h: 600 } }) },
    })
    await (await world.post('/v1/messages', message('Hi', { model: 'cloud-anthropic/small', stream }))).text()
    await (await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-anthropic/small', stream, max_tokens: 100 }))).text()
    for (const outcome of world.outcomes()) {
      near(outcome['cost_usd'], (100 * 1 + 100 * 0.1 + 200 * 1.25 + 600 * 2 + 100 * 5) / 1e6)
      assert.equal((outcome['usage'] as { cache_write_1h: number }).cache_write_1h, 600)
    }
  })

  test(`the tier that served a call is paid (${stream ? 'stream' : 'whole answer'})`, async t => {
    const world = await startWorld(t, {
      adjust: adjustEntry('models', 'cloud/small', { price: { usd_per_mtok_in: 1, usd_per_mtok_out: 2, service_tiers: { priority: 3 } } }),
      cloud: { reply: () => ({ kind: 'answer', text: 'Hello', serviceTier: 'priority', usage: { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 } }) },
    })
    await (await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/small', stream, service_tier: 'priority' }))).text()
    const outcome = world.outcomes().at(-1)
    near(outcome?.['cost_usd'], 3 * (1000 * 1 + 100 * 2) / 1e6)
    assert.equal((outcome?.['usage'] as { service_tier: string }).service_tier, 'priority')
  })
}

const tiered = { usd_per_mtok_in: 1, usd_per_mtok_out: 2, service_tiers: { priority: 3 } }
const usage = { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 }

test('the tier that served a Gemini call is paid, though only a header names it, whoever asked', async t => {
  const world = await geminiWorld(t, {
    adjust: config => adjustEntry('models', 'google/flash', { price: tiered })(withGemini(config)),
    cloud: { reply: () => ({ kind: 'answer', text: 'Hello', headers: { 'x-gemini-service-tier': 'priority' }, usage }) },
  })
  for (const method of ['generateContent', 'streamGenerateContent?alt=sse']) await (await call(world, toGemini, method, say('Hi'))).text()
  await (await world.post('/v1/chat/completions', chat('Hi', { model: toGemini }))).text()
  assert.equal(world.outcomes().length, 3)
  for (const outcome of world.outcomes()) {
    near(outcome['cost_usd'], 3 * (1000 * 1 + 100 * 2) / 1e6)
    assert.equal((outcome['usage'] as { service_tier: string }).service_tier, 'priority')
  }
})

test('the tier that served a response is paid, and a destination never gets the caller\'s own idempotency key', async t => {
  const world = await startWorld(t, {
    adjust: config => adjustEntry('models', 'cloud/small', { price: tiered })(adjustEntry('providers', 'cloud', { apis: ['responses'] })(config)),
    cloud: { reply: () => ({ kind: 'answer', text: 'Hello', serviceTier: 'priority', usage }) },
  })
  const native = await world.post('/v1/responses', { model: 'cloud/small', input: 'Hi', service_tier: 'priority' }, { 'idempotency-key': 'raw-key' })
  assert.equal(native.status, 200, await native.text())
  const translated = await world.post('/v1/messages', message('Hi', { model: 'cloud/small' }))
  assert.equal(translated.status, 200, await translated.text())
  for (const outcome of world.outcomes()) near(outcome['cost_usd'], 3 * (1000 * 1 + 100 * 2) / 1e6)
  const key = world.cloud.requests[0]?.headers['idempotency-key']
  assert.ok(typeof key === 'string' && key !== 'raw-key', String(key))
})

test('what is reserved for a call counts the tier that it asks for', async t => {
  const world = await startWorld(t, {
    // 2 × 30 tokens of input and 1000 of output: about 0.002 USD as usual, 0.005 with priority.
    adjust: adjustEntry('keys', 'alice', { budget: { limit_usd: 0.004, window: 'day' } }),
  })
  const usual = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/small', max_tokens: 1000 }))
  assert.equal(usual.status, 200, await usual.text())
  const priority = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/small', max_tokens: 1000, service_tier: 'priority' }))
  assert.equal(priority.status, 429, await priority.text())
})
