// What remote detectors say of an answer counts as if it had been known whole: however it arrives, and whenever they answer.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Answer, ByteSink, ModelAnswerFacts, Restorer } from '../../../gateway/exchange/answer.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { EntityKind } from '../../../gateway/exchange/kinds.ts'
import { AnswerAhead } from '../../../gateway/redaction/answer-ahead.ts'
import { inspecting, noRestorer, type Inspection } from '../../../gateway/redaction/inspect-answer.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { AnswerDetectors } from '../../../gateway/redaction/remote/answer-detectors.ts'
import { RemoteDetector } from '../../../gateway/redaction/remote/remote-detector.ts'
import type { RemoteSpec } from '../../../gateway/redaction/remote/remote-spec.ts'
import { AnswerLookedAhead } from '../../../gateway/stages/answer-looked-ahead.ts'
import type { Codec } from '../../../gateway/stages/respond.ts'

const spec: RemoteSpec = {
  name: 'names', protocol: 'portcullis', url: 'http://127.0.0.1:1', bearer: null, headers: {}, sources: new Set(['answer']), minChars: 5, maxChars: 100_000, kinds: new Map(), ask: [], minScore: 0.5, language: 'en', model: 'm', options: {},
  raises: true, deadlineMs: 5000, giveUpMs: 5000, concurrency: 4, batchTexts: 64, batchChars: 50_000, breakerFailures: 99, breakerCooldownMs: 10, memoBytes: 0,
}

const names = ['Anna Muster', 'Łukasz 🚀 Kowalski', 'Zoë'] as const

/** Finds the names in every text, after a while; a text that holds "???" it leaves out. */
const detector = (latency: () => number, change: Partial<RemoteSpec> = {}): { readonly detectors: AnswerDetectors; readonly asked: string[] } => {
  const asked: string[] = []
  const remote = new RemoteDetector({ ...spec, ...change }, async request => {
    const { texts } = JSON.parse(String(request.body)) as { texts: { id: string; text: string }[] }
    asked.push(...texts.map(({ text }) => text))
    const ms = latency()
    if (ms > 0) await sleep(ms)
    const results = texts.filter(({ text }) => !text.includes('???')).map(({ id, text }) => ({
      id, spans: names.flatMap(name => Array.from(text.matchAll(new RegExp(name, 'g')), ({ index }) => ({ start: index, end: index + name.length, type: 'person', score: 0.9 }))),
    }))
    return { status: 200, headers: {}, resume: () => undefined, abort: () => undefined, attach: sink => { sink.data(Buffer.from(JSON.stringify({ results, offset_unit: 'utf16' }))); sink.end() } } satisfies Answer
  }, { called: () => undefined, rests: () => undefined })
  return { detectors: new AnswerDetectors([remote]), asked }
}

const inspection: Inspection = {
  find: (text, key) => findEntities(text, key, 0.5), actionFor: (kind: EntityKind) => kind === 'person' || kind === 'email' ? 'mask' : null,
  isCallers: () => false, found: () => undefined, hides: true,
}

/** Bytes that are one text. */
class PlainCodec implements Codec {
  readonly #stream
  readonly #decoder = new TextDecoder()
  constructor(restorer: Restorer) { this.#stream = restorer.stream() }
  push(chunk: Buffer): Buffer { return Buffer.from(this.#stream.push(this.#decoder.decode(chunk, { stream: true }))) }
  end(): Buffer { return Buffer.from(this.#stream.flush()) }
  facts(): ModelAnswerFacts { return { id: null, model: null, finishReasons: [], usage: null, restored: 0, unknownPlaceholders: 0, cut: false } }
}

interface Told { readonly out: string; readonly failed: Error | null; readonly paused: number }

interface Telling {
  readonly form?: 'text' | 'json'
  readonly detectors: AnswerDetectors
  readonly chunks: readonly Buffer[]
  readonly check?: (ahead: AnswerAhead) => void
  /** The source gives time between its chunks. */
  readonly isSlow?: boolean
  /** Pauses of the reader, by the chunk that it had. */
  readonly pauses?: (chunk: number) => boolean
}

/** Tells an answer as chunks, and reads it through detectors. */
const tell = ({ check, chunks, detectors, form = 'text', isSlow = false, pauses = () => false }: Telling): Promise<Told> => new Promise(resolve => {
  const texts = new AnswerAhead(detectors)
  const sinks: ByteSink[] = []
  let resumed = (): void => undefined
  let paused = 0
  const answer: Answer = { status: 200, headers: {}, attach: sink => { sinks.push(sink) }, resume: () => { resumed() }, abort: () => undefined }
  const listener = texts.listener(form)
  const looked = new AnswerLookedAhead(answer, new PlainCodec(listener), {
    texts, restorers: { text: listener, json: listener, hides: true }, waited: () => undefined, check: () => { check?.(texts) },
  })
  const codec = new PlainCodec(inspecting(noRestorer, { inspection, form, said: texts.said(form) }))
  let out = ''
  let seen = 0
  looked.attach({
    data: chunk => {
      out += String(codec.push(chunk))
      seen += 1
      if (!pauses(seen)) return true
      setImmediate(() => { looked.resume() })
      return false
    },
    end: () => { resolve({ out: out + String(codec.end()), failed: null, paused }) },
    fail: failed => { resolve({ out, failed, paused }) },
  })
  void (async () => {
    for (const chunk of chunks) {
      if (isSlow) await sleep(0)
      if (sinks[0]?.data(chunk) === false) {
        paused += 1
        await new Promise<void>(goOn => { resumed = goOn })
      }
    }
    sinks[0]?.end()
  })()
})

const chunksOf = (text: string, sizes: readonly number[]): Buffer[] => {
  const bytes = Buffer.from(text)
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

const words = fc.array(fc.constantFrom('The', 'invoice', 'was', 'paid.', 'Why?', 'größer', '😀', '\n\n', '[EMAIL_1]', '[PERSON_2],', 'anna@example.com', ...names), { minLength: 20, maxLength: 150 }).map(list => list.join(' '))
const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 12 })

describe('an answer that remote detectors look at', () => {
  test('reads the same as the whole text, however it is cut, whenever they answer, and however often the reader pauses', async () => {
    await fc.assert(fc.asyncProperty(words, sizes, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 9 }), async (text, cuts, latencies, pause) => {
      const whole = detector(() => 0)
      const expected = await tell({ detectors: whole.detectors, chunks: [Buffer.from(text)] })
      let turn = 0
      const pieces = detector(() => latencies[turn++ % latencies.length] ?? 0)
      const told = await tell({ detectors: pieces.detectors, chunks: chunksOf(text, cuts), pauses: seen => seen % pause === 0 })
      assert.equal(told.failed, null)
      assert.equal(told.out, expected.out)
      assert.deepEqual(pieces.asked.toSorted(), whole.asked.toSorted(), 'they are asked the same')
      for (const name of names) assert.ok(!told.out.includes(name), name)
      assert.doesNotMatch(told.out, /anna@/)
      assert.equal(told.out.match(/\[PERSON_2\]/g)?.length, text.match(/\[PERSON_2\]/g)?.length, 'what stands for a value stays what it is')
    }), { numRuns: 150 })
  })

  test('JSON source reads the same as the whole source, and stays JSON', async () => {
    const args = fc.dictionary(fc.constantFrom('to', 'note', 'body'), fc.oneof(words, fc.constantFrom(...names), fc.array(words, { maxLength: 3 })), { minKeys: 1 })
    await fc.assert(fc.asyncProperty(args, sizes, async (given, cuts) => {
      const source = JSON.stringify(given).replaceAll('ë', '\\u00eb')
      const expected = await tell({ detectors: detector(() => 0).detectors, chunks: [Buffer.from(source)], form: 'json' })
      const told = await tell({ detectors: detector(() => 1).detectors, chunks: chunksOf(source, cuts), form: 'json' })
      assert.equal(told.out, expected.out)
      for (const name of names) assert.ok(!JSON.stringify(JSON.parse(told.out)).includes(name), name)
    }), { numRuns: 60 })
  })

  test('what was not looked at ends it there: all that was looked at has passed, and nothing behind it', async () => {
    const clear = 'A sentence that everybody may read without any harm. '.repeat(5)
    const { detectors } = detector(() => 0)
    const { failed, out } = await tell({
      detectors, isSlow: true, chunks: chunksOf(`${clear}${clear}??? Anna Muster. ${clear}`, [9]),
      check: ({ missed, missedRaising }) => {
        assert.deepEqual(missed, missedRaising)
        if (missed.size > 0) throw new Failure('content.blocked', 'not looked at')
      },
    })
    assert.equal(failed?.message, 'not looked at')
    assert.ok(clear.repeat(2).startsWith(out) && out.length > clear.length - 70)
  })

  test('a text without an end is looked at in time, and its source is asked to wait meanwhile', async () => {
    const { asked, detectors } = detector(() => 2)
    const endless = Array.from({ length: 250_000 }, (_, index) => `${index}x`).join('')
    const { out, paused } = await tell({ detectors, chunks: chunksOf(endless, [300_000]) })
    assert.equal(out, endless)
    assert.ok(paused > 0 && asked.length > 1000, `${paused} ${asked.length}`)
  })

  test('a long answer full of names takes time in proportion to its length', async () => {
    const time = async (sentences: number): Promise<number> => {
      const { detectors } = detector(() => 0)
      const text = Array.from({ length: sentences }, (_, index) => `Number ${index} is of Anna Muster, and of Zoë, and nobody else asks. `).join('')
      const began = performance.now()
      const { out } = await tell({ detectors, chunks: chunksOf(text, [64]) })
      assert.equal(out.match(/\[PERSON\]/g)?.length, sentences * 2)
      return performance.now() - began
    }
    await time(200)
    const short = await time(500)
    const long = await time(4000)
    assert.ok(long < short * 8 * 4 + 500, `${short} ms, and ${long} ms for eight times as much`)
  })

  test('a short text is not asked about, the short end of a longer one is', async () => {
    const sentence = 'It is of no importance what is said here, as long as it is said. '
    const { asked, detectors } = detector(() => 0)
    assert.equal((await tell({ detectors, chunks: [Buffer.from('Zoë')] })).out, 'Zoë')
    assert.deepEqual(asked, [])
    assert.equal((await tell({ detectors, chunks: [Buffer.from(`${sentence.repeat(4)}Zoë`)] })).out, `${sentence.repeat(4)}[PERSON]`)
    assert.deepEqual(asked, [sentence.repeat(4), 'Zoë'])
  })
})
