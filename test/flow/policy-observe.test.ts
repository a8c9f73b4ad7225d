// Observe first: what only policy would stop passes and is recorded, what anything else stops is stopped, and the report says what
// enforcing would change.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { fakeMcpCommand } from '../support/fake-mcp-server.ts'
import { call, openSession, rpc } from './mcp-client.ts'
import { chat, keys, startWorld, type World } from './setup.ts'

const entry = resolve(import.meta.dirname, '../../gateway/main.ts')
const vault = { vault: { ...fakeMcpCommand(), era: 'legacy' } }
const bob = { authorization: `Bearer ${keys.bob}` }

/** The real command on the world's data. */
const report = async (world: World): Promise<string> =>
  (await promisify(execFile)(process.execPath, [entry, 'policy', 'report', '--config', world.configFile], { env: { ...process.env, CLOUD_KEY: 'x' } })).stdout

const rowWith = (text: string, ...words: string[]): string | undefined => text.split('\n').find(line => words.every(word => line.includes(word)))

test('while everything observes, calls pass that policy would stop, and the report says which, by rule, principal and tool', async t => {
  const world = await startWorld(t, { observe: true, mcpServers: vault })
  const model = await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }), bob)
  assert.equal(model.status, 200, await model.text())
  const session = await openSession(world, bob)
  for (const id of [1, 2]) assert.match((await rpc(world, call('vault__echo', { id }, id), session)).text, /"result"/)
  const observed = world.outcomes().filter(one => one.phase === 'outcome' && one['action'] !== null).map(one => one['decision'] as { enforced: string; observed: { result: string } | null })
  assert.ok(observed.length >= 3 && observed.every(decision => decision.enforced === 'allow' && decision.observed?.result === 'deny'), JSON.stringify(observed))
  await world.close()
  const text = await report(world)
  assert.ok(rowWith(text, 'observed', 'deny', 'main.default_deny', 'bob', 'vault vault__echo')?.includes(' 2 '), text)
  assert.ok(rowWith(text, 'observed', 'deny', 'bob', 'cloud-only') !== undefined, text)
  assert.ok(!text.includes('enforced'), text)
})

test('observing excuses nothing that is not policy', async t => {
  const world = await startWorld(t, { observe: true })
  assert.equal((await world.post('/v1/chat/completions', chat('hello'), { authorization: 'Bearer pk_nobody' })).status, 401)
  assert.equal((await world.post('/v1/chat/completions', '{"model": "auto", "model": "auto"}')).status, 400)
  assert.equal((await world.post('/v1/chat/completions', chat('hello', { model: 'no-such-model' }))).status, 404)
})

test('what an observing layer would hide is not hidden either: traffic is as it was before, and the record says what was in it', async t => {
  const world = await startWorld(t, { observe: true })
  await world.post('/v1/chat/completions', chat('write to anna.berg@example.com', { model: 'cloud-only' }))
  assert.match(world.cloud.requests.at(-1)?.body.toString() ?? '', /anna\.berg@example\.com/)
  const intent = world.audit().find(one => one.phase === 'intent')
  assert.deepEqual(intent?.['entities'], { email: 1 })
})

for (const [layer, mode, status, effect] of [
  ['organisation', 'enforce', 403, 'enforced'],
  ['tenant', 'observe', 403, 'enforced'],
  ['organisation', 'observe', 403, 'enforced'],
] as const) {
  test(`${layer} on ${mode}: a call that nobody allows is ${effect}`, async t => {
    const world = await startWorld(t, { config: { policy: { settings: { layers: { [layer]: mode } } } } })
    assert.equal((await world.post('/v1/chat/completions', chat('hello'), bob)).status, status)
    await world.close()
    assert.ok(rowWith(await report(world), effect, 'bob') !== undefined)
  })
}

test('when every layer observes by settings, it is as with --observe', async t => {
  const world = await startWorld(t, { config: { policy: { settings: { layers: { organisation: 'observe', tenant: 'observe', application: 'observe' } } } } })
  assert.equal((await world.post('/v1/chat/completions', chat('hello'), bob)).status, 200)
  assert.equal((world.outcomes().at(-1)?.['decision'] as { observed: { result: string } }).observed.result, 'deny')
})

test('a report without anything to say says so, and a configuration that is not there ends with 2', async t => {
  const world = await startWorld(t)
  await world.post('/v1/chat/completions', chat('hello'))
  await world.close()
  assert.match(await report(world), /Nothing was denied/)
  await assert.rejects(promisify(execFile)(process.execPath, [entry, 'policy', 'report', '--config', join(world.folder, 'nowhere.yaml')]), (error: { code: number; stderr: string }) => error.code === 2 && error.stderr.includes('nowhere.yaml'))
})
