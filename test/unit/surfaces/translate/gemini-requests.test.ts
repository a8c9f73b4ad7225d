// Gemini requests in the words of others and the other way round, as tables: what becomes of each field, and what is reported as lost.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { Dialect } from '../../../../gateway/exchange/operation.ts'
import { encodeForeign, unsignedCall } from '../../../../gateway/surfaces/gemini/foreign-thoughts.ts'
import type { Target } from '../../../../gateway/surfaces/translate/target.ts'
import { callersNames, nameFor } from '../../../../gateway/surfaces/translate/tool-names.ts'
import { translateRequest } from '../../../../gateway/surfaces/translate/translate-request.ts'

const target: Target = { model: 'gemini-3-flash', maxOutputTokens: 4096, capabilities: ['tools', 'vision', 'thinking', 'json_schema'] }
type Json = Readonly<Record<string, unknown>>
const translate = (body: Json, from: Dialect, to: Dialect, more: Partial<Target> = {}, stream?: boolean): { body: Json; lost: readonly string[]; path: string } => {
  const made = translateRequest(JSON.stringify(body), from, to, { ...target, ...more }, { stream })
  return { body: JSON.parse(made.body) as Json, lost: made.lost, path: made.path }
}

const text = (said: string): Json => ({ text: said })
const user = (...parts: readonly Json[]): Json => ({ role: 'user', parts })
const model = (...parts: readonly Json[]): Json => ({ role: 'model', parts })
const schema = { type: 'object', properties: { a: { type: 'string' } } }
const pixel = { inlineData: { mimeType: 'image/png', data: 'AAAA' } }
const call = (name: string, args: Json = {}, more: Json = {}): Json => ({ functionCall: { name, args, ...more } })
const result = (name: string, response: Json, more: Json = {}): Json => ({ functionResponse: { name, response, ...more } })

interface Row { readonly name: string; readonly given: Json; readonly made: Json; readonly lost?: readonly string[]; readonly to?: Partial<Target> }

const check = (rows: readonly Row[], whole: (given: Json) => Json, from: Dialect, to: Dialect): void => {
  for (const { name, given, made, lost = [], to: more = {} } of rows) {
    test(name, () => {
      const seen = translate(whole(given), from, to, more)
      assert.deepEqual(Object.fromEntries(Object.keys(made).map(key => [key, seen.body[key]])), made)
      assert.deepEqual(seen.lost, lost)
    })
  }
}

const generate = (given: Json): Json => ({ contents: [user(text('Hello'))], ...given })
const config = (generationConfig: Json): Json => ({ generationConfig })

suite('a Gemini request as chat completions', () => {
  check([
    { name: 'text and instructions', given: { systemInstruction: { parts: [text('One'), text('Two')] } }, made: { messages: [{ role: 'system', content: 'One\n\nTwo' }, { role: 'user', content: 'Hello' }] } },
    { name: 'the other spelling, and lone elements', given: { system_instruction: { parts: text('One') }, contents: { parts: text('Hi') } }, made: { messages: [{ role: 'system', content: 'One' }, { role: 'user', content: 'Hi' }] } },
    { name: 'a picture and one by address', given: { contents: [user(text('See'), pixel, { fileData: { fileUri: 'https://x.example/a.png', mimeType: 'image/png' } })] }, made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }, { type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] }] } },
    { name: 'a paper', given: { contents: [user({ inlineData: { mimeType: 'application/pdf', data: 'BBBB', displayName: 'a.pdf' } })] }, made: { messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } }] }] } },
    { name: 'sound, and a file that only Google has', given: { contents: [user(text('Hello'), { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }, { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a', mimeType: 'image/png' } })] }, made: { messages: [{ role: 'user', content: 'Hello' }] }, lost: ['contents.*.parts.*.fileData', 'contents.*.parts.*.inlineData'] },
    {
      name: 'calls without ids meet their results by name and order', given: { contents: [user(text('Go')), model(text('Wa'), text('it')), model(call('f', { a: 1 }), call('g'), call('f', { a: 2 })), user(result('g', { output: 'G' }), result('f', { result: 'one' }), result('f', { x: [1] }))] },
      made: { messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: 'Wait', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }, { id: 'call_2', type: 'function', function: { name: 'g', arguments: '{}' } }, { id: 'call_3', type: 'function', function: { name: 'f', arguments: '{"a":2}' } }] },
        { role: 'tool', tool_call_id: 'call_2', content: 'G' }, { role: 'tool', tool_call_id: 'call_1', content: 'one' }, { role: 'tool', tool_call_id: 'call_3', content: '{"x":[1]}' },
      ] },
    },
    {
      name: 'calls with ids keep them, errors are told in words, pictures of tools as the user\'s', given: { contents: [user(text('Go')), model({ ...call('f', {}, { id: 'a1' }), thoughtSignature: 'sig' }), user(result('f', { error: 'no' }, { id: 'a1', parts: [pixel] }))] },
      made: { messages: [
        { role: 'user', content: 'Go' }, { role: 'assistant', content: null, tool_calls: [{ id: 'a1', type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'a1', content: 'Error: no' }, { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
      ] },
    },
    { name: 'thoughts stay behind', given: { contents: [user(text('Go')), model({ text: 'hm', thought: true }, text('Yes'))] }, made: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', content: 'Yes' }] }, lost: ['contents.*.parts.*.thought'] },
    {
      name: 'tools with schemas of either kind', given: { tools: [{ functionDeclarations: [{ name: 'f', description: 'd', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true, enum: ['x'] }, b: { type: 'ARRAY', items: { type: 'INTEGER' }, min_items: '2' }, c: { any_of: [{ type: 'NUMBER' }] } }, propertyOrdering: ['a'] } }, { name: 'g', parametersJsonSchema: schema }, { name: 'h' }] }] },
      made: { tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: { type: ['string', 'null'], enum: ['x', null] }, b: { type: 'array', items: { type: 'integer' }, minItems: 2 }, c: { anyOf: [{ type: 'number' }] } } } } },
        { type: 'function', function: { name: 'g', parameters: schema } }, { type: 'function', function: { name: 'h', parameters: { type: 'object', properties: {} } } },
      ] },
    },
    { name: 'tools that Google runs', given: { tools: [{ functionDeclarations: [{ name: 'f', behavior: 'NON_BLOCKING' }] }, { googleSearch: {} }, { code_execution: {} }] }, made: {}, lost: ['tools.*.codeExecution', 'tools.*.functionDeclarations.*.behavior', 'tools.*.googleSearch'] },
    ...([['AUTO', 'auto'], ['NONE', 'none'], ['ANY', 'required']] as const).map(([mode, choice]): Row => ({ name: `mode ${mode}`, given: { tools: [{ functionDeclarations: [{ name: 'f' }] }], toolConfig: { functionCallingConfig: { mode } } }, made: { tool_choice: choice } })),
    { name: 'one allowed name', given: { tools: [{ functionDeclarations: [{ name: 'f' }, { name: 'g' }] }], tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['g'] } } }, made: { tool_choice: { type: 'function', function: { name: 'g' } } } },
    { name: 'some allowed names are all that is offered', given: { tools: [{ functionDeclarations: [{ name: 'f' }, { name: 'g' }, { name: 'h' }] }], toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['g', 'h'] } } }, made: { tool_choice: 'required', tools: ['g', 'h'].map(name => ({ type: 'function', function: { name, parameters: { type: 'object', properties: {} } } })) } },
    { name: 'validated calls are only asked for', given: { tools: [{ functionDeclarations: [{ name: 'f' }] }], toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } }, made: { tool_choice: 'auto' }, lost: ['toolConfig.functionCallingConfig.mode'] },
    { name: 'limits and sampling', given: config({ maxOutputTokens: 9000, temperature: 0.5, topP: 0.9, topK: 5, stopSequences: ['END'], seed: 7, presencePenalty: 0.1, frequencyPenalty: 0.2 }), made: { max_tokens: 4096, temperature: 0.5, top_p: 0.9, stop: ['END'], seed: 7, presence_penalty: 0.1, frequency_penalty: 0.2 }, lost: ['generationConfig.topK'] },
    { name: 'a format by schema', given: config({ responseMimeType: 'application/json', responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } }), made: { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } } },
    { name: 'a format by JSON Schema', given: config({ responseMimeType: 'application/json', responseJsonSchema: schema }), made: { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } } },
    { name: 'any JSON', given: config({ responseMimeType: 'application/json' }), made: { response_format: { type: 'json_object' } } },
    { name: 'thinking in words', given: config({ thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } }), made: { reasoning_effort: 'high' } },
    { name: 'thinking in tokens', given: config({ thinkingConfig: { thinkingBudget: 9000 } }), made: { reasoning_effort: 'medium' } },
    { name: 'no thinking', given: config({ thinkingConfig: { thinkingBudget: 0 } }), made: { reasoning_effort: 'none' } },
    { name: 'what has no counterpart', given: { safetySettings: [{}], cached_content: 'c', labels: {}, ...config({ candidateCount: 2, responseModalities: ['TEXT', 'IMAGE'], speechConfig: {}, mediaResolution: 'X' }) }, made: {}, lost: ['cachedContent', 'generationConfig.candidateCount', 'generationConfig.mediaResolution', 'generationConfig.responseModalities', 'generationConfig.speechConfig', 'labels', 'safetySettings'] },
  ], generate, 'gemini', 'openai')
})

suite('a Gemini request as Messages', () => {
  check([
    { name: 'roles alternate, results come first', given: { contents: [user(text('Go')), model(call('f', {}, { id: 'a' })), user(result('f', { output: 'x' }, { id: 'a' })), user(text('So?'))] }, made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'x' }] }, { type: 'text', text: 'So?' }] }] } },
    {
      name: 'thinking that an Anthropic model signed comes home', given: { contents: [user(text('Go')), model({ text: 'h', thought: true }, { text: 'm', thought: true, thoughtSignature: encodeForeign('portcullis.anthropic.c2ln') }, text('Yes')), user(text('So?'))] },
      made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }, { type: 'text', text: 'Yes' }] }, { role: 'user', content: [{ type: 'text', text: 'So?' }] }] },
    },
    { name: 'thinking of a Gemini model does not', given: { contents: [user(text('Go')), model({ text: 'hm', thought: true, thoughtSignature: 'b3du' }, { ...call('f', {}, { id: 'a' }), thoughtSignature: 'b3du' }), user(result('f', {}, { id: 'a' }))] }, made: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '{}' }] }] }] }, lost: ['contents.*.parts.*.thought'] },
    { name: 'names are fitted', given: { tools: [{ functionDeclarations: [{ name: 'a.b:c', parametersJsonSchema: schema }] }] }, made: { tools: [{ name: nameFor('anthropic', 'a.b:c'), input_schema: schema }] } },
    { name: 'sampling', given: config({ maxOutputTokens: 10, topK: 5, seed: 1 }), made: { max_tokens: 10, top_k: 5 }, lost: ['generationConfig.seed'] },
    { name: 'a budget', given: config({ maxOutputTokens: 4000, thinkingConfig: { thinkingBudget: 1500 } }), made: { thinking: { type: 'enabled', budget_tokens: 1500 } } },
  ], generate, 'gemini', 'anthropic')
})

const chat = (given: Json): Json => ({ model: 'asked', messages: [{ role: 'user', content: 'Hello' }], ...given })
const chatCall = (name: string, args: string, more: Json = {}): Json => ({ id: `id-${name}`, type: 'function', function: { name, arguments: args }, ...more })
const signed = { extra_content: { google: { thought_signature: 'b3du' } } }

suite('chat completions as a Gemini request', () => {
  check([
    { name: 'text and instructions', given: { messages: [{ role: 'developer', content: 'One' }, { role: 'user', content: 'Hello' }] }, made: { systemInstruction: { parts: [text('One')] }, contents: [user(text('Hello'))] } },
    { name: 'a conversation begins with the user', given: { messages: [{ role: 'assistant', content: 'Hi' }, { role: 'user', content: 'Hello' }] }, made: { contents: [user(text('(continued)')), model(text('Hi')), user(text('Hello'))] } },
    { name: 'instructions between turns', given: { messages: [{ role: 'user', content: 'a' }, { role: 'system', content: 'b' }] }, made: { contents: [user(text('a'), text('b'))] }, lost: ['messages.*.role'] },
    { name: 'pictures and papers', given: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }, { type: 'image_url', image_url: { url: 'https://x.example/b.JPG?x=1' } }, { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } }] }] }, made: { contents: [user(pixel, { fileData: { fileUri: 'https://x.example/b.JPG?x=1', mimeType: 'image/jpeg' } }, text('a.pdf:'), { inlineData: { mimeType: 'application/pdf', data: 'BBBB' } })] } },
    {
      name: 'signed calls, and their results in a content of their own',
      given: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', content: 'Wait', tool_calls: [chatCall('f', '{"a":1}', signed), chatCall('g', 'odd')] }, { role: 'tool', tool_call_id: 'id-f', content: 'one' }, { role: 'tool', tool_call_id: 'id-g', content: 'two' }, { role: 'user', content: 'So?' }] },
      made: { contents: [
        user(text('Go')), model(text('Wait'), { ...call('f', { a: 1 }, { id: 'id-f' }), thoughtSignature: 'b3du' }, call('g', { arguments: 'odd' }, { id: 'id-g' })),
        user(result('f', { output: 'one' }, { id: 'id-f' }), result('g', { output: 'two' }, { id: 'id-g' })), user(text('So?')),
      ] },
    },
    { name: 'calls that no Gemini model signed', given: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', tool_calls: [chatCall('f', '{}'), chatCall('g', '{}')] }, { role: 'tool', tool_call_id: 'id-f', content: '' }, { role: 'tool', tool_call_id: 'id-g', content: '' }] }, made: { contents: [user(text('Go')), model({ ...call('f', {}, { id: 'id-f' }), thoughtSignature: 'skip_thought_signature_validator' }, call('g', {}, { id: 'id-g' })), user(result('f', { output: '' }, { id: 'id-f' }), result('g', { output: '' }, { id: 'id-g' }))] } },
    { name: 'an older model checks none', to: { model: 'gemini-2.5-flash' }, given: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', tool_calls: [chatCall('f', '{}')] }, { role: 'tool', tool_call_id: 'id-f', content: 'x' }] }, made: { contents: [user(text('Go')), model(call('f', {}, { id: 'id-f' })), user(result('f', { output: 'x' }, { id: 'id-f' }))] } },
    { name: 'tools', given: { tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } }, { type: 'function', function: { name: '7up' } }], tool_choice: 'required', parallel_tool_calls: false }, made: { tools: [{ functionDeclarations: [{ name: 'f', description: 'd', parametersJsonSchema: schema }, { name: nameFor('gemini', '7up') }] }], toolConfig: { functionCallingConfig: { mode: 'ANY' } } }, lost: ['parallel_tool_calls', 'tools.*.function.strict'] },
    { name: 'a tool that takes whatever comes', given: { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', additionalProperties: true } } }] }, made: { tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object', additionalProperties: true } }] }] } },
    { name: 'one tool by name', given: { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: { type: 'function', function: { name: 'f' } } }, made: { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } } },
    { name: 'limits, sampling and more stops than there may be', given: { max_tokens: 9000, temperature: 1.5, top_p: 0.9, stop: ['1', '2', '3', '4', '5', '6'], seed: 7, presence_penalty: 0.1, frequency_penalty: 0.2, user: 'u' }, made: { generationConfig: { temperature: 1.5, topP: 0.9, seed: 7, presencePenalty: 0.1, frequencyPenalty: 0.2, maxOutputTokens: 4096, stopSequences: ['1', '2', '3', '4', '5'] } }, lost: ['safety_identifier', 'stop'] },
    { name: 'a format by schema', given: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }, made: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } } },
    { name: 'any JSON', given: { response_format: { type: 'json_object' } }, made: { generationConfig: { responseMimeType: 'application/json' } } },
    { name: 'thinking in words', given: { reasoning_effort: 'xhigh' }, made: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' } } } },
    { name: 'as little as a small model can', given: { reasoning_effort: 'minimal' }, made: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'MINIMAL' } } } },
    { name: 'thinking of an older model is told in tokens', given: { reasoning_effort: 'low' }, to: { model: 'gemini-2.5-pro' }, made: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } } } },
    { name: 'no thinking, of a small model', given: { reasoning_effort: 'none' }, to: { model: 'gemini-2.5-flash' }, made: { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } } },
    { name: 'no thinking, of one that always thinks', given: { reasoning_effort: 'none' }, to: { model: 'gemini-3-pro' }, made: { generationConfig: undefined }, lost: ['reasoning_effort'] },
    { name: 'thinking, of a model that cannot', given: { reasoning_effort: 'high' }, to: { capabilities: [] }, made: { generationConfig: undefined }, lost: ['reasoning_effort'] },
  ], chat, 'openai', 'gemini')
})

const messages = (given: Json): Json => ({ model: 'asked', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], ...given })
const use = (name: string): Json => ({ type: 'tool_use', id: `id_${name}`, name, input: {} })
const used = (name: string, more: Json = {}): Json => ({ type: 'tool_result', tool_use_id: `id_${name}`, content: 'x', ...more })

suite('Messages as a Gemini request', () => {
  check([
    {
      name: 'a signature that stood in a thinking block goes back to its call', given: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: 'portcullis.gemini.b3du' }, use('f'), use('g')] }, { role: 'user', content: [used('f', { is_error: true }), used('g')] }] },
      made: { contents: [user(text('Go')), model({ ...call('f', {}, { id: 'id_f' }), thoughtSignature: 'b3du' }, call('g', {}, { id: 'id_g' })), user(result('f', { error: 'x' }, { id: 'id_f' }), result('g', { output: 'x' }, { id: 'id_g' }))] },
    },
    { name: 'and to the text, where no call follows', given: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'portcullis.gemini.b3du' }, { type: 'text', text: 'Yes' }] }, { role: 'user', content: 'So?' }] }, made: { contents: [user(text('Go')), model({ text: 'Yes', thoughtSignature: 'b3du' }), user(text('So?'))] } },
    { name: 'Anthropic\'s own thinking stays behind', given: { messages: [{ role: 'user', content: 'Go' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }, use('f')] }, { role: 'user', content: [used('f')] }] }, made: { contents: [user(text('Go')), model({ ...call('f', {}, { id: 'id_f' }), thoughtSignature: 'skip_thought_signature_validator' }), user(result('f', { output: 'x' }, { id: 'id_f' }))] }, lost: ['messages.*.content.*.thinking'] },
    { name: 'cache marks and who asks', given: { system: [{ type: 'text', text: 'One', cache_control: { type: 'ephemeral' } }], metadata: { user_id: 'u' } }, made: { systemInstruction: { parts: [text('One')] } }, lost: ['cache_control', 'metadata.user_id'] },
    { name: 'a budget in words', given: { thinking: { type: 'enabled', budget_tokens: 10_000 } }, made: { generationConfig: { maxOutputTokens: 100, thinkingConfig: { includeThoughts: true, thinkingLevel: 'MEDIUM' } } } },
    { name: 'as much as it likes', given: { thinking: { type: 'adaptive' } }, to: { model: 'gemini-2.5-pro' }, made: { generationConfig: { maxOutputTokens: 100, thinkingConfig: { includeThoughts: true, thinkingBudget: -1 } } } },
    { name: 'sampling and format', given: { top_k: 5, output_config: { format: { type: 'json_schema', schema } } }, made: { generationConfig: { topK: 5, maxOutputTokens: 100, responseMimeType: 'application/json', responseJsonSchema: schema } } },
  ], messages, 'anthropic', 'gemini')
})

test('the path says which model is asked, and whether for a stream', () => {
  assert.equal(translate(chat({}), 'openai', 'gemini').path, '/v1beta/models/gemini-3-flash:generateContent')
  assert.equal(translate(chat({ stream: true }), 'openai', 'gemini').path, '/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse')
  assert.equal(translate(chat({}), 'openai', 'gemini', { model: 'tunedModels/a b' }).path, '/v1beta/tunedModels/a%20b:generateContent')
  const streamed = translate(generate({}), 'gemini', 'openai', {}, true)
  assert.deepEqual([streamed.path, streamed.body['stream'], streamed.body['stream_options']], ['/v1/chat/completions', true, { include_usage: true }])
})

test('what cannot be understood is refused with the name of the field', () => {
  const table: readonly (readonly [Json, string])[] = [
    [generate({ contents: [{ role: 'narrator', parts: [text('x')] }] }), 'contents.0.role'],
    [generate({ contents: [user(result('f', {}))] }), 'contents.0.parts.*.functionResponse'],
    [generate({ contents: [user(text('x')), model({ functionCall: { args: {} } })] }), 'contents.1.parts.*.functionCall.name'],
    [generate({ tools: [{ functionDeclarations: [{ description: 'nameless' }] }] }), 'tools.0.functionDeclarations.0.name'],
  ]
  for (const [body, field] of table) assert.throws(() => translate(body, 'gemini', 'openai'), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'request.malformed' && thrown.detail.field === field, field)
})

test('a call that another model made is marked, and no Gemini signature', () => {
  const made = translate(generate({ contents: [user(text('Go')), model({ ...call('f', {}, { id: 'a' }), thoughtSignature: unsignedCall }), user(result('f', {}, { id: 'a' }))] }), 'gemini', 'openai')
  assert.doesNotMatch(JSON.stringify(made.body), /portcullis|thought/)
})

test('names that do not fit are made to, stay apart, and lead back to the caller\'s own', () => {
  const long = `mcp__${'very_'.repeat(30)}long`
  for (const [dialect, pattern] of [['openai', /^[\w-]{1,64}$/], ['anthropic', /^[\w-]{1,128}$/], ['gemini', /^[a-zA-Z_][\w.:-]{0,127}$/]] as const) {
    const names = ['plain', 'a.b:c', 'a_b_c', '7up', '-x', long, `${long}er`, 'Größe']
    const sent = names.map(name => nameFor(dialect, name))
    assert.ok(sent.every(name => pattern.test(name)), sent.join(' '))
    assert.equal(new Set(sent).size, names.length)
    assert.equal(sent[0], 'plain')
    for (const body of [{ tools: [{ function_declarations: names.map(name => ({ name })) }] }, { tools: names.map(name => ({ name })) }, { tools: names.map(name => ({ function: { name } })) }]) {
      const back = callersNames(body, dialect)
      assert.deepEqual(sent.map(name => back?.get(name) ?? name), names)
    }
  }
  assert.equal(callersNames({ tools: [{ name: 'plain' }] }, 'openai'), null)
})
