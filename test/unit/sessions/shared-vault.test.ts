// The vault in both stores: pseudonyms come back, are told apart by session, and are one pair each whoever allocates them.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { SessionStore } from '../../../gateway/exchange/session.ts'
import { hashTokens } from '../../../gateway/sessions/hash-token.ts'
import { VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { agreed, hour, keysOf, noLimits, onBothStores, placeholderOf } from './open-store.ts'

const value = 'anna.invented@example.com'

onBothStores('pseudonyms', benchOf => {
  test('they survive, in the order in which they were first seen, and numbers go on', async t => {
    const bench = benchOf(t)
    const first = await bench.open()
    const { pseudonyms } = await first.load(keysOf('s1'), noLimits)
    const values = Array.from({ length: 12 }, (_, index) => `a${index}@example.com`)
    for (const one of values) await placeholderOf(pseudonyms, 'email', one)
    await placeholderOf(pseudonyms, 'card', '4111 1111 1111 1111')
    await first.close()
    const again = (await (await bench.open()).load(keysOf('s1'), noLimits)).pseudonyms
    assert.deepEqual(again.entries.map(entry => entry.value), [...values, '4111 1111 1111 1111'])
    assert.equal(await placeholderOf(again, 'email', 'a3@example.com'), '[EMAIL_4]')
    assert.equal(await placeholderOf(again, 'email', 'new@example.com'), '[EMAIL_13]')
    assert.deepEqual(again.lookup('[CARD_1]')?.value, '4111 1111 1111 1111')
  })

  test('a session forgets its vault when nobody used it for its time, and starts to count anew', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    await placeholderOf((await store.load(keysOf('s1'), noLimits)).pseudonyms, 'email', value)
    bench.nowMs += hour
    assert.equal((await store.load(keysOf('s1'), noLimits)).pseudonyms.size, 1, 'exactly its time is not over it')
    bench.nowMs += hour + 1
    const later = await store.load(keysOf('s1'), noLimits)
    assert.deepEqual([later.pseudonyms.size, later.startedAt], [0, bench.nowMs])
    assert.equal(await placeholderOf(later.pseudonyms, 'email', 'bert@example.com'), '[EMAIL_1]')
  })

  test('a vault that left memory comes back', async t => {
    const store = await benchOf(t).open({ maxSessions: 2 })
    for (const session of ['s1', 's2', 's3', 's4']) await placeholderOf((await store.load(keysOf(session), noLimits)).pseudonyms, 'email', `${session}@example.com`)
    for (const session of ['s1', 's2', 's3', 's4']) assert.equal((await store.load(keysOf(session), noLimits)).pseudonyms.lookup('[EMAIL_1]')?.value, `${session}@example.com`)
  })

  test('many calls of one session at once agree on one pair per value', async t => {
    const store = await benchOf(t).open()
    const names = await Promise.all(Array.from({ length: 60 }, async (_, index) => {
      const { pseudonyms } = await store.load(keysOf('s1'), noLimits)
      return placeholderOf(pseudonyms, 'email', `${index % 20}@example.com`)
    }))
    assert.deepEqual(names.slice(0, 20), names.slice(20, 40))
    assert.equal(new Set(names).size, 20)
    assert.deepEqual([...new Set(names)].map(name => Number(/\d+/.exec(name)?.[0])).sort((a, b) => a - b), Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('surrogates survive, are passed over where somebody uses them, and are told from placeholders', async t => {
    const bench = benchOf(t)
    const first = await bench.open()
    const { pseudonyms } = await first.load(keysOf('s1'), noLimits)
    const isTaken = (text: string): boolean => text === 'user2@redacted.example'
    const named: string[] = []
    for (const one of ['a@example.com', 'b@example.com', 'a@example.com']) named.push(await agreed(pseudonyms, () => pseudonyms.surrogate('email', one, isTaken)))
    assert.deepEqual(named, ['user1@redacted.example', 'user3@redacted.example', 'user1@redacted.example'])
    assert.equal(await placeholderOf(pseudonyms, 'email', 'a@example.com'), '[EMAIL_1]')
    assert.equal(await agreed(pseudonyms, () => pseudonyms.surrogate('person', 'Anna', isTaken)), '[PERSON_1]')
    await first.close()
    const again = (await (await bench.open()).load(keysOf('s1'), noLimits)).pseudonyms
    assert.equal(again.hasSurrogates, true)
    assert.deepEqual(again.lookup('user3@redacted.example')?.value, 'b@example.com')
    assert.equal(await agreed(again, () => again.surrogate('email', 'c@example.com', () => false)), 'user4@redacted.example')
    assert.equal(await agreed(again, () => again.surrogate('person', 'Anna', isTaken)), '[PERSON_1]')
  })

  test('several new values of one document get surrogates of their own', async t => {
    const { pseudonyms } = await (await benchOf(t).open()).load(keysOf('s1'), noLimits)
    const values = Array.from({ length: 30 }, (_, index) => `${index % 20}@example.com`)
    const named = await agreed(pseudonyms, () => values.map(one => pseudonyms.surrogate('email', one, () => false)))
    assert.equal(new Set(named).size, 20)
    for (const [index, one] of named.entries()) assert.equal(pseudonyms.lookup(one)?.value, values[index])
  })

  test('hash tokens are those of the tenant, in every session and every process', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const tokenIn = async (keys: ReturnType<typeof keysOf>): Promise<string> => (await store.load(keys, noLimits)).pseudonyms.hash('email', value)
    const token = await tokenIn(keysOf('s1'))
    assert.equal(await tokenIn(keysOf('s2', { key: 'key2' })), token)
    assert.notEqual(await tokenIn(keysOf('s1', { tenant: 'other' })), token)
    await store.close()
    assert.equal((await (await bench.open()).load(keysOf('s3'), noLimits)).pseudonyms.hash('email', value), token)
  })

  test('another vault key is refused when the store is opened', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    await placeholderOf((await store.load(keysOf('s1'), noLimits)).pseudonyms, 'email', value)
    await store.close()
    await assert.rejects(async () => bench.open({ vaultKeys: new VaultKeys(randomBytes(32)) }), (error: unknown) => error instanceof Error && /another vault key/.test(error.message) && !error.message.includes(value))
  })

  test('a vault that is forgotten cannot be restored from, keeps the labels, and counts anew', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const before = await store.load(keysOf('s1'), noLimits)
    await placeholderOf(before.pseudonyms, 'email', value)
    await placeholderOf((await store.load(keysOf('s2'), noLimits)).pseudonyms, 'email', value)
    await store.commit(keysOf('s1'), { addLabels: { labels: ['pii'], sensitivity: 'internal' } })
    assert.equal(await store.forgetVault('acme/key1/s1'), true)
    assert.equal(await store.forgetVault('acme/key1/s1'), false, 'there is nothing left')
    const after = await store.load(keysOf('s1'), noLimits)
    assert.deepEqual([after.pseudonyms.size, after.pseudonyms.lookup('[EMAIL_1]'), after.labels.labels, after.startedAt], [0, undefined, ['pii'], before.startedAt])
    assert.equal((await store.load(keysOf('s2'), noLimits)).pseudonyms.size, 1, 'another session keeps its own')
    assert.equal(await placeholderOf(after.pseudonyms, 'email', 'bert@example.com'), '[EMAIL_1]')
    await store.close()
    const again = (await (await bench.open()).load(keysOf('s1'), noLimits)).pseudonyms
    assert.deepEqual(again.entries.map(entry => entry.value), ['bert@example.com'])
  })

  test('a call that was under way when its vault was forgotten puts nothing into the new one', async t => {
    const store = await benchOf(t).open()
    const { pseudonyms } = await store.load(keysOf('s1'), noLimits)
    await placeholderOf(pseudonyms, 'email', value)
    await store.forgetVault('acme/key1/s1')
    await store.load(keysOf('s1'), noLimits)
    await assert.rejects(placeholderOf(pseudonyms, 'email', 'late@example.com'), { code: 'state.unavailable' })
    assert.equal((await store.load(keysOf('s1'), noLimits)).pseudonyms.size, 0)
  })

  test('after a rotation the new key opens everything alone', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    for (const session of ['s1', 's2']) for (let index = 0; index < 5; index += 1) await placeholderOf((await store.load(keysOf(session), noLimits)).pseudonyms, 'email', `${session}${index}@example.com`)
    await store.close()
    const rotated = new VaultKeys(randomBytes(32), [bench.vaultKeys.current])
    const between = await bench.open({ vaultKeys: rotated })
    assert.equal((await between.load(keysOf('s1'), noLimits)).pseudonyms.lookup('[EMAIL_3]')?.value, 's12@example.com')
    await placeholderOf((await between.load(keysOf('s1'), noLimits)).pseudonyms, 'email', 'later@example.com')
    await between.resealVaults()
    assert.equal(await between.resealVaults(), 0, 'nothing is sealed with the old key any more')
    await between.close()
    const after = await bench.open({ vaultKeys: new VaultKeys(rotated.current) })
    assert.deepEqual((await after.load(keysOf('s1'), noLimits)).pseudonyms.entries.map(entry => entry.value), [...[0, 1, 2, 3, 4].map(index => `s1${index}@example.com`), 'later@example.com'])
    assert.equal((await after.load(keysOf('s2'), noLimits)).pseudonyms.size, 5)
    await after.close()
    await assert.rejects(async () => bench.open(), /another vault key/, 'the old key is worth nothing')
  })

  test('hash tokens stay what they are when the vault key changes, and change when an operator says so', async t => {
    const bench = benchOf(t)
    const tokenOf = async (store: SessionStore): Promise<string> => (await store.load(keysOf('s1'), noLimits)).pseudonyms.hash('email', value)
    const store = await bench.open()
    const token = await tokenOf(store)
    await store.close()
    const ring = new VaultKeys(randomBytes(32), [bench.vaultKeys.current])
    const between = await bench.open({ vaultKeys: ring })
    assert.equal(await tokenOf(between), token)
    await between.resealVaults()
    await between.close()
    const after = await bench.open({ vaultKeys: new VaultKeys(ring.current) })
    assert.equal(await tokenOf(after), token)
    const early = (await after.load(keysOf('s1'), noLimits)).pseudonyms
    await after.rotateHashKey()
    const changed = await tokenOf(after)
    assert.notEqual(changed, token)
    assert.equal(early.hash('email', value), changed, 'for calls that are under way as well')
    await after.close()
    assert.equal(await tokenOf(await bench.open({ vaultKeys: new VaultKeys(ring.current) })), changed)
  })

  test('a hash key that the configuration gives counts, is the state\'s from then on, and is changed there only', async t => {
    const bench = benchOf(t)
    const tokenOf = async (store: SessionStore): Promise<string> => (await store.load(keysOf('s1'), noLimits)).pseudonyms.hash('email', value)
    const own = await bench.open()
    const before = await tokenOf(own)
    await own.close()
    const hashKey = randomBytes(32)
    const given = await bench.open({ hashKey })
    const token = await tokenOf(given)
    assert.equal(token, hashTokens(() => hashKey, 'acme')('email', value))
    assert.notEqual(token, before)
    await assert.rejects(async () => given.rotateHashKey(), { code: 'request.malformed', detail: { field: 'state.hash_key', remedy: 'Give another key in state.hash_key, and restart.' } })
    await given.close()
    assert.equal(await tokenOf(await bench.open()), token)
  })
})
