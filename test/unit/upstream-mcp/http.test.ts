// Streamable HTTP as it goes wrong: lost sessions, cut streams, refusals that are no evidence of an era.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '../../../gateway/exchange/failure.ts'
import { eventually } from '../../support/wait.ts'
import { alice, callTool, firstText, httpSpec, startFake, startPool } from './setup.ts'

for (const lostSession of ['by the book', 'like the SDK example'] as const) {
  test(`a session that the server lost (${lostSession}) is replaced once, and the call is sent again`, async t => {
    const fake = await startFake(t, { lostSession })
    const { pool } = startPool(t, [httpSpec(fake.url)])
    const connection = await pool.get('web', alice)
    assert.equal(firstText(await callTool(connection, 'echo')), '{}')
    fake.loseSessions()
    const texts = await Promise.all(Array.from({ length: 5 }, () => callTool(connection, 'echo').then(firstText)))
    assert.deepEqual(texts, Array.from({ length: 5 }, () => '{}'))
    assert.equal(fake.fake.initializations, 2, 'concurrent callers share one new session')
    assert.equal(fake.fake.received.filter(({ method }) => method === 'tools/call').length, 6, 'no call was executed twice')
  })
}

test('a server that knows no session at all is given up after one new session', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  const connection = await pool.get('web', alice)
  fake.sessions.has = () => false
  await assert.rejects(callTool(connection, 'echo'), (failure: Failure) => failure.code === 'upstream.refused' && failure.detail.upstreamStatus === 404)
  assert.equal(fake.fake.initializations, 2)
})

test('a stream that the server closes before the answer is resumed behind its last event', async t => {
  const fake = await startFake(t, { polling: true })
  const { pool } = startPool(t, [httpSpec(fake.url)])
  assert.equal(firstText(await callTool(await pool.get('web', alice), 'slow', { args: { ms: 30 } })), 'done')
  assert.equal(fake.fake.received.filter(({ method }) => method === 'tools/call').length, 1)
})

test('closing a connection ends its session on the server', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  await pool.get('web', alice)
  assert.equal(fake.sessions.size, 1)
  await pool.close(alice)
  assert.equal(fake.sessions.size, 0)
  assert.equal(fake.methods.at(-1), 'DELETE')
})

for (const { status, code } of [{ status: 401, code: 'upstream.refused' }, { status: 403, code: 'upstream.refused' }, { status: 503, code: 'upstream.refused' }]) {
  test(`HTTP ${status} during the probe says nothing about the era`, async t => {
    let answer: number | null = status
    const fake = await startFake(t, { era: 'modern', status: () => answer })
    const { pool } = startPool(t, [httpSpec(fake.url)])
    await assert.rejects(async () => pool.get('web', alice), (failure: Failure) => failure.code === code && failure.detail.upstreamStatus === status)
    answer = null
    assert.equal((await pool.get('web', alice)).era, 'modern')
  })
}

test('the era is asked for once and remembered for later owners', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  await pool.get('web', alice)
  await pool.get('web', { principal: 'acme/bob', session: 's', capabilities: '{}' })
  assert.equal(fake.methods.filter(method => method === 'POST').length, 5, 'probe, then initialize and initialized twice')
})

test('a configured era is not asked for', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url, { era: 'legacy' })])
  await pool.get('web', alice)
  assert.equal(fake.fake.received[0]!.method, 'initialize')
})

for (const era of ['legacy', 'modern'] as const) {
  test(`list_changed arrives on the standing stream (${era})`, async t => {
    const fake = await startFake(t, { era })
    const { pool } = startPool(t, [httpSpec(fake.url)])
    const seen: unknown[] = []
    pool.subscribe({ onListChanged: (server, owner, kind) => { seen.push([server, owner, kind]) } })
    await pool.get('web', alice)
    await eventually(() => fake.streams.size === 1)
    fake.announce({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    await eventually(() => seen.length === 1)
    assert.deepEqual(seen, [['web', alice, 'tools']])
  })
}

test('configured headers go with every request, and nothing else of ours does', async t => {
  const fake = await startFake(t, { era: 'modern' })
  const { pool } = startPool(t, [httpSpec(fake.url, { transport: { kind: 'http', url: fake.url, headers: { authorization: 'Bearer upstream-key' } } })])
  await callTool(await pool.get('web', alice), 'echo')
  for (const { headers, method } of fake.fake.received) {
    assert.equal(headers['authorization'], 'Bearer upstream-key')
    assert.equal(headers['mcp-method'], method)
  }
})

test('an unreachable server fails with upstream.connect, naming the server', async t => {
  const { pool } = startPool(t, [httpSpec('http://127.0.0.1:1/mcp')])
  await assert.rejects(async () => pool.get('web', alice), (failure: Failure) => failure.code === 'upstream.connect' && failure.message.includes('"web"'))
})
