import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answersFor, measureLeaks } from '../../bench/redaction/answer-leaks.ts'
import { speedText } from '../../bench/redaction/report-speed.ts'
import { measureRestoration } from '../../bench/redaction/restoration.ts'
import { createRandom } from '../../bench/redaction/random.ts'
import { sampleText } from '../../bench/redaction/sample-texts.ts'
import { measureResending } from '../../bench/redaction/resending.ts'
import { measureLongPrompt, measureThroughput } from '../../bench/redaction/scan-speed.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import type { StreamTable } from '../../bench/stream/streams.ts'

test('sample texts are as long as asked for, the same for a seed, clean or with values', () => {
  for (const sort of ['prose', 'code', 'JSON'] as const) {
    const clean = sampleText(sort, 20_000, createRandom(3), null)
    assert.equal(clean.length, 20_000)
    assert.equal(sampleText(sort, 20_000, createRandom(3), null), clean)
    assert.ok(findEntities(sampleText(sort, 20_000, createRandom(3), 500), null, 0.5).length > 10, sort)
    assert.ok(findEntities(clean, null, 0.5).length < 3, sort)
  }
})

test('every speed is measured', () => {
  for (const { cleanMbPerS, heldMbPerS } of measureThroughput(1)) assert.ok(cleanMbPerS > 0 && heldMbPerS > 0)
  const turns = measureResending(1, [1, 3], 50_000)
  assert.deepEqual(turns.map(({ turn }) => turn), [1, 3])
  assert.ok(turns.every(({ anewMs, bytes, classifyMs, hideMs, labelsMs, otherMs, readMs }) => bytes > 50_000 && [anewMs, classifyMs, hideMs, labelsMs, otherMs, readMs].every(ms => ms > 0)))
  const { characters, classifyMs, readMs } = measureLongPrompt(1, 1_000_000)
  assert.ok(characters === 1_000_000 && classifyMs > 0 && readMs > 0)
})

test('no stream is restored wrongly', () => {
  const { streams, values, wrong } = measureRestoration(200)
  assert.ok(streams === 200 && values > 200 && wrong === 0)
})

test('a window that holds nothing back leaks, and the gateway\'s does not', () => {
  const answers = answersFor(40, [])
  const held = measureLeaks(answers)
  assert.ok(held.values > 50 && held.answers === 40)
  assert.equal(held.leaked, 0)
  const open = measureLeaks(answers, () => ({ push: delta => delta, flush: () => '' }))
  assert.equal(open.leaked, open.values)
  assert.ok(open.same < held.same)
})

test('the report of speed says what was not measured and what is met', () => {
  const row = { firstP50Ms: 1, firstP99Ms: 2, delayP50Ms: 1, delayP99Ms: 2, gapP50Ms: 0.1, gapP99Ms: 1, chunkP99Ms: 1, cpuUs: 10 }
  const subject = (label: string, direct: StreamTable['rows'][number]['subject'] | null): StreamTable['rows'][number]['subject'] =>
    ({ label, direct, pid: 1, plan: { url: '', key: '', dialect: 'openai', model: 'bench', hides: false } })
  const provider = subject('no gateway', null)
  const stream: StreamTable = { title: 'streams', rows: [
    { ...row, subject: provider, chunkP50Ms: 0.1 }, { ...row, subject: subject('idle', provider), chunkP50Ms: 0.3 }, { ...row, subject: subject('hiding', provider), chunkP50Ms: 0.4 }, { ...row, subject: subject('looking', provider), chunkP50Ms: 0.9 },
  ] }
  const figures = {
    throughput: [{ sort: 'prose', cleanMbPerS: 60, heldMbPerS: 40 }], turns: [{ turn: 1, bytes: 1e6, classifyMs: 10, hideMs: 1, labelsMs: 2, otherMs: 1, anewMs: 11, readMs: 3 }], longPrompt: { characters: 4_400_000, classifyMs: 100, readMs: 8 },
    restoration: { streams: 10, values: 20, wrong: 0, pushNs: 900 }, leaks: { answers: 5, same: 5, values: 9, leaked: 1, pushNs: 5000 }, busy: false, stream, missing: [],
  }
  const text = speedText(figures)
  for (const said of [/\| prose \| 60\.0 \| 40\.0 \| missed \|/, /100 ms of one core to look into it \(aim: under 120, met\)/, /hiding 0\.100 ms \(aim: at most 0\.2, met\); looking 0\.600 ms \(aim: at most 0\.2, missed\)/, /0 wrong of 10 streams/, /1 of 9 values .* Aim: none, missed/]) assert.match(text, said)
  assert.ok(!text.includes('busy') && speedText({ ...figures, busy: true }).includes('**The machine was busy'))
  assert.match(speedText({ ...figures, stream: null, missing: ['chunks of a stream'] }), /Not measured: chunks of a stream\./)
})
