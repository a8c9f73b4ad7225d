// Answer codecs over golden transcripts: what passes untouched, what is restored, what is learnt, and independence of chunking.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelAnswerFacts } from '../../../gateway/exchange/answer.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { SseSplitter } from '../../../gateway/exchange/sse.ts'
import { anthropicSurface } from '../../../gateway/surfaces/anthropic/surface.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import type { AnswerCodecOptions, ModelSurface } from '../../../gateway/surfaces/model-surface.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'
import { pseudonyms, restoreText, testRestorers } from './test-restorer.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../contract/transcripts', name))

interface Setting { surface: ModelSurface; model: string; upstreamModel: string; restore: boolean; strip: boolean; type: string; status: number }
interface Seen { out: string; facts: ModelAnswerFacts; untouched: boolean }

const typeOf = (name: string): string => name.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json'
const surfaceOf = (name: string): ModelSurface => name.startsWith('openai') ? openaiSurface : anthropicSurface
const setting = (name: string, more: Partial<Setting> = {}): Setting =>
  ({ surface: surfaceOf(name), model: 'm', upstreamModel: 'm', restore: false, strip: false, type: typeOf(name), status: 200, ...more })

const options = ({ surface, model, upstreamModel, restore, strip, type, status }: Setting): AnswerCodecOptions => {
  const name = surface.dialect === 'openai' ? 'chat.completions' : 'messages'
  const document = readJson(JSON.stringify({ model, max_tokens: 1, stream: type.startsWith('text'), messages: [{ role: 'user', content: 'x' }] }), { maxDepth: 9 })
  return {
    operation: surface.read(name, '/v1/x', {}, document), status, contentType: type, upstreamModel,
    restorers: restore ? testRestorers() : null, stripUsage: strip,
  }
}

const run = (chunks: readonly Buffer[], given: Setting): Seen => {
  const codec = given.surface.answerCodec(options(given))
  const out: Buffer[] = []
  let untouched = true
  for (const chunk of chunks) {
    const passed = codec.push(chunk)
    untouched &&= passed === chunk
    if (passed !== null) out.push(passed)
  }
  const last = codec.end()
  if (last !== null) out.push(last)
  return { out: Buffer.concat(out).toString(), facts: codec.facts(), untouched: untouched && last === null }
}

type Json = Record<string, unknown>
const dataOf = (text: string): Json[] => new SseSplitter().push(text).flatMap(frame => frame.data === null || frame.data === '[DONE]' ? [] : [JSON.parse(frame.data) as Json])

interface Event {
  readonly type?: string
  readonly index?: number
  readonly delta?: Readonly<Record<string, unknown>>
  readonly choices?: readonly { index: number; delta: { content?: unknown; tool_calls?: readonly { index: number; function?: { arguments?: unknown } }[] } }[]
}

/** Puts a stream together as a client does: text by place. */
const assembled = (text: string, dialect: string): Record<string, string> => {
  const texts: Record<string, string> = {}
  const add = (key: string, part: unknown): void => { if (typeof part === 'string') texts[key] = (texts[key] ?? '') + part }
  for (const { type, index, delta, choices } of dataOf(text) as readonly Event[]) {
    if (dialect === 'anthropic' && type === 'content_block_delta') {
      for (const member of ['text', 'partial_json', 'thinking', 'signature']) add(`${index ?? -1} ${member}`, delta?.[member])
    }
    for (const choice of choices ?? []) {
      add(`${choice.index} content`, choice.delta.content)
      for (const call of choice.delta.tool_calls ?? []) add(`${choice.index} tool ${call.index}`, call.function?.arguments)
    }
  }
  return texts
}

const streams = ['openai-text.sse', 'openai-tools.sse', 'openai-error.sse', 'anthropic-text.sse', 'anthropic-tools.sse', 'anthropic-thinking.sse', 'anthropic-error.sse']
const wholes = ['openai-completion.json', 'anthropic-message.json']

for (const name of [...streams, ...wholes]) {
  test(`${name} passes as the very same bytes when nothing is to be edited`, () => {
    const bytes = transcript(name)
    const seen = run([bytes.subarray(0, 100), bytes.subarray(100)], setting(name))
    assert.equal(seen.untouched, true)
    assert.equal(seen.out, bytes.toString())
  })

  for (const more of [{}, { restore: true }, { model: 'alias' }, { restore: true, model: 'alias', strip: true }]) {
    test(`${name}: any chunking gives the same bytes and facts with ${JSON.stringify(more)}`, () => {
      const bytes = transcript(name)
      const whole = run([bytes], setting(name, more))
      const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 })
      fc.assert(fc.property(cuts, at => {
        const edges = [0, ...[...at].sort((a, b) => a - b), bytes.length]
        const { out, facts } = run(edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge)), setting(name, more))
        assert.equal(out, whole.out)
        assert.deepEqual(facts, whole.facts)
      }), { numRuns: 60 })
      const bytewise = run([...bytes].map(byte => Buffer.from([byte])), setting(name, more))
      assert.deepEqual([bytewise.out, bytewise.facts], [whole.out, whole.facts])
    })
  }
}

for (const name of streams) {
  test(`${name}: restoring a stream gives what restoring its whole texts gives, and every event stays JSON`, () => {
    const bytes = transcript(name)
    const dialect = surfaceOf(name).dialect
    const { out } = run([bytes], setting(name, { restore: true }))
    const before = assembled(bytes.toString(), dialect)
    const after = assembled(out, dialect)
    assert.deepEqual(Object.keys(after), Object.keys(before))
    for (const [key, text] of Object.entries(before)) {
      if (key.includes('thinking') || key.includes('signature')) {
        assert.equal(after[key], text)
      } else if (key.includes('tool') || key.includes('partial_json')) {
        const restored = JSON.parse(JSON.stringify(JSON.parse(text)), (_key, value: unknown) => typeof value === 'string' ? restoreText(value) : value) as unknown
        assert.deepEqual(JSON.parse(after[key]!), restored)
      } else {
        assert.equal(after[key], restoreText(text))
      }
    }
  })
}

test('thinking, signatures and redacted thinking never change, streamed or whole', () => {
  const streamed = run([transcript('anthropic-thinking.sse')], setting('anthropic-thinking.sse', { restore: true, model: 'alias' })).out
  assert.ok(streamed.includes('The user is [EMAIL_1]; '))
  assert.ok(streamed.includes('OYds[EMAIL_1]=='))
  assert.ok(streamed.includes('pPkNRj[EMAIL_1]'))
  assert.ok(streamed.includes('It is anna@example.com.'))
  const whole = JSON.parse(run([transcript('anthropic-message.json')], setting('anthropic-message.json', { restore: true })).out) as { content: Json[] }
  assert.deepEqual(whole.content.slice(0, 2), [
    { type: 'thinking', thinking: 'About [EMAIL_1]', signature: 'EqQB[EMAIL_1]' }, { type: 'redacted_thinking', data: 'Emw[EMAIL_1]' },
  ])
})

test('held text goes out as a delta of its own before its block stops', () => {
  const { out } = run([transcript('anthropic-text.sse')], setting('anthropic-text.sse', { restore: true }))
  const events = dataOf(out)
  const stop = events.findIndex(event => event['type'] === 'content_block_stop')
  assert.deepEqual(events[stop - 1], { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '[EMAIL' } })
})

test('held text goes out as a chunk of its own before the choice finishes', () => {
  const { out } = run([transcript('openai-text.sse')], setting('openai-text.sse', { restore: true, model: 'alias' }))
  const chunks = dataOf(out) as { id: string; model: string; choices: { delta: Json; finish_reason: string | null }[] }[]
  const finish = chunks.findIndex(chunk => chunk.choices[0]?.finish_reason === 'stop')
  assert.deepEqual(chunks[finish - 1]?.choices, [{ index: 0, delta: { content: '[EMAIL' }, finish_reason: null }])
  assert.deepEqual([chunks[finish - 1]?.id, chunks[finish - 1]?.model], [chunks[0]?.id, 'alias'])
})

test('a final delta in the finishing chunk itself is completed in place', () => {
  const bytes = Buffer.from('data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"to [EMA"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  assert.equal(run([bytes], setting('openai-x.sse', { restore: true })).out, bytes.toString())
})

test('what is held when a stream is cut still reaches the caller', () => {
  for (const name of ['openai-error.sse', 'anthropic-error.sse']) {
    const bytes = transcript(name)
    const { out, facts } = run([bytes], setting(name, { restore: true }))
    assert.equal(Object.values(assembled(out, surfaceOf(name).dialect)).join(''), 'Partial [EMA')
    assert.ok(out.includes('"error"'))
    assert.equal(facts.cut, true)
  }
})

test('the requested name is given back in every chunk, and the true one is learnt', () => {
  for (const name of ['openai-text.sse', 'anthropic-text.sse', ...wholes]) {
    const { out, facts } = run([transcript(name)], setting(name, { model: 'fast "one"' }))
    assert.match(facts.model ?? '', /^(gpt-5\.1-2025-11-13|claude-sonnet-4-5-20250929)$/)
    assert.ok(!out.includes(facts.model!))
    assert.ok(out.includes('fast \\"one\\"'))
  }
})

test('a dated name of the upstream stays when the caller asked for the model itself', () => {
  const name = 'openai-completion.json'
  assert.ok(run([transcript(name)], setting(name, { model: 'gpt-5.1', upstreamModel: 'gpt-5.1' })).out.includes('gpt-5.1-2025-11-13'))
})

test('the usage chunk that nobody asked for is taken out, and nothing else is', () => {
  const name = 'openai-text.sse'
  const text = transcript(name).toString()
  const expected = text.replace(/data: \{[^\n]*"choices":\[\],[^\n]*\n\n/, '')
  assert.notEqual(expected, text)
  const seen = run([Buffer.from(text)], setting(name, { strip: true }))
  assert.equal(seen.out, expected)
  assert.equal(seen.facts.usage?.output, 40)
  const both = run([Buffer.from(text)], setting(name, { strip: true, restore: true }))
  assert.ok(!both.out.includes('"choices":[]'))
})

const openaiUsage = { input: 120, output: 40, cacheRead: 64, cacheWrite: 0, reasoning: 16 }
const learnt: readonly (readonly [string, Partial<ModelAnswerFacts>])[] = [
  ['openai-text.sse', { id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG', finishReasons: ['stop'], usage: openaiUsage, cut: false }],
  ['openai-tools.sse', { finishReasons: ['tool_calls'], usage: openaiUsage, cut: false }],
  ['openai-error.sse', { finishReasons: [], usage: null, cut: true }],
  ['openai-completion.json', { finishReasons: ['tool_calls'], usage: openaiUsage, cut: false }],
  ['anthropic-text.sse', { id: 'msg_01XFDUDYJgAACzvnptvVoYEL', finishReasons: ['end_turn'], usage: { input: 2325, output: 42, cacheRead: 2000, cacheWrite: 300, reasoning: 0 }, cut: false }],
  ['anthropic-tools.sse', { finishReasons: ['tool_use'], toolCalls: ['toolu_01T1x1fJ34qAmk2tNTrN7Up6', 'toolu_01A09q90qw90lq917835lq9'], usage: { input: 2325, output: 89, cacheRead: 2000, cacheWrite: 300, reasoning: 0 }, cut: false }],
  ['anthropic-thinking.sse', { finishReasons: ['end_turn'], usage: { input: 12, output: 30, cacheRead: 0, cacheWrite: 0, reasoning: 0 }, cut: false }],
  ['anthropic-error.sse', { finishReasons: [], cut: true }],
  ['anthropic-message.json', { id: 'msg_01Aq9w938a90dw8q', finishReasons: ['tool_use'], toolCalls: ['toolu_01'], usage: { input: 2325, output: 1, cacheRead: 2000, cacheWrite: 300, reasoning: 0 }, cut: false }],
]

for (const [name, expected] of learnt) {
  test(`${name}: identity, finish reasons and usage are learnt, edited or not`, () => {
    for (const more of [{}, { restore: true }, { model: 'alias' }, { strip: true }]) {
      const { facts } = run([transcript(name)], setting(name, more))
      assert.deepEqual({ ...facts, ...expected }, facts)
    }
  })
}

test('restored and unknown placeholders are counted', () => {
  for (const name of ['openai-text.sse', 'anthropic-text.sse']) {
    const { facts } = run([transcript(name)], setting(name, { restore: true }))
    assert.deepEqual([facts.restored, facts.unknownPlaceholders], [2, 1])
  }
})

test('a stream without its last event is cut', () => {
  for (const name of ['openai-text.sse', 'anthropic-text.sse']) {
    const bytes = transcript(name)
    assert.equal(run([bytes.subarray(0, bytes.length - 30)], setting(name)).facts.cut, true)
  }
})

test('a whole answer is restored in text, tool input and argument strings, and only there', () => {
  const completion = JSON.parse(run([transcript('openai-completion.json')], setting('openai-completion.json', { restore: true })).out) as
    { choices: { message: { content: string; tool_calls: { function: { arguments: string } }[] } }[] }
  const { message } = completion.choices[0]!
  assert.equal(message.content, 'Write to anna@example.com — or [EMAIL_9].')
  assert.deepEqual(JSON.parse(message.tool_calls[0]!.function.arguments), { to: 'anna@example.com', note: 'card 4111 1111 1111 1111' })
  const out = run([transcript('anthropic-message.json')], setting('anthropic-message.json', { restore: true })).out
  const { content } = JSON.parse(out) as { content: Json[] }
  assert.equal(content[2]!['text'], 'Write to anna@example.com – or [EMAIL_9].')
  assert.deepEqual(content[3]!['input'], { to: 'anna@example.com', id: '4111 1111 1111 1111', nested: [{ data: `x ${pseudonyms['[EMAIL_2]']!}` }], n: 1.5 })
})

test('numbers and spacing of an edited answer stay as they came', () => {
  const bytes = Buffer.from('{ "id":"m", "model":"x",\n "n": 1.50, "big": 12345678901234567890, "content":[{"type":"text","text":"[EMAIL_1]"}] }')
  const { out } = run([bytes], setting('anthropic-x.json', { restore: true }))
  assert.equal(out, bytes.toString().replace('[EMAIL_1]', 'anna@example.com'))
})

test('error statuses and other types pass verbatim', () => {
  const body = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"[EMAIL_1]"},"model":"m"}')
  for (const more of [{ status: 529 }, { type: 'text/html' }]) {
    const seen = run([body], setting('anthropic-x.json', { restore: true, model: 'alias', ...more }))
    assert.equal(seen.untouched, true)
    assert.equal(seen.facts.cut, false)
  }
})

test('an answer that must be edited but is not strict JSON is an upstream failure', () => {
  for (const body of ['{"model":"a","model":"b"}', '{"model":', 'hello']) {
    assert.throws(() => run([Buffer.from(body)], setting('openai-x.json', { model: 'alias' })),
      (thrown: unknown) => thrown instanceof Failure && thrown.code === 'upstream.protocol')
    assert.equal(run([Buffer.from(body)], setting('openai-x.json')).out, body)
  }
})

test('frames that are no JSON, comments and carriage returns pass a restoring codec as they came', () => {
  const text = ': ping\r\n\r\ndata: not json\r\n\r\nevent: ping\r\ndata: {"type":"ping"}\r\n\r\n'
  for (const name of ['openai-x.sse', 'anthropic-x.sse']) assert.equal(run([Buffer.from(text)], setting(name, { restore: true, model: 'alias' })).out, text)
})

test('data over several lines is edited too', () => {
  const text = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,\ndata: "delta":{"type":"text_delta","text":"[EMAIL_1]"}}\n\n'
  const { out } = run([Buffer.from(text)], setting('anthropic-x.sse', { restore: true }))
  assert.deepEqual(dataOf(out), [{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'anna@example.com' } }])
})

test('two choices are restored apart', () => {
  const chunk = (index: number, content: string): string => `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index, delta: { content }, finish_reason: null }] })}\n\n`
  const text = chunk(0, '[EMA') + chunk(1, '[CARD') + chunk(0, 'IL_1]') + chunk(1, '_1]') + 'data: [DONE]\n\n'
  assert.deepEqual(assembled(run([Buffer.from(text)], setting('openai-x.sse', { restore: true })).out, 'openai'), {
    '0 content': 'anna@example.com', '1 content': '4111 1111 1111 1111',
  })
})

test('the finish of a second choice in one chunk is learnt, edited or not', () => {
  const choices = [{ index: 0, delta: {}, finish_reason: null }, { index: 1, delta: {}, finish_reason: 'length' }]
  const chunk = (list: unknown): string => `data: ${JSON.stringify({ id: 'c', model: 'm', choices: list, usage: null })}\n\n`
  const bytes = Buffer.from(`${chunk([])}${chunk(choices)}data: [DONE]\n\n`)
  for (const more of [{}, { restore: true }, { strip: true }]) assert.deepEqual(run([bytes], setting('openai-x.sse', more)).facts.finishReasons, ['length'])
})
