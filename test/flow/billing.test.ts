// Money: what was used is paid, whoever leaves early.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/wait.ts'
import { withNative } from './responses-world.ts'
import { chat, keys, message, standardConfig, startWorld } from './setup.ts'

const withBudget = (limitUsd: number): Record<string, unknown> => {
  const { keys: entries } = standardConfig('http://127.0.0.1:1', 'http://127.0.0.1:1') as { keys: Record<string, unknown>[] }
  return { keys: entries.map(entry => entry['name'] === 'alice' ? { ...entry, budget: { limit_usd: limitUsd, window: 'day' } } : entry) }
}

test('a stream that its caller leaves is paid for all the same', async t => {
  const world = await startWorld(t, { config: withBudget(10) })
  world.cloud.script.push({ kind: 'answer', text: 'word '.repeat(200), eventDelayMs: 20 })
  const leave = new AbortController()
  const response = await fetch(`${world.url}/v1/messages`, {
    method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': keys.alice },
    body: JSON.stringify(message('Tell me a long story', { model: 'cloud-only', stream: true })),
  })
  const reader = response.body?.getReader()
  await reader?.read()
  leave.abort()
  const outcome = await eventually(() => world.outcomes().find(record => record['failure'] === 'client.gone'))
  assert.ok(Number(outcome['cost_usd']) > 0, JSON.stringify(outcome))
  await eventually(() => world.cloud.requests[0]?.callerLeft === true ? true : undefined)
})

for (const [path, ask] of [['/v1/chat/completions', chat], ['/v1/messages', message]] as const) {
  for (const model of ['cloud/large', 'cloud-anthropic/small']) {
    test(`who leaves a long stream just before its end pays for what was said: ${path} from ${model}`, async t => {
      const world = await startWorld(t)
      const words = 4000
      const text = 'word '.repeat(words)
      world.cloud.script.push({ kind: 'answer', text, eventDelayMs: 1 })
      const leave = new AbortController()
      const response = await fetch(`${world.url}${path}`, {
        method: 'POST', signal: leave.signal, headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': keys.alice },
        body: JSON.stringify(ask('Tell me a long story', { model, stream: true, max_tokens: 16_000 })),
      })
      const reader = response.body?.getReader()
      for (let seen = 0; seen < words * 0.6;) {
        const chunk = (await reader?.read())?.value as Uint8Array | undefined
        assert.ok(chunk !== undefined, `it ended after ${seen} words`)
        seen += Buffer.from(chunk).toString().match(/word/g)?.length ?? 0
      }
      leave.abort()
      const outcome = await eventually(() => world.outcomes().at(-1))
      assert.equal(outcome['failure'], 'client.gone')
      const usdPerToken = (model === 'cloud/large' ? 30 : 5) / 1e6
      const cost = Number(outcome['cost_usd'])
      assert.ok(cost > words * 0.3 * usdPerToken, `${cost} USD is less than what was said`)
      assert.ok(cost < words * 4 * usdPerToken, `${cost} USD is far more than what was said`)
    })
  }
}

test('a budget that is used up refuses before anything is sent, and says when to come back', async t => {
  const world = await startWorld(t, { config: withBudget(0.000001) })
  const response = await world.post('/v1/messages', message('Hello', { model: 'cloud-only' }))
  assert.equal(response.status, 429)
  assert.equal(response.headers.get('x-should-retry'), 'false')
  assert.ok(Number(response.headers.get('retry-after')) > 0)
  assert.match(await response.text(), /budget\.exhausted/)
  assert.equal(world.cloud.requests.length, 0)
})

for (const { path, many, one } of [
  { path: '/v1/chat/completions', one: chat('Hi', { model: 'cloud/large', max_tokens: 100 }), many: chat('Hi', { model: 'cloud/large', max_tokens: 100, n: 50 }) },
  { path: '/v1/chat/completions', one: chat('Hi', { model: 'cloud/large', max_tokens: 100, max_completion_tokens: 50 }), many: chat('Hi', { model: 'cloud/large', max_tokens: 5000, max_completion_tokens: 1 }) },
  { path: '/v1/responses', one: { model: 'cloud/large', input: 'Hi', max_output_tokens: 200 }, many: { model: 'cloud/large', input: 'Hi', max_output_tokens: 200, service_tier: 'priority' } },
  ...['candidateCount', 'candidate_count'].map(field => {
    const asked = (count: number): object => ({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], generationConfig: { maxOutputTokens: 100, [field]: count } })
    return { path: '/v1beta/models/cloud%2Flarge:generateContent', one: asked(1), many: asked(50) }
  }),
]) {
  test(`what a call may come to is held to a budget, however it is asked for: ${path} ${JSON.stringify(many).length}`, async t => {
    // One answer of 100 tokens may cost 0.003 USD and a little for its input.
    const world = await startWorld(t, { config: withBudget(0.01) })
    assert.equal((await world.post(path, many)).status, 429)
    assert.equal(world.cloud.requests.length, 0)
    assert.equal((await world.post(path, one)).status, 200)
  })
}

for (const [count, means] of [[1e308, 'more than sums can hold'], [-5, 'less than nothing']] as const) {
  test(`a provider that tells ${means} as usage breaks neither the record nor the next call`, async t => {
    const world = await startWorld(t, { config: withBudget(1e6) })
    const body = JSON.stringify({ id: 'x', object: 'chat.completion', model: 'small', choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: count, completion_tokens: count, total_tokens: count } })
    world.cloud.script.push({ kind: 'raw', status: 200, body, headers: { 'content-type': 'application/json' } })
    const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/large' }))
    assert.deepEqual([response.status, /"content":"Hi"/.test(await response.text())], [200, true])
    const [outcome] = world.outcomes()
    assert.ok(Number.isFinite(outcome?.['cost_usd']) && Number(outcome?.['cost_usd']) >= 0, JSON.stringify(outcome))
    assert.equal((await world.post('/v1/chat/completions', chat('Hi', { model: 'home/llama' }))).status, 200)
  })
}

for (const { path, usage, more, ask } of [
  { path: '/v1/responses', usage: { input_tokens: 1000, output_tokens: 0 }, more: { id: 'r', object: 'response', status: 'completed', output: [], service_tier: 'priority' }, ask: { model: 'native/small', input: 'Hi' } },
  { path: '/v1/chat/completions', usage: { input_tokens: 1000, output_tokens: 0 }, more: { id: 'r', object: 'response', status: 'completed', output: [], service_tier: 'priority' }, ask: chat('Hi', { model: 'native/small' }) },
]) {
  test(`a tier that a provider of Responses names is paid at its own price: ${path}`, async t => {
    const world = await startWorld(t, withNative())
    world.cloud.script.push({ kind: 'raw', status: 200, body: JSON.stringify({ ...more, usage, model: 'small' }), headers: { 'content-type': 'application/json' } })
    const response = await world.post(path, ask)
    assert.equal(response.status, 200, await response.clone().text())
    const [outcome] = world.outcomes()
    const dear = Number(outcome?.['cost_usd'])
    world.cloud.script.push({ kind: 'raw', status: 200, body: JSON.stringify({ ...more, service_tier: 'default', usage, model: 'small' }), headers: { 'content-type': 'application/json' } })
    await world.post(path, ask)
    assert.ok(dear > Number(world.outcomes()[1]?.['cost_usd']) * 1.5, `${dear} USD`)
  })
}
