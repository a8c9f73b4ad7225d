// Labels stick to the session and to (key, agent), and nothing crosses from one owner to another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import { becomes, hour, keysOf, noLimits, onBothStores, placeholderOf } from './open-store.ts'

const confidential: Labels = { labels: ['finance'], sensitivity: 'confidential' }
const internal: Labels = { labels: ['pii'], sensitivity: 'internal' }
const nothing: Labels = { labels: [], sensitivity: 'public' }
const plain = ({ labels, sensitivity }: Labels): Labels => ({ labels, sensitivity })

onBothStores('labels', benchOf => {
  test('they add up and their sensitivity only rises', async t => {
    const store = await benchOf(t).open()
    const keys = keysOf('s1')
    assert.deepEqual(plain((await store.load(keys, noLimits)).labels), nothing)
    await store.commit(keys, { addLabels: confidential })
    await store.commit(keys, { addLabels: internal })
    await store.commit(keys, { addLabels: nothing })
    assert.deepEqual(plain((await store.load(keys, noLimits)).labels), { labels: ['finance', 'pii'], sensitivity: 'confidential' })
  })

  test('a new session id of the same agent does not wash them off, another agent or key never had them', async t => {
    const store = await benchOf(t).open()
    await store.commit(keysOf('s1'), { addLabels: confidential })
    assert.deepEqual(plain((await store.load(keysOf('s2'), noLimits)).labels), confidential)
    assert.deepEqual(plain((await store.load(keysOf('s2', { agent: '~other' }), noLimits)).labels), nothing)
    assert.deepEqual(plain((await store.load(keysOf('s1', { key: 'key2' }), noLimits)).labels), nothing)
    assert.deepEqual(plain((await store.load(keysOf('s1', { tenant: 'other' }), noLimits)).labels), nothing)
  })

  test('a session keeps its labels when another agent takes it over', async t => {
    const store = await benchOf(t).open()
    await store.commit(keysOf('s1'), { addLabels: confidential })
    assert.deepEqual(plain((await store.load(keysOf('s1', { agent: '~other' }), noLimits)).labels), confidential)
  })

  test('both survive a restart', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    await store.commit(keysOf('s1'), { addLabels: confidential })
    await store.close()
    const again = await bench.open()
    assert.deepEqual(plain((await again.load(keysOf('s1', { agent: '~other' }), noLimits)).labels), confidential)
    assert.deepEqual(plain((await again.load(keysOf('s2'), noLimits)).labels), confidential)
  })

  test('labels of an agent end with their own time, which new ones renew', async t => {
    const bench = benchOf(t)
    const store = await bench.open({ labelTtlMs: 4 * hour })
    await store.commit(keysOf('s1'), { addLabels: confidential })
    bench.nowMs += 3 * hour
    await store.commit(keysOf('s2'), { addLabels: internal })
    bench.nowMs += 4 * hour
    assert.deepEqual(plain((await store.load(keysOf('s3'), noLimits)).labels), { labels: ['finance', 'pii'], sensitivity: 'confidential' })
    bench.nowMs += 1
    assert.deepEqual(plain((await store.load(keysOf('s4'), noLimits)).labels), nothing)
  })

  test('a session in use keeps its labels longer than the agent does', async t => {
    const bench = benchOf(t)
    const store = await bench.open({ labelTtlMs: hour })
    await store.commit(keysOf('s1'), { addLabels: confidential })
    for (let use = 0; use < 6; use += 1) {
      bench.nowMs += hour / 2
      await store.load(keysOf('s1'), noLimits)
    }
    assert.deepEqual(plain((await store.load(keysOf('s1'), noLimits)).labels), confidential)
    assert.deepEqual(plain((await store.load(keysOf('s2'), noLimits)).labels), nothing)
    await store.close()
    assert.deepEqual(plain((await (await bench.open({ labelTtlMs: hour })).load(keysOf('s1'), noLimits)).labels), confidential)
  })

  test('the session without an id is named like its agent: its end does not end the labels of the agent', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const keys = keysOf('~agent')
    assert.equal(keys.session, keys.agent)
    await store.commit(keys, { addLabels: confidential })
    bench.nowMs += hour + 1
    assert.deepEqual(plain((await store.load(keys, noLimits)).labels), confidential)
    await store.close()
    const again = await bench.open()
    assert.deepEqual(plain((await again.load(keysOf('s9'), noLimits)).labels), confidential)
  })
})

onBothStores('sessions are namespaced', benchOf => {
  const owners = [{}, { tenant: 'other' }, { key: 'key2' }]

  test('equal ids of different tenants and keys share neither vault, calls nor spend', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    for (const [index, owner] of owners.entries()) {
      const keys = keysOf('same', owner)
      assert.equal(await placeholderOf((await store.load(keys, noLimits)).pseudonyms, 'email', `${index}@example.com`), '[EMAIL_1]')
      await store.commit(keys, { calls: index + 1, spendUsd: index + 0.5 })
    }
    const check = async (open: typeof store): Promise<void> => {
      for (const [index, owner] of owners.entries()) {
        const { pseudonyms, calls, spendUsd } = await open.load(keysOf('same', owner), noLimits)
        assert.deepEqual([pseudonyms.entries.map(({ value }) => value), calls, spendUsd], [[`${index}@example.com`], index + 1, index + 0.5])
      }
    }
    await becomes(() => check(store))
    await store.close()
    await check(await bench.open())
  })

  test('stores of different tenants with state of their own share nothing', async t => {
    const [one, other] = [await benchOf(t).open(), await benchOf(t).open()]
    const keys = keysOf('same')
    await placeholderOf((await one.load(keys, noLimits)).pseudonyms, 'email', 'anna@example.com')
    await one.commit(keys, { addLabels: confidential, calls: 1, spendUsd: 1 })
    const state = await other.load(keys, noLimits)
    assert.deepEqual([state.pseudonyms.lookup('[EMAIL_1]'), plain(state.labels), state.calls, state.spendUsd], [undefined, nothing, 0, 0])
  })

  test('counters survive a restart and the start of a session stays', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const startedAt = bench.nowMs
    await store.commit(keysOf('s1'), { calls: 1 })
    bench.nowMs += 5000
    await store.commit(keysOf('s1'), { calls: 2, spendUsd: 0.25 })
    await store.close()
    const { calls, spendUsd, startedAt: started } = await (await bench.open()).load(keysOf('s1'), noLimits)
    assert.deepEqual([calls, spendUsd, started], [3, 0.25, startedAt])
  })

  test('a cost that is no number is refused and spoils nothing', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    await store.commit(keysOf('s1'), { calls: 1, spendUsd: 1 })
    for (const spendUsd of [NaN, Infinity]) assert.throws(() => { void store.commit(keysOf('s1'), { spendUsd }) }, { code: 'gateway.bug' })
    await store.close()
    assert.equal((await (await bench.open()).load(keysOf('s1'), noLimits)).spendUsd, 1)
  })
})
