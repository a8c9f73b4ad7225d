// What is looked at before an answer counts as one, and that looking changes nothing of it.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Answer, ByteSink } from '../../../gateway/exchange/answer.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { errorIn, peek } from '../../../gateway/upstream/peek.ts'

/** An answer whose bytes the test sends. */
class Source implements Answer {
  readonly status = 200
  readonly headers: Readonly<Record<string, string>>
  sink: ByteSink | null = null
  aborted: Error | null = null
  #ended = false

  constructor(type: string) { this.headers = { 'content-type': type } }

  attach(sink: ByteSink): void {
    this.sink = sink
    if (this.#ended) sink.end()
  }

  end(): void {
    this.#ended = true
    this.sink?.end()
  }

  resume(): void { /* nothing is ever paused here */ }
  abort(reason: Error): void { this.aborted = reason }
}

const read = (answer: Answer): Promise<string> => new Promise((resolve, reject) => {
  const parts: Buffer[] = []
  answer.attach({ data: chunk => parts.push(chunk) > 0, end: () => { resolve(Buffer.concat(parts).toString()) }, fail: reject })
})

const pieces = (text: string, sizes: readonly number[]): Buffer[] => {
  const bytes = Buffer.from(text)
  const cut: Buffer[] = []
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = start + (sizes[turn % sizes.length] ?? 1)
    cut.push(bytes.subarray(start, end))
    start = end
  }
  return cut
}

const see = async (type: string, text: string, sizes: readonly number[] = [1000]): Promise<{ status: number | null; text: string }> => {
  const source = new Source(type)
  const seen = peek(source)
  for (const piece of pieces(text, sizes)) source.sink?.data(piece)
  source.end()
  const { answer, error } = await seen
  return { status: error?.status ?? null, text: await read(answer) }
}

const stream = 'text/event-stream; charset=utf-8'
const json = 'application/json'

const rows: readonly (readonly [string, string, string, number | null])[] = [
  ['an answer of OpenAI', json, '{"id":"c","object":"chat.completion","choices":[{"message":{"content":"{\\"error\\":{}}"}}]}', null],
  ['an error of OpenAI', json, '{"error":{"message":"The server had an error","type":"server_error","code":null}}', 500],
  ['an error of Anthropic', json, ' {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 529],
  ['an error with a number for its code', json, '{"error":{"message":"no","code":429},"user_id":"u"}', 429],
  ['an error of the request', json, '{"error":{"message":"no","type":"invalid_request_error"}}', 400],
  ['an error that is a text', json, '{"error":"model is loading"}', 500],
  ['an answer that has an error beside what it says', json, '{"error":{"code":500},"choices":[]}', null],
  ['an answer whose error is null', json, '{"error":null,"object":"response"}', null],
  ['something that is no JSON', json, '{"error": oh', null],
  ['nothing', json, '', null],
  ['a stream of OpenAI', stream, 'data: {"id":"c","choices":[{"delta":{"content":"\\"error\\""}}]}\n\ndata: [DONE]\n\n', null],
  ['a stream that begins with an error of OpenAI', stream, 'data: {"error":{"message":"no","type":"server_error"}}\n\n', 500],
  ['a stream of Anthropic', stream, 'event: message_start\ndata: {"type":"message_start","message":{}}\n\nevent: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n', null],
  ['a stream that begins with an error of Anthropic', stream, 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n', 529],
  ['a stream that begins with an error of the Responses API', stream, 'event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"no","param":null}\n\n', 429],
  ['a stream that begins with comments and pings, then an error', stream, ': waiting\n\nevent: ping\ndata: {"type":"ping"}\n\ndata: {"error":{"code":502,"message":"no"}}\n\n', 502],
]

suite('the beginning of an answer', () => {
  for (const [title, type, text, status] of rows) {
    test(`${title} ${status === null ? 'passes' : `counts as ${status}`}, and is whole afterwards`, async () => {
      assert.deepEqual(await see(type, text), { status, text })
    })

    test(`${title}: any chunking is seen alike`, async () => {
      await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }), async sizes => {
        assert.deepEqual(await see(type, text, sizes), { status, text })
      }), { numRuns: 30 })
    })
  }

  test('a long body that is no error is not waited for', async () => {
    const source = new Source(json)
    const seen = peek(source)
    source.sink?.data(Buffer.from(`{"object":"list","data":[${'1,'.repeat(100)}`))
    assert.equal((await seen).error, null)
  })

  test('a stream that says nothing passes after a while, so that the caller sees its head', async () => {
    const source = new Source(stream)
    const seen = peek(source)
    source.sink?.data(Buffer.from(': waiting\n\n'))
    const { answer, error } = await seen
    assert.equal(error, null)
    const text = read(answer)
    source.sink?.data(Buffer.from('data: {}\n\n'))
    source.end()
    assert.equal(await text, ': waiting\n\ndata: {}\n\n')
  })

  test('one that breaks off before it began is a failure, and one that ended without a word as well', async () => {
    const broken = new Source(stream)
    const seen = peek(broken)
    broken.sink?.fail(new Failure('upstream.timeout', 'late'))
    await assert.rejects(seen, { code: 'upstream.timeout' })
    await assert.rejects(see(stream, ': nothing but this\n\n'), { code: 'upstream.protocol' })
  })

  test('an error is found in a text only where it is the text\'s own', () => {
    for (const text of ['[]', 'null', '"error"', '{"content":[],"error":{}}', '{"a":{"error":{}}}', '']) assert.equal(errorIn(text), null, text)
  })
})
