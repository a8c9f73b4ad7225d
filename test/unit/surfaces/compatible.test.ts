// Servers of the OpenAI dialect that do things differently: usage in odd places, calls without an index, ends without [DONE], errors of any
// shape, members that some refuse.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Usage } from '../../../gateway/exchange/answer.ts'
import { splice } from '../../../gateway/exchange/document.ts'
import { usageIn } from '../../../gateway/surfaces/openai/answer.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { saidError } from '../../../gateway/surfaces/translate/error-body.ts'
import type { AnswerEvent } from '../../../gateway/surfaces/translate/events.ts'
import { ChatDecoder } from '../../../gateway/surfaces/translate/openai/decode-chat.ts'
import { translateRequest } from '../../../gateway/surfaces/translate/translate-request.ts'
import { quirksOf } from '../../../registry/compatible-servers.ts'
import { providerSchema, type Provider } from '../../../registry/provider.ts'

suite('usage', () => {
  const plain = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }
  const none: Usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
  const rows: readonly (readonly [string, object, Usage | null])[] = [
    ['OpenAI: reasoning is part of the completion', { usage: { ...plain, prompt_tokens_details: { cached_tokens: 40 }, completion_tokens_details: { reasoning_tokens: 6 } } }, { ...none, cacheRead: 40, reasoning: 6 }],
    ['xAI: reasoning comes on top of the completion', { usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 160, completion_tokens_details: { reasoning_tokens: 50 } } }, { ...none, output: 60, reasoning: 50 }],
    ['DeepSeek: cache hits', { usage: { ...plain, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 } }, { ...none, cacheRead: 64 }],
    ['Moonshot: cached tokens', { usage: { ...plain, cached_tokens: 32 } }, { ...none, cacheRead: 32 }],
    ['Groq: in a member of its own', { x_groq: { id: 'req_1', usage: { ...plain, queue_time: 0.1 } } }, none],
    ['OpenRouter: with what it costs, and cache writes', { usage: { ...plain, cost: 0.0012, prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 20 } } }, { ...none, cacheRead: 10, cacheWrite: 20, costUsd: 0.0012 }],
    ['OpenRouter: with a key of one\'s own', { usage: { ...plain, cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } } }, { ...none, costUsd: 0.021 }],
    ['nobody tells', { usage: null }, null],
  ]
  for (const [name, answer, expected] of rows) test(name, () => { assert.deepEqual(usageIn(answer as Readonly<Record<string, unknown>>), expected) })
})

const decoded = (...chunks: readonly object[]): AnswerEvent[] => {
  const decoder = new ChatDecoder()
  return [...chunks.flatMap(chunk => decoder.frame(null, JSON.stringify(chunk))), ...decoder.end()]
}
const choice = (delta: object, finish: string | null = null): object => ({ choices: [{ delta, finish_reason: finish }] })
const callsOf = (events: readonly AnswerEvent[]): unknown[] => events.flatMap(event => event.type === 'open' && event.start.kind === 'tool-call' ? [[event.start.id, event.start.name, events.flatMap(one => one.type === 'delta' && one.block === event.block ? [one.text] : []).join('')]] : [])

suite('calls of tools', () => {
  const call = (more: object, name: string | undefined, args: string): object => ({ ...more, function: { ...name === undefined ? {} : { name }, arguments: args } })
  const rows: readonly (readonly [string, readonly (readonly object[])[]])[] = [
    ['with indexes', [[call({ index: 0, id: 'a' }, 'f', '{"x":'), call({ index: 1, id: 'b' }, 'g', '{"y"')], [call({ index: 0 }, undefined, '1}')], [call({ index: 1 }, undefined, ':2}')]]],
    ['without indexes, one chunk each', [[call({ id: 'a' }, 'f', '{"x":1}')], [call({ id: 'b' }, 'g', '{"y":2}')]]],
    ['without indexes, in pieces', [[call({ id: 'a' }, 'f', '{"x":')], [call({}, undefined, '1}')], [call({ id: 'b' }, 'g', '{"y":')], [call({}, undefined, '2}')]]],
    ['all under the same index', [[call({ index: 0, id: 'a' }, 'f', '{"x":1}')], [call({ index: 0, id: 'b' }, 'g', '{"y":2}')]]],
    ['with the id in every piece', [[call({ index: 0, id: 'a' }, 'f', '{"x":')], [call({ index: 0, id: 'a' }, 'f', '1}')], [call({ index: 0, id: 'b' }, 'g', '{"y":')], [call({ index: 0, id: 'b' }, undefined, '2}')]]],
    ['without indexes, all in one chunk', [[call({ id: 'a' }, 'f', '{"x":1}'), call({ id: 'b' }, 'g', '{"y":2}')]]],
  ]
  for (const [name, chunks] of rows) {
    test(name, () => { assert.deepEqual(callsOf(decoded(...chunks.map(calls => choice({ tool_calls: calls })), choice({}, 'tool_calls'))), [['a', 'f', '{"x":1}'], ['b', 'g', '{"y":2}']]) })
  }

  test('without ids and indexes, by their names', () => {
    assert.deepEqual(callsOf(decoded(choice({ tool_calls: [call({}, 'f', '{}')] }), choice({ tool_calls: [call({ id: '' }, 'g', '{}')] }), choice({}, 'stop'))), [['call_0', 'f', '{}'], ['call_1', 'g', '{}']])
  })
})

suite('ends and errors of streams', () => {
  const last = (...chunks: readonly object[]): unknown => decoded(choice({ content: 'Hi' }), ...chunks).at(-1)
  for (const [finish, reason] of [['stop', 'end'], ['eos', 'end'], ['model_length', 'length'], ['whatever', 'end'], ['content_filter', 'filtered']] as const) {
    test(`${finish} is ${reason}, also without [DONE]`, () => { assert.deepEqual(last(choice({}, finish)), { type: 'stop', reason, sequence: null, usage: null }) })
  }
  for (const finish of ['error', 'insufficient_system_resource', 'abort']) {
    test(`${finish} is no end`, () => { assert.deepEqual(last(choice({}, finish)), { type: 'error', message: `The provider gave up (${finish}).`, kind: null }) })
  }
  test('errors come as objects and as text', () => {
    assert.deepEqual(last({ error: { code: 502, message: 'Provider disconnected' }, choices: [{ delta: {}, finish_reason: 'error' }] }), { type: 'error', message: 'Provider disconnected', kind: null })
    assert.deepEqual(last({ error: 'model runner has unexpectedly stopped' }), { type: 'error', message: 'model runner has unexpectedly stopped', kind: null })
  })
  test('an error in place of a whole answer is a failure', () => {
    assert.throws(() => new ChatDecoder().whole({ error: { message: 'x' }, choices: [] }), /in place of an answer/)
  })
  test('reasoning under either name', () => {
    for (const member of ['reasoning', 'reasoning_content']) assert.deepEqual(decoded(choice({ [member]: 'hm' }), choice({ content: 'Hi' }, 'stop')).slice(1, 3), [{ type: 'open', block: 0, start: { kind: 'thinking' } }, { type: 'delta', block: 0, text: 'hm' }])
  })
})

suite('a caller of the same dialect', () => {
  const operation = openaiSurface.read('chat.completions', '/v1/chat/completions', {}, readJson('{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}', { maxDepth: 9 }))
  const run = (text: string, upstreamModel = 'm'): { cut: boolean; out: string } => {
    const codec = openaiSurface.answerCodec({ operation, status: 200, contentType: 'text/event-stream', upstreamModel, restorers: null, stripUsage: true })
    const out = [codec.push(Buffer.from(text)), codec.end()].map(part => part?.toString() ?? '').join('')
    return { out, cut: codec.facts().cut }
  }
  const piece = 'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
  const finish = 'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\n\n'

  test('an answer without [DONE] is whole where its finish and its usage were told', () => {
    for (const model of ['m', 'other']) {
      assert.equal(run(piece + finish, model).cut, false)
      assert.equal(run(piece, model).cut, true)
      assert.equal(run(piece + finish.replace(/,"usage".*\}\}/, '}'), model).cut, true)
      assert.equal(run(`${piece}${finish.replace(/,"usage".*\}\}/, '}')}data: [DONE]\n\n`, model).cut, false)
    }
  })

  test('comments pass as they are', () => {
    assert.equal(run(`: OPENROUTER PROCESSING\n\n${piece}${finish}data: [DONE]\n\n`).out, `: OPENROUTER PROCESSING\n\n${piece}${finish}data: [DONE]\n\n`)
  })

  const provider = (given: Readonly<Record<string, unknown>>): Provider => providerSchema.parse({ id: 'p', dialect: 'openai', ...given })
  const mistral = provider({ base_url: 'https://api.mistral.ai/v1' })
  const rows: readonly (readonly [string, Provider, string, string])[] = [
    ['usage is asked for', provider({ base_url: 'http://127.0.0.1:1/v1' }), '{"model":"m","stream":true,"max_completion_tokens":5,"messages":[]}', '{"stream_options":{"include_usage":true},"model":"r","stream":true,"max_completion_tokens":5,"messages":[]}'],
    ['but not of a server that refuses to be asked', mistral, '{"model":"m","stream":true,"messages":[]}', '{"model":"r","stream":true,"messages":[]}'],
    ['which the caller\'s own asking would hurt as well', mistral, '{"stream_options":{"include_usage":true},"model":"m","stream":true,"max_completion_tokens":5,"messages":[]}', '{"model":"r","stream":true,"max_tokens":5,"messages":[]}'],
    ['the limit has the name that the server knows', provider({ base_url: 'http://127.0.0.1:11434/v1', server: 'ollama' }), '{"model":"m","max_completion_tokens" : 5,"messages":[]}', '{"model":"r","max_tokens":5,"messages":[]}'],
    ['at transformers serve, too', provider({ base_url: 'http://127.0.0.1:8000/v1', server: 'transformers' }), '{"model":"m","max_completion_tokens":5,"messages":[]}', '{"model":"r","max_tokens":5,"messages":[]}'],
    ['the limit has the name that deployments take', provider({ base_url: 'https://r.openai.azure.com', hosting: { kind: 'azure' } }), '{"model":"m","max_tokens":5,"messages":[]}', '{"model":"r","max_completion_tokens":5,"messages":[]}'],
    ['where both are there the right one stays', provider({ base_url: 'https://r.openai.azure.com', hosting: { kind: 'azure' } }), '{"model":"m","max_tokens":5,"max_completion_tokens":6,"messages":[]}', '{"model":"r","max_completion_tokens":6,"messages":[]}'],
    ['embeddings have no limit', mistral, '{"model":"m","input":"x","max_completion_tokens":5}', '{"model":"r","input":"x","max_completion_tokens":5}'],
  ]
  for (const [name, to, given, expected] of rows) {
    test(name, () => {
      const isEmbedding = given.includes('"input"')
      const document = readJson(given.replace('"messages":[]', '"messages":[{"role":"user","content":"x"}]'), { maxDepth: 9 })
      const asked = openaiSurface.read(isEmbedding ? 'embeddings' : 'chat.completions', '/v1/x', {}, document)
      assert.equal(splice(document.text, openaiSurface.modelEdits(asked, 'r', to)).replace('"messages":[{"role":"user","content":"x"}]', '"messages":[]'), expected)
    })
  }
})

suite('a caller of another dialect', () => {
  const toServer = (server: string, more: Readonly<Record<string, unknown>>): { body: Readonly<Record<string, unknown>>; lost: readonly string[] } => {
    const provider = providerSchema.parse({ id: 'p', dialect: 'openai', base_url: 'http://127.0.0.1:1/v1', server })
    const { body, lost } = translateRequest(JSON.stringify({ model: 'a', max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'x' }], ...more }), 'anthropic', 'openai', { model: 'gpt-5-like', maxOutputTokens: 500, capabilities: ['tools'], quirks: quirksOf(provider) })
    return { body: JSON.parse(body) as Readonly<Record<string, unknown>>, lost }
  }

  test('nothing is said that the server refuses, and what that loses is reported', () => {
    const { body, lost } = toServer('mistral', { metadata: { user_id: 'u1' } })
    assert.deepEqual([body['user'], body['stream_options'], body['max_tokens'], lost], [undefined, undefined, 100, ['metadata.user_id']])
    const usual = toServer('vllm', { metadata: { user_id: 'u1' } })
    assert.deepEqual([usual.body['user'], usual.body['stream_options'], usual.lost], ['u1', { include_usage: true }, []])
  })

  test('a turn of which nothing is left but its thinking is an empty text, because Ollama refuses one that is neither text nor calls', () => {
    const turn = (...content: readonly object[]): unknown => {
      const { body } = toServer('ollama', { messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content }, { role: 'user', content: 'y' }] })
      return (body['messages'] as readonly Readonly<Record<string, unknown>>[])[1]?.['content']
    }
    const thought = { type: 'thinking', thinking: 'hm', signature: 's' }
    assert.equal(turn(thought), '')
    assert.equal(turn(thought, { type: 'tool_use', id: 't', name: 'f', input: {} }), null)
    assert.equal(turn(thought, { type: 'text', text: 'z' }), 'z')
  })

  test('the least effort is said in the word that the server has for it', () => {
    const effortFor = (server: 'ollama' | 'vllm' | 'llamacpp', effort: string): unknown => {
      const provider = providerSchema.parse({ id: 'p', dialect: 'openai', base_url: 'http://127.0.0.1:1/v1', server })
      const { body } = translateRequest(JSON.stringify({ model: 'a', input: 'x', reasoning: { effort } }), 'openai-responses', 'openai', { model: 'm', maxOutputTokens: 500, capabilities: ['thinking'], quirks: quirksOf(provider) })
      return (JSON.parse(body) as Readonly<Record<string, unknown>>)['reasoning_effort']
    }
    assert.deepEqual(['none', 'minimal', 'low', 'xhigh'].map(effort => effortFor('ollama', effort)), ['none', 'low', 'low', 'high'])
    assert.deepEqual([effortFor('vllm', 'minimal'), effortFor('llamacpp', 'minimal')], ['minimal', 'minimal'])
  })

  test('reasoning goes back to a server that wants it, if it wrote it', () => {
    const history = (signature: string): Readonly<Record<string, unknown>> => ({ messages: [
      { role: 'user', content: 'x' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature }, { type: 'tool_use', id: 't', name: 'f', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'y' }] },
    ] })
    const said = ({ body }: ReturnType<typeof toServer>): unknown => (body['messages'] as readonly Readonly<Record<string, unknown>>[])[1]?.['reasoning_content']
    assert.equal(said(toServer('deepseek', history('portcullis.unsigned'))), 'hm')
    assert.deepEqual(toServer('deepseek', history('portcullis.unsigned')).lost, [])
    assert.equal(said(toServer('deepseek', history('signed by another'))), undefined)
    assert.deepEqual(toServer('deepseek', history('signed by another')).lost, ['messages.*.content.*.thinking'])
    assert.equal(said(toServer('groq', history('portcullis.unsigned'))), undefined)
  })
})

suite('error bodies', () => {
  for (const [body, message, name] of [
    ['{"error":{"message":"m","type":"t","code":"c"}}', 'm', 'c'], ['{"type":"error","error":{"type":"overloaded_error","message":"m"}}', 'm', 'overloaded_error'], ['{"error":"just text"}', 'just text', null],
    ['[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]', 'm', 'RESOURCE_EXHAUSTED'], ['{"message":"m"}', 'm', null], ['{"Message":"m"}', 'm', null], ['{"object":"error","message":"m","type":"BadRequestError","code":400}', 'm', 'BadRequestError'],
    ['{"detail":"Not Found"}', 'Not Found', null], ['{"detail":[{"loc":["body","messages",0],"msg":"Field required","type":"missing"},{"msg":"and more"}]}', 'messages.0: Field required; and more', null],
    ['{"object":"error","message":{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error"}', 'seed: Extra inputs are not permitted', 'invalid_request_error'],
    ['{"message":"User: arn:aws:sts::123456789012:assumed-role/gw/i-0 is not authorized on resource: arn:aws-us-gov:bedrock:x::foundation-model/a.b-v1:0 because"}', 'User: arn:… is not authorized on resource: arn:… because', null],
    ['<html>', null, null], ['', null, null], ['{}', null, null], ['[]', null, null], ['{"error":null}', null, null], ['7', null, null],
  ] as const) test(body, () => { assert.deepEqual(saidError(body), { message, name }) })

  test('a long one is cut', () => { assert.equal(saidError(JSON.stringify({ error: 'x'.repeat(9000) })).message?.length, 4000) })
})
