// Requests of both dialects: what is read, refused, forwarded, edited, and which strings are left alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splice, type JsonDocument } from '../../../gateway/exchange/document.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { ModelOperation } from '../../../gateway/exchange/operation.ts'
import { anthropicSurface } from '../../../gateway/surfaces/anthropic/surface.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import type { ModelSurface, RequestHeaders } from '../../../gateway/surfaces/model-surface.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'

const doc = (value: unknown): JsonDocument => readJson(typeof value === 'string' ? value : JSON.stringify(value), { maxDepth: 64 })

const read = (surface: ModelSurface, body: unknown, headers: RequestHeaders = {}, name?: ModelOperation['name']): ModelOperation =>
  surface.read(name ?? (surface === openaiSurface ? 'chat.completions' : 'messages'), '/v1/x?beta=true', headers, doc(body))

const hello = [{ role: 'user', content: 'Hello' }]
const chat = { model: 'm', messages: hello }

test('a chat completion is read', () => {
  const operation = read(openaiSurface, { ...chat, stream: true, max_completion_tokens: 7, max_tokens: 9, tools: [{ type: 'function', function: { name: 'f' } }] })
  const { document, ...rest } = operation
  assert.equal(rest.needs.inputTokens, Math.ceil(document.text.length / 4))
  assert.deepEqual({ ...rest, needs: { ...rest.needs, inputTokens: 0 } }, {
    kind: 'model.call', name: 'chat.completions', dialect: 'openai', requested: 'm', stream: true, path: '/v1/x?beta=true', headers: {},
    needs: { tools: true, vision: false, inputTokens: 0, maxOutputTokens: 9 },
  })
})

test('embeddings are read, and never stream', () => {
  const operation = read(openaiSurface, { model: 'e', input: ['a', 'b'], stream: true }, {}, 'embeddings')
  assert.deepEqual([operation.kind, operation.stream, operation.needs.maxOutputTokens], ['model.embed', false, null])
})

test('a message request is read, and counting tokens reserves no output', () => {
  const body = { ...chat, max_tokens: 100, stream: true, system: [{ type: 'text', text: 's' }] }
  assert.deepEqual([read(anthropicSurface, body).stream, read(anthropicSurface, body).needs.maxOutputTokens], [true, 100])
  const count = read(anthropicSurface, body, {}, 'messages.count_tokens')
  assert.deepEqual([count.kind, count.stream, count.needs.maxOutputTokens], ['model.call', false, 0])
})

test('a message thread that stopped in the middle of a turn goes on without a message', () => {
  assert.equal(read(anthropicSurface, { model: 'm', max_tokens: 9, messages: [], thread: { type: 'continue', previous_message_id: 'msg_1' } }).requested, 'm')
  for (const thread of [undefined, { type: 'create' }]) assert.throws(() => read(anthropicSurface, { model: 'm', max_tokens: 9, messages: [], thread }), /at least one message/)
})

const data = 'A'.repeat(4000)
const seeing: readonly (readonly [string, ModelSurface, unknown])[] = [
  ['an inline image of OpenAI', openaiSurface, { model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }] }] }],
  ['an image of Anthropic', anthropicSurface, { model: 'm', messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] }] }],
  ['an image in a tool result', anthropicSurface, { model: 'm', messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] }] }] }],
]
for (const [name, surface, body] of seeing) {
  test(`${name} needs vision and does not count as text`, () => {
    const { needs } = read(surface, body)
    assert.equal(needs.vision, true)
    assert.ok(needs.inputTokens < 100, String(needs.inputTokens))
  })
}

const refused: readonly (readonly [field: string, surface: ModelSurface, body: unknown])[] = [
  ['body', openaiSurface, []],
  ['model', openaiSurface, { messages: hello }],
  ['model', anthropicSurface, { model: '', messages: hello }],
  ['model', anthropicSurface, { model: 7, messages: hello }],
  ['messages', openaiSurface, { model: 'm' }],
  ['messages', anthropicSurface, { model: 'm', messages: [] }],
  ['messages', openaiSurface, { model: 'm', messages: 'hi' }],
  ['messages.1', openaiSurface, { model: 'm', messages: [...hello, 'x'] }],
  ['messages.0.role', anthropicSurface, { model: 'm', messages: [{ content: 'x' }] }],
  ['stream', openaiSurface, { ...chat, stream: 'yes' }],
  ['stream', anthropicSurface, { ...chat, stream: 1 }],
  ['stream_options', openaiSurface, { ...chat, stream_options: [] }],
  ['include_usage', openaiSurface, { ...chat, stream_options: { include_usage: 'x' } }],
  ['max_tokens', anthropicSurface, { ...chat, max_tokens: 1.5 }],
  ['max_tokens', openaiSurface, { ...chat, max_tokens: -1 }],
  ['max_completion_tokens', openaiSurface, { ...chat, max_completion_tokens: '5' }],
  ['tools', openaiSurface, { ...chat, tools: {} }],
  ['system', anthropicSurface, { ...chat, system: 5 }],
  ['Model', openaiSurface, { ...chat, Model: 'other' }],
  ['MESSAGES', anthropicSurface, { ...chat, MESSAGES: [] }],
]
for (const [field, surface, body] of refused) {
  test(`${surface.dialect}: ${JSON.stringify(body).slice(0, 70)} is refused and names ${field}`, () => {
    assert.throws(() => read(surface, body), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure)
      assert.equal(thrown.code, 'request.malformed')
      assert.equal(thrown.detail.field, field)
      assert.ok(thrown.message.startsWith(`${field}: must `), thrown.message)
      return true
    })
  })
}

test('embeddings without input are refused', () => {
  assert.throws(() => read(openaiSurface, { model: 'm', input: 4 }, {}, 'embeddings'), /input: must be/)
})

test('only listed headers are forwarded, never credentials', () => {
  const sent = {
    'authorization': 'Bearer k', 'x-api-key': 'k', 'cookie': 'c', 'openai-organization': 'o', 'openai-project': 'p', 'x-portcullis-session': 's', 'host': 'h',
    'content-length': '4', 'connection': 'close', 'proxy-authorization': 'p', 'x-forwarded-for': 'f',
    'anthropic-version': '2023-06-01', 'anthropic-beta': ['a', 'b'], 'x-claude-code-session-id': 'i', 'openai-beta': 'z', 'user-agent': 'u', 'accept': '*/*',
    'x-stainless-lang': 'js',
  }
  assert.deepEqual(read(anthropicSurface, chat, sent).headers, {
    'anthropic-version': '2023-06-01', 'anthropic-beta': 'a, b', 'x-claude-code-session-id': 'i', 'user-agent': 'u', 'accept': '*/*', 'x-stainless-lang': 'js',
  })
  assert.deepEqual(read(openaiSurface, chat, sent).headers, { 'openai-beta': 'z', 'user-agent': 'u', 'accept': '*/*', 'x-stainless-lang': 'js' })
})

const uuid = '3f0c5d4e-8a5b-4c7d-9e2f-1a2b3c4d5e6f'
const hints: readonly (readonly [string, ModelSurface, RequestHeaders, unknown, string | null])[] = [
  ['Claude Code header', anthropicSurface, { 'x-claude-code-session-id': 'abc' }, chat, 'abc'],
  ['user_id with a session', anthropicSurface, {}, { ...chat, metadata: { user_id: `user_ab12_account_${uuid}_session_${uuid}` } }, uuid],
  ['user_id as JSON', anthropicSurface, {}, { ...chat, metadata: { user_id: JSON.stringify({ device_id: 'd', session_id: uuid }) } }, uuid],
  ['user_id of a person', anthropicSurface, {}, { ...chat, metadata: { user_id: 'anna' } }, null],
  ['user_id that only looks like JSON', anthropicSurface, {}, { ...chat, metadata: { user_id: '{oops' } }, null],
  ['prompt_cache_key', openaiSurface, {}, { ...chat, prompt_cache_key: 'conv-1', user: 'anna' }, 'conv-1'],
  ['user alone', openaiSurface, {}, { ...chat, user: 'anna', safety_identifier: 'x' }, null],
  ['nothing', openaiSurface, {}, chat, null],
]
for (const [name, surface, headers, body, expected] of hints) {
  test(`session hint of ${surface.dialect}: ${name}`, () => assert.equal(surface.sessionHint(headers, doc(body)), expected))
}

const edited = (surface: ModelSurface, text: string, upstreamModel: string): string => {
  const operation = read(surface, text)
  return splice(operation.document.text, surface.modelEdits(operation, upstreamModel))
}

const rest = '"messages":[{"role":"user","content":"x"}]'
const edits: readonly (readonly [string, ModelSurface, string, string, string])[] = [
  ['an equal name changes nothing', openaiSurface, `{ "model": "m", ${rest} }`, 'm', `{ "model": "m", ${rest} }`],
  ['the name is replaced in place', openaiSurface, `{ "model": "alias", "n": 1.0, ${rest} }`, 'real "x"', `{ "model": "real \\"x\\"", "n": 1.0, ${rest} }`],
  ['only the name at the root is replaced', anthropicSurface, `{${rest},"metadata":{"model":"alias"},"model":"alias"}`, 'real', `{${rest},"metadata":{"model":"alias"},"model":"real"}`],
  ['a stream asks for usage', openaiSurface, `{"model":"m",${rest},"stream":true}`, 'm', `{"stream_options":{"include_usage":true},"model":"m",${rest},"stream":true}`],
  ['options without the flag get it', openaiSurface, `{"model":"m",${rest},"stream":true,"stream_options":{"x":1}}`, 'm', `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage":true,"x":1}}`],
  ['empty options get it', openaiSurface, `{"model":"m",${rest},"stream":true,"stream_options":{ }}`, 'm', `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage":true }}`],
  ['null options get it', openaiSurface, `{"model":"m",${rest},"stream":true,"stream_options":null}`, 'm', `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage":true}}`],
  ['false becomes true', openaiSurface, `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage":false}}`, 'm', `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage":true}}`],
  ['true stays', openaiSurface, `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage": true}}`, 'm', `{"model":"m",${rest},"stream":true,"stream_options":{"include_usage": true}}`],
  ['Anthropic streams are left alone', anthropicSurface, `{"model":"m",${rest},"stream":true}`, 'm', `{"model":"m",${rest},"stream":true}`],
]
for (const [name, surface, before, upstreamModel, after] of edits) {
  test(`edits: ${name}`, () => {
    const out = edited(surface, before, upstreamModel)
    assert.equal(out, after)
    assert.doesNotThrow(() => doc(out))
  })
}

test('usage is stripped again exactly when it was added', () => {
  const strips = (more: object): boolean => openaiSurface.stripsUsage(read(openaiSurface, { ...chat, ...more }))
  assert.deepEqual(
    [{}, { stream: true }, { stream: true, stream_options: { include_usage: false } }, { stream: true, stream_options: { include_usage: true } }].map(strips),
    [false, true, true, false],
  )
})

const binary = Buffer.alloc(96, 7).toString('base64')
const claude = {
  model: 'MODEL', service_tier: 'auto', metadata: { user_id: '+META' },
  system: [{ type: 'text', text: '+SYSTEM', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  tools: [{
    name: 'TOOL', description: '+DESCRIPTION',
    input_schema: { type: 'object', properties: { id: { type: 'string', description: '+FIELD', default: '+DEFAULT', enum: ['+ENUM'] } }, required: ['id'] },
  }],
  tool_choice: { type: 'tool', name: 'TOOL' },
  messages: [
    { role: 'user', content: '+PLAIN' },
    { role: 'user', content: [
      { type: 'text', text: '+TEXT' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: binary } },
      { type: 'document', title: '+TITLE', source: { type: 'text', media_type: 'text/plain', data: '+DOCUMENT' } },
    ] },
    { role: 'assistant', content: [
      { type: 'thinking', thinking: '=THINKING', signature: 'SIGNATURE' },
      { type: 'redacted_thinking', data: 'REDACTED' },
      { type: 'tool_use', id: 'toolu_1', name: 'TOOL', input: { id: '+ARG', type: '+ARG', data: '+ARG', signature: '+ARG', model: '+ARG', name: ['+ARG'], thinking: '+ARG' } },
    ] },
    { role: 'user', content: [
      { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: '+RESULT' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: binary } }] },
      { type: 'tool_result', tool_use_id: 'toolu_1', content: '+RESULT' },
    ] },
  ],
}
const gpt = {
  model: 'MODEL', user: '+USER', reasoning_effort: 'high', response_format: { type: 'json_schema', json_schema: { name: 'NAME', description: '+D', schema: { type: 'object' } } },
  tools: [{ type: 'function', function: { name: 'TOOL', description: '+D', parameters: { type: 'object', properties: { type: { type: 'string', description: '+D' } }, required: ['type'] } } }],
  tool_choice: { type: 'function', function: { name: 'TOOL' } },
  messages: [
    { role: 'system', content: '+SYSTEM', name: '+PERSON' },
    { role: 'user', content: [
      { type: 'text', text: '+TEXT' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${binary}`, detail: 'low' } },
      { type: 'image_url', image_url: { url: '+https://example.com/a@b.c' } }, { type: 'input_audio', input_audio: { data: binary, format: 'wav' } },
    ] },
    { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'TOOL', arguments: '+{"to":"x"}' } }] },
    { role: 'tool', tool_call_id: 'call_1', content: '+RESULT' },
  ],
}

for (const [surface, body] of [[anthropicSurface, claude], [openaiSurface, gpt]] as const) {
  test(`${surface.dialect}: exactly the content is rewritten, thinking is watched, the protocol is ignored`, () => {
    for (const leaf of doc(body).strings) {
      const expected = leaf.value.startsWith('+') ? 'rewrite' : leaf.value.startsWith('=') ? 'watch' : 'ignore'
      assert.equal(surface.leafUse(leaf), expected, `${leaf.path.join('.')}: ${leaf.value.slice(0, 30)}`)
      assert.equal(surface.skipLeaf(leaf), expected === 'ignore')
    }
  })
}

test('text that claims to be base64 is scanned', () => {
  const body = { model: 'm', messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'write to anna@example.com' } }] }] }
  const leaf = doc(body).strings.find(({ key }) => key === 'data')
  assert.equal(anthropicSurface.leafUse(leaf!), 'rewrite')
})
