// The answer to one request, as JSON or as an event stream.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptsEventStream, McpReplyWriter, replyAccepted } from '../../../gateway/surfaces/mcp/reply.ts'
import { KeptResponse } from './setup.ts'

const raw = '{ "content":[],"n":1.0 }'
const start = (acceptsEvents = true): { writer: McpReplyWriter; response: KeptResponse } => {
  const response = new KeptResponse()
  return { response, writer: new McpReplyWriter({ response, idText: '"a"', acceptsEvents, heartbeatMs: 1000, headers: { 'mcp-session-id': 's' } }) }
}

test('an answer that comes first is plain JSON with the result as it came', () => {
  const { writer, response } = start()
  writer.result(raw)
  assert.equal(response.text, `{"jsonrpc":"2.0","id":"a","result":${raw}}`)
  assert.deepEqual([response.status, response.headers['content-type'], response.headers['mcp-session-id'], response.headers['content-length']], [200, 'application/json', 's', String(response.text.length)])
  assert.ok(response.writableEnded && !writer.streaming)
})

test('a notification before the answer makes it an event stream', () => {
  const { writer, response } = start()
  writer.notify('notifications/progress', '{"progress":1}')
  writer.error('{"code":-32603,"message":"x"}', 500)
  assert.equal(response.status, 200)
  assert.equal(response.headers['x-accel-buffering'], 'no')
  assert.equal(response.text, 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}\n\nevent: message\ndata: {"jsonrpc":"2.0","id":"a","error":{"code":-32603,"message":"x"}}\n\n')
})

test('silence opens the stream and keeps it alive', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { writer, response } = start()
  t.mock.timers.tick(999)
  assert.equal(response.headersSent, false)
  t.mock.timers.tick(1001)
  assert.equal(response.text, ': keep-alive\n\n')
  t.mock.timers.tick(1000)
  writer.result('{}')
  t.mock.timers.tick(5000)
  assert.equal(response.text, ': keep-alive\n\n: keep-alive\n\nevent: message\ndata: {"jsonrpc":"2.0","id":"a","result":{}}\n\n')
})

test('a client that takes no event stream gets JSON, late and without notifications', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { writer, response } = start(false)
  writer.notify('notifications/progress', null)
  t.mock.timers.tick(60_000)
  assert.equal(response.headersSent, false)
  writer.result('{}')
  assert.equal(response.headers['content-type'], 'application/json')
})

test('a pretty-printed result stays one event', () => {
  const { writer, response } = start()
  writer.notify('notifications/x', null)
  writer.result('{\n "a": 1\r\n}')
  assert.ok(response.text.endsWith('data: {"jsonrpc":"2.0","id":"a","result":{\ndata:  "a": 1\ndata: }}\n\n'))
})

test('nothing is written after the answer, or to a client that left', () => {
  const { writer, response } = start()
  writer.result('{}')
  const before = response.text
  writer.result('{}')
  writer.notify('notifications/x', null)
  assert.equal(response.text, before)
  const gone = start()
  gone.response.destroyed = true
  gone.writer.result('{}')
  assert.equal(gone.response.headersSent, false)
})

test('notifications are accepted with HTTP 202 and no body', () => {
  const response = new KeptResponse()
  replyAccepted(response)
  assert.deepEqual([response.status, response.text, response.writableEnded], [202, '', true])
})

test('event streams are for clients that accept them', () => {
  assert.deepEqual([undefined, 'application/json, text/event-stream', '*/*', 'application/json'].map(acceptsEventStream), [true, true, true, false])
})
