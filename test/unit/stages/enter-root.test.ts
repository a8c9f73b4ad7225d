// What names the root of a call: our header always, trace and baggage only where the operator trusts callers' traces.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedRoot, type Meta } from '../../../gateway/stages/enter-root.ts'

const traceId = 'ab'.repeat(16)
const traceparent = `00-${traceId}-${'cd'.repeat(8)}-01`

type Headers = Parameters<typeof namedRoot>[0]

const rows: readonly [string, Headers, Meta, string | null, string | null][] = [
  ['nothing', {}, null, null, null],
  ['an empty header', { 'x-portcullis-root': '' }, null, null, null],
  ['our header', { 'x-portcullis-root': 'job-7' }, null, 'job-7', null],
  ['our header before baggage', { 'x-portcullis-root': 'job-7', baggage: 'portcullis.root=other' }, null, 'job-7', null],
  ['baggage', { baggage: 'userId=alice,portcullis.root=job-7' }, null, 'job-7', null],
  ['baggage with properties and spaces', { baggage: ' portcullis.root = job%2D7 ;ttl=1, x=2' }, null, 'job-7', null],
  ['baggage that ends in the middle', { baggage: 'portcullis.root' }, null, null, null],
  ['empty baggage', { baggage: 'portcullis.root=' }, null, null, null],
  ['baggage of another name', { baggage: 'xportcullis.root=1,portcullis.roots=2' }, null, null, null],
  ['baggage beyond the limit of its specification', { baggage: `portcullis.root=job-7,${'x'.repeat(8192)}` }, null, null, null],
  ['a trace', { traceparent }, null, null, traceId],
  ['a trace that is none', { traceparent: 'x' }, null, null, null],
  ['a trace in _meta', {}, { traceparent, baggage: 'portcullis.root=job-7' }, 'job-7', traceId],
  ['headers before _meta', { traceparent }, { traceparent: `00-${'ef'.repeat(16)}-${'cd'.repeat(8)}-01` }, null, traceId],
  ['what is no text in _meta', {}, { traceparent: 7, baggage: ['portcullis.root=1'] }, null, null],
]

for (const [what, headers, meta, root, trace] of rows) {
  test(`${what} names ${root ?? 'no root'} and ${trace === null ? 'no trace' : 'a trace'} where traces are trusted`, () => {
    assert.deepEqual(namedRoot(headers, meta, true), { root, trace })
  })
}

test('untrusted traces and baggage name nothing', () => {
  assert.deepEqual(namedRoot({ traceparent, baggage: 'portcullis.root=job-7' }, { traceparent, baggage: 'portcullis.root=job-7' }, false), { root: null, trace: null })
  assert.deepEqual(namedRoot({ 'x-portcullis-root': 'job-7', traceparent }, null, false), { root: 'job-7', trace: null })
})

test('a name that is no plain word becomes its digest: it can neither grow nor stand for another', () => {
  for (const name of ['a b', 'x'.repeat(200), 'acme/other/key', 'ü', '~agent']) assert.match(namedRoot({ 'x-portcullis-root': name }, null, false).root ?? '', /^sha256:[0-9a-f]{64}$/)
})
