// Responses requests in the words of the other dialects and back, as tables: what becomes of each field, and what is reported as lost.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { Dialect } from '../../../../gateway/exchange/operation.ts'
import { splice } from '../../../../gateway/exchange/document.ts'
import { carriedFor, carry } from '../../../../gateway/surfaces/carried.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import { responsesSurface } from '../../../../gateway/surfaces/openai-responses/surface.ts'
import type { Target } from '../../../../gateway/surfaces/translate/target.ts'
import { translateRequest } from '../../../../gateway/surfaces/translate/translate-request.ts'

type Json = Readonly<Record<string, unknown>>

const target: Target = { model: 'real', maxOutputTokens: 4096, capabilities: ['tools', 'vision', 'thinking', 'json_schema'] }
const translate = (body: Json, from: Dialect, to: Dialect, more: Partial<Target> = {}): { body: Json; lost: readonly string[]; path: string } => {
  const made = translateRequest(JSON.stringify(body), from, to, { ...target, ...more })
  return { body: JSON.parse(made.body) as Json, lost: made.lost, path: made.path }
}

interface Row { readonly name: string; readonly given: Json; readonly made: Json; readonly lost?: readonly string[]; readonly to?: Partial<Target> }

const schema = { type: 'object', properties: { a: { type: 'string' } } }
const pixel = 'data:image/png;base64,AAAA'
const hello = [{ role: 'user', content: 'Hello' }]
const loop = [
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
  { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"a":1}', status: 'completed' }, { type: 'function_call', call_id: 'call_2', name: 'g', arguments: '{}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'one' }, { type: 'function_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'two' }] },
]

const toChat: readonly Row[] = [
  { name: 'a string', given: { input: 'Hello', instructions: 'Be brief.' }, made: { model: 'real', messages: [{ role: 'system', content: 'Be brief.' }, ...hello] } },
  {
    name: 'messages of every role', given: { input: [{ role: 'developer', content: 'One' }, ...hello, { type: 'message', role: 'assistant', id: 'msg_1', status: 'completed', content: [{ type: 'output_text', text: 'Hi', annotations: [] }, { type: 'refusal', refusal: 'No' }] }, { role: 'system', content: 'Two' }] },
    made: { messages: [{ role: 'system', content: 'One' }, ...hello, { role: 'assistant', content: 'Hi\n\nNo' }, { role: 'system', content: 'Two' }] },
  },
  {
    name: 'a tool loop', given: { input: loop },
    made: { messages: [...hello, { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }, { id: 'call_2', type: 'function', function: { name: 'g', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'call_1', content: 'one' }, { role: 'tool', tool_call_id: 'call_2', content: 'two' }] },
  },
  {
    name: 'pictures and papers', made: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel } }, { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } }] }] },
    given: { input: [{ role: 'user', content: [{ type: 'input_image', image_url: pixel, detail: 'auto' }, { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' }] }] },
  },
  {
    name: 'how closely to look at a picture, but for the word that chat completions lack', lost: ['input.*.content.*.detail'],
    made: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel, detail: 'high' } }, { type: 'image_url', image_url: { url: pixel } }] }] },
    given: { input: [{ role: 'user', content: [{ type: 'input_image', image_url: pixel, detail: 'high' }, { type: 'input_image', image_url: pixel, detail: 'original' }] }] },
  },
  {
    name: 'files that the provider keeps are lost', lost: ['input.*.content.*.input_file', 'input.*.content.*.input_image'], made: { messages: hello },
    given: { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }, { type: 'input_image', file_id: 'file_1' }, { type: 'input_file', file_id: 'file_2' }] }] },
  },
  { name: 'items of tools that the provider ran are lost', given: { input: [...hello, { type: 'web_search_call', id: 'ws_1', status: 'completed' }, { type: 'computer_call', id: 'cc' }] }, made: { messages: hello }, lost: ['input.*.computer_call', 'input.*.web_search_call'] },
  { name: 'tools', given: { input: 'Hello', tools: [{ type: 'function', name: 'f', description: 'd', parameters: schema, strict: true }], tool_choice: 'required', parallel_tool_calls: false }, made: { tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } }], tool_choice: 'required', parallel_tool_calls: false } },
  { name: 'one tool by name', given: { input: 'Hello', tools: [{ type: 'function', name: 'f', parameters: schema }], tool_choice: { type: 'function', name: 'f' } }, made: { tool_choice: { type: 'function', function: { name: 'f' } } } },
  {
    name: 'some of the tools', given: { input: 'Hello', tools: [{ type: 'function', name: 'f', parameters: schema }, { type: 'function', name: 'g', parameters: schema }], tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] } },
    made: { tools: [{ type: 'function', function: { name: 'g', parameters: schema } }], tool_choice: 'required' },
  },
  { name: 'tools of the provider are lost, and so is their choice', given: { input: 'Hello', tools: [{ type: 'web_search' }, { type: 'mcp', server_label: 'x' }], tool_choice: { type: 'web_search' } }, made: { tools: undefined }, lost: ['tool_choice', 'tools.*.mcp', 'tools.*.web_search'] },
  {
    name: 'tools of free text become functions of one text', lost: ['tools.*.format'], made: { tools: [{ type: 'function', function: { name: 'c', description: 'd', parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'], additionalProperties: false } } }], messages: [...hello, { role: 'assistant', content: null, tool_calls: [{ id: 'k', type: 'function', function: { name: 'c', arguments: '{"input":"a\\nb"}' } }] }, { role: 'tool', tool_call_id: 'k', content: 'ok' }] },
    given: { input: [...hello, { type: 'custom_tool_call', call_id: 'k', name: 'c', input: 'a\nb' }, { type: 'custom_tool_call_output', call_id: 'k', output: 'ok' }], tools: [{ type: 'custom', name: 'c', description: 'd', format: { type: 'grammar', syntax: 'lark', definition: 'x' } }] },
  },
  {
    name: 'namespaces stand before the names of their tools', lost: ['tools.*.description'],
    given: {
      input: [...hello, { type: 'function_call', call_id: 'k', namespace: 'crm', name: 'find', arguments: '{}' }, { type: 'function_call_output', call_id: 'k', output: 'ok' }],
      tools: [{ type: 'namespace', name: 'crm', description: 'd', tools: [{ type: 'function', name: 'find', parameters: schema }, { type: 'function', name: 'drop', parameters: schema }] }, { type: 'function', name: 'f', parameters: schema }],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', namespace: 'crm', name: 'find' }, { type: 'function', name: 'f' }] },
    },
    made: { tools: ['crm__find', 'f'].map(name => ({ type: 'function', function: { name, parameters: schema } })), messages: [...hello, { role: 'assistant', content: null, tool_calls: [{ id: 'k', type: 'function', function: { name: 'crm__find', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'k', content: 'ok' }] },
  },
  { name: 'limits and sampling', given: { input: 'Hello', max_output_tokens: 9000, temperature: 0.5, top_p: 0.9 }, made: { max_tokens: 4096, temperature: 0.5, top_p: 0.9 } },
  { name: 'formats', given: { input: 'Hello', text: { format: { type: 'json_schema', name: 'x', schema, strict: true } } }, made: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } } },
  { name: 'effort', given: { input: 'Hello', reasoning: { effort: 'low', summary: 'auto' } }, made: { reasoning_effort: 'low' } },
  { name: 'who asks, and a stream', given: { input: 'Hello', safety_identifier: 'u', stream: true, store: false, metadata: { a: 'b' }, include: ['reasoning.encrypted_content'], prompt_cache_key: 'k', truncation: 'disabled', service_tier: 'auto' }, made: { user: 'u', stream: true, stream_options: { include_usage: true } } },
  { name: 'what has no counterpart', given: { input: 'Hello', max_tool_calls: 3, top_logprobs: 2, context_management: [], truncation: 'auto', service_tier: 'flex', text: { verbosity: 'low' }, include: ['web_search_call.results'], reasoning: { effort: 'ultra' } }, made: {}, lost: ['context_management', 'include', 'max_tool_calls', 'reasoning.effort', 'service_tier', 'text.verbosity', 'top_logprobs', 'truncation'] },
  { name: 'reasoning is the model\'s own', given: { input: [...hello, { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAA' }, { role: 'assistant', content: 'Hi' }] }, made: { messages: [...hello, { role: 'assistant', content: 'Hi' }] }, lost: ['input.*.reasoning'] },
]

const signed = carry('anthropic', 'the signature', 'About it.')
const thoughts = (encrypted: string, text = 'About it.'): Json => ({ type: 'reasoning', id: 'rs_portcullis_1', summary: [{ type: 'summary_text', text }], encrypted_content: encrypted })

const toAnthropic: readonly Row[] = [
  {
    name: 'a tool loop', given: { input: loop },
    made: { messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] }, { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } }, { type: 'tool_use', id: 'call_2', name: 'g', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'one' }] }, { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: 'two' }] }] },
    ] },
  },
  { name: 'thinking with the signature that it came with', given: { input: [...hello, thoughts(signed), { role: 'assistant', content: 'Hi' }] }, made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'About it.', signature: 'the signature' }, { type: 'text', text: 'Hi' }] }] } },
  ...[['changed', thoughts(signed, 'About something else.')], ['of another provider', thoughts('gAAAA')], ['made up', thoughts('portcullis.anthropic.e30')], ['carried for another kind', thoughts(carry('openai-responses', 'x', 'About it.'))]].map(([what, item]): Row => ({
    name: `thinking that was ${what as string} is lost`, given: { input: [...hello, item, { role: 'assistant', content: 'Hi' }] }, lost: ['input.*.reasoning'],
    made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }, { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] }] },
  })),
  { name: 'how closely to look is lost elsewhere', given: { input: [{ role: 'user', content: [{ type: 'input_image', image_url: pixel, detail: 'low' }] }] }, made: {}, lost: ['input.*.content.*.detail'] },
  { name: 'a picture from a tool', given: { input: [...loop.slice(0, 2), { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_image', image_url: pixel }] }] }, made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }, { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] }] }] } },
  { name: 'a format of no schema is lost', given: { input: 'Hello', text: { format: { type: 'json_object' } } }, made: {}, lost: ['text.format'] },
]

const fromChat: readonly Row[] = [
  { name: 'text and instructions', given: { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'developer', content: 'Really.' }, ...hello, { role: 'assistant', content: 'Hi' }, { role: 'system', content: 'Now.' }] }, made: { model: 'real', store: false, instructions: 'Be brief.\n\nReally.', input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }, { type: 'message', role: 'assistant', content: 'Hi' }, { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Now.' }] }] } },
  {
    name: 'calls and results', given: { messages: [...hello, { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a": 1}' } }] }, { role: 'tool', tool_call_id: 'c', content: 'one' }] },
    made: { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }, { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a": 1}' }, { type: 'function_call_output', call_id: 'c', output: 'one' }] },
  },
  { name: 'tools are as strict as they were', given: { messages: hello, tools: [{ type: 'function', function: { name: 'f', parameters: schema } }, { type: 'function', function: { name: 'g', parameters: schema, strict: true } }], tool_choice: { type: 'function', function: { name: 'f' } } }, made: { tools: [{ type: 'function', name: 'f', parameters: schema, strict: false }, { type: 'function', name: 'g', parameters: schema, strict: true }], tool_choice: { type: 'function', name: 'f' } } },
  { name: 'few tokens are raised to the least that there is', given: { messages: hello, max_tokens: 5 }, made: { max_output_tokens: 16 } },
  { name: 'thinking comes encrypted', given: { messages: hello, reasoning_effort: 'high' }, made: { reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] } },
  { name: 'a model that does not think is not asked to', given: { messages: hello, reasoning_effort: 'high' }, to: { capabilities: ['tools'] }, made: { reasoning: undefined, include: undefined }, lost: ['reasoning_effort'] },
  { name: 'no thinking', given: { messages: hello, reasoning_effort: 'none' }, made: { reasoning: { effort: 'none' } } },
  { name: 'a schema', given: { messages: hello, response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }, made: { text: { format: { type: 'json_schema', name: 'x', schema } } } },
  { name: 'what has no counterpart', given: { messages: hello, stop: ['END'], seed: 1, presence_penalty: 1, frequency_penalty: 1 }, made: {}, lost: ['frequency_penalty', 'presence_penalty', 'seed', 'stop'] },
  { name: 'how closely to look at a picture', given: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel, detail: 'low' } }] }] }, made: { input: [{ type: 'message', role: 'user', content: [{ type: 'input_image', detail: 'low', image_url: pixel }] }] } },
  { name: 'a picture and a paper', given: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel } }, { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } }] }] }, made: { input: [{ type: 'message', role: 'user', content: [{ type: 'input_image', detail: 'auto', image_url: pixel }, { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' }] }] } },
]

const reasoned = carry('openai-responses', 'gAAAA', 'hm', 'rs_9')
const fromAnthropic: readonly Row[] = [
  {
    name: 'reasoning that it wrote itself, and what another signed', lost: ['messages.*.content.*.thinking'],
    given: { max_tokens: 100, messages: [...hello, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: reasoned }, { type: 'thinking', thinking: 'ha', signature: 'real' }, { type: 'tool_use', id: 't', name: 'f', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'bad', is_error: true }] }] },
    made: { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }, { type: 'reasoning', id: 'rs_9', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'gAAAA' }, { type: 'function_call', call_id: 't', name: 'f', arguments: '{}' }, { type: 'function_call_output', call_id: 't', output: 'Error: bad' }] },
  },
  { name: 'cache marks and what else it has not', given: { max_tokens: 100, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello', cache_control: { type: 'ephemeral' } }] }], top_k: 3, stop_sequences: ['X'] }, made: { max_output_tokens: 100 }, lost: ['cache_control', 'stop_sequences', 'top_k'] },
]

const table: readonly (readonly [string, Dialect, Dialect, readonly Row[]])[] = [
  ['Responses to chat completions', 'openai-responses', 'openai', toChat], ['Responses to Messages', 'openai-responses', 'anthropic', toAnthropic],
  ['chat completions to Responses', 'openai', 'openai-responses', fromChat], ['Messages to Responses', 'anthropic', 'openai-responses', fromAnthropic],
]
for (const [title, from, to, rows] of table) {
  suite(title, () => {
    for (const { name, given, made, lost = [], to: more = {} } of rows) {
      test(name, () => {
        const result = translate({ model: 'asked', ...given }, from, to, more)
        assert.deepEqual(Object.fromEntries(Object.keys(made).map(key => [key, result.body[key]])), made)
        assert.deepEqual(result.lost, lost)
      })
    }
  })
}

test('what cannot be said elsewhere is refused with the name of the field', () => {
  const refused: readonly (readonly [Json, string])[] = [
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'], [{ conversation: { id: 'conv_1' } }, 'conversation'], [{ prompt: { id: 'p' } }, 'prompt'],
    [{ input: [{ role: 'narrator', content: 'x' }] }, 'input.0.role'], [{ input: [{ type: 'function_call', call_id: 'c' }] }, 'input.0.name'], [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input.0.call_id'],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input.0'], [{ tools: [{ type: 'function' }] }, 'tools.0.name'], [{ input: [{ role: 'user', content: 7 }] }, 'input.0.content'],
  ]
  for (const [body, field] of refused) {
    assert.throws(() => translate({ model: 'm', input: 'x', ...body }, 'openai-responses', 'openai'), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'request.malformed' && thrown.detail.field === field, field)
  }
})

test('what is carried opens for its kind and its text only', () => {
  const carried = carry('anthropic', 'secret', 'text', 'id')
  assert.deepEqual([carriedFor('anthropic', carried, 'text')?.secret, carriedFor('anthropic', carried, 'text')?.id], ['secret', 'id'])
  for (const [by, value, text] of [['openai-responses', carried, 'text'], ['anthropic', carried, 'other'], ['anthropic', `${carried}x{`, 'text'], ['anthropic', 'portcullis.anthropic.', 'text'], ['anthropic', 'real', 'text']] as const) assert.equal(carriedFor(by, value, text), null)
})

test('reasoning that no Responses provider wrote is taken out of a request to one, and nothing else', () => {
  const edited = (input: readonly unknown[]): unknown => {
    const document = readJson(JSON.stringify({ model: 'm', input }), { maxDepth: 9 })
    const operation = responsesSurface.read('responses', '/v1/responses', {}, document)
    return (JSON.parse(splice(document.text, responsesSurface.modelEdits(operation, 'm'))) as { input: unknown }).input
  }
  const own = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }
  const withoutId = { type: 'reasoning', summary: [], encrypted_content: signed }
  const said = { role: 'user', content: 'portcullis_ is a word' }
  assert.deepEqual(edited([thoughts(signed), said, own, withoutId]), [said, own])
  assert.deepEqual(edited([said, { type: 'reasoning', id: 'rs_portcullis_2', summary: [] }]), [said])
  assert.deepEqual(edited([thoughts(signed)]), [])
  assert.deepEqual(edited([said, own]), [said, own])
})
