// Requests of one dialect in the words of another, as tables: what becomes of each field, and what is reported as lost.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import { splice } from '../../../../gateway/exchange/document.ts'
import type { Dialect } from '../../../../gateway/exchange/operation.ts'
import { unsigned, withoutUnsigned } from '../../../../gateway/surfaces/anthropic/unsigned-thinking.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import type { Target } from '../../../../gateway/surfaces/translate/target.ts'
import { checkRequired } from '../../../../gateway/surfaces/translate/losses.ts'
import { translateRequest } from '../../../../gateway/surfaces/translate/translate-request.ts'

const target: Target = { model: 'real', maxOutputTokens: 4096, capabilities: ['tools', 'vision', 'thinking', 'json_schema'] }
type Json = Readonly<Record<string, unknown>>
const translate = (body: Json, from: Dialect, more: Partial<Target> = {}): { body: Json; lost: readonly string[]; path: string } => {
  const made = translateRequest(JSON.stringify(body), from, from === 'openai' ? 'anthropic' : 'openai', { ...target, ...more })
  return { body: JSON.parse(made.body) as Json, lost: made.lost, path: made.path }
}

const hello = [{ role: 'user', content: 'Hello' }]
const helloBlocks = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }]
const chat = (more: Json = {}): Json => ({ model: 'asked', messages: hello, ...more })
const messages = (more: Json = {}): Json => ({ model: 'asked', max_tokens: 100, messages: hello, ...more })
const pixel = 'data:image/png;base64,AAAA'
const schema = { type: 'object', properties: { a: { type: 'string' } } }

interface Row { readonly name: string; readonly given: Json; readonly made: Json; readonly lost?: readonly string[]; readonly to?: Partial<Target> }

const toAnthropic: readonly Row[] = [
  { name: 'text', given: {}, made: { model: 'real', max_tokens: 4096, messages: helloBlocks } },
  { name: 'a limit is kept within the model\'s own', given: { max_completion_tokens: 10_000 }, made: { max_tokens: 4096 } },
  { name: 'the older limit', given: { max_tokens: 10 }, made: { max_tokens: 10 } },
  { name: 'instructions at the beginning', given: { messages: [{ role: 'developer', content: 'One' }, { role: 'system', content: 'Two' }, ...hello] }, made: { system: [{ type: 'text', text: 'One' }, { type: 'text', text: 'Two' }], messages: helloBlocks } },
  {
    name: 'instructions between turns are said as the user\'s', given: { messages: [...hello, { role: 'system', content: 'Now be brief.' }] }, lost: ['messages.*.role'],
    made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }, { type: 'text', text: 'Now be brief.' }] }] },
  },
  {
    name: 'an inline picture and one by address', made: { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }, { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } }] }] },
    given: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel } }, { type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] }] },
  },
  {
    name: 'a paper', given: { messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } }] }] },
    made: { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' }, title: 'a.pdf' }] }] },
  },
  { name: 'sound is lost', given: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }, { type: 'input_audio', input_audio: { data: 'x' } }] }] }, made: { messages: helloBlocks }, lost: ['messages.*.content.*.input_audio'] },
  {
    name: 'calls and their results, which become one turn',
    given: { messages: [...hello, { role: 'assistant', content: null, tool_calls: [{ id: 'call.1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }, { id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] }, { role: 'tool', tool_call_id: 'call.1', content: 'one' }, { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'two' }] }, { role: 'user', content: 'And?' }] },
    made: { messages: [
      ...helloBlocks, { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } }, { type: 'tool_use', id: 'b', name: 'g', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'one' }] }, { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'two' }] }, { type: 'text', text: 'And?' }] },
    ] },
  },
  { name: 'tools', given: { tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } }], tool_choice: 'required', parallel_tool_calls: false }, made: { tools: [{ name: 'f', description: 'd', input_schema: schema, strict: true }], tool_choice: { type: 'any', disable_parallel_tool_use: true } } },
  { name: 'one tool by name', given: { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: { type: 'function', function: { name: 'f' } } }, made: { tool_choice: { type: 'tool', name: 'f' } } },
  { name: 'a grammar tool is lost', given: { tools: [{ type: 'custom', custom: { name: 'c' } }] }, made: {}, lost: ['tools.*.custom'] },
  { name: 'sampling', given: { temperature: 0.5, top_p: 0.9, stop: ['END', ' '] }, made: { temperature: 0.5, top_p: 0.9, stop_sequences: ['END'] }, lost: ['stop'] },
  { name: 'more heat than there is', given: { temperature: 1.5 }, made: { temperature: 1 }, lost: ['temperature'] },
  { name: 'what has no counterpart', given: { seed: 1, frequency_penalty: 1, presence_penalty: 1, logit_bias: {}, n: 2 }, made: {}, lost: ['frequency_penalty', 'logit_bias', 'n', 'presence_penalty', 'seed'] },
  { name: 'a format by schema', given: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }, made: { output_config: { format: { type: 'json_schema', schema } } } },
  { name: 'a format by schema, of a model without', given: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }, to: { capabilities: [] }, made: {}, lost: ['response_format'] },
  { name: 'effort becomes a budget, and sampling gives way', given: { reasoning_effort: 'low', temperature: 0.3 }, made: { thinking: { type: 'enabled', budget_tokens: 2048 } }, lost: ['temperature'] },
  { name: 'effort, of a model that does not think', given: { reasoning_effort: 'high' }, to: { capabilities: ['tools'] }, made: {}, lost: ['reasoning_effort'] },
  {
    name: 'no thinking while an unsigned tool loop is under way', lost: ['reasoning_effort'],
    given: { reasoning_effort: 'low', messages: [...hello, { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'a', content: 'x' }] }, made: {},
  },
  { name: 'who asks, and a stream', given: { user: 'u1', stream: true, stream_options: { include_usage: true } }, made: { metadata: { user_id: 'u1' }, stream: true } },
]

const toChat: readonly Row[] = [
  { name: 'text', given: {}, made: { model: 'real', max_tokens: 100, messages: hello } },
  { name: 'the limit of reasoning models has another name', given: {}, to: { model: 'gpt-5-mini' }, made: { max_completion_tokens: 100 } },
  { name: 'instructions with cache marks', given: { system: [{ type: 'text', text: 'One', cache_control: { type: 'ephemeral' } }, { type: 'text', text: 'Two' }] }, made: { messages: [{ role: 'system', content: 'One\n\nTwo' }, ...hello] }, lost: ['cache_control'] },
  { name: 'pictures', given: { messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] }] }, made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, { type: 'image_url', image_url: { url: pixel } }] }] } },
  { name: 'a paper of plain text is text', given: { messages: [{ role: 'user', content: [{ type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'words' } }] }] }, made: { messages: [{ role: 'user', content: 'T\n\nwords' }] } },
  {
    name: 'calls and results, errors told in words, pictures of tools as the user\'s',
    given: { messages: [...hello, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'text', text: 'Wait' }, { type: 'tool_use', id: 'a', name: 'f', input: { b: 1 } }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', is_error: true, content: [{ type: 'text', text: 'no' }, { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } }] }, { type: 'text', text: 'So?' }] }] },
    made: { messages: [
      ...hello, { role: 'assistant', content: 'Wait', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"b":1}' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'Error: no' }, { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }, { type: 'text', text: 'So?' }] },
    ] },
    lost: ['messages.*.content.*.thinking'],
  },
  { name: 'tools, and those that only the provider runs', given: { tools: [{ name: 'f', description: 'd', input_schema: schema }, { type: 'web_search_20250305', name: 'web_search' }], tool_choice: { type: 'any', disable_parallel_tool_use: true } }, made: { tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema } }], tool_choice: 'required', parallel_tool_calls: false }, lost: ['tools.*.web_search_20250305'] },
  { name: 'sampling', given: { temperature: 1, top_p: 0.9, top_k: 5, stop_sequences: ['END'] }, made: { temperature: 1, top_p: 0.9, stop: ['END'] }, lost: ['top_k'] },
  { name: 'a budget becomes effort', given: { thinking: { type: 'enabled', budget_tokens: 10_000 } }, made: { reasoning_effort: 'medium' } },
  { name: 'a budget, for a model that does not think', given: { thinking: { type: 'enabled', budget_tokens: 10_000 } }, to: { capabilities: [] }, made: {}, lost: ['thinking'] },
  { name: 'effort beyond what is known', given: { output_config: { effort: 'max' } }, made: { reasoning_effort: 'high' } },
  { name: 'a format by schema', given: { output_config: { format: { type: 'json_schema', schema } } }, made: { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } } },
  { name: 'what has no counterpart', given: { context_management: {}, container: 'c', service_tier: 'auto' }, made: {}, lost: ['container', 'context_management', 'service_tier'] },
  { name: 'who asks, and a stream, which tells usage', given: { metadata: { user_id: 'u1' }, stream: true }, made: { user: 'u1', stream: true, stream_options: { include_usage: true } } },
]

for (const [from, rows, whole] of [['openai', toAnthropic, chat], ['anthropic', toChat, messages]] as const) {
  suite(`requests of ${from}`, () => {
    for (const { name, given, made, lost = [], to = {} } of rows) {
      test(name, () => {
        const result = translate(whole(given), from, to)
        const seen = Object.fromEntries(Object.keys(made).map(key => [key, result.body[key]]))
        assert.deepEqual(seen, made)
        assert.deepEqual(result.lost, lost)
      })
    }
  })
}

test('what cannot be understood is refused with the name of the field', () => {
  const table: readonly (readonly [Dialect, Json, string])[] = [
    ['openai', chat({ messages: [{ role: 'user', content: 7 }] }), 'messages.0.content'],
    ['openai', chat({ messages: [{ role: 'narrator', content: 'x' }] }), 'messages.0.role'],
    ['openai', chat({ messages: [{ role: 'tool', content: 'x' }] }), 'messages.0.tool_call_id'],
    ['openai', chat({ messages: [{ role: 'assistant', tool_calls: [{ type: 'function' }] }] }), 'messages.0.tool_calls.0'],
    ['anthropic', messages({ messages: [{ role: 'narrator', content: 'x' }] }), 'messages.0.role'],
    ['anthropic', messages({ tools: [{ description: 'nameless' }] }), 'tools.0.name'],
  ]
  for (const [from, body, field] of table) {
    assert.throws(() => translate(body, from), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'request.malformed' && thrown.detail.field === field, field)
  }
})

test('names that a caller makes up are bounded, and fit a header', () => {
  const { lost } = translate(chat({ 'a\r\nset-cookie: x': 1, ...Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`F${at}${'x'.repeat(500)}`, 1])), messages: [{ role: 'user', content: [{ type: 'odd\n', text: 'x' }] }] }), 'openai')
  assert.ok(lost.length <= 64 && lost.every(field => /^[a-z0-9_.*]{1,200}$/.test(field)))
  assert.deepEqual(lost, ['_', 'messages.*.content.*._'])
})

test('a caller who cannot do without a field is told which one it is', () => {
  const lost = ['cache_control', 'messages.*.content.*.file', 'seed']
  for (const required of ['seed', ' seed , top_k', '*', 'messages']) assert.throws(() => { checkRequired(required, lost) }, (thrown: unknown) => thrown instanceof Failure && thrown.code === 'route.lossy')
  for (const required of [null, '', 'top_k', 'see']) assert.doesNotThrow(() => { checkRequired(required, lost) })
  assert.doesNotThrow(() => { checkRequired('*', []) })
})

test('thinking that no Anthropic model signed is taken out of a history, and nothing else', () => {
  const foreign = { type: 'thinking', thinking: 'hm', signature: unsigned }
  const own = { type: 'thinking', thinking: 'hm', signature: 'real' }
  const said = { type: 'text', text: 'x' }
  const table: readonly (readonly [readonly unknown[], readonly unknown[]])[] = [
    [[foreign, said], [said]], [[said, foreign], [said]], [[foreign, foreign, said, own, foreign, foreign], [said, own]], [[said, foreign, own], [said, own]],
    [[foreign], [{ type: 'text', text: '(thinking)' }]], [[own, said], [own, said]],
  ]
  for (const [content, expected] of table) {
    const document = readJson(JSON.stringify(messages({ messages: [...hello, { role: 'assistant', content }] }), null, 1), { maxDepth: 20 })
    const edited = JSON.parse(splice(document.text, withoutUnsigned(document))) as { messages: { content: unknown }[] }
    assert.deepEqual(edited.messages[1]?.content, expected)
  }
})
