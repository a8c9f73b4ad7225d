// What the gateway does not know it must not touch: requests reach the provider and answers reach the caller as they were written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../support/wait.ts'
import { gatedConfig, StreamReader, startGatedProvider } from './gated-provider.ts'
import { chat, keys, message, startWorld } from './setup.ts'

// Odd spacing, escapes, number spellings and order: what a parser and a printer would lose.
const oddChat = '{ "x_future" : {"a":1.50, "b":[1e2, -0.0]},\n "model":"cloud-only",\t"messages":[{"role":"user","content":"Caf\\u00e9 \\/ tab\\t"}],"top_k":12345678901234567890,  "metadata":{"Z":"z","A":null} }'
const oddMessage = '{"max_tokens":64,"model":"cloud-only","system":[{"type":"text","text":"Be brief","cache_control":{"type":"ephemeral","ttl":"1h"}}], "unknown_field": {"deep":[true,  false]},'
  + '"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm \\u2013 \\/","signature":"c2ln+bmF0dXJl/w=="},{"type":"redacted_thinking","data":"b3BhcXVl"},{"type":"text","text":"Yes"}]},'
  + '{"role":"user","content":[{"type":"text","text":"Go on","cache_control":{"type":"ephemeral"}}]}],"thinking":{"type":"enabled","budget_tokens":1024}}'

test('unknown request fields and odd JSON reach an OpenAI provider byte for byte; only the model name is replaced', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/chat/completions?beta=1', oddChat)
  // The fake provider refuses what it does not know, as the real ones do: that is theirs to say.
  assert.match(await response.text(), /Unrecognized request argument supplied: x_future, top_k/)
  assert.equal(world.cloud.requests[0]?.body.toString(), oddChat.replace('"model":"cloud-only"', '"model":"small"'))
  assert.equal(world.cloud.requests[0].path, '/v1/chat/completions?beta=1')
})

test('cache marks, signed thinking and unknown fields reach an Anthropic provider byte for byte', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/messages?beta=true', oddMessage, { 'anthropic-beta': 'fine-grained-tool-streaming-2025-05-14,future-1' })
  assert.match(await response.text(), /unknown_field: Extra inputs are not permitted/)
  const [sent] = world.cloud.requests
  assert.equal(sent?.body.toString(), oddMessage.replace('"model":"cloud-only"', '"model":"small"'))
  assert.equal(sent.headers['anthropic-beta'], 'fine-grained-tool-streaming-2025-05-14,future-1')
  assert.equal(sent.headers['anthropic-version'], '2023-06-01')
  assert.equal(sent.path, '/v1/messages?beta=true')
})

test('the provider gets its own credential, never the key or the cookies of the caller', async t => {
  const world = await startWorld(t)
  await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only' }), { cookie: 'session=1', 'x-portcullis-session': 's1' })
  await world.post('/v1/messages', message('Hi', { model: 'cloud-only' }), { 'x-api-key': keys.alice, authorization: '' })
  const [openai, anthropic] = world.cloud.requests
  assert.equal(openai?.headers.authorization, 'Bearer cloud-secret')
  assert.equal(anthropic?.headers['x-api-key'], 'cloud-secret')
  for (const { headers } of world.cloud.requests) {
    assert.doesNotMatch(JSON.stringify(headers), /pk_alice/)
    assert.equal(headers.cookie, undefined)
    assert.equal(headers['x-portcullis-session'], undefined)
  }
})

const errorBodies = [
  { dialect: 'OpenAI', path: '/v1/chat/completions', ask: chat('Hi', { model: 'cloud-only' }), body: '{ "error": {"message":"No \\u2013 really", "type":"odd_type","param":null,"code":"x-1"}, "extra":[1.0] }' },
  { dialect: 'Anthropic', path: '/v1/messages', ask: message('Hi', { model: 'cloud-only' }), body: '{"type":"error", "error":{"type":"odd_error","message":"No \\/ way"},  "request_id":"req_9"}' },
]
for (const { dialect, path, ask, body } of errorBodies) {
  for (const status of [400, 401, 404, 529]) {
    test(`an ${dialect} provider's ${status} passes with its body as it was written`, async t => {
      const world = await startWorld(t, { config: { resilience: { attempts: 1 } } })
      world.cloud.script.push({ kind: 'raw', status, body, headers: { 'content-type': 'application/json', 'request-id': 'req_9' } })
      const response = await world.post(path, ask)
      assert.equal(response.status, status)
      assert.equal(await response.text(), body)
      assert.equal(response.headers.get('request-id'), 'req_9')
      const outcome = world.outcomes().at(-1)
      assert.equal(outcome?.['failure'], 'upstream.refused')
      assert.equal(outcome['status'], status)
    })
  }
}

test('an error of a provider that was asked for a stream passes as it was written', async t => {
  const world = await startWorld(t, { config: { resilience: { attempts: 1 } } })
  const [openai] = errorBodies
  world.cloud.script.push({ kind: 'raw', status: 400, body: openai?.body ?? '', headers: { 'content-type': 'application/json' } })
  const response = await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only', stream: true }))
  assert.equal(response.status, 400)
  assert.equal(await response.text(), openai?.body)
})

test('GET /v1/models speaks the dialect of the caller and names what the caller may use', async t => {
  const world = await startWorld(t)
  const openai = await (await world.get('/v1/models')).json() as { object: string; data: { id: string; object: string }[] }
  assert.equal(openai.object, 'list')
  assert.deepEqual(openai.data.map(({ id }) => id), ['auto', 'cloud-only', 'cloud/small', 'cloud/large', 'cloud-anthropic/small', 'home/llama', 'home-anthropic/llama'])
  const anthropic = await (await world.get('/v1/models', { 'anthropic-version': '2023-06-01' })).json() as { data: { id: string; type: string }[]; has_more: boolean; first_id: string }
  assert.deepEqual(anthropic.data.map(({ id }) => id), ['auto', 'cloud-only', 'cloud/small', 'cloud/large', 'cloud-anthropic/small', 'home/llama', 'home-anthropic/llama'])
  assert.ok(anthropic.data.every(({ type }) => type === 'model'))
  assert.equal(anthropic.has_more, false)
  assert.equal(anthropic.first_id, 'auto')
  assert.deepEqual(world.outcomes().map(({ action }) => action), ['model.list', 'model.list'])
})

test('a caller who may use no model is shown none', async t => {
  const world = await startWorld(t)
  for (const headers of [{}, { 'anthropic-version': '2023-06-01' }]) {
    const response = await world.get('/v1/models', { ...headers, authorization: `Bearer ${keys.bob}` })
    assert.equal(response.status, 200)
    assert.deepEqual((await response.json() as { data: unknown[] }).data, [])
  }
  assert.equal(world.cloud.requests.length, 0)
})

test('tokens are counted by the provider and cost nothing', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/messages/count_tokens', { model: 'cloud-only', messages: [{ role: 'user', content: 'How many are these?' }] })
  assert.equal(response.status, 200)
  assert.ok((await response.json() as { input_tokens: number }).input_tokens > 0)
  assert.equal(world.cloud.requests[0]?.endpoint, 'messages.count_tokens')
  assert.equal((world.cloud.requests[0].json as { model: string }).model, 'small')
  assert.equal(world.outcomes().at(-1)?.['cost_usd'], null)
})

test('embeddings go to a model that makes them and come back untouched', async t => {
  const world = await startWorld(t)
  const response = await world.post('/v1/embeddings', { model: 'cloud-only', input: ['one', 'two'], encoding_format: 'float' })
  assert.equal(response.status, 200)
  const answer = await response.json() as { data: { embedding: number[] }[]; usage: { prompt_tokens: number } }
  assert.equal(answer.data.length, 2)
  assert.ok((answer.data[0]?.embedding.length ?? 0) > 0)
  assert.equal(world.cloud.requests[0]?.endpoint, 'embeddings')
  const outcome = world.outcomes().at(-1)
  assert.equal(outcome?.['action'], 'model.embed')
  assert.ok(Number(outcome['cost_usd']) > 0)
})

test('GET / and HEAD / are answered by the gateway itself, without a key', async t => {
  const world = await startWorld(t)
  const get = await fetch(`${world.url}/`)
  assert.equal(get.status, 200)
  assert.equal((await get.json() as { name: string }).name, 'portcullis')
  const head = await fetch(`${world.url}/`, { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
  assert.equal(world.cloud.requests.length + world.local.requests.length, 0)
})

for (const [path, ask] of [['/v1/chat/completions', chat('Hi', { stream: true })], ['/v1/messages', message('Hi', { stream: true })]] as const) {
  test(`${path}: a stream is passed on as it arrives, not when it is complete`, async t => {
    const gated = await startGatedProvider(t)
    const world = await startWorld(t, { config: gatedConfig(gated) })
    const reader = new StreamReader(await world.post(path, ask))
    await reader.until('first')
    assert.doesNotMatch(reader.text, /last/)
    assert.equal(gated.waiting, 1)
    assert.deepEqual(world.outcomes(), [], 'a running stream has no outcome')
    gated.release()
    assert.match(await reader.rest(), / last[^]*(\[DONE\]|message_stop)/)
    assert.equal(world.outcomes().at(-1)?.['failure'], null)
  })

  test(`${path}: when the caller leaves, the provider's work is cancelled and the exchange recorded`, async t => {
    const gated = await startGatedProvider(t)
    const world = await startWorld(t, { config: gatedConfig(gated) })
    const leave = new AbortController()
    const response = await fetch(world.url + path, {
      method: 'POST', body: JSON.stringify(ask), signal: leave.signal,
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', authorization: `Bearer ${keys.alice}` },
    })
    await new StreamReader(response).until('first')
    leave.abort()
    await eventually(() => gated.left === 1)
    const outcome = await eventually(() => world.outcomes().at(-1))
    assert.equal(outcome['failure'], 'client.gone')
    assert.equal(outcome['status'], 499)
  })
}

test('a caller who leaves before the answer begins cancels it, too', async t => {
  const world = await startWorld(t, { cloud: { reply: () => ({ kind: 'silence' }) } })
  const leave = new AbortController()
  const asked = fetch(`${world.url}/v1/chat/completions`, {
    method: 'POST', body: JSON.stringify(chat('Hi', { model: 'cloud-only' })), signal: leave.signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.alice}` },
  })
  await eventually(() => world.cloud.requests.length === 1)
  leave.abort()
  await assert.rejects(asked)
  await eventually(() => world.cloud.requests[0]?.callerLeft === true)
  assert.equal((await eventually(() => world.outcomes().at(-1)))['failure'], 'client.gone')
  assert.equal(world.cloud.requests.length, 1, 'nobody is asked again for a caller who left')
})

test('the usage chunk of an OpenAI stream is always fetched, and shown only to who asked for it', async t => {
  const world = await startWorld(t)
  const quiet = await (await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only', stream: true }))).text()
  const asking = await (await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud-only', stream: true, stream_options: { include_usage: true } }))).text()
  assert.doesNotMatch(quiet, /"usage":\{/)
  assert.match(quiet, /data: \[DONE\]/)
  assert.match(asking, /"usage":\{/)
  for (const { json } of world.cloud.requests) assert.deepEqual((json as { stream_options: unknown }).stream_options, { include_usage: true })
  for (const outcome of world.outcomes()) assert.ok(Number(outcome['cost_usd']) > 0)
})
