import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { asFailure, type Failure } from '../../../gateway/exchange/failure.ts'
import { checkJsonHead, readBody } from '../../../gateway/pipeline/read-body.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'

interface Outcome { readonly body: Buffer | null; readonly failure: Failure | null }

/** A server that reads each body with the limit, and the outcomes in their order. */
const serve = async (t: CleansUp, limit: number, read: (request: IncomingMessage) => Promise<Buffer> = request => readBody(request, limit)): Promise<{ port: number; next: () => Promise<Outcome> }> => {
  const outcomes: Outcome[] = []
  const waiting: ((outcome: Outcome) => void)[] = []
  const tell = (outcome: Outcome): void => { (waiting.shift() ?? (one => outcomes.push(one)))(outcome) }
  const server: Server = createServer((request, response) => {
    read(request).then(body => {
      tell({ body, failure: null })
      response.end(String(body.length))
    }, (thrown: unknown) => {
      const failure = asFailure(thrown)
      tell({ body: null, failure })
      response.writeHead(failure.row.http).end(failure.code)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  return {
    port: (server.address() as AddressInfo).port,
    next: () => new Promise(resolve => {
      const known = outcomes.shift()
      if (known !== undefined) resolve(known)
      else waiting.push(resolve)
    }),
  }
}

/** Posts chunks, each as its own write; null as length: chunked. */
const post = async (port: number, chunks: readonly Buffer[], length: number | null): Promise<{ status: number; text: string }> => {
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: length === null ? {} : { 'content-length': length } })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  for (const chunk of chunks) await new Promise<void>(resolve => { request.write(chunk, () => { resolve() }) })
  request.end()
  const [response] = await answered
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }
}

const bytes = (size: number): Buffer => Buffer.alloc(size, 'x')

suite('a body is read whole up to its limit', () => {
  for (const [title, chunks, chunked] of [
    ['nothing', [], false], ['one chunk', [bytes(10)], false], ['exactly the limit', [bytes(1000)], false], ['many chunks', [bytes(300), Buffer.from('ü'), bytes(300)], false],
    ['without a length', [bytes(500), bytes(500)], true], ['nothing without a length', [], true],
  ] as const) {
    test(title, async t => {
      const { port, next } = await serve(t, 1000)
      const sent = Buffer.concat(chunks)
      assert.deepEqual(await post(port, chunks, chunked ? null : sent.length), { status: 200, text: String(sent.length) })
      assert.deepEqual((await next()).body, sent)
    })
  }

  for (const [title, chunks, chunked] of [
    ['one byte too many', [bytes(1001)], false], ['in chunks, without a length', [bytes(600), bytes(600), bytes(600)], true], ['very much', [bytes(5_000_000)], true],
  ] as const) {
    test(`${title} is refused, and the caller is told rather than cut off`, async t => {
      const { port, next } = await serve(t, 1000)
      assert.deepEqual(await post(port, chunks, chunked ? null : chunks.reduce((sum, chunk) => sum + chunk.length, 0)), { status: 413, text: 'request.too_large' })
      const { failure } = await next()
      assert.deepEqual([failure?.code, failure?.detail.limit], ['request.too_large', 1000])
    })
  }

  test('a body that grows above the limit without ending is refused before it ends', async t => {
    const { port, next } = await serve(t, 1000)
    const socket = connect(port, '127.0.0.1')
    t.after(() => { socket.destroy() })
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2000)}\r\n`)
    assert.equal((await next()).failure?.code, 'request.too_large')
  })

  for (const [title, head] of [['a length', 'Content-Length: 100'], ['chunks', 'Transfer-Encoding: chunked']] as const) {
    test(`a caller that leaves in the middle of a body with ${title} is gone`, async t => {
      let arrived: () => void = () => undefined
      const begun = new Promise<void>(resolve => { arrived = resolve })
      const { port, next } = await serve(t, 1000, request => {
        arrived()
        return readBody(request, 1000)
      })
      const socket = connect(port, '127.0.0.1')
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${title === 'chunks' ? '5\r\n' : ''}start`)
      await begun
      socket.destroy()
      const { failure } = await next()
      assert.equal(failure?.code, 'client.gone')
    })
  }
})

suite('what cannot be judged as JSON is refused by its head', () => {
  const rows: readonly (readonly [string, string | undefined, string | undefined, string | null])[] = [
    ['JSON', 'application/json', undefined, null], ['JSON in other letters', 'Application/JSON', undefined, null], ['JSON with a charset', 'application/json; charset=utf-8', undefined, null],
    ['a JSON dialect', 'application/vnd.api+json', undefined, null], ['JSON that is not compressed', 'application/json', 'identity', null],
    ['nothing said', undefined, undefined, 'content-type'], ['an empty type', '', undefined, 'content-type'], ['text', 'text/plain', undefined, 'content-type'],
    ['a form, which pages may send anywhere', 'application/x-www-form-urlencoded', undefined, 'content-type'], ['a multipart form', 'multipart/form-data; boundary=x', undefined, 'content-type'],
    ['text that mentions JSON', 'text/plain; application/json', undefined, 'content-type'], ['another type that begins like JSON', 'application/jsonp', undefined, 'content-type'],
    ['JSON as a list', 'text/html, application/json', undefined, 'content-type'],
    ['gzip', 'application/json', 'gzip', 'content-encoding'], ['two encodings', 'application/json', 'identity, gzip', 'content-encoding'],
  ]
  for (const [title, type, encoding, field] of rows) {
    test(`${title}: ${field === null ? 'taken' : `refused for ${field}`}`, async t => {
      const { port, next } = await serve(t, 1000, async request => {
        checkJsonHead(request)
        return readBody(request, 1000)
      })
      const headers = { ...(type === undefined ? {} : { 'content-type': type }), ...(encoding === undefined ? {} : { 'content-encoding': encoding }) }
      const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers }).end('{}')
      const [response] = await once(request, 'response') as [IncomingMessage]
      response.resume()
      const { failure } = await next()
      assert.equal(failure?.code, field === null ? undefined : 'request.malformed')
      assert.equal(failure?.detail.field, field ?? undefined)
      assert.equal(response.statusCode, field === null ? 200 : 400)
    })
  }
})
