// The upstream client against real servers: heads, bodies, pauses, aborts, timeouts, and what every failure is called.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, HttpSend } from '../../../gateway/exchange/answer.ts'
import { Failure, type FailureCode } from '../../../gateway/exchange/failure.ts'
import { createHttpUpstream, type HttpUpstream } from '../../../gateway/upstream/http.ts'
import { responseHeadersToForward } from '../../../gateway/upstream/response-headers.ts'

const listen = async (t: TestContext, server: Server | TcpServer): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const httpServer = (t: TestContext, handle: RequestListener): Promise<string> => listen(t, createHttpServer(handle))

/** A server that speaks raw bytes: `talk` runs once per connection, after the first bytes of the request. */
const tcpServer = (t: TestContext, talk: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>()
  t.after(() => { for (const socket of sockets) socket.destroy() })
  return listen(t, createTcpServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => { talk(socket) })
  }))
}

const upstream = (t: TestContext): HttpUpstream => {
  const made = createHttpUpstream({ maxConnectionsPerOrigin: 2, keepAliveMs: 4_000 })
  t.after(() => made.destroy())
  return made
}

const request = (origin: string, more: Partial<HttpSend> = {}): HttpSend => ({
  origin, path: '/v1/x?y=1', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}',
  connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, idleTimeoutMs: 5_000, ...more,
})

const read = (answer: Answer): Promise<string> => new Promise((resolve, reject) => {
  const parts: Buffer[] = []
  answer.attach({ data: chunk => parts.push(chunk) > 0, end: () => { resolve(Buffer.concat(parts).toString()) }, fail: reject })
})

const failsWith = (code: FailureCode) => (thrown: unknown): boolean => {
  assert.ok(thrown instanceof Failure, String(thrown))
  assert.equal(thrown.code, code)
  return true
}

test('an answer arrives with status, lower-case joined headers and body', async t => {
  const origin = await httpServer(t, (incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      outgoing.writeHead(429, { 'Retry-After': '3', 'X-Many': ['a', 'b'] })
      outgoing.end(`${incoming.method ?? ''} ${incoming.url ?? ''} ${Buffer.concat(parts).toString()}`)
    })
  })
  const answer = await upstream(t).send(request(origin, { body: Buffer.from('{"é":1}') }))
  assert.equal(answer.status, 429)
  assert.equal(answer.headers['retry-after'], '3')
  assert.equal(answer.headers['x-many'], 'a, b')
  assert.equal(await read(answer), 'POST /v1/x?y=1 {"é":1}')
})

test('the head is delivered before the body is complete, and interim answers are not the head', async t => {
  let finish: () => void = () => undefined
  const origin = await httpServer(t, (_incoming, outgoing) => {
    outgoing.writeEarlyHints({ link: '</x>; rel=preload' })
    outgoing.writeHead(200)
    outgoing.write('first ')
    finish = () => outgoing.end('second')
  })
  const answer = await upstream(t).send(request(origin))
  assert.equal(answer.status, 200)
  finish()
  // Both parts arrive before anybody attached.
  await sleep(30)
  assert.equal(await read(answer), 'first second')
})

test('a redirect is answered, not followed', async t => {
  const origin = await httpServer(t, (_incoming, outgoing) => outgoing.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  const answer = await upstream(t).send(request(origin))
  assert.equal(answer.status, 302)
})

test('connections are used again', async t => {
  const ports = new Set<number | undefined>()
  const origin = await httpServer(t, (incoming, outgoing) => {
    ports.add(incoming.socket.remotePort)
    outgoing.end('x')
  })
  const client = createHttpUpstream({ maxConnectionsPerOrigin: 8, keepAliveMs: 4_000 })
  t.after(() => client.destroy())
  for (let at = 0; at < 12; at += 1) await read(await client.send(request(origin)))
  // Two, because the next request is sent from within the end of the one before, whose connection is not free yet.
  assert.ok(ports.size <= 2, `${ports.size} connections`)
})

test('a slow sink pauses a fast server, and what is buffered stays bounded', async t => {
  const total = 64 * 1024 * 1024
  let sent = 0
  const origin = await httpServer(t, (_incoming, outgoing) => {
    const part = Buffer.alloc(256 * 1024, 'x')
    const more = (): void => {
      while (sent < total) {
        sent += part.length
        if (!outgoing.write(part)) {
          outgoing.once('drain', more)
          return
        }
      }
      outgoing.end()
    }
    more()
  })
  const answer = await upstream(t).send(request(origin))
  await sleep(50)
  assert.ok(sent < total / 2, `an answer without a sink let ${sent} bytes through`)
  let received = 0
  let calls = 0
  await new Promise<void>((resolve, reject) => {
    answer.attach({
      data: chunk => {
        received += chunk.length
        calls += 1
        if (calls !== 10) return true
        const before = received
        setTimeout(() => {
          // At most what was already being delivered may follow a pause.
          if (received - before > 1024 * 1024 || sent > total / 2) reject(new Error(`not paused: ${received - before} received, ${sent} sent`))
          answer.resume()
        }, 100)
        return false
      },
      end: resolve, fail: reject,
    })
  })
  assert.equal(received, total)
})

test('abort closes the server side and delivers nothing more', async t => {
  let closed: () => void = () => undefined
  const serverSawClose = new Promise<void>(resolve => { closed = resolve })
  const origin = await httpServer(t, (_incoming, outgoing) => {
    outgoing.on('close', closed)
    outgoing.writeHead(200)
    const timer = setInterval(() => outgoing.write('tick'), 5)
    outgoing.on('close', () => { clearInterval(timer) })
  })
  const answer = await upstream(t).send(request(origin))
  let after = 0
  let aborted = false
  const count = (): void => { if (aborted) after += 1 }
  await new Promise<void>(resolve => {
    answer.attach({
      data: () => {
        count()
        if (!aborted) {
          aborted = true
          answer.abort(new Failure('client.gone', 'The caller left.'))
          resolve()
        }
        return true
      },
      end: count, fail: count,
    })
  })
  await serverSawClose
  assert.equal(after, 0)
})

test('a signal ends the wait for the head and closes the server side', async t => {
  let closed: () => void = () => undefined
  const serverSawClose = new Promise<void>(resolve => { closed = resolve })
  const leave = new AbortController()
  const origin = await httpServer(t, (_incoming, outgoing) => {
    outgoing.on('close', closed)
    leave.abort()
  })
  await assert.rejects(upstream(t).send(request(origin), leave.signal), failsWith('client.gone'))
  await serverSawClose
  await assert.rejects(upstream(t).send(request(origin), AbortSignal.abort()), failsWith('client.gone'))
})

test('a refused connection is upstream.connect', async t => {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await assert.rejects(upstream(t).send(request(`http://127.0.0.1:${port}`)), failsWith('upstream.connect'))
})

test('a connection closed before the head is upstream.connect', async t => {
  const origin = await tcpServer(t, socket => socket.destroy())
  await assert.rejects(upstream(t).send(request(origin)), failsWith('upstream.connect'))
})

test('an answer that is not HTTP is upstream.protocol', async t => {
  const origin = await tcpServer(t, socket => socket.end('SSH-2.0-hello\r\n\r\n'))
  await assert.rejects(upstream(t).send(request(origin)), failsWith('upstream.protocol'))
})

test('an encoded answer is upstream.protocol, because it could not be inspected', async t => {
  const origin = await httpServer(t, (_incoming, outgoing) => outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end('x'))
  const client = upstream(t)
  await assert.rejects(client.send(request(origin)), failsWith('upstream.protocol'))
  await assert.rejects(client.send(request(origin)), failsWith('upstream.protocol'))
})

test('a body that is cut is upstream.protocol, after what came before it', async t => {
  const cuts: readonly string[] = [
    'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ]
  for (const head of cuts) {
    const origin = await tcpServer(t, socket => {
      socket.write(head)
      setTimeout(() => socket.destroy(), 20)
    })
    const answer = await upstream(t).send(request(origin))
    const parts: string[] = []
    const thrown = await new Promise<Error>((resolve, reject) => {
      answer.attach({
        data: chunk => parts.push(chunk.toString()) > 0,
        end: () => { reject(new Error('ended')) },
        fail: resolve,
      })
    })
    failsWith('upstream.protocol')(thrown)
    assert.deepEqual(parts, ['half'])
  }
})

test('a head that does not come in time is upstream.timeout', async t => {
  const origin = await httpServer(t, () => undefined)
  await assert.rejects(upstream(t).send(request(origin, { firstByteTimeoutMs: 40 })), failsWith('upstream.timeout'))
})

test('a body that falls silent is upstream.timeout', async t => {
  const origin = await httpServer(t, (_incoming, outgoing) => { outgoing.write('x') })
  const answer = await upstream(t).send(request(origin, { idleTimeoutMs: 40 }))
  await assert.rejects(read(answer), failsWith('upstream.timeout'))
})

test('silence that we asked for is no timeout', async t => {
  const origin = await httpServer(t, (_incoming, outgoing) => { outgoing.write('x'); setTimeout(() => outgoing.end('y'), 20) })
  const answer = await upstream(t).send(request(origin, { idleTimeoutMs: 40 }))
  let text = ''
  await new Promise<void>((resolve, reject) => {
    answer.attach({
      data: chunk => {
        text += chunk.toString()
        if (text === 'x') setTimeout(() => { answer.resume() }, 150)
        return text !== 'x'
      },
      end: resolve, fail: reject,
    })
  })
  assert.equal(text, 'xy')
})

test('a call that waits too long for a free connection is upstream.connect and never reaches the server', async t => {
  let seen = 0
  const origin = await httpServer(t, (_incoming, outgoing) => {
    seen += 1
    setTimeout(() => outgoing.end('x'), 120)
  })
  const client = upstream(t)
  const first = [client.send(request(origin)), client.send(request(origin))]
  await assert.rejects(client.send(request(origin, { connectTimeoutMs: 30 })), failsWith('upstream.connect'))
  for (const answer of await Promise.all(first)) assert.equal(await read(answer), 'x')
  assert.equal(await read(await client.send(request(origin))), 'x')
  assert.equal(seen, 3)
})

test('close waits for calls under way', async t => {
  const origin = await httpServer(t, (_incoming, outgoing) => setTimeout(() => outgoing.end('done'), 40))
  const client = upstream(t)
  const text = client.send(request(origin)).then(read)
  await sleep(10)
  await client.close()
  assert.equal(await text, 'done')
  await assert.rejects(client.send(request(origin)), failsWith('upstream.connect'))
})

test('only listed header fields are sent on', () => {
  assert.deepEqual(responseHeadersToForward({
    'content-type': 'text/event-stream', 'request-id': 'req_1', 'anthropic-ratelimit-requests-remaining': '4', 'x-ratelimit-limit-tokens': '9',
    'openai-processing-ms': '5', 'retry-after': '1', 'openai-organization': 'org', 'anthropic-organization-id': 'org', 'set-cookie': 'a=b',
    'connection': 'keep-alive', 'keep-alive': 'timeout=5', 'transfer-encoding': 'chunked', 'content-length': '3', 'server': 'x', 'cf-ray': 'y', 'date': 'z',
  }), {
    'content-type': 'text/event-stream', 'request-id': 'req_1', 'anthropic-ratelimit-requests-remaining': '4', 'x-ratelimit-limit-tokens': '9',
    'openai-processing-ms': '5', 'retry-after': '1',
  })
})

test('an answer that goes on for longer than the total limit fails, however busy it is', async t => {
  const origin = await httpServer(t, (_incoming, outgoing) => {
    outgoing.writeHead(200)
    const timer = setInterval(() => { outgoing.write('x') }, 10)
    outgoing.on('close', () => { clearInterval(timer) })
  })
  const answer = await upstream(t).send(request(origin, { totalTimeoutMs: 150 }))
  await assert.rejects(read(answer), failsWith('upstream.timeout'))
})

test('the total limit also ends a call that was not answered at all', async t => {
  const origin = await httpServer(t, () => undefined)
  await assert.rejects(upstream(t).send(request(origin, { totalTimeoutMs: 50 })), failsWith('upstream.timeout'))
})
