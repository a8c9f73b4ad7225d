// Responses requests: what is read, refused and forwarded, which strings are left alone, and how one goes on from an earlier response.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { splice, type JsonDocument } from '../../../gateway/exchange/document.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { ModelOperation } from '../../../gateway/exchange/operation.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import type { RequestHeaders, ResumeLookup } from '../../../gateway/surfaces/model-surface.ts'
import { endpointOf } from '../../../gateway/surfaces/endpoints.ts'
import { surfaceOfStranger } from '../../../gateway/surfaces/model-surfaces.ts'
import { responsesSurface as surface } from '../../../gateway/surfaces/openai-responses/surface.ts'
import { resumeRequest } from '../../../gateway/surfaces/openai-responses/resume.ts'

const binary = Buffer.alloc(96, 7).toString('base64')

type Json = Readonly<Record<string, unknown>>
const doc = (value: unknown): JsonDocument => readJson(typeof value === 'string' ? value : JSON.stringify(value), { maxDepth: 64 })
const read = (body: unknown, headers: RequestHeaders = {}): ModelOperation => surface.read('responses', '/v1/responses', headers, doc(body))

test('a request is read', () => {
  const { document, ...rest } = read({ model: 'm', input: 'Hello', stream: true, max_output_tokens: 7, tools: [{ type: 'function', name: 'f' }] })
  assert.deepEqual(rest, {
    kind: 'model.call', name: 'responses', dialect: 'openai-responses', requested: 'm', stream: true, path: '/v1/responses', headers: {}, held: null, previous: null,
    needs: { tools: true, vision: false, inputTokens: Math.ceil(document.text.length / 4), maxOutputTokens: 7 },
  })
})

test('the tier that is asked for is one of the needs', () => {
  assert.equal(read({ model: 'm', input: 'x', service_tier: 'priority' }).needs.serviceTier, 'priority')
  for (const more of [{}, { service_tier: null }, { service_tier: 7 }]) assert.equal('serviceTier' in read({ model: 'm', input: 'x', ...more }).needs, false)
})

test('pictures, also those that a function gave, need vision and do not count as text; nor do papers', () => {
  const data = `data:image/png;base64,${'A'.repeat(4000)}`
  for (const [input, vision] of [
    [[{ role: 'user', content: [{ type: 'input_image', image_url: data }] }], true],
    [[{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: data }] }], true],
    [[{ role: 'user', content: [{ type: 'input_file', file_data: data }] }], false],
  ] as const) {
    const { needs } = read({ model: 'm', input })
    assert.equal(needs.vision, vision)
    assert.ok(needs.inputTokens < 100, String(needs.inputTokens))
  }
})

test('what the gateway relies on is checked, and named', () => {
  const refused: readonly (readonly [field: string, body: unknown])[] = [
    ['body', []], ['model', { input: 'x' }], ['Model', { model: 'm', Model: 'n', input: 'x' }], ['input', { model: 'm' }], ['input', { model: 'm', input: 7 }], ['input.1', { model: 'm', input: [{ role: 'user', content: 'x' }, 'y'] }],
    ['instructions', { model: 'm', input: 'x', instructions: [] }], ['stream', { model: 'm', input: 'x', stream: 'yes' }], ['store', { model: 'm', input: 'x', store: 'no' }], ['background', { model: 'm', input: 'x', background: true }],
    ['tools', { model: 'm', input: 'x', tools: {} }], ['max_output_tokens', { model: 'm', input: 'x', max_output_tokens: -1 }], ['previous_response_id', { model: 'm', input: 'x', previous_response_id: 7 }], ['previous_response_id', { model: 'm', input: 'x', previous_response_id: '' }],
  ]
  for (const [field, body] of refused) assert.throws(() => read(body), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'request.malformed' && thrown.detail.field === field, field)
})

test('what only a provider keeps is noted', () => {
  const held = (more: Json): unknown => read({ model: 'm', ...more }).held
  assert.deepEqual(held({ previous_response_id: 'resp_1' }), { field: 'previous_response_id', id: 'resp_1', provider: null })
  assert.deepEqual(held({ conversation: 'conv_1', input: 'x' }), { field: 'conversation', id: 'conv_1', provider: null })
  assert.deepEqual(held({ conversation: { id: 'conv_1' } }), { field: 'conversation', id: 'conv_1', provider: null })
  assert.deepEqual(held({ prompt: { id: 'pmpt_1', version: '2' } }), { field: 'prompt', id: 'pmpt_1', provider: null })
  assert.equal(held({ input: 'x', previous_response_id: null, conversation: null, prompt: null }), null)
})

test('only listed headers are forwarded, never credentials', () => {
  const { headers } = read({ model: 'm', input: 'x' }, {
    'authorization': 'Bearer k', 'x-api-key': 'k', 'cookie': 'c', 'openai-organization': 'o', 'chatgpt-account-id': 'a', 'openai-beta': 'responses=v1', 'session_id': 's', 'originator': 'codex', 'x-stainless-lang': 'js', 'x-other': 'y', 'idempotency-key': 'raw',
  })
  assert.deepEqual(headers, { 'openai-beta': 'responses=v1', 'session_id': 's', 'originator': 'codex', 'x-stainless-lang': 'js' })
})

test('which calls belong together is told by cache key, conversation or Codex\'s headers', () => {
  const hint = (body: Json, headers: RequestHeaders = {}): string | null => surface.sessionHint(headers, doc({ model: 'm', input: 'x', ...body }))
  assert.equal(hint({ prompt_cache_key: 'k', conversation: 'c' }, { session_id: 's' }), 'k')
  assert.equal(hint({ conversation: { id: 'c' } }, { session_id: 's' }), 'c')
  assert.equal(hint({}, { session_id: 's', conversation_id: 'v' }), 's')
  assert.equal(hint({}, { conversation_id: 'v' }), 'v')
  assert.equal(hint({ user: 'u', safety_identifier: 'i' }), null)
})

suite('strings of a request', () => {
  const body = {
    model: 'm', instructions: 'P', previous_response_id: 'resp_x', conversation: { id: 'conv_x' }, include: ['message.output_text.logprobs'], metadata: { type: 'P' }, service_tier: 'flex', truncation: 'auto', user: 'P',
    prompt: { id: 'pmpt_x', version: '3', variables: { id: 'P' } }, reasoning: { effort: 'ultra', summary: 'detailed' }, text: { verbosity: 'x', format: { type: 'json_schema', name: 'n', schema: { type: 'object', description: 'P', properties: { id: { type: 'string', enum: ['P'] } } } } },
    tool_choice: { type: 'allowed_tools', mode: 'x', tools: [{ type: 'x', name: 'n' }] },
    tools: [{ type: 'function', name: 'n', description: 'P', parameters: { type: 'object', required: ['a'], properties: { a: { type: 'string', default: 'P' } } } }, { type: 'mcp', server_label: 'l', server_url: 'P' }],
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'P' }, { type: 'input_image', image_url: `data:image/png;base64,${binary}`, detail: 'x' }, { type: 'input_image', image_url: 'P' }, { type: 'input_file', file_id: 'file_x', file_data: `data:application/pdf;base64,JVBERi0${binary}`, filename: 'P' }] },
      { type: 'message', role: 'assistant', id: 'msg_x', status: 'x', phase: 'x', content: [{ type: 'output_text', text: 'P', annotations: [] }] }, { role: 'user', content: 'P' },
      { type: 'reasoning', id: 'rs_x', summary: [{ type: 'summary_text', text: 'P' }], encrypted_content: 'gAAAx' },
      { type: 'function_call', id: 'fc_x', call_id: 'call_x', name: 'n', arguments: 'P' }, { type: 'function_call_output', call_id: 'call_x', output: 'P' }, { type: 'function_call_output', call_id: 'call_x', output: [{ type: 'input_text', text: 'P' }] },
      { type: 'custom_tool_call', call_id: 'call_x', name: 'n', input: 'P' }, { type: 'compaction', id: 'cmp_x', encrypted_content: 'x' }, { type: 'mcp_call', id: 'mcp_x', server_label: 'l', name: 'n', arguments: 'P', output: 'P' },
    ],
  }

  test('those that belong to the protocol are ignored, all others are scanned and may be redacted', () => {
    for (const leaf of doc(body).strings) assert.equal(surface.leafUse(leaf), leaf.value === 'P' ? 'rewrite' : 'ignore', `${leaf.path.join('.')}: ${leaf.value}`)
  })
})

suite('a request that goes on', () => {
  const lookup: ResumeLookup = { items: id => id === 'resp_1' ? ['{"role":"user","content":"One"}', '{"id":"msg_1"}', ''] : null, item: id => id === 'msg_9' ? '{"id":"msg_9","type":"message"}' : null }
  const resumed = (body: unknown): { text: string; own: string } => {
    const document = doc(body)
    const { edits, own } = resumeRequest(document, lookup)
    return { text: splice(document.text, edits), own }
  }
  const before = '{"role":"user","content":"One"},{"id":"msg_1"}'
  const rows: readonly (readonly [name: string, body: string, text: string, own: string])[] = [
    ['with items', '{"model":"m", "previous_response_id":"resp_1", "input": [ {"role":"user","content":"Two"} ]}', `{"model":"m", "previous_response_id":null, "input": [${before}, {"role":"user","content":"Two"} ]}`, ' {"role":"user","content":"Two"} '],
    ['with a string', '{"input":"T\\u0077o","previous_response_id":"resp_1"}', `{"input":[${before},{"type":"message","role":"user","content":"T\\u0077o"}],"previous_response_id":null}`, '{"type":"message","role":"user","content":"T\\u0077o"}'],
    ['with nothing', '{"previous_response_id":"resp_1","model":"m"}', `{"previous_response_id":null,"input":[${before}],"model":"m"}`, ''],
    ['with no items', '{"previous_response_id":"resp_1","input":[]}', `{"previous_response_id":null,"input":[${before}]}`, ''],
    ['from a response that is kept elsewhere', '{"previous_response_id":"resp_2","input":"Two"}', '{"previous_response_id":"resp_2","input":"Two"}', '{"type":"message","role":"user","content":"Two"}'],
    ['by naming items', '{"input":[{"type":"item_reference","id":"msg_9"},{"id":"msg_9"},{"type":"item_reference","id":"msg_8"}]}', '{"input":[{"id":"msg_9","type":"message"},{"id":"msg_9","type":"message"},{"type":"item_reference","id":"msg_8"}]}', '{"id":"msg_9","type":"message"},{"id":"msg_9","type":"message"},{"type":"item_reference","id":"msg_8"}'],
  ]
  for (const [name, body, text, own] of rows) {
    test(name, () => {
      assert.deepEqual(resumed(body), { text, own })
      assert.doesNotThrow(() => doc(text))
    })
  }
})

test('endpoints: a table that is closed', () => {
  assert.deepEqual(endpointOf('POST', '/v1/responses'), { kind: 'model', dialect: 'openai-responses', name: 'responses' })
  assert.deepEqual(endpointOf('GET', '/v1/responses'), { kind: 'wrong-method', allow: 'POST' })
  assert.deepEqual(endpointOf('GET', '/v1/responses/resp_1'), { kind: 'response', method: 'GET', id: 'resp_1' })
  assert.deepEqual(endpointOf('DELETE', '/v1/responses/resp_1'), { kind: 'response', method: 'DELETE', id: 'resp_1' })
  assert.deepEqual(endpointOf('POST', '/v1/responses/resp_1'), { kind: 'wrong-method', allow: 'GET, DELETE' })
  for (const path of ['/v1/responses/', '/v1/responses/a/b', '/v1/responses/resp_1/cancel', '/v1/responses/resp_1/input_items', `/v1/responses/${'x'.repeat(200)}`]) assert.deepEqual(endpointOf('GET', path), { kind: 'unknown' })
  assert.equal(surfaceOfStranger('/v1/responses/resp_1/cancel', {}), surface)
})
