// Legacy sessions: bound to their principal, ended in time, with one stream each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { McpRefusal } from '../../../gateway/surfaces/mcp/refusal.ts'
import type { McpSession } from '../../../gateway/surfaces/mcp/session.ts'
import { McpSessions, type SessionLookup, type SessionsOptions } from '../../../gateway/surfaces/mcp/sessions.ts'
import { KeptResponse } from './setup.ts'

const init = { principal: 'acme/alice', endpoint: '', protocolVersion: '2025-11-25', clientInfo: {}, clientCapabilities: {} }
const lookup = (session: McpSession, changes: Partial<SessionLookup> = {}): SessionLookup =>
  ({ id: session.id, principal: 'acme/alice', endpoint: '', versionHeader: '2025-11-25', idText: '1', ...changes })

const start = (t: { after(fn: () => void): void }, options: SessionsOptions = {}): McpSessions => {
  const sessions = new McpSessions(options)
  t.after(() => { sessions.close() })
  return sessions
}

test('a session is found by its own principal', t => {
  const sessions = start(t)
  const session = sessions.open(init)
  assert.equal(sessions.find(lookup(session)), session)
  assert.equal(sessions.find(lookup(session, { versionHeader: undefined })), session, 'clients of 2025-03-26 send no version')
})

const refusals: readonly { readonly name: string; readonly changes: Partial<SessionLookup>; readonly status: number }[] = [
  { name: 'no id', changes: { id: undefined }, status: 400 },
  { name: 'an unknown id', changes: { id: 'x' }, status: 404 },
  { name: 'another principal\'s id', changes: { principal: 'acme/bob' }, status: 404 },
  { name: 'an id of another endpoint', changes: { endpoint: 'files' }, status: 404 },
  { name: 'an invalid version header', changes: { versionHeader: 'yesterday' }, status: 400 },
  { name: 'a modern version header', changes: { versionHeader: '2026-07-28' }, status: 400 },
]
for (const { name, changes, status } of refusals) {
  test(`${name} is answered with HTTP ${status}`, t => {
    const sessions = start(t)
    const session = sessions.open(init)
    assert.throws(() => sessions.find(lookup(session, changes)), (refusal: McpRefusal) => refusal.httpStatus === status)
  })
}

test('another principal\'s id and an unknown id get the same answer', t => {
  const sessions = start(t)
  const session = sessions.open(init)
  const answers = [{ principal: 'acme/bob' }, { id: 'unknown' }].map(changes => {
    try {
      sessions.find(lookup(session, changes))
      return null
    } catch (refusal) {
      return [(refusal as McpRefusal).message, (refusal as McpRefusal).rpcCode]
    }
  })
  assert.ok(answers[0] !== null)
  assert.deepEqual(answers[0], answers[1])
})

test('a session ends after its idle time, unless something is under way', t => {
  let now = 0
  const ended: string[] = []
  const sessions = start(t, { nowMs: () => now, ttlMs: 1000, onEnded: session => { ended.push(session.id) } })
  const [idle, busy] = [sessions.open(init), sessions.open(init)]
  const call = busy.begin('1')
  now = 1000
  assert.throws(() => sessions.find(lookup(idle)), (refusal: McpRefusal) => refusal.httpStatus === 404)
  sessions.sweep()
  assert.deepEqual(ended, [idle.id])
  call.end()
  sessions.sweep()
  assert.deepEqual(ended, [idle.id, busy.id])
})

test('when there are too many sessions, the one that was idle longest ends', t => {
  let now = 0
  const sessions = start(t, { nowMs: () => now, max: 2 })
  const first = sessions.open(init)
  now = 1
  const second = sessions.open(init)
  now = 2
  sessions.find(lookup(first))
  sessions.open(init)
  assert.equal(sessions.get(second.id), undefined)
  assert.equal(sessions.get(first.id), first)
})

test('a cancellation reaches the request with that id text and no other', t => {
  const session = start(t).open(init)
  const [number, text, same] = [session.begin('1'), session.begin('"1"'), session.begin('1')]
  session.cancel('1')
  session.cancel('unknown')
  assert.deepEqual([number, text, same].map(({ signal }) => signal.aborted), [true, false, true])
  number.end()
  same.end()
  assert.equal(session.isBusy, true)
  text.end()
  assert.equal(session.isBusy, false)
})

test('ending a session aborts its requests and closes its stream', t => {
  const sessions = start(t)
  const session = sessions.open(init)
  const call = session.begin('1')
  const response = new KeptResponse()
  session.attach(response)
  sessions.end(session)
  assert.ok(call.signal.aborted && response.writableEnded)
  assert.ok(session.begin('2').signal.aborted, 'a request that was on its way ends too')
})

test('a newer stream replaces an older one', t => {
  const session = start(t).open(init)
  const [old, young] = [new KeptResponse(), new KeptResponse()]
  session.attach(old)
  session.attach(young)
  session.notify('notifications/x', '{"a":1.0}')
  assert.ok(old.writableEnded && !young.writableEnded)
  assert.equal(young.text, 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/x","params":{"a":1.0}}\n\n')
  assert.equal(young.headers['x-accel-buffering'], 'no')
})

test('list changes are announced once per burst, also those from before the stream', t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const session = start(t).open(init)
  session.listChanged('tools')
  const response = new KeptResponse()
  session.attach(response)
  session.listChanged('tools')
  session.listChanged('prompts')
  t.mock.timers.tick(1000)
  assert.deepEqual(response.text.match(/"notifications[^"]*"/g), ['"notifications/tools/list_changed"', '"notifications/prompts/list_changed"'])
})

test('a quiet stream is kept alive', t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const session = start(t, { heartbeatMs: 1000 }).open(init)
  const response = new KeptResponse()
  session.attach(response)
  t.mock.timers.tick(2500)
  assert.equal(response.text, ': keep-alive\n\n: keep-alive\n\n')
})

test('log messages below the level that the client asked for are not wanted', t => {
  const session = start(t).open(init)
  assert.ok(session.wantsLog('debug'))
  session.logLevel = 'warning'
  assert.deepEqual(['info', 'warning', 'emergency', 'vendor'].map(level => session.wantsLog(level)), [false, true, true, true])
})
