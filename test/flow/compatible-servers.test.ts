// OpenAI-compatible servers as they are: what some refuse is not sent, and what they tell in places of their own is understood.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anthropicClient, chatLoop, messageLoop, startCloudWorld } from './cloud-world.ts'
import { chat, message, type World } from './setup.ts'
import { startFakeProvider, type FakeProvider, type FakeProviderOptions } from '../support/fake-provider.ts'
import type { CleansUp } from '../support/scratch-folder.ts'

const startServer = async (t: CleansUp, server: string, options: FakeProviderOptions = {}): Promise<{ world: World; upstream: FakeProvider }> => {
  const upstream = await startFakeProvider(options)
  t.after(upstream.close)
  const world = await startCloudWorld(t, { providers: [{ id: 'x', dialect: 'openai', base_url: `${upstream.url}/v1`, server }], models: [{ id: 'x/m', capabilities: ['tools', 'thinking'] }] })
  return { world, upstream }
}

const sse = (...chunks: readonly (object | string)[]): string => chunks.map(one => typeof one === 'string' ? one : `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', ...one })}\n\n`).join('')
const piece = (content: string): object => ({ choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] })
const finish = (more: object = {}): object => ({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...more })
const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
const done = 'data: [DONE]\n\n'

/** A server that refuses members it does not know, as Mistral does. */
const refusing = (members: readonly string[]): FakeProviderOptions => ({
  reply: ({ json }) => {
    const unknown = members.find(member => Object.hasOwn(json as object, member))
    return unknown === undefined ? undefined : { kind: 'raw', status: 422, body: JSON.stringify({ object: 'error', message: { detail: [{ type: 'extra_forbidden', loc: ['body', unknown], msg: 'Extra inputs are not permitted' }] }, type: 'invalid_request_error' }) }
  },
})

test('callers of both dialects run streamed tool loops on a server that refuses what it does not know', async t => {
  const { upstream, world } = await startServer(t, 'mistral', refusing(['stream_options', 'max_completion_tokens', 'user', 'seed']))
  assert.match(await messageLoop(world, 'x/m', true, { metadata: { user_id: 'u1' } }, false), /weather answered/)
  assert.match(await chatLoop(world, 'x/m', true, false), /weather answered/)
  const direct = await world.post('/v1/chat/completions', chat('Hello', { model: 'x/m', max_completion_tokens: 9, stream: true, stream_options: { include_usage: true } }))
  assert.equal(direct.status, 200, await direct.text())
  assert.ok(upstream.requests.every(request => request.status === 200))
  const refused = await world.post('/v1/messages', message('Hello', { model: 'x/m' }), {})
  assert.equal(refused.status, 200)
})

test('what a server refuses all the same is told in words, whatever their shape', async t => {
  const { world } = await startServer(t, 'mistral', refusing(['temperature']))
  const response = await world.post('/v1/messages', message('Hello', { model: 'x/m', temperature: 1 }))
  assert.deepEqual([response.status, await response.json()], [422, { type: 'error', error: { type: 'api_error', message: 'temperature: Extra inputs are not permitted' } }])
})

test('usage and cost are found where each server puts them', async t => {
  // The world's price: 1 in, 5 out, 0.1 cached, per million.
  const table: readonly (readonly [string, string, number])[] = [
    ['groq', sse(piece('Hi'), finish({ x_groq: { id: 'r', usage } }), done), 0.0015],
    ['deepseek', sse(piece('Hi'), finish({ usage: { ...usage, prompt_cache_hit_tokens: 900 } }), done), 0.00069],
    ['xai', sse(piece('Hi'), finish({ usage: { ...usage, total_tokens: 1500, completion_tokens_details: { reasoning_tokens: 400 } } }), done), 0.0035],
    ['openrouter', sse(': OPENROUTER PROCESSING\n\n', piece('Hi'), finish(), { choices: [], usage: { ...usage, cost: 0.0123 } }, done), 0.0123],
    ['vllm', sse(piece('Hi'), finish(), { choices: [], usage: { ...usage, cost: 0 } }, done), 0.0015],
    ['fireworks', sse(piece('Hi'), finish({ usage })), 0.0015],
  ]
  for (const [server, body, usd] of table) {
    const { upstream, world } = await startServer(t, server)
    for (const path of ['/v1/chat/completions', '/v1/messages'] as const) {
      upstream.script.push({ kind: 'raw', body })
      const response = await world.post(path, path === '/v1/messages' ? message('Hello', { model: 'x/m', stream: true }) : chat('Hello', { model: 'x/m', stream: true }))
      assert.match(await response.text(), path === '/v1/messages' ? /message_stop/ : /"finish_reason":"stop"/)
    }
    assert.deepEqual(world.outcomes().map(outcome => [Number(Number(outcome['cost_usd']).toFixed(6)), outcome['failure']]), [[usd, null], [usd, null]], server)
  }
})

test('reasoning goes back to a server that wants it, through a real client\'s tool loop', async t => {
  const { upstream, world } = await startServer(t, 'deepseek')
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }
  upstream.script.push({ kind: 'raw', body: sse({ choices: [{ index: 0, delta: { reasoning_content: 'Let me look.' }, finish_reason: null }] }, { choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }] }, { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], usage }, done) })
  const tools = [{ name: 'weather', input_schema: { type: 'object' as const, properties: {} } }]
  const asked = [{ role: 'user' as const, content: 'Weather?' }]
  const first = await anthropicClient(world).messages.stream({ model: 'x/m', max_tokens: 100, messages: asked, tools }).finalMessage()
  assert.deepEqual(first.content.map(block => block.type), ['thinking', 'tool_use'])
  upstream.script.push({ kind: 'raw', body: sse(piece('Cold.'), finish({ usage }), done) })
  const second = await anthropicClient(world).messages.stream({ model: 'x/m', max_tokens: 100, tools, messages: [...asked, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '2 degrees' }] }] }).finalMessage()
  assert.equal(second.stop_reason, 'end_turn')
  const sent = (upstream.requests[1]?.json as { messages: Readonly<Record<string, unknown>>[] }).messages[1]
  assert.equal(sent?.['reasoning_content'], 'Let me look.')
})

test('a server that gives up in the middle is not taken for one that is done', async t => {
  const { upstream, world } = await startServer(t, 'openrouter')
  for (const [body, says] of [
    [sse(piece('Hi'), { error: { code: 502, message: 'Provider disconnected' }, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] }), /Provider disconnected/],
    [sse(piece('Hi'), { choices: [{ index: 0, delta: {}, finish_reason: 'insufficient_system_resource' }], usage }, done), /gave up/],
  ] as const) {
    upstream.script.push({ kind: 'raw', body })
    const text = await (await world.post('/v1/messages', message('Hello', { model: 'x/m', stream: true }))).text()
    assert.match(text, /event: error/)
    assert.match(text, says)
    assert.doesNotMatch(text, /message_stop/)
  }
})
