// Tool calls with their arguments in answers of every dialect, whole and streamed, however the stream is cut.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SaidCall } from '../../../gateway/exchange/model-call.ts'
import type { Dialect } from '../../../gateway/exchange/operation.ts'
import { CallNotingCodec } from '../../../gateway/stages/note-calls.ts'
import { SaidCalls } from '../../../gateway/surfaces/answer/said-calls.ts'
import { VerbatimCodec } from '../../../gateway/surfaces/answer/json-codec.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../contract/transcripts', name))

/** Calls of an answer that comes in pieces; what the codec passes on has to be what came. */
const callsIn = (dialect: Dialect, bytes: Buffer, events: boolean, pieces: readonly number[] = []): SaidCall[] => {
  const calls: SaidCall[] = []
  const codec = new CallNotingCodec(new VerbatimCodec(), { dialect, events, mostBytes: 1 << 20, onCall: one => { calls.push(one) } })
  const out: Buffer[] = []
  let at = 0
  for (const piece of [...pieces, bytes.length]) {
    const passed = codec.push(bytes.subarray(at, at + piece))
    if (passed !== null) out.push(passed)
    at += piece
  }
  const last = codec.end()
  if (last !== null) out.push(last)
  assert.deepEqual(Buffer.concat(out), bytes)
  return calls
}

const dialects: readonly (readonly [Dialect, string])[] = [['anthropic', 'anthropic'], ['openai', 'openai'], ['openai-responses', 'responses'], ['gemini', 'gemini']]
for (const [dialect, file] of dialects) {
  test(`${dialect}: streamed and whole say the same calls`, () => {
    const streamed = callsIn(dialect, transcript(`${file}-tools.sse`), true)
    assert.ok(streamed.length >= 2 && streamed.every(({ args, name }) => name !== '' && typeof args === 'object'), JSON.stringify(streamed))
    const whole = callsIn(dialect, transcript(`${file}-tools.json`), false)
    assert.ok(whole.length >= 2 && whole.every(({ args }) => typeof args === 'object'), JSON.stringify(whole))
  })

  test(`${dialect}: any cutting of the stream gives the same calls`, () => {
    const bytes = transcript(`${file}-tools.sse`)
    const expected = callsIn(dialect, bytes, true)
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 97 }), { maxLength: 60 }), pieces => { assert.deepEqual(callsIn(dialect, bytes, true, pieces), expected) }), { numRuns: 60 })
  })

  test(`${dialect}: text asks for nothing`, () => { assert.deepEqual(callsIn(dialect, transcript(`${file}-text.sse`), true), []) })
}

const data = (value: object): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
const chunk = (delta: object, finish: string | null = null): Buffer => data({ choices: [{ index: 0, delta, finish_reason: finish }] })

test('arguments that are no JSON are no call, empty ones are an empty object, and what speaks of calls is none', () => {
  const begin = (args: string): Buffer => chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: args } }] })
  const end = chunk({}, 'tool_calls')
  assert.deepEqual(callsIn('openai', Buffer.concat([begin('{"half":'), end]), true), [])
  assert.deepEqual(callsIn('openai', Buffer.concat([begin(''), end]), true), [{ id: 'c', name: 'f', args: {} }])
  assert.deepEqual(callsIn('openai', chunk({ content: '"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}}]' }), true), [])
  assert.deepEqual(callsIn('openai', Buffer.concat([begin('{}'), chunk({ function_call: { name: 'g', arguments: '{"a"' } }), chunk({ function_call: { arguments: ':1}' } })]), true), [{ id: 'c', name: 'f', args: {} }, { id: null, name: 'g', args: { a: 1 } }], 'a stream that was cut has said what it has said')
})

test('a name within a namespace is one name', () => {
  const calls: SaidCall[] = []
  new SaidCalls('openai-responses', one => { calls.push(one) }).whole({ output: [{ type: 'function_call', call_id: 'c', namespace: 'mcp__gw', name: 'files__read', arguments: '{}' }] })
  assert.deepEqual(calls, [{ id: 'c', name: 'mcp__gw__files__read', args: {} }])
})

test('Gemini told as one array is read when it is whole', () => {
  const element = { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] } }] }
  assert.deepEqual(callsIn('gemini', Buffer.from(JSON.stringify([element, element])), false), [{ id: null, name: 'f', args: { a: 1 } }, { id: null, name: 'f', args: { a: 1 } }])
})

test('what is remembered of one answer is bounded', () => {
  const calls: SaidCall[] = []
  const said = new SaidCalls('anthropic', one => { calls.push(one) })
  said.whole({ content: Array.from({ length: 1000 }, (_, at) => ({ type: 'tool_use', id: at === 0 ? 'x'.repeat(500) : `t${at}`, name: 'f', input: {} })) })
  assert.equal(calls.length, 128)
  assert.equal(calls[0]?.id, null)
})
