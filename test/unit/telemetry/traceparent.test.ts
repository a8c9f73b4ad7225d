// W3C Trace Context, level 1, sections 3.2 and 4: what is a valid header, and what must be ignored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTraceParent, writeTraceParent } from '../../../gateway/telemetry/traceparent.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const ids = { traceId, spanId }

const accepted: readonly (readonly [name: string, header: string, sampled: boolean])[] = [
  ['version 00, sampled', `00-${traceId}-${spanId}-01`, true],
  ['version 00, not sampled', `00-${traceId}-${spanId}-00`, false],
  ['unknown flags beside the sampled one', `00-${traceId}-${spanId}-ff`, true],
  ['unknown flags alone', `00-${traceId}-${spanId}-02`, false],
  ['a later version with the same fields', `cc-${traceId}-${spanId}-01`, true],
  ['a later version with a further field', `cc-${traceId}-${spanId}-01-what-the-future-brings`, true],
]
for (const [name, header, sampled] of accepted) {
  test(`${name} is read`, () => { assert.deepEqual(readTraceParent(header), { ...ids, sampled }) })
}

const refused: readonly (readonly [name: string, header: string | undefined | null])[] = [
  ['no header', undefined], ['null', null], ['nothing', ''], ['a word', 'garbage'],
  ['version ff', `ff-${traceId}-${spanId}-01`],
  ['version 00 with a further field', `00-${traceId}-${spanId}-01-more`],
  ['version 00 with a trailing dash', `00-${traceId}-${spanId}-01-`],
  ['a later version with a tail that has no dash', `cc-${traceId}-${spanId}-01x`],
  ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['a zero trace id', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a zero span id', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['a short trace id', `00-${traceId.slice(1)}-${spanId}-01`],
  ['no flags', `00-${traceId}-${spanId}`],
  ['two headers in one', `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`],
  ['blanks around it', ` 00-${traceId}-${spanId}-01 `],
  ['a line break behind it', `00-${traceId}-${spanId}-01\n`],
  ['letters that are no hex digits', `00-${'g'.repeat(32)}-${spanId}-01`],
]
for (const [name, header] of refused) test(`${name} is ignored`, () => { assert.equal(readTraceParent(header), null) })

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.nat(15).map(digit => digit.toString(16)), minLength: digits, maxLength: digits }).filter(id => /[^0]/.test(id))

test('what is written is read back', () => {
  fc.assert(fc.property(fc.record({ traceId: hex(32), spanId: hex(16), sampled: fc.boolean() }), parent => {
    const header = writeTraceParent(parent)
    assert.equal(header.length, 55)
    assert.deepEqual(readTraceParent(header), { ...parent })
  }))
})
