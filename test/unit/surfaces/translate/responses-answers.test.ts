// Answers of the other dialects as Responses, and Responses in the words of the others, over the golden transcripts: what the official
// client makes of them in the end, whatever the chunks were.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResponseStream } from 'openai/lib/responses/ResponseStream'
import type { Response } from 'openai/resources/responses/responses'
import type { ModelAnswerFacts } from '../../../../gateway/exchange/answer.ts'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import type { Dialect } from '../../../../gateway/exchange/operation.ts'
import { SseSplitter } from '../../../../gateway/exchange/sse.ts'
import { carriedFor } from '../../../../gateway/surfaces/carried.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import { modelSurfaces } from '../../../../gateway/surfaces/model-surfaces.ts'
import { translatingCodec } from '../../../../gateway/surfaces/translate/answer-codec.ts'
import type { AnswerEvent } from '../../../../gateway/surfaces/translate/events.ts'
import { callerTools } from '../../../../gateway/surfaces/translate/openai-responses/caller-tools.ts'
import { ResponsesDecoder } from '../../../../gateway/surfaces/translate/openai-responses/decode-responses.ts'
import { ResponsesEncoder } from '../../../../gateway/surfaces/translate/openai-responses/encode-responses.ts'
import { shortName } from '../../../../gateway/surfaces/translate/tool-names.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../../contract/transcripts', name))
const names = { 'openai': 'chat.completions', 'openai-responses': 'responses', 'anthropic': 'messages', 'gemini': 'generateContent' } as const

const run = (chunks: readonly Buffer[], from: Dialect, to: Dialect, stream = true): { out: string; facts: ModelAnswerFacts } => {
  const surface = modelSurfaces[to]
  const body = { model: 'asked', max_tokens: 1, stream, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'How are you?' }], input: 'How are you?', instructions: 'Be kind.' }
  const operation = surface.read(names[to], '/v1/x', {}, readJson(JSON.stringify(body), { maxDepth: 9 }))
  const codec = translatingCodec({ operation, status: 200, contentType: stream ? 'text/event-stream' : 'application/json', upstreamModel: 'real', restorers: null, stripUsage: false }, from, given => surface.answerCodec(given))
  const out = chunks.map(chunk => codec.push(chunk)).filter(part => part !== null)
  const last = codec.end()
  return { out: Buffer.concat(last === null ? out : [...out, last]).toString(), facts: codec.facts() }
}

/** What differs between two runs for no reason of the answer. */
const settled = (text: string): string => text.replaceAll(/"created(_at)?":\d+/g, '"created":0').replaceAll(/(?:chatcmpl-|msg_|resp_|rs_|fc_|ctc_)(?:portcullis_)?[0-9a-f-]{32,48}/g, 'made-up')

interface Event { readonly type: string; readonly sequence_number: number; readonly [member: string]: unknown }
const eventsOf = (text: string): Event[] => new SseSplitter().push(text).flatMap(frame => frame.data === null || frame.data === '[DONE]' ? [] : [JSON.parse(frame.data) as Event])

/** What the official client puts together; it refuses indexes, ids and types that do not fit. */
const clientSees = async (text: string): Promise<Response> => {
  const lines = eventsOf(text).map(event => `${JSON.stringify(event)}\n`).join('')
  return ResponseStream.fromReadableStream(new globalThis.Response(lines).body as ReadableStream).finalResponse()
}

const rows: readonly (readonly [name: string, from: Dialect, to: Dialect])[] = [
  ...['openai-text.sse', 'openai-tools.sse', 'openai-error.sse'].map(name => [name, 'openai', 'openai-responses'] as const),
  ...['anthropic-text.sse', 'anthropic-thinking.sse', 'anthropic-tools.sse', 'anthropic-error.sse'].map(name => [name, 'anthropic', 'openai-responses'] as const),
  ...['responses-text.sse', 'responses-tools.sse', 'responses-reasoning.sse', 'responses-refusal.sse', 'responses-error.sse', 'responses-incomplete.sse']
    .flatMap(name => [[name, 'openai-responses', 'openai'], [name, 'openai-responses', 'anthropic']] as const),
]
for (const [name, from, to] of rows) {
  test(`${name} for a caller of ${to}: any chunking of the same bytes says the same`, () => {
    const bytes = transcript(name)
    const whole = settled(run([bytes], from, to).out)
    assert.notEqual(whole, '')
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), cuts => {
      const places = [0, ...new Set(cuts), bytes.length].sort((a, b) => a - b)
      assert.equal(settled(run(places.slice(1).map((end, at) => bytes.subarray(places[at], end)), from, to).out), whole)
    }), { numRuns: 40 })
  })
}

for (const [name, from, to] of rows.filter(row => row[2] === 'openai-responses')) {
  test(`${name}: a whole sequence of events, whose deltas say what its items and its response say in the end`, async () => {
    const { out, facts } = run([transcript(name)], from, to)
    const events = eventsOf(out)
    assert.deepEqual(events.map(event => event.sequence_number), events.map((_event, at) => at))
    assert.deepEqual(events.slice(0, 2).map(event => event.type), ['response.created', 'response.in_progress'])
    const last = events.at(-1)
    assert.match(last?.type ?? '', name.includes('error') ? /^response\.failed$/ : /^response\.completed$/)
    const response = last?.['response'] as Response
    assert.match(response.id, /^resp_[0-9a-f]{48}$/)
    assert.deepEqual([response.object, response.model, response.instructions], ['response', 'asked', 'Be kind.'])
    const seen = await clientSees(out)
    // The client adds members of its own to what it has parsed.
    assert.deepEqual(JSON.parse(JSON.stringify(seen.output, (key, value: unknown) => key.startsWith('parsed') ? undefined : value)), response.output)
    assert.deepEqual(events.filter(event => event.type === 'response.output_item.done').map(event => event['item']), response.output)
    assert.equal(facts.cut, name.includes('error'))
    if (!facts.cut) assert.ok((response.usage?.input_tokens ?? 0) > 0 && response.usage?.output_tokens === facts.usage?.output)
  })
}

test('a stream without its end ends as failed, never as complete', () => {
  for (const [name, from] of [['openai-tools.sse', 'openai'], ['anthropic-text.sse', 'anthropic']] as const) {
    const bytes = transcript(name)
    const { out, facts } = run([bytes.subarray(0, bytes.length * 0.5)], from, 'openai-responses')
    const last = eventsOf(out).at(-1)
    assert.equal(last?.type, 'response.failed')
    assert.match((last['response'] as Response).error?.message ?? '', /broke off/)
    assert.ok((last['response'] as Response).output.every(item => !('status' in item) || item.status !== 'in_progress'))
    assert.equal(facts.cut, true)
  }
  for (const to of ['openai', 'anthropic'] as const) {
    const bytes = transcript('responses-text.sse')
    const { out, facts } = run([bytes.subarray(0, bytes.length * 0.6)], 'openai-responses', to)
    assert.match(out, /broke off/)
    assert.doesNotMatch(out, /message_stop|\[DONE\]/)
    assert.equal(facts.cut, true)
  }
})

test('parallel calls that are told side by side reach both kinds of callers whole', () => {
  const chat = eventsOf(run([transcript('responses-tools.sse')], 'openai-responses', 'openai').out) as unknown as { choices: { delta: { tool_calls?: { index: number; function: { arguments?: string } }[] }; finish_reason: string | null }[] }[]
  const texts = ['', '']
  for (const { choices } of chat) for (const call of choices[0]?.delta.tool_calls ?? []) texts[call.index] = (texts[call.index] ?? '') + (call.function.arguments ?? '')
  assert.deepEqual(texts.map(text => Object.keys(JSON.parse(text) as object)), [['to', 'list', 'body'], ['card']])
  assert.equal(chat.findLast(chunk => chunk.choices.length > 0)?.choices[0]?.finish_reason, 'tool_calls')
  const messages = run([transcript('responses-tools.sse')], 'openai-responses', 'anthropic').out
  assert.match(messages, /"stop_reason":"tool_use"/)
  assert.equal(messages.split('event: content_block_stop').length, 3)
})

test('reasoning comes as thinking, signed with what its provider encrypted', () => {
  const { out } = run([transcript('responses-reasoning.sse')], 'openai-responses', 'anthropic')
  const deltas = eventsOf(out).flatMap(event => event.type === 'content_block_delta' ? [event['delta'] as Record<string, string>] : [])
  const thinking = deltas.map(delta => delta['thinking'] ?? '').join('')
  assert.equal(thinking, 'About [EMAIL_1]: \n\nwho is it?')
  const signature = deltas.find(delta => delta['signature'] !== undefined)?.['signature'] ?? ''
  assert.deepEqual([carriedFor('openai-responses', signature, thinking)?.secret, carriedFor('openai-responses', signature, thinking)?.id], ['gAAAAABpZ[EMAIL_1]w==', 'rs_d4'])
  const chat = run([transcript('responses-reasoning.sse')], 'openai-responses', 'openai').out
  assert.match(chat, /"reasoning_content":"About \[EM/)
})

test('thinking comes as reasoning, its signature in what is encrypted', async () => {
  const { output } = await clientSees(run([transcript('anthropic-thinking.sse')], 'anthropic', 'openai-responses').out)
  const [thought, said] = output
  assert.equal(thought?.type, 'reasoning')
  const text = thought.summary.map(part => part.text).join('\n\n')
  assert.ok(text !== '' && carriedFor('anthropic', thought.encrypted_content ?? '', text) !== null)
  assert.equal(said?.type, 'message')
})

test('whole answers, in all directions', () => {
  const asResponse = (name: string, from: Dialect): Response => JSON.parse(run([transcript(name)], from, 'openai-responses', false).out) as Response
  for (const [name, from] of [['openai-completion.json', 'openai'], ['anthropic-message.json', 'anthropic']] as const) {
    const response = asResponse(name, from)
    assert.deepEqual([response.status, response.model, response.error], ['completed', 'asked', null])
    assert.ok(response.output.some(item => item.type === 'function_call') && response.output.some(item => item.type === 'message'))
    assert.ok((response.usage?.input_tokens ?? 0) > 0)
  }
  const message = JSON.parse(run([transcript('responses-response.json')], 'openai-responses', 'anthropic', false).out) as { content: { type: string }[]; stop_reason: string }
  assert.deepEqual([message.content.map(block => block.type), message.stop_reason], [['thinking', 'text', 'tool_use'], 'tool_use'])
  const completion = JSON.parse(run([transcript('responses-response.json')], 'openai-responses', 'openai', false).out) as { choices: { message: { content: string; tool_calls: unknown[] }; finish_reason: string }[] }
  assert.deepEqual([completion.choices[0]?.message.content, completion.choices[0]?.message.tool_calls.length, completion.choices[0]?.finish_reason], ['Write to [EMAIL_1] — or [EMAIL_9].', 1, 'tool_calls'])
})

test('a whole response that failed is a failure of its provider, without what it said', () => {
  assert.throws(() => new ResponsesDecoder().whole({ status: 'failed', error: { code: 'server_error', message: 'about Jane' }, output: [] }),
    (thrown: unknown) => thrown instanceof Failure && thrown.code === 'upstream.protocol' && !thrown.message.includes('Jane'))
})

const encoder = (tools: readonly object[] = []): ResponsesEncoder =>
  new ResponsesEncoder({ model: 'm', id: 'resp_1', createdS: 1, request: {}, previous: null, tools: callerTools({ tools }) })

const usage = { input: 3, output: 4, cacheRead: 1, cacheWrite: 2, reasoning: 0 }
const start: AnswerEvent = { type: 'start', id: null, model: null, usage: null }
const stop = (reason: Extract<AnswerEvent, { type: 'stop' }>['reason'] = 'end'): AnswerEvent => ({ type: 'stop', reason, sequence: null, usage })
const texts = (block: number, ...deltas: readonly string[]): AnswerEvent[] => [{ type: 'open', block, start: { kind: 'text' } }, ...deltas.map((text): AnswerEvent => ({ type: 'delta', block, text })), { type: 'close', block }]

test('texts that follow each other are parts of one message; what stands between them parts it', async () => {
  const call: AnswerEvent[] = [{ type: 'open', block: 2, start: { kind: 'tool-call', id: 'c', name: 'f' } }, { type: 'close', block: 2 }]
  const refusal: AnswerEvent[] = [{ type: 'open', block: 3, start: { kind: 'refusal' } }, { type: 'delta', block: 3, text: 'no' }, { type: 'close', block: 3 }]
  const said = [start, ...texts(0, 'a', 'b'), ...texts(1, 'c'), ...call, ...refusal, stop()]
  const one = encoder()
  const response = await clientSees(said.map(event => one.stream(event)).join(''))
  assert.deepEqual(response.output.map(item => item.type === 'message' ? item.content.map(part => part.type === 'refusal' ? part.refusal : part.text) : item.type), [['ab', 'c'], 'function_call', ['no']])
  assert.equal(response.output.find(item => item.type === 'function_call')?.arguments, '{}')
  assert.deepEqual(response.usage, { input_tokens: 3, input_tokens_details: { cached_tokens: 1, cache_write_tokens: 2 }, output_tokens: 4, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 7 })
  const whole = JSON.parse(encoder().whole(said)) as Response
  assert.deepEqual(whole.output.map(item => item.type), response.output.map(item => item.type))
})

test('a message whose text is still open when a call begins goes on until it is done', async () => {
  const said: AnswerEvent[] = [
    start, { type: 'open', block: 0, start: { kind: 'text' } }, { type: 'open', block: 1, start: { kind: 'tool-call', id: 'c', name: 'f' } }, { type: 'delta', block: 0, text: 'late' },
    ...texts(2, 'other'), { type: 'close', block: 0 }, { type: 'close', block: 1 }, stop('tool-calls'),
  ]
  const one = encoder()
  const out = said.map(event => one.stream(event)).join('')
  const { output } = await clientSees(out)
  assert.deepEqual(output.map(item => item.type === 'message' ? [item.status, item.content.map(part => 'text' in part ? part.text : '')] : item.type), [['completed', ['late']], 'function_call', ['completed', ['other']]])
})

test('how an answer ends is told in status and details', () => {
  const table = [['length', 'incomplete', 'max_output_tokens'], ['context', 'incomplete', 'max_output_tokens'], ['filtered', 'incomplete', 'content_filter'], ['end', 'completed', undefined], ['tool-calls', 'completed', undefined], ['stop-sequence', 'completed', undefined]] as const
  for (const [reason, status, detail] of table) {
    const response = JSON.parse(encoder().whole([start, ...texts(0, 'x'), stop(reason)])) as Response
    assert.deepEqual([response.status, response.incomplete_details?.reason], [status, detail])
  }
})

test('free text of a custom tool is taken out of its JSON, and other shapes pass as they are', () => {
  for (const [args, input] of [['{"input":"a\\nb"}', 'a\nb'], ['{"other":1}', '{"other":1}'], ['{"input":', '{"input":']] as const) {
    const said: AnswerEvent[] = [start, { type: 'open', block: 0, start: { kind: 'tool-call', id: 'c', name: 'patch' } }, { type: 'delta', block: 0, text: args }, { type: 'close', block: 0 }, stop('tool-calls')]
    const { output } = JSON.parse(encoder([{ type: 'custom', name: 'patch' }]).whole(said)) as Response
    const [call] = output
    assert.deepEqual([call?.type, call?.type === 'custom_tool_call' ? call.input : null], ['custom_tool_call', input])
  }
})

test('tools of a namespace are called by the caller\'s own names, however long', () => {
  const namespace = `n${'x'.repeat(60)}`
  const tools = [{ type: 'namespace', name: 'crm', tools: [{ type: 'function', name: 'find' }, { type: 'custom', name: 'note' }] }, { type: 'namespace', name: namespace, tools: [{ type: 'function', name: 'find' }] }]
  const called = (name: string): unknown => (JSON.parse(encoder(tools).whole([start, { type: 'open', block: 0, start: { kind: 'tool-call', id: 'c', name } }, { type: 'close', block: 0 }, stop('tool-calls')])) as { output: { type: string; name: string; namespace?: string }[] }).output.map(item => [item.type, item.namespace, item.name])
  assert.deepEqual(called('crm__find'), [['function_call', 'crm', 'find']])
  assert.deepEqual(called('crm__note'), [['custom_tool_call', 'crm', 'note']])
  assert.deepEqual(called(shortName(`${namespace}__find`)), [['function_call', namespace, 'find']])
  assert.deepEqual(called('other'), [['function_call', undefined, 'other']])
})

test('errors within a stream are understood however they are told, and end it', () => {
  const table = [
    [{ type: 'error', code: 'server_error', message: 'Out of order', param: null }, 'Out of order', 'server_error'],
    [{ type: 'error', error: { type: 'rate_limit_error', code: 'x', message: 'Slower' } }, 'Slower', 'rate_limit_error'],
    [{ type: 'response.failed', response: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slower' } } }, 'Slower', 'rate_limit_exceeded'],
    [{ type: 'response.failed', response: { status: 'failed', error: null } }, 'The provider reported an error.', null],
  ] as const
  for (const [frame, message, kind] of table) {
    const decoder = new ResponsesDecoder()
    assert.deepEqual(decoder.frame(null, JSON.stringify(frame)), [{ type: 'error', message, kind }])
    assert.deepEqual(decoder.frame(null, JSON.stringify({ type: 'response.completed', response: { status: 'completed' } })), [])
  }
})

test('servers that leave announcements out are understood', () => {
  const decoder = new ResponsesDecoder()
  const frames = [
    { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta: 'Hi' },
    { type: 'response.output_item.added', output_index: 1, item: { type: 'function_call', id: 'f', call_id: 'c', name: 'g', arguments: '' } },
    { type: 'response.output_item.done', output_index: 1, item: { type: 'function_call', id: 'f', call_id: 'c', name: 'g', arguments: '{"a":1}' } },
    { type: 'response.completed', response: { status: 'completed', output: [] } },
  ]
  assert.deepEqual(frames.flatMap(frame => decoder.frame(null, JSON.stringify(frame))), [
    { type: 'open', block: 0, start: { kind: 'text' } }, { type: 'delta', block: 0, text: 'Hi' },
    { type: 'open', block: 1, start: { kind: 'tool-call', id: 'c', name: 'g' } }, { type: 'delta', block: 1, text: '{"a":1}' }, { type: 'close', block: 1 },
    { type: 'close', block: 0 }, { type: 'stop', reason: 'tool-calls', sequence: null, usage: null },
  ])
})
