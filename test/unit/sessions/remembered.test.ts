// Texts, calls and user requests that were learnt before a restart, or at another gateway, are known: on both stores.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import { noTurn, type Asking, type EnteringCall, type RootedCall } from '../../../gateway/exchange/root.ts'
import type { SessionStore } from '../../../gateway/exchange/session.ts'
import { MemoryTaint } from '../../../gateway/redaction/taint/taint-book.ts'
import { MemoryCalls } from '../../../gateway/sessions/model-calls.ts'
import { Roots } from '../../../gateway/sessions/roots.ts'
import { VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { noRedis, startRedis } from '../../support/redis-server.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { becomes, hour, keysOf, minute, noLimits, onBothStores, redisBench, redisOfSuite, type RedisBench, type StoreBench } from './open-store.ts'

const owner = 'acme/key1'
const crm: Labels = { labels: ['crm'], sensitivity: 'confidential' }
const hr: Labels = { labels: ['hr'], sensitivity: 'restricted' }
const note = 'Customer Quill asked that the delivery of the new pumps be moved to the second week of April because of the strike.'
const long = Array.from({ length: 3000 }, (_, at) => `word${at * 7}`).join(' ')

/** A gateway as far as it remembers. */
class Gateway {
  readonly store: SessionStore
  readonly taint: MemoryTaint
  readonly calls: MemoryCalls
  readonly roots: Roots
  #exchanges = 0

  constructor(t: CleansUp, bench: StoreBench, store: SessionStore) {
    const clockMs = (): number => bench.nowMs
    const { notes } = store
    this.store = store
    this.taint = new MemoryTaint({ ttlMs: hour, most: 1000, memoBytes: 1 << 20, notes, clockMs })
    this.calls = new MemoryCalls({ windowMs: 10 * minute, most: 100, notes, clockMs })
    this.roots = new Roots({ quietMs: 10 * minute, max: 100, notes, clockMs })
    t.after(() => { this.roots.close() })
  }

  async load(session = 's1'): Promise<void> { await this.store.load(keysOf(session), noLimits) }

  async learn(text: string, labels: Labels, { session = 's1', origin = 'crm/find' }: { readonly session?: string; readonly origin?: string | null } = {}): Promise<void> { await this.taint.learn({ owner, session: `${owner}/${session}` }, [text], { labels, origin }) }

  async carried(text: string, session = 's1'): Promise<string> {
    await this.load(session)
    const { labels, origins } = this.taint.carriedBy(owner, `${owner}/${session}`, [text])
    return [labels.sensitivity, ...labels.labels, ...origins].join(' ')
  }

  async enter(session: string, asking: Asking, root: string | null = null): Promise<RootedCall> {
    await this.load(session)
    return this.roots.enter({ exchange: `x${this.#exchanges += 1}.${randomBytes(3).toString('hex')}`, keys: keysOf(session), tenant: 'acme', owner, depth: 0, named: { root, trace: null }, asking } satisfies EnteringCall)
  }
}

const opened = async (t: CleansUp, bench: StoreBench, vaultKeys?: VaultKeys): Promise<Gateway> => new Gateway(t, bench, await bench.open(vaultKeys === undefined ? {} : { vaultKeys }))
const nothing = 'public'
const saying: Asking = { kind: 'model', turn: { ...noTurn, kind: 'user', said: { digest: 'go', at: 0 }, length: 1 }, answers: true }

onBothStores('what is remembered', benchOf => {
  test('texts are known after a restart, quoted, for their time after they were last returned, and to their owner', async t => {
    const bench = benchOf(t)
    const first = await opened(t, bench)
    await first.load()
    await first.learn(note, crm)
    await first.learn(long, hr, { origin: null })
    bench.nowMs += 50 * minute
    await first.learn(note, crm)
    await first.store.close()
    bench.nowMs += 5 * minute
    const second = await opened(t, bench)
    assert.equal(await second.carried(`> ${note.toUpperCase().slice(9)}`), 'confidential crm crm/find')
    assert.equal(await second.carried(long.slice(9000, 9200)), 'restricted hr', 'any part of a long one')
    assert.equal(second.taint.carriedBy('acme/key2', 'acme/key2/s', [note]).labels.labels.length, 0)
    await second.store.close()
    bench.nowMs += 20 * minute
    const third = await opened(t, bench)
    assert.equal(await third.carried(long.slice(9000, 9200)), nothing)
    assert.equal(await third.carried(note), 'confidential crm crm/find')
    await third.learn(note, hr, { origin: 'hr/read' })
    await third.store.close()
    assert.equal(await (await opened(t, bench)).carried(note), 'restricted crm hr crm/find hr/read')
  })

  test('they stay known when the vault key changes', async t => {
    const bench = benchOf(t)
    const first = await opened(t, bench)
    await first.load()
    await first.learn(note, crm)
    await first.store.close()
    const ring = new VaultKeys(randomBytes(32), [bench.vaultKeys.current])
    const between = await opened(t, bench, ring)
    await between.store.resealVaults()
    await between.store.close()
    assert.equal(await (await opened(t, bench, new VaultKeys(ring.current))).carried(note), 'confidential crm crm/find')
  })

  test('what only a forgotten session returned is not known any more, at once and after a restart', async t => {
    const bench = benchOf(t)
    const first = await opened(t, bench)
    await first.load()
    await first.learn(note, crm)
    await first.learn(long, hr, { session: 's1' })
    await first.learn(long, hr, { session: 's2' })
    assert.equal(await first.carried(note), 'confidential crm crm/find')
    await first.store.forgetVault(`${owner}/s1`)
    assert.deepEqual([await first.carried(note), await first.carried(long.slice(500, 900))], [nothing, 'restricted hr crm/find'])
    await first.store.close()
    const second = await opened(t, bench)
    assert.deepEqual([await second.carried(note), await second.carried(long.slice(500, 900))], [nothing, 'restricted hr crm/find'])
  })

  test('what an operator took off a session stays off after a restart', async t => {
    const bench = benchOf(t)
    const first = await opened(t, bench)
    await first.load()
    await first.learn(note, { labels: ['crm', 'hr'], sensitivity: 'restricted' })
    await first.taint.forgive(owner, `${owner}/s1`, { labels: ['crm'], above: 'internal' })
    await first.store.close()
    const second = await opened(t, bench)
    assert.equal(await second.carried(note), 'internal hr crm/find')
    assert.equal(await second.carried(note, 's2'), 'restricted crm hr crm/find')
  })

  test('calls that a model asked for are known after a restart, for their time, until their session is forgotten', async t => {
    const bench = benchOf(t)
    const by = { model: 'cloud/large', labels: crm, session: `${owner}/s1` }
    const call = { id: 'call_1', name: 'files__read', args: { path: '/a', deep: [1] } }
    const first = await opened(t, bench)
    await first.load()
    first.calls.emitted(owner, call, by)
    first.calls.emitted(owner, { ...call, args: { path: '/b' } }, { ...by, session: `${owner}/s2` })
    await first.store.close()
    const second = await opened(t, bench)
    const version = second.calls.version
    assert.equal(second.calls.askedBy(owner, call), null)
    await second.load()
    assert.notEqual(second.calls.version, version)
    assert.deepEqual(second.calls.askedBy(owner, call), by)
    assert.equal(second.calls.askedBy(owner, { ...call, args: { path: '/c' } }), null)
    await second.store.forgetVault(`${owner}/s1`)
    assert.equal(second.calls.askedBy(owner, call), null)
    assert.notEqual(second.calls.askedBy(owner, { ...call, args: { path: '/b' } }), null)
    await second.store.close()
    bench.nowMs += 11 * minute
    const third = await opened(t, bench)
    await third.load()
    assert.equal(third.calls.askedBy(owner, { ...call, args: { path: '/b' } }), null)
  })

  test('a sub-agent inherits from a request that began before a restart: by name, and by the tool call that started it', async t => {
    const bench = benchOf(t)
    const first = await opened(t, bench)
    const named = await first.enter('s1', saying, 'job')
    await named.labelled(crm)
    const other = await first.enter('s2', saying)
    await other.labelled(hr)
    other.end({ failure: null, model: 'a/b', usage: null, costUsd: null, wantsTools: true, toolCalls: ['call_7'] })
    await (await first.enter('quiet', saying, 'unlabelled')).labelled({ labels: [], sensitivity: 'internal' })
    await first.store.close()
    const second = await opened(t, bench)
    assert.deepEqual((await second.enter('child', saying, 'job')).inherited, crm)
    const caused = await second.enter('s3', { kind: 'tool', call: 'x', caused: 'call_7' })
    assert.deepEqual([caused.inherited, caused.request], [hr, other.request])
    assert.deepEqual((await second.enter('s1', saying, 'job')).inherited.labels, [], 'who was in it has what it has')
    assert.deepEqual((await second.enter('late', saying, 'unlabelled')).inherited.labels, [])
  })
})

describe('what several gateways remember', { skip: noRedis }, () => {
  const server = redisOfSuite()
  const two = async (t: CleansUp & Parameters<ReturnType<typeof redisBench>>[0]): Promise<{ bench: RedisBench; one: Gateway; other: Gateway }> => {
    const bench = redisBench(server)(t)
    const [one, other] = [await opened(t, bench), await opened(t, bench)]
    for (const each of [one, other]) await each.load()
    return { bench, one, other }
  }

  test('a text that one has learnt is known to the other when it loads a session', async t => {
    const { one, other } = await two(t)
    await one.learn(note, crm)
    assert.equal(await other.carried(note), 'confidential crm crm/find')
    await other.learn(long, hr)
    assert.equal(await one.carried(long.slice(0, 300)), 'restricted hr crm/find')
  })

  test('of a text that two learn at once, with other labels each, both labels hold everywhere', async t => {
    const { bench, one, other } = await two(t)
    await Promise.all([one.learn(long, crm, { origin: 'crm/find' }), other.learn(long, hr, { origin: 'hr/read' })])
    const quoted = long.slice(10_000, 10_300)
    await becomes(async () => {
      const third = await opened(t, bench)
      for (const each of [one, other, third]) assert.equal(await each.carried(quoted), 'restricted crm hr crm/find hr/read')
    })
  })

  test('what one adds to a text comes to the others, and none of them tells it again', async t => {
    const { bench, one, other } = await two(t)
    await one.learn(long, crm)
    await other.carried(long)
    await one.learn(long, hr, { origin: 'hr/read' })
    assert.equal(await other.carried(long.slice(10_000, 10_300)), 'restricted crm hr crm/find hr/read')
    const number = (): Promise<unknown> => server().ask('HGET', `${bench.prefix}:{${owner}}:n`, 'n')
    const before = await number()
    await new Promise(resolve => { setTimeout(resolve, 300) })
    for (const each of [one, other]) await each.load()
    assert.equal(await number(), before)
  })

  test('a text of a session that one forgot is not known to the other any more', async t => {
    const { one, other } = await two(t)
    await one.learn(note, crm)
    assert.equal(await other.carried(note), 'confidential crm crm/find')
    await one.store.forgetVault(`${owner}/s1`)
    assert.equal(await other.carried(note), nothing)
  })

  test('labels of one user request are joined from all gateways that have calls of it', async t => {
    const { one, other } = await two(t)
    const [here, elsewhere] = [await one.enter('s1', saying, 'job'), await other.enter('s2', saying, 'job')]
    await Promise.all([here.labelled(crm), elsewhere.labelled(hr)])
    for (const [at, each] of [one, other].entries()) assert.deepEqual((await each.enter(`child-${at}`, saying, 'job')).inherited, { labels: ['crm', 'hr'], sensitivity: 'restricted' })
  })

  test('while Redis is away nothing is learnt without an error', async t => {
    const own = await startRedis({ folder: scratchFolder(t) })
    t.after(() => own.close())
    const gateway = await opened(t, redisBench(() => own)(t))
    await gateway.load()
    await own.kill()
    await becomes(async () => { await assert.rejects(gateway.learn(`${note} ${randomBytes(8).toString('hex')}`, crm), { code: 'state.unavailable' }) })
  })
})
