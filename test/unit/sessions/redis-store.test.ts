// What only the store in Redis can do: several processes with one state, and what happens while Redis is dead, slow, somebody else's, or a cluster.
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { describe, test, type TestContext } from 'node:test'
import type { SessionStore } from '../../../gateway/exchange/session.ts'
import { RedisStore, type RedisStoreOptions } from '../../../gateway/sessions/redis/redis-store.ts'
import { ownerOf } from '../../../gateway/sessions/note-marks.ts'
import { VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { noRedis, startRedis, type RedisServer } from '../../support/redis-server.ts'
import { scratchFolder } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'
import { becomes, budget, hold, hour, keysOf, limitsOf, noLimits, noteBounds, placeholderOf, redisBench, redisOfSuite } from './open-store.ts'

const day = limitsOf(budget())
const keys = keysOf('s1')

const storeOptions = (url: string, changes: Partial<RedisStoreOptions> = {}): RedisStoreOptions => ({
  target: { kind: 'url', url, nodes: [], name: '', username: null, password: null, tls: false }, prefix: `test-${randomUUID()}`, timeoutMs: 1500, leaseMs: hour,
  vaultKeys: new VaultKeys(randomBytes(32)), sessionTtlMs: hour, labelTtlMs: hour, maxSessions: 100, noteBounds, ...changes,
})

const opened = async (t: TestContext, options: RedisStoreOptions): Promise<RedisStore> => {
  const store = new RedisStore(options)
  t.after(() => store.close())
  await store.open()
  return store
}

const state = async (store: SessionStore, limits = day): Promise<readonly [number, number]> => {
  const [one] = (await store.load(keys, limits)).budgets
  return [Number(one?.spent.usd.toFixed(9)), Number(one?.reserved.usd.toFixed(9))]
}

describe('several gateways with one Redis', { skip: noRedis }, () => {
  const server = redisOfSuite()

  test('they share budgets, labels, calls and pseudonyms', async t => {
    const bench = redisBench(server)(t)
    const [one, other] = [await bench.open(), await bench.open()]
    ;(await one.reserve(day, hold(0.4))).settle({ usd: 0.3, tokens: 0 })
    await other.reserve(day, hold(0.5))
    await becomes(async () => { assert.deepEqual(await state(one), [0.3, 0.5]) })
    await assert.rejects(async () => one.reserve(day, hold(0.3)), { code: 'budget.exhausted' })
    await one.commit(keys, { addLabels: { labels: ['finance'], sensitivity: 'confidential' } })
    assert.deepEqual((await other.load(keys, noLimits)).labels, { labels: ['finance'], sensitivity: 'confidential' })
    assert.equal(await placeholderOf((await one.load(keys, noLimits)).pseudonyms, 'email', 'a@example.com'), '[EMAIL_1]')
    assert.equal(await placeholderOf((await other.load(keys, noLimits)).pseudonyms, 'email', 'b@example.com'), '[EMAIL_2]')
    assert.equal((await one.load(keys, noLimits)).pseudonyms.lookup('[EMAIL_2]')?.value, 'b@example.com')
  })

  test('two of them that name values of one session at once give no placeholder to two values and no value two placeholders', async t => {
    const bench = redisBench(server)(t)
    const stores = [await bench.open(), await bench.open(), await bench.open()]
    const pairs = await Promise.all(stores.flatMap(store => Array.from({ length: 40 }, async (_, index) => {
      const value = `${index % 25}@example.com`
      const { pseudonyms } = await store.load(keys, noLimits)
      return [value, await placeholderOf(pseudonyms, 'email', value)] as const
    })))
    const distinct = new Set(pairs.map(pair => pair.join(' ')))
    assert.equal(distinct.size, 25)
    assert.equal(new Set(pairs.map(([, placeholder]) => placeholder)).size, 25)
    for (const store of stores) {
      const { entries, lookup } = (await store.load(keys, noLimits)).pseudonyms as { entries: readonly { value: string; placeholder?: string }[]; lookup: unknown }
      assert.equal(typeof lookup, 'function')
      assert.equal(new Set(entries.map(({ value }) => value)).size, 25)
    }
  })

  test('an old conversation keeps a pseudonym that another gateway allocated after it was loaded', async t => {
    const bench = redisBench(server)(t)
    const [one, other] = [await bench.open(), await bench.open()]
    const early = (await one.load(keys, noLimits)).pseudonyms
    await placeholderOf((await other.load(keys, noLimits)).pseudonyms, 'email', 'b@example.com')
    assert.equal(await placeholderOf(early, 'email', 'a@example.com'), '[EMAIL_2]')
    assert.equal(await placeholderOf(early, 'email', 'b@example.com'), '[EMAIL_1]')
  })

  test('what a gateway holds when it dies counts as spent after its lease, and not before it is told so', async t => {
    const bench = redisBench(server)(t)
    const expired: number[] = []
    const [dies, lives] = [await bench.open({ leaseMs: 60_000 }), await bench.open({ onExpired: count => { expired.push(count) } })]
    await dies.reserve(day, hold(0.6))
    assert.deepEqual(await state(lives), [0, 0.6])
    bench.nowMs += 60_001
    ;(await lives.reserve(day, hold(0.1))).release()
    await becomes(async () => { assert.deepEqual(await state(lives), [0.6, 0]) })
    assert.deepEqual(expired, [1])
    await assert.rejects(async () => lives.reserve(day, hold(0.5)), { code: 'budget.exhausted' })
  })

  test('a call that outlives its lease is corrected when it settles', async t => {
    const bench = redisBench(server)(t)
    const store = await bench.open({ leaseMs: 60_000 })
    const slow = await store.reserve(day, hold(0.6))
    bench.nowMs += 60_001
    ;(await store.reserve(day, hold(0.1))).release()
    await becomes(async () => { assert.deepEqual(await state(store), [0.6, 0]) })
    slow.settle({ usd: 0.25, tokens: 0 })
    await becomes(async () => { assert.deepEqual(await state(store), [0.25, 0]) })
  })

  test('values cannot be read in Redis, and neither can the key', async t => {
    const options = storeOptions(server().url)
    const store = await opened(t, options)
    const value = 'anna.invented@example.com'
    await placeholderOf((await store.load(keys, noLimits)).pseudonyms, 'email', value)
    const list = await server().ask('LRANGE', `${options.prefix}:{acme/key1}:v:acme/key1/s1`, '0', '-1') as string[]
    assert.equal(list.length, 1)
    assert.match(list[0] ?? '', /^\[EMAIL_1\] email [\w+/=]+$/)
    const kept = JSON.stringify([list, await server().ask('GET', `${options.prefix}:{budgets}:key`)])
    for (const secret of [value, Buffer.from(value).toString('base64').slice(0, 20), options.vaultKeys.current.toString('base64').slice(0, 20)]) assert.ok(!kept.includes(secret))
  })

  test('a pair that somebody moved in Redis is refused, not restored', async t => {
    const options = storeOptions(server().url)
    const store = await opened(t, options)
    await placeholderOf((await store.load(keys, noLimits)).pseudonyms, 'email', 'a@example.com')
    const list = `${options.prefix}:{acme/key1}:v:acme/key1/s1`
    const [row = ''] = await server().ask('LRANGE', list, '0', '-1') as string[]
    await server().ask('RPUSH', list, row.replace('EMAIL_1', 'EMAIL_2'))
    await assert.rejects(async () => store.load(keys, noLimits), { code: 'state.unavailable' })
  })

  test('another vault key under the same prefix is refused at the start, and while it runs', async t => {
    const options = storeOptions(server().url)
    await opened(t, options)
    await assert.rejects(new RedisStore({ ...options, vaultKeys: new VaultKeys(randomBytes(32)) }).open(), /another vault key: give all gateways the same state\.vault_key/)
  })
})

describe('Redis that is not there', { skip: noRedis }, () => {
  const own = async (t: TestContext, settings: readonly string[] = []): Promise<RedisServer> => {
    const server = await startRedis({ folder: scratchFolder(t), settings })
    t.after(() => server.close())
    return server
  }

  test('never reached: every call fails at once with state.unavailable, and works as soon as it is there', async t => {
    const server = await own(t)
    await server.kill()
    const store = await opened(t, storeOptions(server.url))
    assert.match(store.problem ?? '', /Redis\) cannot be used/)
    for (const run of [() => store.load(keys, day), () => store.reserve(day, hold(0.1)), () => store.commit(keys, { addLabels: { labels: ['a'], sensitivity: 'internal' } })]) {
      await assert.rejects(async () => run(), { code: 'state.unavailable', retryAfterMs: 1000 })
    }
    await server.start()
    await becomes(() => { assert.equal(store.problem, null) })
    assert.deepEqual(await state(store), [0, 0])
  })

  test('killed and started again on its log: nothing that was said is forgotten, and what ended meanwhile is settled', async t => {
    const server = await own(t, ['--appendonly', 'yes', '--appendfsync', 'everysec'])
    const changes: (string | null)[] = []
    const store = await opened(t, storeOptions(server.url, { onChange: problem => { changes.push(problem) } }))
    ;(await store.reserve(day, hold(0.3))).settle({ usd: 0.2, tokens: 0 })
    const underway = await store.reserve(day, hold(0.5))
    await becomes(async () => { assert.deepEqual(await state(store), [0.2, 0.5]) })
    await server.kill()
    await becomes(async () => { await assert.rejects(async () => store.load(keys, day), { code: 'state.unavailable' }) })
    underway.settle({ usd: 0.4, tokens: 0 })
    await server.start()
    await becomes(async () => { assert.deepEqual(await state(store), [0.6, 0]) })
    assert.deepEqual(changes.map(one => one === null), [true, false, true])
  })

  test('silent: a call waits for its time once, and then nobody waits', async t => {
    const server = await own(t)
    const store = await opened(t, storeOptions(server.url, { timeoutMs: 300 }))
    process.kill(server.pid(), 'SIGSTOP')
    try {
      const times = await Promise.all([0, 1, 2].map(async () => {
        const began = performance.now()
        await assert.rejects(async () => store.load(keys, day), { code: 'state.unavailable' })
        return performance.now() - began
      }))
      assert.ok(Math.max(...times) < 1500, `${times.join(', ')} ms`)
      const began = performance.now()
      for (let call = 0; call < 100; call += 1) await assert.rejects(async () => store.load(keys, day), { code: 'state.unavailable' })
      assert.ok(performance.now() - began < 250)
    } finally {
      process.kill(server.pid(), 'SIGCONT')
    }
    await becomes(() => { assert.equal(store.problem, null) })
    await store.load(keys, day)
  })

  test('a reservation that was asked for and not answered is given back when Redis wakes up', async t => {
    const server = await own(t)
    const store = await opened(t, storeOptions(server.url, { timeoutMs: 300 }))
    process.kill(server.pid(), 'SIGSTOP')
    try {
      await assert.rejects(async () => store.reserve(day, hold(0.9)), { code: 'state.unavailable' })
    } finally {
      process.kill(server.pid(), 'SIGCONT')
    }
    await becomes(async () => { assert.deepEqual(await state(store), [0, 0]) })
    await store.reserve(day, hold(1))
  })

  test('a server with a password opens with it only', async t => {
    const server = await own(t)
    await server.ask('CONFIG', 'SET', 'requirepass', 'a-long-password')
    const locked = await opened(t, storeOptions(server.url))
    await assert.rejects(async () => locked.load(keys, day), { code: 'state.unavailable' })
    const target = { kind: 'url', url: server.url, nodes: [], name: '', username: null, password: 'a-long-password', tls: false } as const
    const store = await opened(t, storeOptions(server.url, { target }))
    assert.equal(store.problem, null)
  })
})

describe('Redis Cluster', { skip: noRedis }, () => {
  test('three nodes: everything of one script is in one slot', async t => {
    const folder = scratchFolder(t)
    const nodes = await Promise.all([0, 1, 2].map(() => startRedis({ folder, settings: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'] })))
    t.after(async () => { for (const node of nodes) await node.close() })
    const [first] = nodes
    const slots = [['0', '5460'], ['5461', '10922'], ['10923', '16383']] as const
    for (const [index, node] of nodes.entries()) {
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', ...slots[index] ?? [])
      if (index > 0) await first?.ask('CLUSTER', 'MEET', '127.0.0.1', String(node.port))
    }
    await becomes(async () => { for (const node of nodes) assert.match(String(await node.ask('CLUSTER', 'INFO')), /cluster_state:ok[\s\S]*cluster_known_nodes:3/) })
    const target = { kind: 'cluster', url: '', nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })), name: '', username: null, password: null, tls: false } as const
    const options = storeOptions('', { target, timeoutMs: 2000 })
    const store = await opened(t, options)
    assert.equal(store.problem, null)
    const several = limitsOf(budget(), budget({ account: 'acme/key1' }), budget({ account: ':other/tenant/else' }))
    for (const session of Array.from({ length: 12 }, (_, index) => keysOf('s', { key: `key${index}`, tenant: `t${index}` }))) {
      await store.load(session, several)
      assert.equal(await placeholderOf((await store.load(session, noLimits)).pseudonyms, 'email', 'a@example.com'), '[EMAIL_1]')
      await store.commit(session, { addLabels: { labels: ['x'], sensitivity: 'internal' } })
      ;(await store.reserve(several, hold(0.05))).settle({ usd: 0.01, tokens: 5 })
      await store.notes.put(ownerOf(session.session), [{ kind: 'text', id: 'a', marks: [store.notes.markOf(session.session)], body: Buffer.from('a text') }])
    }
    await becomes(async () => { assert.deepEqual(await state(store, several), [0.12, 0]) })
    // A new key finds the vaults and notes of every node.
    const ring = new VaultKeys(randomBytes(32), [options.vaultKeys.current])
    const rotated = await opened(t, { ...options, vaultKeys: ring })
    assert.equal(await rotated.resealVaults(), 24)
    assert.equal(await rotated.resealVaults(), 0)
    assert.equal(await rotated.forgetVault('t3/key3/s'), true)
    assert.deepEqual(await Promise.all([3, 4].map(async index => (await rotated.load(keysOf('s', { key: `key${index}`, tenant: `t${index}` }), noLimits)).pseudonyms.size)), [0, 1])
    const told: string[] = []
    const fresh = await opened(t, { ...options, vaultKeys: new VaultKeys(ring.current) })
    fresh.notes.readBy('text', { noted: (owner, { body }) => { told.push(`${owner} ${body.toString()}`) }, used: () => undefined, forgotten: () => undefined })
    for (const index of [3, 4]) await fresh.load(keysOf('other', { key: `key${index}`, tenant: `t${index}` }), noLimits)
    assert.deepEqual(told, ['t4/key4 a text'])
  })
})

describe('Redis Sentinel', { skip: noRedis }, () => {
  test('when the server dies its replica takes over, and calls fail until it has', async t => {
    const folder = scratchFolder(t)
    const first = await startRedis({ folder })
    const second = await startRedis({ folder, settings: ['--replicaof', '127.0.0.1', String(first.port)] })
    t.after(async () => { for (const node of [first, second]) await node.close() })
    await becomes(async () => { assert.match(String(await second.ask('INFO', 'replication')), /master_link_status:up/) })
    const sentinel = await startRedis({
      folder, sentinel: `sentinel monitor group 127.0.0.1 ${first.port} 1\nsentinel down-after-milliseconds group 300\nsentinel failover-timeout group 2000`,
    })
    t.after(() => sentinel.close())
    await becomes(async () => { assert.match(JSON.stringify(await sentinel.ask('SENTINEL', 'replicas', 'group')), new RegExp(String(second.port))) })
    const target = { kind: 'sentinels', url: '', nodes: [{ host: '127.0.0.1', port: sentinel.port }], name: 'group', username: null, password: null, tls: false } as const
    const store = await opened(t, storeOptions('', { target, timeoutMs: 1000 }))
    ;(await store.reserve(day, hold(0.4))).settle({ usd: 0.4, tokens: 0 })
    await becomes(async () => { assert.deepEqual(await state(store), [0.4, 0]) })
    await becomes(async () => { assert.match(String(await first.ask('INFO', 'replication')), /lag=0/) })
    await first.kill()
    await becomes(async () => { await assert.rejects(async () => store.load(keys, day), { code: 'state.unavailable' }) })
    await eventually(async () => {
      assert.deepEqual(await state(store), [0.4, 0])
      return true
    }, { withinMs: 20_000 })
    await assert.rejects(async () => store.reserve(day, hold(0.7)), { code: 'budget.exhausted' })
    await store.reserve(day, hold(0.6))
  })
})
