// The pool: who shares what, who waits for whom, and what a reload keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '../../../gateway/exchange/failure.ts'
import { eventually } from '../../support/wait.ts'
import { alice, bob, callTool, firstText, httpSpec, startFake, startPool, stdioSpec } from './setup.ts'

test('a warm connection is returned without a promise', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  const first = pool.get('web', alice)
  assert.ok(first instanceof Promise)
  const connection = await first
  assert.equal(pool.get('web', alice), connection)
})

test('concurrent first users share one connect', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  const all = await Promise.all(Array.from({ length: 10 }, async () => pool.get('web', alice)))
  assert.equal(new Set(all).size, 1)
  assert.equal(fake.fake.initializations, 1)
})

test('owners whose names concatenate to the same text are kept apart', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  assert.notEqual(await pool.get('web', { principal: 'ab', session: 'c', capabilities: '{}' }), await pool.get('web', { principal: 'a', session: 'bc', capabilities: '{}' }))
})

test('a server that never answers does not delay the others', async t => {
  const fake = await startFake(t)
  const hanging = stdioSpec([], { name: 'bad', connectTimeoutMs: 300, transport: { kind: 'stdio', command: process.execPath, args: ['-e', 'setInterval(()=>{},1000)'], env: {}, cwd: null } })
  const { pool } = startPool(t, [hanging, httpSpec(fake.url)])
  const bad = Promise.resolve(pool.get('bad', alice))
  const failed = assert.rejects(bad, (failure: Failure) => failure.code === 'upstream.timeout')
  assert.equal(firstText(await callTool(await pool.get('web', alice), 'echo')), '{}')
  assert.equal(pool.health().find(({ server }) => server === 'bad')!.state, 'connecting')
  await failed
  assert.equal(pool.health().find(({ server }) => server === 'bad')!.state, 'failed')
})

test('an idle connection is closed, one with a call under way is not', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const fake = await startFake(t)
  let now = 0
  const { pool } = startPool(t, [httpSpec(fake.url, { idleStopMs: 1000 })], { nowMs: () => now })
  const connection = await pool.get('web', alice)
  const slow = callTool(connection, 'slow', { args: { ms: 50 } })
  now = 5000
  t.mock.timers.tick(5000)
  assert.equal(pool.health()[0]!.connections, 1)
  assert.equal(firstText(await slow), 'done')
  now = 10_000
  t.mock.timers.tick(5000)
  assert.equal(pool.health()[0]!.connections, 0)
  assert.notEqual(await pool.get('web', alice), connection)
})

test('a reload keeps unchanged servers, and lets changed ones finish their calls', async t => {
  const [kept, changed] = [await startFake(t), await startFake(t)]
  const { pool } = startPool(t, [httpSpec(kept.url, { name: 'kept' }), httpSpec(changed.url, { name: 'changed' })])
  const before = await pool.get('kept', alice)
  const old = await pool.get('changed', alice)
  const slow = callTool(old, 'slow', { args: { ms: 100 } })
  pool.update([httpSpec(kept.url, { name: 'kept' }), httpSpec(changed.url, { name: 'changed', idleStopMs: 1 }), httpSpec(kept.url, { name: 'new' })])
  assert.equal(pool.get('kept', alice), before)
  assert.notEqual(await pool.get('changed', alice), old)
  assert.equal(firstText(await slow), 'done')
  assert.ok(pool.has('new'))
  await eventually(() => changed.sessions.size === 1)
})

test('a removed server is unknown at once', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  pool.update([])
  assert.throws(() => pool.get('web', alice), (failure: Failure) => failure.code === 'upstream.connect')
})

test('when every place is taken, an idle connection makes room and a busy one does not', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)], { maxConnectionsPerServer: 1 })
  await pool.get('web', alice)
  const second = await pool.get('web', bob)
  assert.equal(pool.health()[0]!.connections, 1)
  const slow = callTool(second, 'slow', { args: { ms: 100 } })
  assert.throws(() => pool.get('web', alice), (failure: Failure) => failure.code === 'gateway.overloaded')
  await slow
})

test('closing everything waits for calls under way until the deadline', async t => {
  const fake = await startFake(t)
  const { pool } = startPool(t, [httpSpec(fake.url)])
  const connection = await pool.get('web', alice)
  const short = callTool(connection, 'slow', { args: { ms: 50 } })
  await pool.closeAll(5000)
  assert.equal(firstText(await short), 'done')
  assert.throws(() => pool.get('web', alice), (failure: Failure) => failure.code === 'gateway.draining')
})

test('a question of the server goes to the caller of the call, with what the caller declared', async t => {
  const capable = { ...alice, capabilities: '{"roots":{}}' }
  const { pool } = startPool(t, [stdioSpec()])
  const caller = {
    capabilities: capable.capabilities, logLevel: null,
    ask: ({ method }: { method: string }) => Promise.resolve(method === 'roots/list' ? { kind: 'result' as const, text: '{"roots":[]}' } : { kind: 'error' as const, text: '{"code":-1,"message":"no"}' }),
  }
  const connection = await pool.get('local', capable)
  const asked = async (method: string): Promise<unknown> => {
    const { result, error } = JSON.parse(firstText(await callTool(connection, 'ask', { args: { method }, caller }))) as { result?: unknown; error?: unknown }
    return result ?? error
  }
  assert.deepEqual(await asked('roots/list'), { roots: [] })
  assert.deepEqual(await asked('sampling/createMessage'), { code: -1, message: 'no' })
})

test('a question in a call of our own is refused', async t => {
  const { pool } = startPool(t, [stdioSpec()])
  const answer = JSON.parse(firstText(await callTool(await pool.get('local', alice), 'ask', { args: { method: 'roots/list' } }))) as { error: { code: number } }
  assert.equal(answer.error.code, -32601)
})
