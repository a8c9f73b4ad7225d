// Framing of server-sent events: exactness, field rules, and independence of how the bytes were cut.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { SseSplitter, type SseFrame } from '../../../gateway/exchange/sse.ts'

interface Seen { raw: string; event: string | null; data: string | null; id: string | null }
const plain = ({ raw, event, data, id }: SseFrame): Seen => ({ raw, event, data, id })

const split = (chunks: readonly (Buffer | string)[]): { frames: Seen[]; rest: string } => {
  const splitter = new SseSplitter()
  const frames = chunks.flatMap(chunk => splitter.push(chunk).map(plain))
  return { frames, rest: splitter.end() }
}

const cases: readonly (readonly [name: string, text: string, frames: readonly Partial<Seen>[], rest: string])[] = [
  ['a data line', 'data: a\n\n', [{ raw: 'data: a\n\n', event: null, data: 'a', id: null }], ''],
  ['event, id and data without a space', 'event:x\nid:7\ndata:{"a":1}\n\n', [{ event: 'x', id: '7', data: '{"a":1}' }], ''],
  ['only the first space is dropped', 'data:  a\n\n', [{ data: ' a' }], ''],
  ['data lines are joined', 'data: a\ndata: b\n\n', [{ data: 'a\nb' }], ''],
  ['carriage return line feed', 'data: a\r\n\r\ndata: b\r\n\r\n', [{ raw: 'data: a\r\n\r\n', data: 'a' }, { data: 'b' }], ''],
  ['lone carriage returns', 'data: a\r\rdata: b\r\r\n', [{ raw: 'data: a\r\r', data: 'a' }, { data: 'b' }], ''],
  ['mixed line ends', 'data: a\n\r\ndata: b\r\n\n', [{ raw: 'data: a\n\r\n', data: 'a' }, { raw: 'data: b\r\n\n', data: 'b' }], ''],
  ['a comment is a frame without data', ': ping\n\n', [{ raw: ': ping\n\n', event: null, data: null }], ''],
  ['a byte order mark stays in raw only', '\ufeffdata: a\n\n', [{ raw: '\ufeffdata: a\n\n', data: 'a' }], ''],
  ['a field without a colon is empty', 'data\n\n', [{ data: '' }], ''],
  ['an id with NUL is ignored', 'id: a\0b\ndata: x\n\n', [{ id: null, data: 'x' }], ''],
  ['an unfinished frame is the rest', 'data: a\n\ndata: b\n', [{ data: 'a' }], 'data: b\n'],
  ['unknown fields are kept in raw', 'retry: 5\ndata: a\n\n', [{ raw: 'retry: 5\ndata: a\n\n', data: 'a' }], ''],
]

for (const [name, text, expected, rest] of cases) {
  test(`framing: ${name}`, () => {
    const seen = split([Buffer.from(text)])
    assert.equal(seen.rest, rest)
    assert.equal(seen.frames.length, expected.length)
    seen.frames.forEach((frame, at) => assert.deepEqual({ ...frame, ...expected[at] }, frame))
  })
}

test('a character cut between chunks arrives whole', () => {
  const bytes = Buffer.from('data: é€😀\n\n')
  const seen = split([...bytes].map(byte => Buffer.from([byte])))
  assert.deepEqual(seen.frames.map(frame => frame.data), ['é€😀'])
})

test('a stream that ends inside a character still adds up', () => {
  assert.equal(split([Buffer.from('data: €').subarray(0, 7)]).rest, 'data: \ufffd')
})

test('a frame over the limit fails as an upstream error, whole or in parts', () => {
  for (const size of [1, 7, 200]) {
    const splitter = new SseSplitter({ maxFrameLength: 64 })
    const bytes = Buffer.from(`data: ${'x'.repeat(100)}\n\n`)
    assert.throws(() => {
      for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size))
    }, (thrown: unknown) => thrown instanceof Failure && thrown.code === 'upstream.protocol')
  }
})

const pieces = fc.array(fc.constantFrom('data', ': ', ':', ' ', '\n', '\r', '\r\n', '\n\n', 'event: x\n', 'é', '😀', '\ufeff', 'id: 1\n', '{"a":1}'), { maxLength: 60 })
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 })

const chunked = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const edges = [0, ...[...at].map(edge => Math.min(edge, bytes.length)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
}

test('any chunking of the same bytes gives the same frames, and the raws add up to the text', () => {
  fc.assert(fc.property(pieces, cuts, (parts, at) => {
    const text = parts.join('')
    const whole = split([Buffer.from(text)])
    const cut = split(chunked(Buffer.from(text), at))
    assert.deepEqual(cut, whole)
    assert.equal(whole.frames.map(frame => frame.raw).join('') + whole.rest, text)
  }), { numRuns: 400 })
})

test('any chunking of arbitrary bytes gives the same frames', () => {
  const bytes = fc.array(fc.oneof(fc.constantFrom(10, 13, 0x64, 0x3a, 0xc3, 0xa9, 0xf0, 0x9f), fc.nat({ max: 255 })), { maxLength: 80 })
  fc.assert(fc.property(bytes, cuts, (list, at) => {
    const buffer = Buffer.from(list)
    assert.deepEqual(split(chunked(buffer, at)), split([buffer]))
  }), { numRuns: 400 })
})
