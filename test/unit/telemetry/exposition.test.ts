// The text format 0.0.4 and the OTLP translation of names.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { expose, prometheusName } from '../../../gateway/telemetry/exposition.ts'
import { Counter, Gauge, Histogram } from '../../../gateway/telemetry/instruments.ts'
import { Metrics } from '../../../gateway/telemetry/metrics.ts'
import { modelCall, refused, timings, toolCall } from './outcomes.ts'

const names: readonly (readonly [name: string, unit: string, kind: 'counter' | 'gauge' | 'histogram', expected: string])[] = [
  ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
  ['gateway.bytes.read', 'By', 'counter', 'gateway_bytes_read_bytes_total'],
  ['gateway.body.bytes', 'By', 'counter', 'gateway_body_bytes_total'],
  ['gateway.wait', 'ms', 'gauge', 'gateway_wait_milliseconds'],
  ['gateway.redactions', '{redaction}', 'counter', 'gateway_redactions_total'],
  ['gateway.exchanges.active', '{exchange}', 'gauge', 'gateway_exchanges_active'],
  ['gateway.share', '1', 'gauge', 'gateway_share'],
  ['gateway.cost.usd', 'USD', 'counter', 'gateway_cost_usd_USD_total'],
  ['a.b-c..d', '', 'gauge', 'a_b_c_d'],
]
for (const [name, unit, kind, expected] of names) {
  test(`${name} in ${unit === '' ? 'no unit' : unit} is the ${kind} ${expected}`, () => {
    assert.equal(prometheusName({ name, unit, help: '', labels: [] }, kind), expected)
  })
}

test('counters and gauges are one line per series under HELP and TYPE', () => {
  const counter = new Counter({ name: 'a.calls', unit: '{call}', help: 'Calls.', labels: ['x.y', 'z'] })
  counter.add(2, 'one', 'two')
  counter.add(0.5, 'one', 'two')
  counter.add(1, 'one', '')
  const gauge = new Gauge({ name: 'a.level', unit: '{thing}', help: 'Level.', labels: [] })
  gauge.set(4)
  gauge.set(-3)
  assert.equal(expose([counter, gauge]), [
    '# HELP a_calls_total Calls.', '# TYPE a_calls_total counter', 'a_calls_total{x_y="one",z="two"} 2.5', 'a_calls_total{x_y="one",z=""} 1',
    '# HELP a_level Level.', '# TYPE a_level gauge', 'a_level -3', '',
  ].join('\n'))
})

test('buckets are cumulative, bounds are inclusive, and +Inf counts everything', () => {
  const histogram = new Histogram({ name: 'a.duration', unit: 's', help: 'Duration.', labels: ['k'] }, [0.1, 1, 10])
  for (const value of [0.05, 0.1, 0.5, 1, 2, 99]) histogram.record(value, 'v')
  assert.equal(expose([histogram]), [
    '# HELP a_duration_seconds Duration.', '# TYPE a_duration_seconds histogram',
    'a_duration_seconds_bucket{k="v",le="0.1"} 2', 'a_duration_seconds_bucket{k="v",le="1"} 4', 'a_duration_seconds_bucket{k="v",le="10"} 5',
    'a_duration_seconds_bucket{k="v",le="+Inf"} 6', 'a_duration_seconds_sum{k="v"} 102.65', 'a_duration_seconds_count{k="v"} 6', '',
  ].join('\n'))
})

test('for any values the buckets never fall, and +Inf equals the count', () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1 }), values => {
    const histogram = new Histogram({ name: 'd', unit: 's', help: 'D.', labels: [] }, [0.01, 0.5, 3, 300])
    for (const value of values) histogram.record(value)
    const counts = expose([histogram]).split('\n').filter(line => line.startsWith('d_seconds_bucket')).map(line => Number(line.split(' ').at(-1)))
    assert.deepEqual(counts, [0.01, 0.5, 3, 300, Infinity].map(bound => values.filter(value => value <= bound).length))
  }))
})

/** Reads one label value back as the format's grammar says. */
const unescaped = (text: string): string => text.replace(/\\(.)/gs, (_, letter: string) => letter === 'n' ? '\n' : letter)

test('a label value cannot end its line or its quotes', () => {
  const counter = new Counter({ name: 'c', unit: '{x}', help: 'C.', labels: ['k'] })
  counter.add(1, 'a"b\\c\nd')
  assert.ok(expose([counter]).includes('c_total{k="a\\"b\\\\c\\nd"} 1\n'))
})

test('any label value comes back as it was, on one line', () => {
  const hostile = fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', 'n', '}', ' ', 'é', '\u2028', 'a') })
  fc.assert(fc.property(hostile, value => {
    const counter = new Counter({ name: 'c', unit: '{x}', help: 'C.', labels: ['k'] })
    counter.add(1, value)
    const sample = expose([counter]).split('\n')[2]!
    const inside = /^c_total\{k="((?:[^"\\\n]|\\["\\n])*)"\} 1$/.exec(sample)?.[1]
    assert.notEqual(inside, undefined)
    assert.equal(unescaped(inside!), value)
  }))
})

const promtool = spawnSync('promtool', ['--version']).status === 0

test('promtool accepts a scrape', { skip: promtool ? false : 'promtool is not on the PATH' }, () => {
  const metrics = new Metrics()
  metrics.recordExchange(modelCall(), timings({ firstChunkMs: 300 }))
  metrics.recordExchange(toolCall(), timings())
  metrics.recordExchange(refused(), timings())
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: metrics.exposition({ active: 1, roots: 0, auditWritten: 2, auditFailed: 0, pins: new Map([["files", { new: 0, match: 3, drift: 1 }]]) }), encoding: 'utf8' })
  assert.deepEqual({ status: checked.status, said: checked.stdout + checked.stderr }, { status: 0, said: '' })
})
