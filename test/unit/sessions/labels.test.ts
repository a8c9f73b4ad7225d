// Labels stick to the session and to (key, agent), and nothing crosses from one owner to another.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import { benchFor, hour, keysOf } from './open-store.ts'

const confidential: Labels = { labels: ['finance'], sensitivity: 'confidential' }
const internal: Labels = { labels: ['pii'], sensitivity: 'internal' }
const nothing: Labels = { labels: [], sensitivity: 'public' }
const plain = ({ labels, sensitivity }: Labels): Labels => ({ labels, sensitivity })

describe('labels', () => {
  test('they add up and their sensitivity only rises', t => {
    const store = benchFor(t).open()
    const keys = keysOf('s1')
    assert.deepEqual(plain(store.load(keys, null).labels), nothing)
    store.commit(keys, { addLabels: confidential })
    store.commit(keys, { addLabels: internal })
    store.commit(keys, { addLabels: nothing })
    assert.deepEqual(plain(store.load(keys, null).labels), { labels: ['finance', 'pii'], sensitivity: 'confidential' })
  })

  test('a new session id of the same agent does not wash them off, another agent or key never had them', t => {
    const store = benchFor(t).open()
    store.commit(keysOf('s1'), { addLabels: confidential })
    assert.deepEqual(plain(store.load(keysOf('s2'), null).labels), confidential)
    assert.deepEqual(plain(store.load(keysOf('s2', { agent: '~other' }), null).labels), nothing)
    assert.deepEqual(plain(store.load(keysOf('s1', { key: 'key2' }), null).labels), nothing)
    assert.deepEqual(plain(store.load(keysOf('s1', { tenant: 'other' }), null).labels), nothing)
  })

  test('a session keeps its labels when another agent takes it over', t => {
    const store = benchFor(t).open()
    store.commit(keysOf('s1'), { addLabels: confidential })
    assert.deepEqual(plain(store.load(keysOf('s1', { agent: '~other' }), null).labels), confidential)
  })

  test('both survive a restart', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.commit(keysOf('s1'), { addLabels: confidential })
    store.close()
    const again = bench.open()
    assert.deepEqual(plain(again.load(keysOf('s1', { agent: '~other' }), null).labels), confidential)
    assert.deepEqual(plain(again.load(keysOf('s2'), null).labels), confidential)
  })

  test('labels of an agent end with their own time, which new ones renew', t => {
    const bench = benchFor(t)
    const store = bench.open({ labelTtlMs: 4 * hour })
    store.commit(keysOf('s1'), { addLabels: confidential })
    bench.nowMs += 3 * hour
    store.commit(keysOf('s2'), { addLabels: internal })
    bench.nowMs += 4 * hour
    assert.deepEqual(plain(store.load(keysOf('s3'), null).labels), { labels: ['finance', 'pii'], sensitivity: 'confidential' })
    bench.nowMs += 1
    assert.deepEqual(plain(store.load(keysOf('s4'), null).labels), nothing)
  })

  test('a session in use keeps its labels longer than the agent does', t => {
    const bench = benchFor(t)
    const store = bench.open({ labelTtlMs: hour })
    store.commit(keysOf('s1'), { addLabels: confidential })
    for (let use = 0; use < 6; use += 1) {
      bench.nowMs += hour / 2
      store.load(keysOf('s1'), null)
    }
    assert.deepEqual(plain(store.load(keysOf('s1'), null).labels), confidential)
    assert.deepEqual(plain(store.load(keysOf('s2'), null).labels), nothing)
    store.close()
    assert.deepEqual(plain(bench.open({ labelTtlMs: hour }).load(keysOf('s1'), null).labels), confidential)
  })

  test('the session without an id is named like its agent: its end does not end the labels of the agent', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const keys = keysOf('~agent')
    assert.equal(keys.session, keys.agent)
    store.commit(keys, { addLabels: confidential })
    bench.nowMs += hour + 1
    assert.deepEqual(plain(store.load(keys, null).labels), confidential)
    store.close()
    const again = bench.open()
    assert.deepEqual(plain(again.load(keysOf('s9'), null).labels), confidential)
  })
})

describe('sessions are namespaced', () => {
  const owners = [{}, { tenant: 'other' }, { key: 'key2' }]

  test('equal ids of different tenants and keys share neither vault, calls nor spend', t => {
    const bench = benchFor(t)
    const store = bench.open()
    for (const [index, owner] of owners.entries()) {
      const keys = keysOf('same', owner)
      assert.equal(store.load(keys, null).pseudonyms.placeholder('email', `${index}@example.com`), '[EMAIL_1]')
      store.commit(keys, { calls: index + 1, spendUsd: index + 0.5 })
    }
    const check = (open: typeof store): void => {
      for (const [index, owner] of owners.entries()) {
        const { pseudonyms, calls, spendUsd } = open.load(keysOf('same', owner), null)
        assert.deepEqual([pseudonyms.entries.map(({ value }) => value), calls, spendUsd], [[`${index}@example.com`], index + 1, index + 0.5])
      }
    }
    check(store)
    store.close()
    check(bench.open())
  })

  test('stores of different tenants on files of their own share nothing', t => {
    const [one, other] = [benchFor(t).open(), benchFor(t).open()]
    const keys = keysOf('same')
    one.load(keys, null).pseudonyms.placeholder('email', 'anna@example.com')
    one.commit(keys, { addLabels: confidential, calls: 1, spendUsd: 1 })
    const state = other.load(keys, null)
    assert.deepEqual([state.pseudonyms.lookup('[EMAIL_1]'), plain(state.labels), state.calls, state.spendUsd], [undefined, nothing, 0, 0])
  })

  test('counters survive a restart and the start of a session stays', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const startedAt = bench.nowMs
    store.commit(keysOf('s1'), { calls: 1 })
    bench.nowMs += 5000
    store.commit(keysOf('s1'), { calls: 2, spendUsd: 0.25 })
    store.close()
    const { calls, spendUsd, startedAt: started } = bench.open().load(keysOf('s1'), null)
    assert.deepEqual([calls, spendUsd, started], [3, 0.25, startedAt])
  })

  test('a cost that is no number is refused and spoils nothing', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.commit(keysOf('s1'), { calls: 1, spendUsd: 1 })
    for (const spendUsd of [NaN, Infinity]) assert.throws(() => { store.commit(keysOf('s1'), { spendUsd }) }, { code: 'gateway.bug' })
    store.close()
    assert.equal(bench.open().load(keysOf('s1'), null).spendUsd, 1)
  })
})
