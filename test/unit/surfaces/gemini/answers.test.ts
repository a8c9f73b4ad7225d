// Gemini's answer codecs over golden transcripts: what passes untouched, what is restored, what is learnt, in both forms of a stream, and
// independence of chunking.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ModelAnswerFacts } from '../../../../gateway/exchange/answer.ts'
import { Failure } from '../../../../gateway/exchange/failure.ts'
import { SseSplitter } from '../../../../gateway/exchange/sse.ts'
import { geminiUsage } from '../../../../gateway/surfaces/gemini/answer.ts'
import { geminiSurface } from '../../../../gateway/surfaces/gemini/surface.ts'
import { readJson } from '../../../../gateway/surfaces/json/read-json.ts'
import type { AnswerCodec } from '../../../../gateway/surfaces/model-surface.ts'
import { pseudonyms, restoreText, testRestorers } from '../test-restorer.ts'

const transcript = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../../contract/transcripts', name))

interface Setting { model?: string; restore?: boolean; array?: boolean; status?: number; type?: string }
type Json = Readonly<Record<string, unknown>>
interface Part { readonly text?: string; readonly thought?: boolean; readonly thoughtSignature?: string; readonly functionCall?: { readonly name: string; readonly args: Json } }
interface Chunk { readonly candidates?: readonly { readonly content: { readonly parts: readonly Part[] }; readonly finishReason?: string }[]; readonly modelVersion?: string; readonly responseId?: string; readonly error?: Json }

const codecFor = (name: string, { array = false, model = 'real', restore = false, status = 200, type }: Setting): AnswerCodec => {
  const stream = name.endsWith('.sse')
  const path = stream ? `/v1beta/models/${encodeURIComponent(model)}:streamGenerateContent${array ? '' : '?alt=sse'}` : `/v1beta/models/${encodeURIComponent(model)}:generateContent`
  const operation = geminiSurface.read('generateContent', path, {}, readJson('{"contents":[{"parts":[{"text":"x"}]}]}', { maxDepth: 9 }))
  return geminiSurface.answerCodec({
    operation, status, contentType: type ?? (stream ? 'text/event-stream; charset=utf-8' : 'application/json; charset=UTF-8'), upstreamModel: 'real', restorers: restore ? testRestorers() : null, stripUsage: false,
  })
}

const run = (chunks: readonly Buffer[], name: string, setting: Setting = {}): { out: string; facts: ModelAnswerFacts; untouched: boolean } => {
  const codec = codecFor(name, setting)
  const passed = chunks.map(chunk => codec.push(chunk))
  const last = codec.end()
  const untouched = last === null && passed.every((part, at) => part === chunks[at])
  return { out: Buffer.concat([...passed, last].filter(part => part !== null)).toString(), facts: codec.facts(), untouched }
}

const chunksOf = (text: string): Chunk[] => new SseSplitter().push(text).flatMap(frame => frame.data === null ? [] : [JSON.parse(frame.data) as Chunk])
const partsOf = (chunks: readonly Chunk[]): Part[] => chunks.flatMap(chunk => chunk.candidates?.[0]?.content.parts ?? [])
const said = (chunks: readonly Chunk[], thought: boolean): string => partsOf(chunks).filter(part => (part.thought ?? false) === thought).map(part => part.text ?? '').join('')

const streams = ['gemini-text.sse', 'gemini-tools.sse', 'gemini-thinking.sse', 'gemini-error.sse', 'gemini-blocked.sse']
const all = [...streams, 'gemini-response.json']

for (const name of all) {
  test(`${name} passes as the very same bytes when nothing is to be edited`, () => {
    const bytes = transcript(name)
    const seen = run([bytes.subarray(0, 100), bytes.subarray(100)], name)
    assert.equal(seen.untouched, true)
    assert.equal(seen.out, bytes.toString())
  })

  for (const setting of [{}, { restore: true }, { model: 'alias' }, { restore: true, model: 'alias' }, { array: true }, { array: true, restore: true, model: 'alias' }] as const) {
    test(`${name}: any chunking gives the same bytes and facts with ${JSON.stringify(setting)}`, () => {
      const bytes = transcript(name)
      const whole = run([bytes], name, setting)
      fc.assert(fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 }), at => {
        const edges = [0, ...[...at].sort((a, b) => a - b), bytes.length]
        const { facts, out } = run(edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge)), name, setting)
        assert.equal(out, whole.out)
        assert.deepEqual(facts, whole.facts)
      }), { numRuns: 40 })
      const bytewise = run([...bytes].map(byte => Buffer.from([byte])), name, setting)
      assert.deepEqual([bytewise.out, bytewise.facts], [whole.out, whole.facts])
    })
  }
}

for (const name of streams) {
  test(`${name}: restoring a stream gives what restoring its whole text gives, and thoughts and signatures stay`, () => {
    const before = chunksOf(transcript(name).toString())
    const after = chunksOf(run([transcript(name)], name, { restore: true }).out)
    assert.equal(said(after, false), restoreText(said(before, false)))
    assert.equal(said(after, true), said(before, true))
    const signatures = (chunks: readonly Chunk[]): unknown[] => partsOf(chunks).flatMap(part => part.thoughtSignature ?? [])
    assert.deepEqual(signatures(after), signatures(before))
    const args = (chunks: readonly Chunk[], restored: (text: string) => string): unknown => partsOf(chunks).filter(part => part.functionCall !== undefined).map((part): unknown => JSON.parse(JSON.stringify(part.functionCall?.args), (_key, value: unknown) => typeof value === 'string' ? restored(value) : value))
    assert.deepEqual(args(after, text => text), args(before, restoreText))
  })

  test(`${name}: as an array it has the very elements that it has as events`, () => {
    for (const setting of [{}, { restore: true, model: 'alias' }] as const) {
      const events = run([transcript(name)], name, setting).out
      const array = run([transcript(name)], name, { ...setting, array: true }).out
      assert.deepEqual(JSON.parse(array), chunksOf(events))
    }
  })
}

test('held text stands before the call that follows, in the part that it belongs to', () => {
  const parts = partsOf(chunksOf(run([transcript('gemini-tools.sse')], 'gemini-tools.sse', { restore: true }).out))
  assert.deepEqual(parts.slice(0, 2).map(part => part.text), ['I write to ', 'anna@example.com now.'])
  const cut = Buffer.from('data: {"candidates":[{"content":{"parts":[{"text":"to [EMA"}]}}],"modelVersion":"real","responseId":"r"}\n\ndata: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}]}\n\n')
  const chunks = chunksOf(run([cut], 'gemini-x.sse', { restore: true, model: 'alias' }).out)
  assert.deepEqual(partsOf(chunks).map(part => part.text ?? part.functionCall?.name), ['to ', '[EMA', 'f'])
  assert.deepEqual([chunks[1]?.modelVersion, chunks[1]?.responseId], ['alias', 'r'])
})

test('what is held when a stream fails goes out before the error', () => {
  const chunks = chunksOf(run([transcript('gemini-error.sse')], 'gemini-error.sse', { restore: true }).out)
  assert.equal(said(chunks, false), 'Partial [EMA')
  assert.equal(chunks.at(-1)?.error?.['status'], 'UNAVAILABLE')
})

test('two candidates are restored apart', () => {
  const chunk = (index: number, text: string, finishReason?: string): string => `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }] }, index, finishReason }] })}\n\n`
  const { out } = run([Buffer.from(chunk(0, '[EMA') + chunk(1, '[CARD') + chunk(0, 'IL_1]', 'STOP') + chunk(1, '_1]', 'STOP'))], 'gemini-x.sse', { restore: true })
  const texts: Record<number, string> = {}
  for (const { candidates } of chunksOf(out)) for (const candidate of candidates ?? []) texts[(candidate as unknown as { index: number }).index] = (texts[(candidate as unknown as { index: number }).index] ?? '') + (candidate.content.parts[0]?.text ?? '')
  assert.deepEqual(texts, { 0: 'anna@example.com', 1: '4111 1111 1111 1111' })
})

const learnt: readonly (readonly [string, Partial<ModelAnswerFacts>])[] = [
  ['gemini-text.sse', { id: 'mB4kaYbPEs-txN8P1bWxiAM', model: 'gemini-2.5-flash-001', finishReasons: ['STOP'], usage: { input: 120, output: 40, cacheRead: 64, cacheWrite: 0, reasoning: 16 }, cut: false }],
  ['gemini-tools.sse', { finishReasons: ['STOP'], usage: { input: 222, output: 74, cacheRead: 0, cacheWrite: 0, reasoning: 30 }, cut: false }],
  ['gemini-thinking.sse', { finishReasons: ['STOP'], usage: { input: 12, output: 14, cacheRead: 0, cacheWrite: 0, reasoning: 9 }, cut: false }],
  ['gemini-error.sse', { finishReasons: [], cut: true }],
  ['gemini-blocked.sse', { finishReasons: ['PROHIBITED_CONTENT'], usage: { input: 18, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }, cut: false }],
  ['gemini-response.json', { id: 'wH0kaL-e', finishReasons: ['STOP'], usage: { input: 2325, output: 56, cacheRead: 2000, cacheWrite: 0, reasoning: 16 }, cut: false }],
]

for (const [name, expected] of learnt) {
  test(`${name}: identity, finish reasons and usage are learnt, edited or not`, () => {
    for (const setting of [{}, { restore: true }, { model: 'alias' }, { array: true }]) {
      const { facts } = run([transcript(name)], name, setting)
      assert.deepEqual({ ...facts, ...expected }, facts)
    }
  })
}

const counted: readonly (readonly [string, object, Partial<ModelAnswerFacts['usage'] & object>])[] = [
  ['sound and pictures', { promptTokensDetails: [{ modality: 'TEXT', tokenCount: 60 }, { modality: 'AUDIO', tokenCount: 30 }, { modality: 'IMAGE', tokenCount: 10 }], candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 40 }, { modality: 'AUDIO', tokenCount: 1 }] }, { audioInput: 30, imageInput: 10, imageOutput: 40, audioOutput: 1 }],
  ['a modality without a price of its own', { promptTokensDetails: [{ modality: 'DOCUMENT', tokenCount: 60 }, null, { modality: 'AUDIO' }] }, {}],
  ['the tier that served it', { serviceTier: 'priority' }, { serviceTier: 'priority' }], ['a tier in capitals', { serviceTier: 'SERVICE_TIER_FLEX' }, { serviceTier: 'flex' }],
  ['the usual tier', { serviceTier: 'standard' }, {}], ['no tier', { serviceTier: 'unspecified' }, {}], ['what is no name', { serviceTier: 'a b' }, {}],
  ['traffic of Vertex', { trafficType: 'ON_DEMAND_PRIORITY' }, { serviceTier: 'priority' }], ['its usual traffic', { trafficType: 'ON_DEMAND' }, {}], ['capacity that was bought', { trafficType: 'PROVISIONED_THROUGHPUT' }, {}],
]
for (const [title, more, expected] of counted) {
  test(`usage tells ${title}`, () => {
    const body = Buffer.from(JSON.stringify({ candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 50, ...more } }))
    assert.deepEqual(run([body], 'gemini-x.json').facts.usage, { input: 100, output: 50, cacheRead: 0, cacheWrite: 0, reasoning: 0, ...expected })
  })
}

test('a stream without a finish reason is cut, and what was cut is no element of an array', () => {
  const bytes = transcript('gemini-text.sse')
  const cut = bytes.subarray(0, bytes.length - 300)
  assert.equal(run([cut], 'gemini-text.sse').facts.cut, true)
  const { facts, out } = run([cut], 'gemini-text.sse', { array: true })
  assert.equal(facts.cut, true)
  assert.ok((JSON.parse(out) as unknown[]).length > 0)
  assert.deepEqual(JSON.parse(run([], 'gemini-text.sse', { array: true }).out), [])
})

test('a failure of ours ends an array as an element of it, whatever had come', () => {
  const failure = geminiSurface.renderFailureEvent(new Failure('upstream.connect', 'The connection broke.'), 'x1')
  const bytes = transcript('gemini-text.sse')
  for (const had of [0, 100, bytes.length / 2, bytes.length]) {
    const codec = codecFor('gemini-text.sse', { array: true })
    const before = codec.push(bytes.subarray(0, had))
    const elements = JSON.parse(Buffer.concat([before ?? Buffer.alloc(0), codec.form?.event(failure) ?? Buffer.alloc(0), Buffer.from(codec.form?.tail ?? '')]).toString()) as Chunk[]
    assert.deepEqual([elements.at(-1)?.error?.['code'], elements.at(-1)?.error?.['status']], [502, 'UNAVAILABLE'])
  }
})

test('a whole answer is restored in text and arguments, and only there', () => {
  const { out } = run([transcript('gemini-response.json')], 'gemini-response.json', { restore: true, model: 'alias' })
  const [thought, text, call, other] = partsOf([JSON.parse(out) as Chunk])
  assert.equal(thought?.text, 'About [EMAIL_1]')
  assert.equal(text?.text, 'Write to anna@example.com – or [EMAIL_9].')
  assert.deepEqual(call?.functionCall?.args, { to: 'anna@example.com', id: '4111 1111 1111 1111', nested: [{ thought: `x ${pseudonyms['[EMAIL_2]']!}` }], n: 1.5 })
  assert.equal(call.thoughtSignature, 'CpQBAb4[EMAIL_1]')
  assert.deepEqual(other?.functionCall?.args, { to: '4111 1111 1111 1111' })
  assert.match(out, /"modelVersion": "alias"/)
  assert.match(out, /"n": 1\.50/, 'numbers and spacing stay')
})

test('error statuses and other types pass verbatim, and what is no strict JSON is an upstream failure where it must be edited', () => {
  const body = Buffer.from('{"error": {"code": 429, "message": "[EMAIL_1]", "status": "RESOURCE_EXHAUSTED"}}')
  for (const setting of [{ status: 429 }, { type: 'text/html' }]) assert.equal(run([body], 'gemini-x.json', { restore: true, model: 'alias', ...setting }).untouched, true)
  for (const odd of ['{"modelVersion":"a","modelVersion":"b"}', '{"model', 'hello']) {
    assert.throws(() => run([Buffer.from(odd)], 'gemini-x.json', { model: 'alias' }), (thrown: unknown) => thrown instanceof Failure && thrown.code === 'upstream.protocol')
    assert.equal(run([Buffer.from(odd)], 'gemini-x.json').out, odd)
  }
})

test('a service tier that the usage names is told, in the word that prices have', () => {
  assert.deepEqual(['PRIORITY', 'flex', 'STANDARD', undefined].map(serviceTier => geminiUsage({ promptTokenCount: 1, serviceTier })?.serviceTier), ['priority', 'flex', undefined, undefined])
})
