// Answers of one dialect in the words of another, over the golden transcripts: what a client reads in the end, whatever the chunks were.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelAnswerFacts } from '../../../../gateway/exchange/answer.ts'
import type { Dialect } from '../../../../gateway/exchange/operation.ts'
import { SseSplitter } from '../../../../gateway/exchange/sse.ts'
import { anthropicSurface } from '../../../../gateway/surfaces/anthropic/surface.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import { openaiSurface } from '../../../../gateway/surfaces/openai/surface.ts'
import { translatingCodec } from '../../../../gateway/surfaces/translate/answer-codec.ts'
import { ChatDecoder } from '../../../../gateway/surfaces/translate/openai/decode-chat.ts'
import { MessagesEncoder } from '../../../../gateway/surfaces/translate/anthropic/encode-messages.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../../contract/transcripts', name))

const run = (chunks: readonly Buffer[], from: Dialect, { stream, status = 200 }: { stream: boolean; status?: number }): { out: string; facts: ModelAnswerFacts } => {
  const surface = from === 'openai' ? anthropicSurface : openaiSurface
  const body = { model: 'asked', max_tokens: 1, stream, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'How are you?' }] }
  const operation = surface.read(surface.dialect === 'openai' ? 'chat.completions' : 'messages', '/v1/x', {}, readJson(JSON.stringify(body), { maxDepth: 9 }))
  const codec = translatingCodec({ operation, status, contentType: stream ? 'text/event-stream' : 'application/json', upstreamModel: 'real', restorers: null, stripUsage: false }, from, given => surface.answerCodec(given))
  const out = chunks.map(chunk => codec.push(chunk)).filter(part => part !== null)
  const last = codec.end()
  return { out: Buffer.concat(last === null ? out : [...out, last]).toString(), facts: codec.facts() }
}

/** What differs between two runs for no reason of the answer. */
const settled = (text: string): string => text.replaceAll(/"created":\d+/g, '"created":0').replaceAll(/(?:chatcmpl-|msg_)[0-9a-f-]{32,36}/g, 'made-up')

interface Frame {
  readonly type: string
  readonly index: number
  readonly role: string
  readonly object: string
  readonly model: string
  readonly delta: Readonly<Record<string, string>>
  readonly message: { readonly model: string }
  readonly choices: readonly { readonly delta: Readonly<Record<string, string>>; readonly finish_reason: string | null }[]
  readonly usage: { readonly input_tokens: number; readonly prompt_tokens: number; readonly total_tokens: number }
}

const framesOf = (text: string): Frame[] => new SseSplitter().push(text).flatMap(frame => frame.data === null || frame.data === '[DONE]' ? [] : [JSON.parse(frame.data) as Frame])

for (const name of ['openai-text.sse', 'openai-tools.sse', 'openai-error.sse', 'anthropic-text.sse', 'anthropic-thinking.sse', 'anthropic-tools.sse', 'anthropic-error.sse']) {
  const from = name.startsWith('openai') ? 'openai' : 'anthropic'

  test(`${name}: any chunking of the same bytes says the same`, () => {
    const bytes = transcript(name)
    const whole = settled(run([bytes], from, { stream: true }).out)
    assert.notEqual(whole, '')
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), cuts => {
      const places = [0, ...new Set(cuts), bytes.length].sort((a, b) => a - b)
      const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end))
      assert.equal(settled(run(chunks, from, { stream: true }).out), whole)
    }), { numRuns: 60 })
  })
}

test('a stream of chat completions becomes blocks one after the other, with an end and usage', () => {
  const { out, facts } = run([transcript('openai-tools.sse')], 'openai', { stream: true })
  const frames = framesOf(out)
  assert.equal(frames[0]?.type, 'message_start')
  assert.equal(frames[0].message.model, 'asked')
  assert.equal(frames.at(-1)?.type, 'message_stop')
  let open: number | null = null
  let next = 0
  for (const { type, index } of frames) {
    if (type === 'content_block_start') {
      assert.equal(open, null)
      assert.equal(index, next)
      open = index
      next += 1
    } else if (type === 'content_block_delta') assert.equal(index, open)
    else if (type === 'content_block_stop') {
      assert.equal(index, open)
      open = null
    }
  }
  assert.ok(next > 0 && open === null)
  assert.equal(facts.cut, false)
  assert.ok((facts.usage?.output ?? 0) > 0)
})

test('calls that a server tells side by side are told one after the other, whole', () => {
  const decoder = new ChatDecoder()
  const encoder = new MessagesEncoder({ model: 'm', id: 'i', inputTokens: 3 })
  const call = (index: number, args: string, name?: string): string => JSON.stringify({ choices: [{ delta: { tool_calls: [{ index, ...name === undefined ? {} : { id: `id${index}` }, function: { ...name === undefined ? {} : { name }, arguments: args } }] } }] })
  const frames = [call(0, '{"a"', 'f'), call(1, '{"b":', 'g'), call(0, ':1}'), call(1, '2}'), JSON.stringify({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] }), '[DONE]']
  const out = framesOf(frames.flatMap(data => decoder.frame(null, data)).map(event => encoder.stream(event)).join(''))
  const args = new Map<number, string>()
  for (const { type, index, delta } of out) if (type === 'content_block_delta') args.set(index, (args.get(index) ?? '') + String(delta['partial_json']))
  assert.deepEqual([...args], [[0, '{"a":1}'], [1, '{"b":2}']])
})

test('a message with thinking becomes a chat completion, its reasoning beside the text', () => {
  const { out } = run([transcript('anthropic-thinking.sse')], 'anthropic', { stream: true })
  const frames = framesOf(out)
  assert.deepEqual(frames[0]?.choices[0]?.delta, { role: 'assistant', content: '' })
  const said = (member: string): string => frames.map(frame => frame.choices[0]?.delta[member] ?? '').join('')
  assert.notEqual(said('reasoning_content'), '')
  assert.notEqual(said('content'), '')
  assert.equal(frames.at(-2)?.choices[0]?.finish_reason, 'stop')
  assert.ok((frames.at(-1)?.usage.total_tokens ?? 0) > 0)
  assert.match(out, /data: \[DONE\]\n\n$/)
})

test('whole answers, in both directions', () => {
  const asMessage = JSON.parse(run([transcript('openai-completion.json')], 'openai', { stream: false }).out) as Frame
  assert.deepEqual([asMessage.type, asMessage.role, asMessage.model], ['message', 'assistant', 'asked'])
  assert.ok(asMessage.usage.input_tokens > 0)
  const asChat = JSON.parse(run([transcript('anthropic-message.json')], 'anthropic', { stream: false }).out) as Frame
  assert.deepEqual([asChat.object, asChat.model, asChat.choices.length], ['chat.completion', 'asked', 1])
  assert.ok(asChat.usage.prompt_tokens > 0)
})

test('an answer that is cut says so, and never looks whole', () => {
  for (const [name, from] of [['openai-text.sse', 'openai'], ['anthropic-text.sse', 'anthropic']] as const) {
    const bytes = transcript(name)
    const { out, facts } = run([bytes.subarray(0, bytes.length * 0.4)], from, { stream: true })
    assert.match(out, /broke off/)
    assert.doesNotMatch(out, /message_stop|\[DONE\]/)
    assert.equal(facts.cut, true)
  }
})

test('an error body that is none is still an error of the caller\'s dialect', () => {
  assert.deepEqual(JSON.parse(run([Buffer.from('<html>Bad gateway</html>')], 'openai', { stream: false, status: 502 }).out), { type: 'error', error: { type: 'api_error', message: 'The provider answered with HTTP status 502.' } })
  assert.deepEqual(JSON.parse(run([Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}')], 'anthropic', { stream: false, status: 529 }).out), { error: { message: 'Overloaded', type: 'server_error', param: null, code: 'overloaded_error' } })
})
