// Codecs of Responses over golden transcripts: what passes untouched, what is restored wherever it is said, what is learnt, whatever the chunks.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelAnswerFacts } from '../../../gateway/exchange/answer.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { SseSplitter } from '../../../gateway/exchange/sse.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import type { AnswerCodec } from '../../../gateway/surfaces/model-surface.ts'
import { responsesSurface } from '../../../gateway/surfaces/openai-responses/surface.ts'
import { pseudonyms, restoreText, testRestorers } from './test-restorer.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../contract/transcripts', name))

interface Setting { readonly model?: string; readonly restore?: boolean; readonly translated?: boolean }
interface Seen { readonly out: string; readonly facts: ModelAnswerFacts; readonly untouched: boolean }

const codecFor = (name: string, { model = 'm', restore = false, translated = false }: Setting = {}): AnswerCodec => {
  const document = readJson(JSON.stringify({ model, input: 'x', stream: name.endsWith('.sse') }), { maxDepth: 9 })
  return responsesSurface.answerCodec({
    operation: responsesSurface.read('responses', '/v1/responses', {}, document), status: 200, contentType: name.endsWith('.sse') ? 'text/event-stream' : 'application/json',
    upstreamModel: 'm', restorers: restore ? testRestorers() : null, stripUsage: false, translated,
  })
}

const run = (name: string, chunks: readonly Buffer[], setting: Setting = {}): Seen => {
  const codec = codecFor(name, setting)
  const out: Buffer[] = []
  let untouched = true
  for (const chunk of chunks) {
    const passed = codec.push(chunk)
    untouched &&= passed === chunk
    if (passed !== null) out.push(passed)
  }
  const last = codec.end()
  return { out: Buffer.concat(last === null ? out : [...out, last]).toString(), facts: codec.facts(), untouched: untouched && last === null }
}

interface Event {
  readonly type: string
  readonly sequence_number: number
  readonly item_id?: string
  readonly content_index?: number
  readonly summary_index?: number
  readonly delta?: string
  readonly response?: { readonly model: string; readonly output: unknown; readonly instructions: unknown }
  readonly [member: string]: unknown
}

const eventsOf = (text: string): Event[] => new SseSplitter().push(text).flatMap(frame => frame.data === null ? [] : [JSON.parse(frame.data) as Event])

const deltasOf = (text: string): Record<string, string> => {
  const texts: Record<string, string> = {}
  for (const { type, item_id: item = '', content_index: content, summary_index: summary, delta } of eventsOf(text)) {
    const key = `${type} ${item} ${content ?? summary ?? ''}`
    if (type.endsWith('.delta')) texts[key] = (texts[key] ?? '') + (delta ?? '')
  }
  return texts
}

const streams = ['responses-text.sse', 'responses-tools.sse', 'responses-reasoning.sse', 'responses-refusal.sse', 'responses-error.sse', 'responses-incomplete.sse']
const all = [...streams, 'responses-response.json']

for (const name of all) {
  test(`${name} passes as the very same bytes when nothing is to be edited`, () => {
    const bytes = transcript(name)
    const seen = run(name, [bytes.subarray(0, 100), bytes.subarray(100)])
    assert.equal(seen.untouched, true)
    assert.equal(seen.out, bytes.toString())
  })

  for (const setting of [{}, { restore: true }, { model: 'alias' }, { restore: true, model: 'alias', translated: true }]) {
    test(`${name}: any chunking gives the same bytes and facts with ${JSON.stringify(setting)}`, () => {
      const bytes = transcript(name)
      const whole = run(name, [bytes], setting)
      fc.assert(fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 }), at => {
        const edges = [0, ...[...at].sort((a, b) => a - b), bytes.length]
        const { out, facts } = run(name, edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge)), setting)
        assert.equal(out, whole.out)
        assert.deepEqual(facts, whole.facts)
      }), { numRuns: 40 })
      const bytewise = run(name, [...bytes].map(byte => Buffer.from([byte])), setting)
      assert.deepEqual([bytewise.out, bytewise.facts], [whole.out, whole.facts])
    })
  }
}

for (const name of streams) {
  test(`${name}: deltas say what the restored whole says, numbers count on, and nothing but the encrypted keeps a known placeholder`, () => {
    const bytes = transcript(name)
    const { out } = run(name, [bytes], { restore: true })
    const before = deltasOf(bytes.toString())
    const after = deltasOf(out)
    assert.deepEqual(Object.keys(after), Object.keys(before))
    for (const [key, text] of Object.entries(before)) {
      if (!key.includes('arguments')) assert.equal(after[key], restoreText(text))
      else assert.deepEqual(JSON.parse(after[key]!), JSON.parse(text, (_key, value: unknown) => typeof value === 'string' ? restoreText(value) : value))
    }
    const events = eventsOf(out)
    assert.deepEqual(events.map(event => event.sequence_number), events.map((_event, at) => at))
    for (const event of events) {
      const text = JSON.stringify(event, (key, value: unknown) => key === 'encrypted_content' ? undefined : value)
      for (const placeholder of Object.keys(pseudonyms)) assert.ok(event.type === 'response.failed' || !text.includes(placeholder), `${event.type} ${placeholder}`)
    }
  })
}

test('held text goes out as a delta of its own before its text is done', () => {
  const events = eventsOf(run('responses-text.sse', [transcript('responses-text.sse')], { restore: true }).out)
  const done = events.findIndex(event => event.type === 'response.output_text.done')
  assert.deepEqual(events[done - 1], { type: 'response.output_text.delta', item_id: 'msg_68f1a', output_index: 0, content_index: 0, delta: '[EMAIL', logprobs: [], sequence_number: 8 })
  assert.match(String(events[done]?.['text']), /^Write to anna@example\.com — or \[EMAIL_9\], and Bo "the\\boss"\n.* not \[EMAIL$/s)
})

test('restored and unknown placeholders are counted once, although a stream says them five times', () => {
  const { facts } = run('responses-text.sse', [transcript('responses-text.sse')], { restore: true })
  assert.deepEqual([facts.restored, facts.unknownPlaceholders], [2, 1])
  const cut = transcript('responses-text.sse')
  assert.equal(run('responses-text.sse', [cut.subarray(0, cut.indexOf('event: response.output_text.done'))], { restore: true }).facts.restored, 2)
})

test('what is held when a stream is cut or fails still reaches the caller', () => {
  const name = 'responses-error.sse'
  const bytes = transcript(name)
  for (const part of [bytes, bytes.subarray(0, bytes.indexOf('event: response.failed'))]) {
    const { out, facts } = run(name, [part], { restore: true })
    assert.equal(Object.values(deltasOf(out)).join(''), 'Partial [EMA')
    assert.equal(facts.cut, true)
  }
})

test('encrypted reasoning never changes; its summary is restored', () => {
  const { out } = run('responses-reasoning.sse', [transcript('responses-reasoning.sse')], { restore: true })
  assert.equal(out.split('gAAAAABpZ[EMAIL_1]w==').length, 3)
  assert.equal(out.includes('About anna@example.com: '), true)
  const whole = JSON.parse(run('responses-response.json', [transcript('responses-response.json')], { restore: true }).out) as { output: unknown[]; instructions: string }
  assert.deepEqual(whole.output, [
    { id: 'rs_18', type: 'reasoning', summary: [{ type: 'summary_text', text: 'About anna@example.com' }], encrypted_content: 'gAAAAA[EMAIL_1]' },
    { id: 'msg_18', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Write to anna@example.com — or [EMAIL_9].' }] },
    { id: 'fc_18', type: 'function_call', status: 'completed', call_id: 'call_18', name: 'send_mail', arguments: '{"to":"anna@example.com","note":"card 4111 1111 1111 1111"}' },
  ])
  assert.equal(whole.instructions, 'Be kind to anna@example.com.')
})

test('what the gateway repeats of a request is the caller\'s own text, and stays', () => {
  const translated = JSON.parse(run('responses-response.json', [transcript('responses-response.json')], { restore: true, translated: true }).out) as { instructions: string }
  assert.equal(translated.instructions, 'Be kind to [EMAIL_1].')
  const created = `event: response.created\ndata: ${JSON.stringify({ type: 'response.created', response: { id: 'r', instructions: 'To [EMAIL_1]', output: [] }, sequence_number: 0 })}\n\n`
  assert.match(run('x.sse', [Buffer.from(created)], { restore: true }).out, /To anna@example/)
  assert.match(run('x.sse', [Buffer.from(created)], { restore: true, translated: true }).out, /To \[EMAIL_1\]/)
})

test('the requested name is given back wherever the response is repeated, and the true one is learnt', () => {
  for (const name of all) {
    const { out, facts } = run(name, [transcript(name)], { model: 'fast "one"' })
    assert.equal(facts.model, 'gpt-5.1-2025-11-13')
    assert.ok(!out.includes('gpt-5.1') && out.includes('fast \\"one\\"'))
  }
})

const usage = { input: 120, output: 40, cacheRead: 64, cacheWrite: 0, reasoning: 16 }
const learnt: readonly (readonly [string, Partial<ModelAnswerFacts>])[] = [
  ['responses-text.sse', { id: 'resp_68f1a0c2', finishReasons: ['completed'], usage, cut: false }],
  ['responses-error.sse', { finishReasons: ['failed'], usage: null, cut: true }],
  ['responses-incomplete.sse', { finishReasons: ['max_output_tokens'], usage, cut: false }],
  ['responses-response.json', { id: 'resp_68f1a0c8', finishReasons: ['completed'], usage, cut: false }],
]
for (const [name, expected] of learnt) {
  test(`${name}: identity, ends and usage are learnt, edited or not`, () => {
    for (const setting of [{}, { restore: true }, { model: 'alias' }]) {
      const { facts } = run(name, [transcript(name)], setting)
      assert.deepEqual({ ...facts, ...expected }, facts)
    }
  })
}

test('a failure of ours is numbered as the event that follows what has come, edited or not', () => {
  const failure = responsesSurface.renderFailureEvent(new Failure('upstream.connect', 'The connection broke.'), 'x-1')
  const name = 'responses-text.sse'
  const bytes = transcript(name)
  const cut = bytes.subarray(0, bytes.indexOf('event: response.completed'))
  const numbers = (text: string): number[] => [...text.matchAll(/"sequence_number":(\d+)/g)].map(found => Number(found[1]))
  for (const setting of [{}, { model: 'alias' }, { restore: true }]) {
    const codec = codecFor(name, setting)
    const seen = numbers(`${codec.push(cut)?.toString() ?? ''}${codec.form?.event(failure).toString() ?? ''}`)
    assert.deepEqual(seen, seen.map((_number, at) => at), JSON.stringify(setting))
  }
  assert.deepEqual(numbers(codecFor(name).form?.event(failure).toString() ?? ''), [0])
})

test('kinds of tokens, the charge and the tier that served are learnt, as of chat completions', () => {
  const response = {
    id: 'r', model: 'm', status: 'completed', service_tier: 'priority',
    usage: { input_tokens: 9, output_tokens: 4, cost: 0.5, input_tokens_details: { cached_tokens: 2, audio_tokens: 3, image_tokens: 1 }, output_tokens_details: { reasoning_tokens: 1, audio_tokens: 2 } },
  }
  const expected = { input: 9, output: 4, cacheRead: 2, cacheWrite: 0, reasoning: 1, costUsd: 0.5, audioInput: 3, imageInput: 1, audioOutput: 2, serviceTier: 'priority' }
  assert.deepEqual(run('x.json', [Buffer.from(JSON.stringify(response))]).facts.usage, expected)
  const events = [{ type: 'response.created', response: { ...response, usage: null, service_tier: 'auto' } }, { type: 'response.completed', response }]
  assert.deepEqual(run('x.sse', [Buffer.from(events.map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))]).facts.usage, expected)
  assert.equal('serviceTier' in (run('x.json', [Buffer.from(JSON.stringify({ ...response, service_tier: 'default' }))]).facts.usage ?? {}), false)
})

test('a stream without its last event is cut, and types are read from the data where no line tells them', () => {
  const bytes = transcript('responses-text.sse')
  assert.equal(run('x.sse', [bytes.subarray(0, bytes.length - 30)]).facts.cut, true)
  const bare = Buffer.from(bytes.toString().replaceAll(/event: .*\n/g, ''))
  const { facts } = run('x.sse', [bare])
  assert.deepEqual([facts.cut, facts.usage], [false, usage])
})

test('failures are told in the dialect: a body, and an event at which the official SDKs throw', () => {
  const failure = new Failure('request.previous_response', 'Previous response with id \'r\' not found.', { detail: { field: 'previous_response_id' } })
  const { body, status } = responsesSurface.renderFailure(failure, 'x-1')
  const { error } = JSON.parse(body) as { error: Record<string, unknown> }
  assert.deepEqual([status, error['code'], error['param'], error['type']], [400, 'previous_response_not_found', 'previous_response_id', 'invalid_request_error'])
  const [frame] = new SseSplitter().push(responsesSurface.renderFailureEvent(new Failure('upstream.timeout', 'Too slow.'), 'x-1').toString().trimStart())
  assert.equal(frame?.event, 'error')
  const event = JSON.parse(frame.data ?? '') as { type: string; code: string; message: string; error: { code: string } }
  assert.deepEqual([event.type, event.code, event.error.code], ['error', 'upstream.timeout', 'upstream.timeout'])
  assert.match(event.message, /^Too slow\./)
})
