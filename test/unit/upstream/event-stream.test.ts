// The binary framing of AWS streams: whole messages out of any chunks, and nothing out of broken ones.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Answer, ByteSink } from '../../../gateway/exchange/answer.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { converseFrame, invokeFrame, isEventStream, SseAnswer } from '../../../gateway/upstream/event-stream/as-sse.ts'
import { EventStreamSplitter, type EventMessage } from '../../../gateway/upstream/event-stream/event-stream.ts'
import { chunk, event, eventMessage, exception } from '../../support/fake-cloud/event-frames.ts'

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...new Set(cuts.map(cut => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b)
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end))
}

const readAll = (chunks: readonly Buffer[]): { messages: EventMessage[]; midMessage: boolean } => {
  const splitter = new EventStreamSplitter()
  const messages = chunks.flatMap(one => splitter.push(one))
  return { messages, midMessage: splitter.midMessage }
}

test('any chunking of the same bytes gives the same messages', () => {
  const one = fc.tuple(fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }).filter(name => Buffer.byteLength(name) < 200), fc.string({ maxLength: 300 }), { maxKeys: 5 }), fc.uint8Array({ maxLength: 2000 }))
  fc.assert(fc.property(fc.array(one, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (said, cuts) => {
    const bytes = Buffer.concat(said.map(([headers, payload]) => eventMessage(headers, Buffer.from(payload))))
    const { messages, midMessage } = readAll(cutAt(bytes, cuts))
    assert.deepEqual(messages.map(({ headers, payload }) => [headers, payload.toString('hex')]), said.map(([headers, payload]) => [{ ...headers }, Buffer.from(payload).toString('hex')]))
    assert.equal(midMessage, false)
  }), { numRuns: 150 })
})

test('headers of every type are passed over, and those that are text are read', () => {
  const long = (bytes: number): Buffer => Buffer.alloc(bytes, 7)
  const head = (name: string, type: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(type), value])
  const headers = Buffer.concat([
    head('t', 0, Buffer.alloc(0)), head('f', 1, Buffer.alloc(0)), head('b', 2, long(1)), head('s', 3, long(2)), head('i', 4, long(4)), head('l', 5, long(8)),
    head('x', 6, Buffer.concat([Buffer.of(0, 3), long(3)])), head('d', 8, long(8)), head('u', 9, long(16)), head(':event-type', 7, Buffer.concat([Buffer.of(0, 5), Buffer.from('chunk')])),
  ])
  assert.deepEqual(readAll([eventMessage(headers, '{}')]).messages[0]?.headers, { ':event-type': 'chunk' })
})

suite('what is broken ends the stream', () => {
  const whole = event('chunk', { a: 1 })
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  const isBroken = (what: RegExp) => (thrown: unknown): boolean => thrown instanceof Failure && thrown.code === 'upstream.protocol' && what.test(thrown.message)

  test('any flipped bit is noticed', () => {
    for (let at = 0; at < whole.length; at += 1) assert.throws(() => readAll([flipped(at)]), isBroken(/checksum|bytes/), `byte ${at}`)
  })

  test('a length beyond all bounds is refused by its prelude, before anything is kept', () => {
    const huge = eventMessage({}, '')
    huge.writeUInt32BE(0x7fffffff, 0)
    assert.throws(() => readAll([huge.subarray(0, 12)]), isBroken(/checksum of a prelude/))
    const splitter = new EventStreamSplitter({ maxPayload: 100 })
    assert.throws(() => splitter.push(eventMessage({}, 'x'.repeat(101)).subarray(0, 12)), isBroken(/a message of 117 bytes/))
    assert.equal(new EventStreamSplitter({ maxPayload: 100 }).push(eventMessage({}, 'x'.repeat(100))).length, 1)
  })

  for (const [title, headers, what] of [
    ['an unknown type', Buffer.of(1, 97, 77), /unknown type/], ['a value that is longer than the headers', Buffer.of(1, 97, 7, 255, 255), /longer than the headers/], ['half a name', Buffer.of(9, 97), /longer than the headers/],
  ] as const) test(`a header with ${title}`, () => { assert.throws(() => readAll([eventMessage(headers, '')]), isBroken(what)) })
})

interface Heard { text: string; end: number; failed: Error[] }

/** An upstream answer that a test plays by hand. */
const played = (): { answer: Answer; sink: () => ByteSink; aborted: Error[] } => {
  let attached: ByteSink | null = null
  const aborted: Error[] = []
  return {
    aborted, sink: () => attached!,
    answer: {
      status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'r' },
      attach: sink => { attached = sink }, resume: () => undefined, abort: reason => { aborted.push(reason) },
    },
  }
}

const listen = (answer: Answer): Heard => {
  const heard: Heard = { text: '', end: 0, failed: [] }
  answer.attach({ data: bytes => { heard.text += bytes.toString(); return true }, end: () => { heard.end += 1 }, fail: thrown => { heard.failed.push(thrown) } })
  return heard
}

suite('a stream of Bedrock as server-sent events', () => {
  const said = ['{"type":"message_start","message":{"id":"msg_1"}}', '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüß \\n dich"}}', '{\n "type":"message_stop"}']

  test('Claude\'s own events come out as they were, whatever the chunks', () => {
    const bytes = Buffer.concat([...said.map(chunk), event('initial-response', {}), eventMessage({ ':message-type': 'event' }, 'x')])
    const expected = `event: message_start\ndata: ${said[0]}\n\nevent: content_block_delta\ndata: ${said[1]}\n\nevent: message_stop\ndata: {\ndata:  "type":"message_stop"}\n\n`
    fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 12 }), cuts => {
      const { answer, sink } = played()
      assert.ok(isEventStream(answer))
      const shown = new SseAnswer(answer, invokeFrame)
      assert.equal(shown.headers['content-type'], 'text/event-stream')
      const heard = listen(shown)
      for (const piece of cutAt(bytes, cuts)) sink().data(piece)
      sink().end()
      assert.deepEqual(heard, { text: expected, end: 1, failed: [] })
    }), { numRuns: 60 })
  })

  test('exceptions become the error event of the dialect, and of Converse by their own names', () => {
    const { messages } = readAll([exception('throttlingException', 'Too many tokens'), eventMessage({ ':message-type': 'error', ':error-code': 'InternalFailure\nx', ':error-message': 'Broken' }, '')])
    assert.equal(messages.map(invokeFrame).join(''), 'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"Too many tokens"}}\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"Broken"}}\n\n')
    assert.equal(messages.map(converseFrame).join(''), 'event: throttlingException\ndata: {"message":"Too many tokens"}\n\nevent: unknown\ndata: {"message":"Broken"}\n\n')
  })

  test('Converse keeps the names of its events', () => {
    assert.equal(readAll([event('messageStop', { stopReason: 'end_turn' })]).messages.map(converseFrame).join(''), 'event: messageStop\ndata: {"stopReason":"end_turn"}\n\n')
  })

  test('a stream that ends inside a message, or breaks, fails once and says what came before', () => {
    const cut = played()
    const heard = listen(new SseAnswer(cut.answer, converseFrame))
    cut.sink().data(Buffer.concat([event('messageStart', { role: 'assistant' }), event('messageStop', {}).subarray(0, 30)]))
    cut.sink().end()
    assert.equal(heard.text, 'event: messageStart\ndata: {"role":"assistant"}\n\n')
    assert.deepEqual([heard.end, heard.failed.map(failure => failure instanceof Failure && failure.code)], [0, ['upstream.protocol']])
    const broken = played()
    const also = listen(new SseAnswer(broken.answer, converseFrame))
    broken.sink().data(Buffer.from('HTTP is not what this is'))
    broken.sink().data(Buffer.from('more'))
    broken.sink().end()
    assert.deepEqual([also.text, also.end, also.failed.length, broken.aborted.length], ['', 0, 1, 1])
  })
})
