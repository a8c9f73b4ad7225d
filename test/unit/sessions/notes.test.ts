// Notes in both stores: they outlast the process, for their time, within bounds, sealed; and what a session alone left goes with it.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Note, NoteKind } from '../../../gateway/exchange/notes.ts'
import type { SessionStore } from '../../../gateway/exchange/session.ts'
import { VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { noRedis } from '../../support/redis-server.ts'
import { becomes, benchFor, keysOf, minute, noLimits, noteBounds, onBothStores, redisBench, redisOfSuite } from './open-store.ts'

const owner = 'acme/key1'

interface Read { readonly notes: Map<string, { body: string; usedAt: number; marks: string }>; readonly gone: string[] }

/** Everything of a kind that a store told, the latest of each. */
const readerOf = (store: SessionStore, kind: NoteKind): Read => {
  const read: Read = { notes: new Map(), gone: [] }
  store.notes.readBy(kind, {
    noted: (_, { body, id, marks, usedAt }) => { read.notes.set(id, { body: body.toString(), usedAt, marks: [...marks].sort().join(' ') }) },
    used: (_, id, marks, usedAt) => { read.notes.set(id, { body: read.notes.get(id)?.body ?? '', usedAt, marks: [...marks].sort().join(' ') }) },
    forgotten: (_, mark) => { read.gone.push(mark) },
  })
  return read
}

const noteOf = (store: SessionStore, id: string, { kind = 'text', sessions = ['acme/key1/s1'], body = `body of ${id}` }: { kind?: NoteKind; sessions?: readonly string[]; body?: string } = {}): Note =>
  ({ kind, id, marks: sessions.map(session => store.notes.markOf(session)), body: Buffer.from(body) })

const bodies = ({ notes }: Read): string[] => [...notes.values()].map(({ body }) => body)

onBothStores('notes', benchOf => {
  const reopened = async (bench: ReturnType<typeof benchOf>, kind: NoteKind = 'text', keys?: VaultKeys): Promise<{ store: SessionStore; read: Read }> => {
    const store = await bench.open(keys === undefined ? {} : { vaultKeys: keys })
    const read = readerOf(store, kind)
    await store.load(keysOf('s1'), noLimits)
    return { store, read }
  }

  test('they survive, each as it was last written, and belong to one owner', async t => {
    const bench = benchOf(t)
    const { store } = await reopened(bench)
    await store.notes.put(owner, [noteOf(store, 'a'), noteOf(store, 'b'), noteOf(store, 'c', { kind: 'call' })])
    await store.notes.put(owner, [noteOf(store, 'a', { body: 'another' })])
    await store.notes.put('acme/key2', [noteOf(store, 'd', { sessions: ['acme/key2/s1'] })])
    await store.close()
    const again = await reopened(bench)
    assert.deepEqual(bodies(again.read).sort(), ['another', 'body of b'])
    assert.equal(again.store.notes.markOf('acme/key1/s1'), store.notes.markOf('acme/key1/s1'))
    assert.deepEqual(again.store.notes.key('words'), store.notes.key('words'))
    assert.notDeepEqual(again.store.notes.key('words'), store.notes.key('texts'))
  })

  test('each ends a time after it was last used', async t => {
    const bench = benchOf(t)
    const { store } = await reopened(bench)
    await store.notes.put(owner, [noteOf(store, 'a'), noteOf(store, 'b')])
    bench.nowMs += 40 * minute
    store.notes.touch(owner, 'text', ['b', 'never'], [store.notes.markOf('acme/key1/s2')])
    await store.close()
    bench.nowMs += 30 * minute
    const later = await reopened(bench)
    await later.store.notes.put(owner, [noteOf(later.store, 'c')])
    await later.store.close()
    const { notes } = (await reopened(bench)).read
    assert.deepEqual([...notes.keys()].sort(), ['b', 'c'])
    assert.equal(notes.get('b')?.usedAt, bench.nowMs - 30 * minute)
  })

  test('of too many the least recently used go, of their kind and owner alone', async t => {
    const bench = benchOf(t)
    const { store } = await reopened(bench)
    await store.notes.put(owner, [noteOf(store, 'call', { kind: 'call' })])
    await store.notes.put('acme/key2', [noteOf(store, 'other', { sessions: ['acme/key2/s1'] })])
    for (let at = 0; at < 300; at += 1) {
      bench.nowMs += 1
      await store.notes.put(owner, [noteOf(store, `n${at}`)])
    }
    await store.close()
    const last = await bench.open()
    const [read, calls] = [readerOf(last, 'text'), readerOf(last, 'call')]
    await last.load(keysOf('s1'), noLimits)
    const left = read.notes.size
    assert.ok(left >= noteBounds.text.most && left <= noteBounds.text.most * 1.1, `${left}`)
    assert.ok(read.notes.has('n299') && !read.notes.has('n150'))
    assert.deepEqual([...calls.notes.keys()], ['call'])
  })

  test('more than one answer holds are all there before a session is', async t => {
    const bench = benchOf(t)
    const { store } = await reopened(bench)
    for (const kind of ['call', 'root'] as const) await store.notes.put(owner, Array.from({ length: 10 }, (_, at) => noteOf(store, `n${at}`, { kind })))
    await store.notes.put(owner, Array.from({ length: 100 }, (_, at) => noteOf(store, `n${at}`)))
    await store.close()
    assert.equal((await reopened(bench)).read.notes.size, 100)
  })

  test('what is forgotten with a session is what is of it alone', async t => {
    const bench = benchOf(t)
    const { read, store } = await reopened(bench)
    await store.notes.put(owner, [noteOf(store, 'mine'), noteOf(store, 'ours', { sessions: ['acme/key1/s1', 'acme/key1/s2'] }), noteOf(store, 'theirs', { sessions: ['acme/key1/s2'] }), noteOf(store, 'nobodys', { sessions: [] })])
    assert.equal(await store.forgetVault('acme/key1/s1'), true)
    assert.deepEqual(read.gone, [store.notes.markOf('acme/key1/s1')])
    assert.equal(await store.forgetVault('acme/key1/s1'), false)
    await store.close()
    const again = (await reopened(bench)).read
    assert.deepEqual([...again.notes.keys()].sort(), ['nobodys', 'ours', 'theirs'])
    assert.equal(again.notes.get('ours')?.marks, store.notes.markOf('acme/key1/s2'))
  })

  test('after a change of the key they are sealed with the new one and open with it alone', async t => {
    const bench = benchOf(t)
    const { store } = await reopened(bench)
    await store.notes.put(owner, Array.from({ length: 30 }, (_, at) => noteOf(store, `n${at}`)))
    await store.close()
    const ring = new VaultKeys(randomBytes(32), [bench.vaultKeys.current])
    const between = await reopened(bench, 'text', ring)
    await between.store.resealVaults()
    assert.equal(await between.store.resealVaults(), 0)
    await between.store.close()
    const { read } = await reopened(bench, 'text', new VaultKeys(ring.current))
    assert.equal(read.notes.size, 30)
    assert.equal(read.notes.get('n7')?.body, 'body of n7')
  })
})

test('the file of the embedded store holds nothing of them in clear, nor after they are forgotten', t => {
  const bench = benchFor(t)
  const store = bench.open()
  store.load(keysOf('s1'), noLimits)
  store.notes.put(owner, [noteOf(store, 'a', { body: 'kanarienvogel' })])
  store.forgetVault('acme/key1/s1')
  store.close()
  assert.doesNotMatch(readFileSync(bench.file, 'latin1'), /kanarienvogel|body of/)
})

describe('notes of several gateways', { skip: noRedis }, () => {
  const server = redisOfSuite()

  test('each is told what the others wrote, used and forgot, with the next session that it loads', async t => {
    const bench = redisBench(server)(t)
    const [one, other] = [await bench.open(), await bench.open()]
    const read = readerOf(other, 'text')
    await other.load(keysOf('s1'), noLimits)
    for (let at = 0; at < 3; at += 1) await one.notes.put(owner, [noteOf(one, `n${at}`)])
    await other.notes.put(owner, [noteOf(other, 'own')])
    assert.equal(read.notes.size, 0)
    await other.load(keysOf('s1'), noLimits)
    assert.deepEqual([...read.notes.keys()].sort(), ['n0', 'n1', 'n2', 'own'])
    bench.nowMs += minute
    one.notes.touch(owner, 'text', ['n1'], [one.notes.markOf('acme/key1/s2')])
    await becomes(async () => {
      await other.load(keysOf('s1'), noLimits)
      assert.equal(read.notes.get('n1')?.usedAt, bench.nowMs)
    })
    assert.equal(read.notes.get('n1')?.body, 'body of n1', 'and the row did not come again')
    await one.forgetVault('acme/key1/s1')
    await other.load(keysOf('s1'), noLimits)
    assert.deepEqual(read.gone, [one.notes.markOf('acme/key1/s1')])
  })

  test('many are read in several answers, and those that are written meanwhile are not missed', async t => {
    const bench = redisBench(server)(t)
    const [one, other] = [await bench.open({ most: 5000 }), await bench.open({ most: 5000 })]
    await one.load(keysOf('s1'), noLimits)
    await one.notes.put(owner, Array.from({ length: 1500 }, (_, at) => noteOf(one, `n${at}`)))
    const read = readerOf(other, 'text')
    const [, ...loaded] = await Promise.all([one.notes.put(owner, Array.from({ length: 300 }, (_, at) => noteOf(one, `late${at}`))), other.load(keysOf('s1'), noLimits), other.load(keysOf('s2'), noLimits)])
    assert.equal(loaded.length, 2)
    await other.load(keysOf('s1'), noLimits)
    assert.equal(read.notes.size, 1800)
  })

  test('a state that lost everything gets the same keys back, and what is written from then on is read by all', async t => {
    const bench = redisBench(server)(t)
    const [one, other] = [await bench.open(), await bench.open()]
    const read = readerOf(other, 'text')
    await other.load(keysOf('s1'), noLimits)
    await one.notes.put(owner, [noteOf(one, 'before')])
    await other.load(keysOf('s1'), noLimits)
    const key = one.notes.key('words')
    await server().ask('FLUSHALL')
    await new Promise(resolve => { setTimeout(resolve, 1500) })
    await one.notes.put(owner, [noteOf(one, 'after')])
    await other.load(keysOf('s1'), noLimits)
    assert.deepEqual([...read.notes.keys()], ['before', 'after'])
    assert.deepEqual([(await bench.open()).notes.key('words'), other.notes.key('words')], [key, key])
  })

  test('numbers that Redis forgot, as after a failover, are read again, and so is everything when it was away', async t => {
    const bench = redisBench(server)(t)
    const [one, other] = [await bench.open(), await bench.open()]
    const read = readerOf(other, 'text')
    await one.notes.put(owner, Array.from({ length: 5 }, (_, at) => noteOf(one, `n${at}`)))
    await other.load(keysOf('s1'), noLimits)
    assert.equal(read.notes.size, 5)
    const name = (await server().ask('KEYS', 'test-*:{acme/key1}:n') as string[]).find(key => key.startsWith(bench.prefix)) ?? ''
    await server().ask('HSET', name, 'n', '3')
    await one.notes.put(owner, [noteOf(one, 'late')])
    await other.load(keysOf('s1'), noLimits)
    assert.ok(read.notes.has('late'), 'its number was given before')
    await server().ask('HSET', name, 'n', '3')
    await one.notes.put(owner, Array.from({ length: 4 }, (_, at) => noteOf(one, `more${at}`)))
    other.notes.reread()
    await other.load(keysOf('s1'), noLimits)
    assert.equal(read.notes.size, 10)
  })

  test('nothing of their bodies and sessions can be read in Redis', async t => {
    const bench = redisBench(server)(t)
    const store = await bench.open()
    await server().ask('FLUSHALL')
    await store.notes.put(owner, [noteOf(store, 'x1', { body: 'kanarienvogel', sessions: ['acme/key1/a-session-of-anna'] })])
    const rows = JSON.stringify(await Promise.all((await server().ask('KEYS', '*:n:*') as string[]).map(async name => [name, name.endsWith(':r') || name.endsWith(':w') ? await server().ask('HGETALL', name) : await server().ask('ZRANGE', name, '0', '-1')])))
    assert.match(rows, /x1/)
    for (const secret of ['kanarienvogel', Buffer.from('kanarienvogel').toString('base64').slice(0, 12), 'a-session-of-anna']) assert.ok(!rows.includes(secret), rows)
  })
})
