// Several gateways and one real Redis: budgets hold for all of them together, sessions are one, and while Redis is away nothing passes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overspendOf, runOnce } from '../bench/budget/run.ts'
import { startBudgetStand } from '../bench/budget/stand.ts'
import { noRedis, startRedis, type RedisServer } from '../support/redis-server.ts'
import { scratchFolder, type CleansUp } from '../support/scratch-folder.ts'
import { eventually } from '../support/wait.ts'
import { gatedConfig, StreamReader, startGatedProvider } from './gated-provider.ts'
import { chat, startWorld, type World } from './setup.ts'

const own = async (t: CleansUp, settings: readonly string[] = []): Promise<RedisServer> => {
  const server = await startRedis({ folder: scratchFolder(t), settings })
  t.after(() => server.close())
  return server
}

const vault = Buffer.alloc(32, 7).toString('base64')

/** A gateway of its own folder on the shared state. */
const gatewayOn = async (t: CleansUp, { url }: RedisServer, more: Readonly<Record<string, unknown>> = {}): Promise<World> => {
  const folder = scratchFolder(t)
  const { writeFileSync } = await import('node:fs')
  writeFileSync(`${folder}/vault`, vault, { mode: 0o600 })
  return startWorld(t, { folder, config: { state: { vault_key: { file: './vault' }, redis: { url, timeout_ms: 1000 } }, ...more } })
}

test('two hundred calls at once on three processes with one Redis spend no more than the budget has', { skip: noRedis }, async t => {
  const redis = await own(t)
  await using stand = await startBudgetStand({ folder: scratchFolder(t), processes: 3, redis, runs: 1 })
  const result = await runOnce(stand, 0, 200)
  assert.deepEqual(result.failed, [])
  assert.equal(overspendOf(result), 0, JSON.stringify(result))
  assert.ok(result.answered > 10 && result.refused > 50, JSON.stringify(result))
  // All that was held has been settled, to the last billionth, and nothing waits for a lease to end.
  const account = 'portcullis:{budgets}:a:total::run/key/bench/run-0'
  await eventually(async () => await redis.ask('HGET', account, 'ru') === '0')
  assert.equal(Number(await redis.ask('HGET', account, 'u')), Math.round(result.spentUsd * 1e9))
  assert.equal(await redis.ask('ZCARD', 'portcullis:{budgets}:leases'), 0)
})

test('two hundred calls at once on one process with embedded state spend no more than the budget has', async t => {
  await using stand = await startBudgetStand({ folder: scratchFolder(t), processes: 1, redis: null, runs: 1 })
  const result = await runOnce(stand, 0, 200)
  assert.deepEqual([result.failed, overspendOf(result)], [[], 0])
  assert.ok(result.answered > 10 && result.refused > 50, JSON.stringify(result))
})

test('a Redis that is killed under load and comes back lets nobody spend more', { skip: noRedis }, async t => {
  const redis = await own(t, ['--appendonly', 'yes', '--appendfsync', 'everysec'])
  await using stand = await startBudgetStand({ folder: scratchFolder(t), processes: 3, redis, runs: 1 })
  const first = await runOnce(stand, 0, 200, async () => {
    await eventually(() => stand.provider.requests.length >= 5, { everyMs: 1, withinMs: 30_000 })
    // However fast the calls above were, these are under way when it dies.
    const [caught] = await Promise.all([runOnce(stand, 0, 200), redis.kill()])
    assert.deepEqual(caught.failed, [])
    assert.ok(caught.unavailable > 0, JSON.stringify(caught))
    const away = await runOnce(stand, 0, 20)
    assert.deepEqual([away.unavailable, away.failed], [20, []], JSON.stringify(away))
    await redis.start()
  })
  assert.deepEqual(first.failed, [])
  await stand.ready()
  const second = await runOnce(stand, 0, 200)
  assert.deepEqual([second.failed, overspendOf(second)], [[], 0], JSON.stringify(second))
  assert.ok(second.refused > 0)
})

test('a conversation goes on at another gateway: the same pseudonyms, and the real values in the answer', { skip: noRedis }, async t => {
  const redis = await own(t)
  const [one, other] = [await gatewayOn(t, redis), await gatewayOn(t, redis)]
  const session = { 'x-portcullis-session': 'conversation' }
  const said = async (world: World, text: string): Promise<string> => (await world.post('/v1/chat/completions', chat(text, { model: 'cloud-only' }), session)).text()
  assert.match(await said(one, 'write to anna.berg@example.com'), /anna\.berg@example\.com/)
  assert.match(await said(other, 'and to bert.lang@example.com, or again to anna.berg@example.com'), /bert\.lang@example\.com/)
  assert.match(await said(one, 'bert.lang@example.com'), /bert\.lang@example\.com/)
  const sent = [...one.cloud.requests, ...other.cloud.requests].map(({ body }) => body.toString())
  assert.ok(sent.every(body => !body.includes('@example.com')), sent.join('\n'))
  assert.match(sent[0] ?? '', /write to \[EMAIL_1\]/)
  assert.match(sent[1] ?? '', /"content":"\[EMAIL_2\]"/)
  assert.match(other.cloud.requests[0]?.body.toString() ?? '', /and to \[EMAIL_2\], or again to \[EMAIL_1\]/)
  assert.deepEqual(one.log.filter(line => line.startsWith('error')), [])
})

test('while Redis is away calls get 503, readiness says why, and everything works again without a restart', { skip: noRedis }, async t => {
  const redis = await own(t)
  const world = await gatewayOn(t, redis)
  assert.equal((await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }))).status, 200)
  await redis.kill()
  const response = await eventually(async () => {
    const answer = await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }))
    return answer.status === 503 ? answer : undefined
  })
  assert.match(await response.text(), /state\.unavailable/)
  assert.equal(response.headers.get('retry-after'), '1')
  const ready = await world.admin('/readyz')
  assert.equal(ready.status, 503)
  assert.match(await ready.text(), /shared state \(Redis\) cannot be used/)
  assert.match(await world.metrics(), /^gateway_state_lost_total 1$/m)
  await redis.start()
  await eventually(async () => (await world.admin('/readyz')).status === 200)
  assert.equal((await world.post('/v1/chat/completions', chat('hello', { model: 'cloud-only' }))).status, 200)
})

test('a gateway with another vault key does not start on the same state', { skip: noRedis }, async t => {
  const redis = await own(t)
  await gatewayOn(t, redis)
  await assert.rejects(startWorld(t, { config: { state: { redis: { url: redis.url } } } }), /another vault key/)
})

for (const { last, ends } of [{ last: ' I have nothing to tell.', ends: true }, { last: ' Ask carl@example.org.', ends: false }]) {
  test(`a stream during which Redis dies ends ${ends ? 'as usual where it holds nothing' : 'with an error where its labels could not be kept'}`, { skip: noRedis }, async t => {
    const redis = await own(t)
    const gated = await startGatedProvider(t, last)
    const world = await gatewayOn(t, redis, { ...gatedConfig(gated), policy: { settings: { data: { answers: { kinds: ['email'], action: 'label' } } } } })
    const running = new StreamReader(await world.post('/v1/chat/completions', chat('Hi', { model: 'cloud/small', stream: true })))
    await running.until('first')
    await redis.kill()
    gated.release()
    const said = await running.rest()
    assert.deepEqual([said.includes('[DONE]'), said.includes('state.unavailable')], [ends, !ends], said)
    assert.equal(world.outcomes().at(-1)?.['failure'], ends ? null : 'state.unavailable')
  })
}
