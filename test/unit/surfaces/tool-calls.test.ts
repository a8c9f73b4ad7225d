// Which tool calls an answer asks for, by id: in every dialect, whole and streamed, edited or not, native and translated.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ModelAnswerFacts } from '../../../gateway/exchange/answer.ts'
import { anthropicSurface } from '../../../gateway/surfaces/anthropic/surface.ts'
import { AnswerNotes } from '../../../gateway/surfaces/answer/notes.ts'
import { geminiSurface } from '../../../gateway/surfaces/gemini/surface.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import type { AnswerCodecOptions, ModelSurface } from '../../../gateway/surfaces/model-surface.ts'
import { openaiSurface } from '../../../gateway/surfaces/openai/surface.ts'
import { responsesSurface } from '../../../gateway/surfaces/openai-responses/surface.ts'
import { translatingCodec } from '../../../gateway/surfaces/translate/answer-codec.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../contract/transcripts', name))

const chat = { surface: openaiSurface, name: 'chat.completions', path: '/v1/chat/completions', body: { model: 'm', messages: [{ role: 'user', content: 'x' }] } } as const
const messages = { surface: anthropicSurface, name: 'messages', path: '/v1/messages', body: { ...chat.body, max_tokens: 9 } } as const
const responses = { surface: responsesSurface, name: 'responses', path: '/v1/responses', body: { model: 'm', input: 'x' } } as const
const gemini = { surface: geminiSurface, name: 'generateContent', path: '/v1beta/models/m:streamGenerateContent?alt=sse', body: { contents: [{ parts: [{ text: 'x' }] }] } } as const
type Caller = typeof chat | typeof messages | typeof responses | typeof gemini

const optionsOf = ({ body, name, path, surface }: Caller, file: string, upstreamModel: string): AnswerCodecOptions => ({
  operation: surface.read(name, path, {}, readJson(JSON.stringify({ ...body, ...file.endsWith('.sse') && name !== 'generateContent' ? { stream: true } : {} }), { maxDepth: 20 })),
  status: 200, contentType: file.endsWith('.sse') ? 'text/event-stream' : 'application/json', upstreamModel, restorers: null, stripUsage: false,
})

const factsOf = (codec: ReturnType<ModelSurface['answerCodec']>, bytes: Buffer): ModelAnswerFacts => {
  codec.push(bytes)
  codec.end()
  return codec.facts()
}

const rows: readonly (readonly [Caller, string, readonly string[]])[] = [
  [chat, 'openai-tools.sse', ['call_a1', 'call_b2']], [chat, 'openai-tools.json', ['call_a1', 'call_b2']], [chat, 'openai-text.sse', []],
  [responses, 'responses-tools.sse', ['call_b2', 'call_a1', 'call_c3']], [responses, 'responses-response.json', ['call_18']], [responses, 'responses-text.sse', []],
  [gemini, 'gemini-tools.sse', ['c8d7e6f5', '1a2b3c4d']], [gemini, 'gemini-text.sse', []],
]
for (const [caller, file, ids] of rows) {
  test(`${file}: ${ids.length} calls`, () => {
    // Another model name makes the answer be edited.
    for (const model of ['m', 'real']) assert.deepEqual(factsOf(caller.surface.answerCodec(optionsOf(caller, file, model)), transcript(file)).toolCalls, ids, model)
  })
}

for (const caller of [chat, responses, gemini]) {
  test(`a translated answer reports the ids that a caller of ${caller.surface.dialect} sees`, () => {
    for (const file of ['anthropic-tools.sse', 'anthropic-tools.json']) {
      const native = factsOf(anthropicSurface.answerCodec(optionsOf(messages, file, 'm')), transcript(file)).toolCalls
      assert.equal(native?.length, 2)
      assert.deepEqual(factsOf(translatingCodec(optionsOf(caller, file, 'real'), 'anthropic', given => caller.surface.answerCodec(given)), transcript(file)).toolCalls, native)
    }
  })
}

test('arguments that speak of calls are not read as calls, and what is remembered is bounded', () => {
  const frame = (delta: object): string => `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta }] })}\n\n`
  const text = frame({ content: 'x' }) + frame({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: '' } }] }) + frame({ tool_calls: [{ index: 0, function: { arguments: '{"id":"call_2","name":"x","tool_calls":[{"id":"call_3"}]}' } }] })
  assert.deepEqual(factsOf(openaiSurface.answerCodec(optionsOf(chat, 'x.sse', 'm')), Buffer.from(text)).toolCalls, ['call_1'])
  const notes = new AnswerNotes()
  for (let at = 0; at < 200; at += 1) notes.called(`call_${at % 100}`)
  for (const id of ['', 7, 'x'.repeat(200), 'call_0']) notes.called(id)
  assert.equal(notes.facts(null).toolCalls?.length, 64)
})
