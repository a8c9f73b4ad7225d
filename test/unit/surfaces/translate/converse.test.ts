// The Converse API of Amazon Bedrock: what becomes of each field of a request, read by the strict reader of the fake; and golden streams, in
// binary frames, cut anywhere.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Answer, ModelAnswerFacts } from '../../../../gateway/exchange/answer.ts'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { Dialect } from '../../../../gateway/exchange/operation.ts'
import { anthropicSurface } from '../../../../gateway/surfaces/anthropic/surface.ts'
import { carry, markSignature } from '../../../../gateway/surfaces/carried.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import { openaiSurface } from '../../../../gateway/surfaces/openai/surface.ts'
import { translatingCodec } from '../../../../gateway/surfaces/translate/answer-codec.ts'
import { familyOf } from '../../../../gateway/surfaces/translate/bedrock/model-family.ts'
import { converseUsage } from '../../../../gateway/surfaces/translate/bedrock/usage.ts'
import type { Target } from '../../../../gateway/surfaces/translate/target.ts'
import { translateRequest } from '../../../../gateway/surfaces/translate/translate-request.ts'
import { converseFrame, invokeFrame, SseAnswer } from '../../../../gateway/upstream/event-stream/as-sse.ts'
import { readConverse } from '../../../support/fake-cloud/converse-request.ts'
import { chunk, event, exception } from '../../../support/fake-cloud/event-frames.ts'

type Json = Readonly<Record<string, unknown>>
const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'
const target: Target = { model: claude, maxOutputTokens: 4096, capabilities: ['tools', 'vision', 'thinking', 'json_schema'] }
const nova: Partial<Target> = { model: 'amazon.nova-lite-v1:0' }
const llama: Partial<Target> = { model: 'meta.llama3-3-70b-instruct-v1:0' }

const hello = [{ role: 'user', content: 'Hello' }]
const helloBlocks = [{ role: 'user', content: [{ text: 'Hello' }] }]
const messages = (more: Json = {}): Json => ({ model: 'asked', max_tokens: 3000, messages: hello, ...more })
const chat = (more: Json = {}): Json => ({ model: 'asked', messages: hello, ...more })
const pixel = 'AAAA'
const schema = { type: 'object', properties: { a: { type: 'string' } } }
const cached = { cache_control: { type: 'ephemeral' } }
const mark = { cachePoint: { type: 'default' } }
const call = (id: string, name: string): Json => ({ type: 'tool_use', id, name, input: { a: 1 } })
const result = (id: string, more: Json = {}): Json => ({ type: 'tool_result', tool_use_id: id, content: 'done', ...more })

interface Row { readonly name: string; readonly given: Json; readonly made: Json; readonly lost?: readonly string[]; readonly to?: Partial<Target> }

const fromMessages: readonly Row[] = [
  { name: 'text and a limit, kept within the model\'s own', given: { max_tokens: 9999, system: 'Be brief.' }, made: { messages: helloBlocks, system: [{ text: 'Be brief.' }], inferenceConfig: { maxTokens: 4096 } } },
  { name: 'blank text is left out, as it would be refused', given: { messages: [{ role: 'user', content: [{ type: 'text', text: ' \n' }, { type: 'text', text: 'Hello' }] }], system: ' ' }, made: { messages: helloBlocks, system: undefined } },
  {
    name: 'calls, results and errors, in parallel', given: { messages: [...hello, { role: 'assistant', content: [{ type: 'text', text: 'Wait' }, call('a.1', 'f'), call('b', 'g')] }, { role: 'user', content: [{ type: 'text', text: 'So?' }, result('a.1'), result('b', { is_error: true, content: [] })] }] },
    made: { messages: [
      ...helloBlocks, { role: 'assistant', content: [{ text: 'Wait' }, { toolUse: { toolUseId: 'a_1', name: 'f', input: { a: 1 } } }, { toolUse: { toolUseId: 'b', name: 'g', input: { a: 1 } } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'a_1', content: [{ text: 'done' }] } }, { toolResult: { toolUseId: 'b', content: [{ text: '(empty)' }], status: 'error' } }, { text: 'So?' }] },
    ], toolConfig: { tools: ['f', 'g'].map(name => ({ toolSpec: { name, description: 'No longer available.', inputSchema: { json: { type: 'object', properties: {} } } } })) } },
  },
  {
    name: 'tools, cached, and one to choose', given: { tools: [{ name: 'f', description: 'd', input_schema: schema, strict: true }, { name: 'g', input_schema: { type: 'object' }, ...cached }], tool_choice: { type: 'tool', name: 'g', disable_parallel_tool_use: true } },
    made: { toolConfig: { tools: [{ toolSpec: { name: 'f', description: 'd', inputSchema: { json: schema }, strict: true } }, { toolSpec: { name: 'g', inputSchema: { json: { type: 'object' } } } }, mark], toolChoice: { tool: { name: 'g' } } } }, lost: ['tool_choice.disable_parallel_tool_use'],
  },
  { name: 'any tool', given: { tools: [{ name: 'f', input_schema: schema }], tool_choice: { type: 'any' } }, made: { toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: schema } } }], toolChoice: { any: {} } } } },
  { name: 'no tool: they are not even told', given: { tools: [{ name: 'f', input_schema: schema }], tool_choice: { type: 'none' } }, made: { toolConfig: undefined } },
  {
    name: 'what is cached is marked behind its block', given: { system: [{ type: 'text', text: 'Long', ...cached }], messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello', ...cached }, { type: 'text', text: 'you' }] }] },
    made: { system: [{ text: 'Long' }, mark], messages: [{ role: 'user', content: [{ text: 'Hello' }, mark, { text: 'you' }] }] },
  },
  { name: 'Nova caches no tools', to: nova, given: { system: [{ type: 'text', text: 'Long', ...cached }], tools: [{ name: 'f', input_schema: schema, ...cached }] }, made: { system: [{ text: 'Long' }, mark], toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: schema } } }] } }, lost: ['cache_control'] },
  { name: 'other models take no marks at all', to: llama, given: { system: [{ type: 'text', text: 'Long', ...cached }] }, made: { system: [{ text: 'Long' }] }, lost: ['cache_control'] },
  { name: 'an inline picture', given: { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: pixel } }, { type: 'text', text: 'See' }] }] }, made: { messages: [{ role: 'user', content: [{ image: { format: 'jpeg', source: { bytes: pixel } } }, { text: 'See' }] }] } },
  { name: 'a picture by address is lost', given: { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } }, { type: 'text', text: 'Hello' }] }] }, made: { messages: helloBlocks }, lost: ['messages.*.content.*.image.source.url'] },
  {
    name: 'papers get names that are allowed and different, and words beside them',
    given: { messages: [{ role: 'user', content: [{ type: 'document', title: 'plan_v1.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' } }, { type: 'document', title: 'plan v1/pdf', source: { type: 'base64', media_type: 'text/csv', data: 'CCCC' } }] }] },
    made: { messages: [{ role: 'user', content: [{ document: { format: 'pdf', name: 'plan v1 pdf', source: { bytes: 'BBBB' } } }, { document: { format: 'csv', name: 'plan v1 pdf (2)', source: { bytes: 'CCCC' } } }, { text: '(document)' }] }] },
  },
  { name: 'sampling', given: { temperature: 0.4, top_p: 0.9, top_k: 5, stop_sequences: ['a', 'b', 'c', 'd', 'e'] }, made: { inferenceConfig: { maxTokens: 3000, temperature: 0.4, topP: 0.9, stopSequences: ['a', 'b', 'c', 'd'] }, additionalModelRequestFields: { top_k: 5 } }, lost: ['stop_sequences'] },
  { name: 'top_k of Nova stands elsewhere', to: nova, given: { top_k: 5 }, made: { additionalModelRequestFields: { inferenceConfig: { topK: 5 } } } },
  { name: 'top_k of a model that has none', to: llama, given: { top_k: 5 }, made: { additionalModelRequestFields: undefined }, lost: ['top_k'] },
  { name: 'thinking of Claude, and sampling gives way', given: { thinking: { type: 'enabled', budget_tokens: 1100 }, temperature: 0.5 }, made: { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1100 } }, inferenceConfig: { maxTokens: 3000 } }, lost: ['temperature'] },
  { name: 'thinking of newer ones is told in words', to: { model: 'global.anthropic.claude-opus-4-7' }, given: { thinking: { type: 'enabled', budget_tokens: 1100 } }, made: { additionalModelRequestFields: { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } } } },
  { name: 'thinking of Nova 2', to: { model: 'us.amazon.nova-2-lite-v1:0' }, given: { output_config: { effort: 'max' } }, made: { additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } } } },
  { name: 'thinking of a model that is not told how', to: llama, given: { thinking: { type: 'enabled', budget_tokens: 1100 } }, made: { additionalModelRequestFields: undefined }, lost: ['thinking'] },
  {
    name: 'reasoning comes back with its signature to Claude', given: { messages: [...hello, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'fakeqQzI6yVuzp6LkUaczdSMPFeFsZtWSe9s84VGdMZ3J+k=' }, { type: 'redacted_thinking', data: 'cmVk' }, { type: 'text', text: 'Yes' }] }, { role: 'user', content: 'And?' }] },
    made: {}, // Its signature is computed below.
  },
  {
    name: 'what other providers signed is never sent, on thoughts or on calls', lost: ['messages.*.content.*.thinking'],
    given: { messages: [...hello, { role: 'assistant', content: [
      { type: 'thinking', thinking: 'hm', signature: markSignature('gemini', 'c2ln') }, { type: 'thinking', thinking: 'ha', signature: carry('openai-responses', 'gAAAA', 'ha', 'rs_1') }, call('a', 'f'),
    ] }, { role: 'user', content: [result('a')] }] },
    made: { messages: [...helloBlocks, { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'f', input: { a: 1 } } }] }, { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'done' }] } }] }] },
  },
  { name: 'reasoning that nobody signed stays with the caller', given: { messages: [...hello, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'portcullis.unsigned' }, { type: 'text', text: 'Yes' }] }, { role: 'user', content: 'And?' }] }, made: { messages: [...helloBlocks, { role: 'assistant', content: [{ text: 'Yes' }] }, { role: 'user', content: [{ text: 'And?' }] }] }, lost: ['messages.*.content.*.thinking'] },
  { name: 'a format by schema', given: { output_config: { format: { type: 'json_schema', schema } } }, made: { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'answer', schema: JSON.stringify(schema) } } } } } },
  { name: 'who asks', given: { metadata: { user_id: 'u1' } }, made: {}, lost: ['metadata.user_id'] },
]

const fromChat: readonly Row[] = [
  {
    name: 'encrypted reasoning that is said to be another maker\'s stays with the caller', lost: ['messages.*.reasoning_content'],
    given: { messages: [...hello, { role: 'assistant', content: 'Yes', reasoning_details: [{ type: 'reasoning.encrypted', data: 'gAAAA', format: 'openai-responses-v1' }, { type: 'reasoning.text', text: 'hm', signature: 's', format: 'google-gemini-v1' }] }, { role: 'user', content: 'And?' }] },
    made: { messages: [...helloBlocks, { role: 'assistant', content: [{ text: 'Yes' }] }, { role: 'user', content: [{ text: 'And?' }] }] },
  },
  { name: 'no limit is none', given: {}, made: { messages: helloBlocks, inferenceConfig: undefined } },
  { name: 'instructions between turns are said as the user\'s, and a conversation begins with the user', given: { messages: [{ role: 'assistant', content: 'Hi' }, { role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello' }] }, made: { messages: [{ role: 'user', content: [{ text: '(continued)' }] }, { role: 'assistant', content: [{ text: 'Hi' }] }, { role: 'user', content: [{ text: 'Be brief.' }, { text: 'Hello' }] }] }, lost: ['messages.*.role'] },
  {
    name: 'results of parallel calls, and long ids', given: { messages: [...hello, { role: 'assistant', content: null, tool_calls: [{ id: 'x'.repeat(70), type: 'function', function: { name: 'f', arguments: 'nonsense' } }] }, { role: 'tool', tool_call_id: 'x'.repeat(70), content: 'one' }], tools: [{ type: 'function', function: { name: 'f', parameters: schema } }], tool_choice: 'none' },
    made: { toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: schema } } }] } }, lost: ['messages.*.tool_calls.*.function.arguments', 'tool_choice'],
  },
  { name: 'what has no counterpart', given: { seed: 1, frequency_penalty: 1, presence_penalty: 1, parallel_tool_calls: false, temperature: 2 }, made: { inferenceConfig: { temperature: 1 } }, lost: ['frequency_penalty', 'presence_penalty', 'seed', 'temperature'] },
  { name: 'JSON without a schema', given: { response_format: { type: 'json_object' } }, made: { outputConfig: undefined }, lost: ['response_format'] },
  { name: 'effort becomes a budget, with a limit above it', given: { reasoning_effort: 'low' }, made: { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2048 } }, inferenceConfig: { maxTokens: 4096 } } },
]

for (const [from, rows, whole] of [['anthropic', fromMessages, messages], ['openai', fromChat, chat]] as const) {
  suite(`requests of ${from}`, () => {
    for (const { name, given, lost = [], made, to = {} } of rows) {
      test(name, () => {
        const translated = translateRequest(JSON.stringify(whole(given)), from, 'bedrock', { ...target, ...to })
        const body = JSON.parse(translated.body) as Json
        assert.deepEqual(Object.fromEntries(Object.keys(made).map(key => [key, body[key]])), made)
        assert.deepEqual(translated.lost, lost)
        if (!translated.body.includes('reasoningContent')) readConverse(body, target.model, false)
      })
    }
  })
}

test('names and signatures of Gemini callers and Responses never reach Bedrock as they are', () => {
  const odd = `files.read:${'x'.repeat(80)}`
  const contents = [
    { role: 'user', parts: [{ text: 'Hello' }] },
    { role: 'model', parts: [{ text: 'hm', thought: true, thoughtSignature: 'b3duIHNpZ25hdHVyZQ==' }, { functionCall: { name: odd, args: { a: 1 } }, thoughtSignature: 'Y2FsbCBzaWduYXR1cmU=' }] },
    { role: 'user', parts: [{ functionResponse: { name: odd, response: { output: 'done' } } }] },
  ]
  const input = [
    { role: 'user', content: 'Hello' }, { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAAA-secret' },
    { type: 'function_call', call_id: 'c', name: odd, arguments: '{"a":1}' }, { type: 'function_call_output', call_id: 'c', output: 'done' },
  ]
  const extra = { extra_content: { google: { thought_signature: 'Y2FsbCBzaWduYXR1cmU=' } } }
  const chatted = [...hello, { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: odd, arguments: '{"a":1}' }, ...extra }] }, { role: 'tool', tool_call_id: 'c', content: 'done' }]
  const rows: readonly (readonly [Dialect, Json])[] = [
    ['gemini', { contents, tools: [{ functionDeclarations: [{ name: odd }] }] }],
    ['openai-responses', { model: 'm', input, tools: [{ type: 'function', name: odd, parameters: schema }] }], ['openai', { model: 'm', messages: chatted, tools: [{ type: 'function', function: { name: odd } }] }],
  ]
  for (const [from, given] of rows) {
    const { body } = translateRequest(JSON.stringify(given), from, 'bedrock', target, { stream: false })
    for (const secret of ['b3duIHNpZ25hdHVyZQ', 'Y2FsbCBzaWduYXR1cmU', 'gAAAA-secret', 'portcullis', 'reasoningContent', 'ignature']) assert.ok(!body.includes(secret), `${from}: ${secret}`)
    const { messages: turns, toolConfig } = JSON.parse(body) as { messages: { content: { toolUse?: { name: string } }[] }[]; toolConfig: { tools: { toolSpec: { name: string } }[] } }
    const [told] = toolConfig.tools.map(({ toolSpec }) => toolSpec.name)
    assert.match(told ?? '', /^files_read_x+_[0-9a-f]{8}$/)
    assert.equal(told?.length, 64)
    assert.equal(turns[1]?.content.find(block => block.toolUse !== undefined)?.toolUse?.name, told, from)
    readConverse(JSON.parse(body), target.model, false)
  }
})

test('signed and redacted reasoning keep their places', () => {
  const row = fromMessages.find(({ name }) => name.startsWith('reasoning comes back'))!
  const { body } = translateRequest(JSON.stringify(messages(row.given)), 'anthropic', 'bedrock', target)
  const content = (JSON.parse(body) as { messages: { content: unknown }[] }).messages[1]?.content
  assert.deepEqual(content, [{ reasoningContent: { reasoningText: { text: 'hm', signature: 'fakeqQzI6yVuzp6LkUaczdSMPFeFsZtWSe9s84VGdMZ3J+k=' } } }, { reasoningContent: { redactedContent: 'cmVk' } }, { text: 'Yes' }])
})

test('families are told by the maker\'s name in an id, a profile or an ARN', () => {
  for (const [model, caches] of [
    ['anthropic.claude-3-haiku-20240307-v1:0', 'tools too'], ['us-gov.anthropic.claude-x', 'tools too'], ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2', 'tools too'], ['us.amazon.nova-2-lite-v1:0', 'messages'],
    ['not-anthropic.example', 'no'], ['arn:aws:bedrock:us-east-1:1:application-inference-profile/abc', 'no'],
  ] as const) assert.equal(familyOf(model).caches, caches, model)
  const adaptive = (model: string): boolean => JSON.stringify(familyOf(model).thinking({ kind: 'adaptive' }, 9000)).includes('adaptive')
  for (const model of ['anthropic.claude-opus-4-6-v1', 'anthropic.claude-sonnet-5', 'us.anthropic.claude-fable-5-1', 'anthropic.claude-mythos-preview', 'anthropic.claude-opus-10']) assert.ok(adaptive(model), model)
  for (const model of ['anthropic.claude-opus-4-5-20251101-v1:0', 'anthropic.claude-sonnet-4-20250514-v1:0', 'anthropic.claude-3-7-sonnet-20250219-v1:0', 'anthropic.claude-opus-4-1-20250805-v1:0']) assert.ok(!adaptive(model), model)
})

const run = (chunks: readonly Buffer[], to: Dialect, frameOf = converseFrame, from: 'bedrock' | 'anthropic' = 'bedrock'): { out: string; facts: ModelAnswerFacts; failed: boolean } => {
  const surface = to === 'openai' ? openaiSurface : anthropicSurface
  const body = { model: 'asked', max_tokens: 1, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'How are you?' }] }
  const operation = surface.read(to === 'openai' ? 'chat.completions' : 'messages', '/v1/x', {}, readJson(JSON.stringify(body), { maxDepth: 9 }))
  const options = { operation, status: 200, contentType: 'text/event-stream', upstreamModel: 'real', restorers: null, stripUsage: false }
  const codec = to === from ? surface.answerCodec(options) : translatingCodec(options, from, given => surface.answerCodec(given))
  const out: Buffer[] = []
  let failed = false
  const upstream: Answer = {
    status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' }, resume: () => undefined, abort: () => undefined,
    attach: sink => {
      for (const piece of chunks) sink.data(piece)
      sink.end()
    },
  }
  const keep = (bytes: Buffer | null): void => { if (bytes !== null) out.push(bytes) }
  new SseAnswer(upstream, frameOf).attach({ data: bytes => { keep(codec.push(bytes)); return true }, end: () => { keep(codec.end()) }, fail: () => { failed = true } })
  return { out: Buffer.concat(out).toString().replaceAll(/"created":\d+/g, '"created":0').replaceAll(/(?:chatcmpl-|msg_)[0-9a-f-]{32,36}/g, 'made-up'), facts: codec.facts(), failed }
}

const usage = { inputTokens: 10, outputTokens: 7, totalTokens: 57, cacheReadInputTokens: 30, cacheWriteInputTokens: 10 }

test('what is kept for an hour is counted apart', () => {
  assert.deepEqual(converseUsage({ ...usage, cacheDetails: [{ ttl: '5m', inputTokens: 4 }, { ttl: '1h', inputTokens: 6 }] }), { input: 50, output: 7, cacheRead: 30, cacheWrite: 10, cacheWrite1h: 6, reasoning: 0 })
  assert.deepEqual(converseUsage({ ...usage, cacheDetails: 'x' }), converseUsage(usage))
})

const end = (stopReason: string): Buffer[] => [event('messageStop', { stopReason }), event('metadata', { usage, metrics: { latencyMs: 1 } })]
const begin = event('messageStart', { role: 'assistant' })
const delta = (contentBlockIndex: number, said: object): Buffer => event('contentBlockDelta', { delta: said, contentBlockIndex, p: 'abc' })
const stop = (contentBlockIndex: number): Buffer => event('contentBlockStop', { contentBlockIndex })

const golden: Readonly<Record<string, { readonly frames: readonly Buffer[]; readonly facts: Partial<ModelAnswerFacts>; readonly message: RegExp; readonly chat: RegExp }>> = {
  'text': {
    frames: [begin, delta(0, { text: 'Grüß ' }), delta(0, { text: 'dich 👋' }), stop(0), ...end('end_turn')], facts: { finishReasons: ['end'], cut: false, usage: { input: 50, output: 7, cacheRead: 30, cacheWrite: 10, reasoning: 0 } },
    message: /message_start[\s\S]*"text":"Grüß "[\s\S]*dich 👋[\s\S]*"stop_reason":"end_turn"[\s\S]*"input_tokens":10,"cache_creation_input_tokens":10,"cache_read_input_tokens":30,"output_tokens":7[\s\S]*message_stop/, chat: /"content":"Grüß "[\s\S]*"finish_reason":"stop"[\s\S]*"prompt_tokens":50[\s\S]*\[DONE\]/,
  },
  'parallel tools': {
    frames: [
      begin, delta(0, { text: 'Wait.' }), stop(0), event('contentBlockStart', { start: { toolUse: { toolUseId: 't1', name: 'f' } }, contentBlockIndex: 1 }), delta(1, { toolUse: { input: '{"a"' } }), delta(1, { toolUse: { input: ':1}' } }), stop(1),
      event('contentBlockStart', { start: { toolUse: { toolUseId: 't2', name: 'g' } }, contentBlockIndex: 2 }), delta(2, { toolUse: { input: '' } }), stop(2), ...end('tool_use'),
    ], facts: { finishReasons: ['tool-calls'], cut: false },
    message: /"type":"tool_use","id":"t1","name":"f"[\s\S]*"partial_json":"\{\\"a\\""[\s\S]*"id":"t2","name":"g"[\s\S]*"stop_reason":"tool_use"/, chat: /"id":"t1"[\s\S]*"id":"t2"[\s\S]*"finish_reason":"tool_calls"/,
  },
  'reasoning with its signature': {
    frames: [begin, delta(0, { reasoningContent: { text: 'hm ' } }), delta(0, { reasoningContent: { text: 'so' } }), delta(0, { reasoningContent: { signature: 'sig1' } }), stop(0), delta(1, { text: 'Yes' }), stop(1), ...end('stop_sequence')], facts: { finishReasons: ['stop-sequence'] },
    message: /"thinking_delta","thinking":"hm "[\s\S]*"signature_delta","signature":"sig1"[\s\S]*"text_delta","text":"Yes"/, chat: /"reasoning_content":"hm "[\s\S]*"content":"Yes"/,
  },
  'a guardrail': { frames: [begin, delta(0, { text: 'Sorry' }), stop(0), ...end('guardrail_intervened')], facts: { finishReasons: ['filtered'] }, message: /"stop_reason":"refusal"/, chat: /"finish_reason":"content_filter"/ },
  'a stop without its usage': { frames: [begin, delta(0, { text: 'Hi' }), event('messageStop', { stopReason: 'max_tokens' })], facts: { finishReasons: ['length'], usage: null, cut: false }, message: /"stop_reason":"max_tokens"/, chat: /"finish_reason":"length"/ },
  'an exception half way': { frames: [begin, delta(0, { text: 'Hi' }), exception('modelStreamErrorException', 'The model broke')], facts: { cut: true }, message: /event: error\n[^\n]*The model broke/, chat: /"error":\{[^\n]*The model broke/ },
  'output that Bedrock could not read': { frames: [begin, ...end('malformed_tool_use')], facts: { cut: true }, message: /event: error\n[^\n]*malformed_tool_use/, chat: /"error":\{[^\n]*malformed_tool_use/ },
  'a stream that just ends': { frames: [begin, delta(0, { text: 'Hi' })], facts: { cut: true }, message: /event: error\n[^\n]*broke off/, chat: /"error":\{[^\n]*broke off/ },
}

for (const [name, { facts, frames, ...expected }] of Object.entries(golden)) {
  for (const to of ['anthropic', 'openai'] as const) {
    test(`${name} becomes a stream for a caller of ${to}, wherever it is cut`, () => {
      const bytes = Buffer.concat(frames)
      const whole = run([bytes], to)
      assert.match(whole.out, to === 'anthropic' ? expected.message : expected.chat)
      for (const [key, value] of Object.entries(facts)) assert.deepEqual(whole.facts[key as keyof ModelAnswerFacts], value)
      fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), cuts => {
        const places = [0, ...new Set(cuts), bytes.length].sort((a, b) => a - b)
        assert.deepEqual(run(places.slice(1).map((until, at) => bytes.subarray(places[at], until)), to), whole)
      }), { numRuns: 25 })
    })
  }
}

test('Claude\'s own stream in binary frames reaches its own callers as it was, and others translated', () => {
  const said = [
    { type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'real', content: [], usage: { input_tokens: 5, output_tokens: 1 } } }, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }, { type: 'content_block_stop', index: 0 }, { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 5, outputTokenCount: 3 } },
  ]
  const bytes = Buffer.concat(said.map(one => chunk(JSON.stringify(one))))
  const own = run([bytes], 'anthropic', invokeFrame, 'anthropic')
  assert.equal(own.out.replace('"model":"asked"', '"model":"real"'), said.map(one => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(''))
  assert.deepEqual([own.facts.usage?.input, own.facts.usage?.output, own.facts.cut], [5, 3, false])
  assert.match(run([bytes], 'openai', invokeFrame, 'anthropic').out, /"content":"Hi"[\s\S]*"finish_reason":"stop"[\s\S]*\[DONE\]/)
})

test('whole answers, in both dialects; and one that Bedrock could not read is a failure', () => {
  const answer = { output: { message: { role: 'assistant', content: [{ reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } }, { text: 'Hi' }, { toolUse: { toolUseId: 't1', name: 'f', input: { a: [1] } } }] } }, stopReason: 'tool_use', usage }
  const wholeOf = (to: Dialect, value: object): Json => {
    const surface = to === 'openai' ? openaiSurface : anthropicSurface
    const operation = surface.read(to === 'openai' ? 'chat.completions' : 'messages', '/v1/x', {}, readJson(JSON.stringify({ model: 'asked', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] }), { maxDepth: 9 }))
    const codec = translatingCodec({ operation, status: 200, contentType: 'application/json', upstreamModel: 'real', restorers: null, stripUsage: false }, 'bedrock', given => surface.answerCodec(given))
    codec.push(Buffer.from(JSON.stringify(value)))
    return JSON.parse(codec.end()?.toString() ?? '') as Json
  }
  const asMessage = wholeOf('anthropic', answer)
  assert.deepEqual([asMessage['content'], asMessage['stop_reason'], asMessage['usage']], [
    [{ type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'text', text: 'Hi' }, { type: 'tool_use', id: 't1', name: 'f', input: { a: [1] } }], 'tool_use',
    { input_tokens: 10, cache_creation_input_tokens: 10, cache_read_input_tokens: 30, output_tokens: 7 },
  ])
  const [choice] = wholeOf('openai', answer)['choices'] as { finish_reason: string; message: Json }[]
  assert.deepEqual([choice?.finish_reason, choice?.message['content'], choice?.message['reasoning_content']], ['tool_calls', 'Hi', 'hm'])
  assert.throws(() => wholeOf('openai', { ...answer, stopReason: 'malformed_model_output' }), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'upstream.protocol')
})
