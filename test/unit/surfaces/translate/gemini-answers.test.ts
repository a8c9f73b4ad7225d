// Answers of Gemini models for clients of other dialects, and the other way round, over the golden transcripts.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelAnswerFacts } from '../../../../gateway/exchange/answer.ts'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { Dialect, ModelOperation } from '../../../../gateway/exchange/operation.ts'
import { SseSplitter } from '../../../../gateway/exchange/sse.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import { modelSurfaces } from '../../../../gateway/surfaces/model-surfaces.ts'
import { translatingCodec } from '../../../../gateway/surfaces/translate/answer-codec.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../../contract/transcripts', name))

interface Setting { readonly to: Dialect; readonly stream: boolean; readonly array?: boolean; readonly thoughts?: boolean; readonly status?: number }

const operationFor = ({ array = false, stream, thoughts = false, to }: Setting): ModelOperation => {
  const read = (name: ModelOperation['name'], path: string, body: unknown): ModelOperation => modelSurfaces[to].read(name, path, {}, readJson(JSON.stringify(body), { maxDepth: 9 }))
  const messages = [{ role: 'user', content: 'How are you?' }]
  switch (to) {
    case 'gemini': return read('generateContent', `/v1beta/models/asked:${stream ? 'streamGenerateContent' : 'generateContent'}${stream && !array ? '?alt=sse' : ''}`, { contents: [{ parts: [{ text: 'How are you?' }] }], generationConfig: { thinkingConfig: { includeThoughts: thoughts } } })
    case 'anthropic': return read('messages', '/v1/messages', { model: 'asked', max_tokens: 9, stream, messages })
    default: return read('chat.completions', '/v1/chat/completions', { model: 'asked', stream, stream_options: { include_usage: true }, messages })
  }
}

const run = (chunks: readonly Buffer[], from: Dialect, setting: Setting): { out: string; facts: ModelAnswerFacts } => {
  const codec = translatingCodec({
    operation: operationFor(setting), status: setting.status ?? 200, contentType: setting.stream ? 'text/event-stream' : 'application/json', upstreamModel: 'real', restorers: null, stripUsage: false,
  }, from, given => modelSurfaces[setting.to].answerCodec(given))
  const out = chunks.map(chunk => codec.push(chunk)).filter(part => part !== null)
  const last = codec.end()
  return { out: Buffer.concat(last === null ? out : [...out, last]).toString(), facts: codec.facts() }
}

/** What differs between two runs for no reason of the answer. */
const settled = (text: string): string => text.replaceAll(/"created":\d+/g, '"created":0').replaceAll(/(?:chatcmpl-|msg_)?[0-9a-f-]{32,36}/g, 'made-up')

type Json = Readonly<Record<string, unknown>>
interface Part { readonly text?: string; readonly thought?: boolean; readonly thoughtSignature?: string; readonly functionCall?: Json }
interface Frame {
  readonly type?: string
  readonly index?: number
  readonly content_block?: { readonly type: string; readonly name?: string; readonly id?: string }
  readonly delta?: { readonly type?: string; readonly text?: string; readonly thinking?: string; readonly signature?: string; readonly partial_json?: string; readonly stop_reason?: string }
  readonly message?: { readonly usage: { readonly input_tokens: number } }
  readonly choices?: readonly { readonly delta: Readonly<Record<string, unknown>> & { readonly tool_calls?: readonly (Json & { readonly function: { readonly arguments: string } })[] }; readonly finish_reason: string | null }[]
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number }
  readonly candidates?: readonly { readonly content: { readonly parts: readonly Part[] }; readonly finishReason?: string }[]
  readonly usageMetadata?: Readonly<Record<string, number>>
  readonly error?: Json
}

const framesOf = (text: string): Frame[] => new SseSplitter().push(text).flatMap(frame => frame.data === null || frame.data === '[DONE]' ? [] : [JSON.parse(frame.data) as Frame])
const partsOf = (frames: readonly Frame[]): Part[] => frames.flatMap(frame => frame.candidates?.[0]?.content.parts ?? [])

const saidIn = (frames: readonly Frame[], member: string): string => frames.map(frame => frame.choices?.[0]?.delta[member]).filter(text => typeof text === 'string').join('')

const pairs: readonly (readonly [string, Dialect, Setting])[] = [
  ...['gemini-text.sse', 'gemini-tools.sse', 'gemini-thinking.sse', 'gemini-error.sse', 'gemini-blocked.sse'].flatMap(name => (['openai', 'anthropic'] as const).map(to => [name, 'gemini', { to, stream: true }] as const)),
  ...['openai-text.sse', 'openai-tools.sse', 'openai-error.sse'].flatMap(name => [false, true].map(array => [name, 'openai', { to: 'gemini', stream: true, array }] as const)),
  ...['anthropic-text.sse', 'anthropic-thinking.sse', 'anthropic-tools.sse', 'anthropic-error.sse'].flatMap(name => [false, true].map(array => [name, 'anthropic', { to: 'gemini', stream: true, array, thoughts: true }] as const)),
]

for (const [name, from, setting] of pairs) {
  test(`${name} for a client of ${setting.to}${setting.array === true ? ' that wants an array' : ''}: any chunking of the same bytes says the same`, () => {
    const bytes = transcript(name)
    const whole = settled(run([bytes], from, setting).out)
    assert.notEqual(whole, '')
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), cuts => {
      const places = [0, ...new Set(cuts), bytes.length].sort((a, b) => a - b)
      const { out } = run(places.slice(1).map((end, at) => bytes.subarray(places[at], end)), from, setting)
      assert.equal(settled(out), whole)
      if (setting.array === true) assert.ok(Array.isArray(JSON.parse(out)))
    }), { numRuns: 40 })
  })
}

test('parallel calls reach an OpenAI client with arguments, ids and the signature of the first', () => {
  const { facts, out } = run([transcript('gemini-tools.sse')], 'gemini', { to: 'openai', stream: true })
  const calls = framesOf(out).flatMap(frame => frame.choices?.[0]?.delta.tool_calls ?? [])
  const opened = calls.filter(call => call['id'] !== undefined)
  assert.deepEqual(opened.map(call => [call['id'], call['index'], call['extra_content']]), [['c8d7e6f5', 0, { google: { thought_signature: 'EtwLCtkLAb4+[EMAIL_1]==' } }], ['1a2b3c4d', 1, undefined]])
  const args = (index: number): unknown => JSON.parse(calls.filter(call => call['index'] === index).map(call => call.function.arguments).join(''))
  assert.deepEqual([args(0), args(1)], [{ to: '[EMAIL_1]', lines: ['a "b"', '[CARD_1] [EMAIL_2]'], n: 1.5 }, {}])
  const frames = framesOf(out)
  assert.equal(frames.at(-2)?.choices?.[0]?.finish_reason, 'tool_calls')
  assert.deepEqual([frames.at(-1)?.usage?.prompt_tokens, frames.at(-1)?.usage?.completion_tokens], [222, 74])
  assert.deepEqual([facts.cut, facts.usage?.reasoning], [false, 30])
})

test('an Anthropic client gets blocks one after the other, with the call\'s signature in one before it', () => {
  const frames = framesOf(run([transcript('gemini-tools.sse')], 'gemini', { to: 'anthropic', stream: true }).out)
  assert.equal(frames[0]?.message?.usage.input_tokens, 210)
  const blocks = frames.filter(frame => frame.type === 'content_block_start').map(frame => [frame.index, frame.content_block?.type, frame.content_block?.name])
  assert.deepEqual(blocks, [[0, 'text', undefined], [1, 'thinking', undefined], [2, 'tool_use', 'send_mail'], [3, 'tool_use', 'look_up']])
  assert.equal(frames.find(frame => frame.delta?.signature !== undefined)?.delta?.signature, 'portcullis.gemini.EtwLCtkLAb4+[EMAIL_1]==')
  let open: number | undefined
  for (const { index, type } of frames) {
    if (type === 'content_block_start') {
      assert.equal(open, undefined)
      open = index
    } else if (type === 'content_block_delta') assert.equal(index, open)
    else if (type === 'content_block_stop') open = undefined
  }
  assert.equal(frames.at(-2)?.delta?.stop_reason, 'tool_use')
})

test('thoughts are shown where each dialect shows them', () => {
  const chat = framesOf(run([transcript('gemini-thinking.sse')], 'gemini', { to: 'openai', stream: true }).out)
  assert.equal(saidIn(chat, 'reasoning_content'), 'The user is [EMAIL_1]; be kind to [EM')
  assert.equal(saidIn(chat, 'content'), 'It is [EMAIL_1].')
  const message = framesOf(run([transcript('gemini-thinking.sse')], 'gemini', { to: 'anthropic', stream: true }).out)
  assert.equal(message.map(frame => frame.delta?.thinking ?? '').join(''), 'The user is [EMAIL_1]; be kind to [EM')
  for (const thoughts of [true, false]) {
    const parts = partsOf(framesOf(run([transcript('anthropic-thinking.sse')], 'anthropic', { to: 'gemini', stream: true, thoughts }).out))
    assert.equal(parts.some(part => part.thought === true), thoughts)
    const signature = parts.find(part => part.thoughtSignature !== undefined)?.thoughtSignature
    assert.equal(signature === undefined ? null : Buffer.from(signature, 'base64').toString().startsWith('portcullis.anthropic.'), thoughts ? true : null)
  }
})

test('whole answers of a Gemini model', () => {
  const chat = JSON.parse(run([transcript('gemini-response.json')], 'gemini', { to: 'openai', stream: false }).out) as { model: string; choices: { finish_reason: string; message: { content: string; tool_calls: (Json & { id: string })[] } }[]; usage: Json }
  assert.deepEqual([chat.model, chat.choices[0]?.finish_reason, chat.choices[0]?.message.content], ['asked', 'tool_calls', 'Write to [EMAIL_1] – or [EMAIL_9].'])
  const ids = chat.choices[0]?.message.tool_calls.map(call => call.id) ?? []
  assert.ok(ids.length === 2 && ids.every(id => /^call_[0-9a-f]{24}$/.test(id)) && ids[0] !== ids[1], 'calls without ids get some of their own')
  assert.deepEqual(chat.choices[0]?.message.tool_calls[0]?.['extra_content'], { google: { thought_signature: 'CpQBAb4[EMAIL_1]' } })
  const message = JSON.parse(run([transcript('gemini-response.json')], 'gemini', { to: 'anthropic', stream: false }).out) as { content: { type: string; id?: string }[]; stop_reason: string; usage: Json }
  assert.deepEqual(message.content.map(block => block.type), ['thinking', 'text', 'thinking', 'tool_use', 'tool_use'])
  assert.deepEqual(message.content.flatMap(block => block.id ?? []), ids, 'the same answer, the same ids')
  assert.deepEqual(message.usage, { input_tokens: 325, cache_creation_input_tokens: 0, cache_read_input_tokens: 2000, output_tokens: 56 })
})

test('whole answers for a Gemini client', () => {
  for (const [name, from] of [['openai-completion.json', 'openai'], ['anthropic-message.json', 'anthropic']] as const) {
    const answer = JSON.parse(run([transcript(name)], from, { to: 'gemini', stream: false }).out) as Frame & { modelVersion: string }
    assert.deepEqual([answer.modelVersion, answer.candidates?.[0]?.finishReason], ['asked', 'STOP'])
    assert.ok((answer.usageMetadata?.['promptTokenCount'] ?? 0) > 0)
    const calls = partsOf([answer]).filter(part => part.functionCall !== undefined)
    assert.ok(calls.length > 0 && calls[0]?.thoughtSignature !== undefined)
  }
})

test('a Gemini client\'s calls come whole, and the end has parts, a reason and usage', () => {
  for (const [name, from] of [['openai-tools.sse', 'openai'], ['anthropic-tools.sse', 'anthropic']] as const) {
    const frames = framesOf(run([transcript(name)], from, { to: 'gemini', stream: true }).out)
    assert.ok(partsOf(frames).filter(part => part.functionCall !== undefined).every(part => typeof part.functionCall?.['args'] === 'object'))
    assert.ok(frames.every(frame => (frame.candidates?.[0]?.content.parts.length ?? 0) > 0))
    assert.equal(frames.at(-1)?.candidates?.[0]?.finishReason, 'STOP')
    assert.ok((frames.at(-1)?.usageMetadata?.['totalTokenCount'] ?? 0) > 0)
  }
})

const answer = (finishReason: string | undefined, parts: readonly Part[] = [{ text: 'x' }]): Buffer => Buffer.from(JSON.stringify({ candidates: [{ content: { parts }, finishReason }], modelVersion: 'm', responseId: 'r' }))
const calling = [{ functionCall: { name: 'f' } }]

const reasons: readonly (readonly [string, readonly Part[], string, string])[] = [
  ['STOP', [{ text: 'x' }], 'stop', 'end_turn'], ['STOP', calling, 'tool_calls', 'tool_use'], ['MAX_TOKENS', [{ text: 'x' }], 'length', 'max_tokens'],
  ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'LANGUAGE'].map(reason => [reason, [{ text: 'x' }], 'content_filter', 'refusal'] as const),
  ['SOMETHING_NEW', [{ text: 'x' }], 'stop', 'end_turn'],
]

for (const [reason, parts, chat, message] of reasons) {
  test(`${reason} with ${parts === calling ? 'a call' : 'text'} is ${chat} and ${message}`, () => {
    const said = (to: Dialect): Json => JSON.parse(run([answer(reason, parts)], 'gemini', { to, stream: false }).out) as Json
    assert.equal((said('openai')['choices'] as Json[])[0]?.['finish_reason'], chat)
    assert.equal(said('anthropic')['stop_reason'], message)
  })
}

test('an end without an answer is an error, never silence', () => {
  for (const reason of ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'OTHER', 'MISSING_THOUGHT_SIGNATURE']) {
    assert.throws(() => run([answer(reason, [])], 'gemini', { to: 'openai', stream: false }), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'upstream.protocol' && thrown.message.includes(reason))
    const { facts, out } = run([Buffer.from(`data: ${answer(reason, []).toString()}\n\n`)], 'gemini', { to: 'anthropic', stream: true })
    assert.match(out, new RegExp(`event: error[^]*${reason}`))
    assert.doesNotMatch(out, /message_stop/)
    assert.equal(facts.cut, true)
  }
})

test('a blocked prompt is a refusal', () => {
  const { facts, out } = run([transcript('gemini-blocked.sse')], 'gemini', { to: 'anthropic', stream: true })
  assert.match(out, /"stop_reason":"refusal"/)
  assert.deepEqual([facts.cut, facts.usage?.input], [false, 18])
  assert.match(run([transcript('gemini-blocked.sse')], 'gemini', { to: 'openai', stream: true }).out, /"finish_reason":"content_filter"/)
})

test('an answer that is cut says so, and never looks whole', () => {
  const bytes = transcript('gemini-text.sse')
  for (const to of ['openai', 'anthropic'] as const) {
    const { facts, out } = run([bytes.subarray(0, bytes.length * 0.4)], 'gemini', { to, stream: true })
    assert.match(out, /broke off/)
    assert.doesNotMatch(out, /message_stop|\[DONE\]/)
    assert.equal(facts.cut, true)
  }
  for (const array of [false, true]) {
    const { facts, out } = run([transcript('openai-text.sse').subarray(0, 800)], 'openai', { to: 'gemini', stream: true, array })
    const frames = array ? JSON.parse(out) as Frame[] : framesOf(out)
    assert.equal(frames.at(-1)?.error?.['status'], 'INTERNAL')
    assert.equal(facts.cut, true)
  }
})

test('errors keep their text, in the caller\'s dialect', () => {
  const google = Buffer.from('{\n  "error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}')
  assert.deepEqual(JSON.parse(run([google], 'gemini', { to: 'openai', stream: false, status: 400 }).out), { error: { message: 'API key not valid.', type: 'invalid_request_error', param: null, code: 'INVALID_ARGUMENT' } })
  assert.deepEqual(JSON.parse(run([google], 'gemini', { to: 'anthropic', stream: false, status: 400 }).out), { type: 'error', error: { type: 'invalid_request_error', message: 'API key not valid.' } })
  const other = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}')
  assert.deepEqual(JSON.parse(run([other], 'anthropic', { to: 'gemini', stream: false, status: 529 }).out), { error: { code: 529, message: 'Overloaded', status: 'UNAVAILABLE' } })
})
