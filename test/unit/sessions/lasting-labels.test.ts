// Labels that outlast sessions, what operators see of labels, and what they take off: the same on both stores.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeldLabels } from '../../../gateway/exchange/session.ts'
import { becomes, hour, keysOf, minute, noLimits, onBothStores } from './open-store.ts'

const leaver = (of: 'agent' | 'subject', forMs: number) => ({ label: 'leaver', of, forMs })
const none = { labels: [], sensitivity: 'public' } as const
const withoutTimes = ({ agent, lasting, session }: HeldLabels): unknown => ({ agent, session, lasting: lasting.map(({ label, of }) => `${of} ${label}`).sort() })

onBothStores('lasting labels', benchOf => {
  test('what sticks to the agent is there in each of its sessions, and in none of another agent of the subject', async t => {
    const store = await benchOf(t).open()
    await store.commit(keysOf('s1'), { lasting: [leaver('agent', hour)] })
    assert.deepEqual((await store.load(keysOf('s2'), noLimits)).labels.labels, ['leaver'])
    assert.deepEqual((await store.load(keysOf('s1', { agent: '~other' }), noLimits)).labels.labels, [])
    assert.deepEqual((await store.load(keysOf('s1', { key: 'key2' }), noLimits)).labels.labels, [])
  })

  test('what sticks to the subject follows it to its other keys and agents, and not to another tenant', async t => {
    const store = await benchOf(t).open()
    await store.commit(keysOf('s1'), { addLabels: { labels: ['hr'], sensitivity: 'internal' }, lasting: [leaver('subject', hour)] })
    assert.deepEqual((await store.load(keysOf('s9', { key: 'key2', agent: '~other' }), noLimits)).labels.labels, ['leaver'])
    assert.deepEqual((await store.load(keysOf('s9', { subject: 'bob', key: 'key2' }), noLimits)).labels.labels, [])
    assert.deepEqual((await store.load(keysOf('s9', { tenant: 'other' }), noLimits)).labels.labels, [])
  })

  test('it ends after its own time, counted from when it was last put, however short sessions and labels live', async t => {
    const bench = benchOf(t)
    const store = await bench.open({ labelTtlMs: minute })
    await store.commit(keysOf('s1'), { lasting: [leaver('agent', 30 * hour)] })
    bench.nowMs += 20 * hour
    await store.commit(keysOf('s2'), { lasting: [leaver('agent', 30 * hour)] })
    // A shorter time puts no earlier end to it.
    await store.commit(keysOf('s2'), { lasting: [leaver('agent', minute)] })
    bench.nowMs += 29 * hour
    assert.deepEqual((await store.load(keysOf('s3'), noLimits)).labels.labels, ['leaver'])
    bench.nowMs += 2 * hour
    assert.deepEqual((await store.load(keysOf('s3'), noLimits)).labels.labels, [])
  })

  test('it survives a restart', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    await store.commit(keysOf('s1'), { lasting: [leaver('subject', 30 * hour)] })
    await store.close()
    bench.nowMs += 5 * hour
    assert.deepEqual((await (await bench.open()).load(keysOf('s2', { key: 'key2' }), noLimits)).labels.labels, ['leaver'])
  })

  test('operators see who holds what, and seeing makes no session', async t => {
    const store = await benchOf(t).open()
    assert.deepEqual(withoutTimes(await store.held(keysOf('s1'))), { session: none, agent: none, lasting: [] })
    await store.commit(keysOf('s1'), { addLabels: { labels: ['crm'], sensitivity: 'confidential' }, lasting: [leaver('agent', hour), leaver('subject', hour)] })
    const crm = { labels: ['crm'], sensitivity: 'confidential' }
    assert.deepEqual(withoutTimes(await store.held(keysOf('s1'))), { session: crm, agent: crm, lasting: ['agent leaver', 'subject leaver'] })
    assert.deepEqual(withoutTimes(await store.held(keysOf('s2'))), { session: none, agent: crm, lasting: ['agent leaver', 'subject leaver'] })
  })

  test('what is taken off is gone from session and agent, stays gone after a restart, and can be put on again', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    await store.commit(keysOf('s1'), { addLabels: { labels: ['crm', 'untrusted'], sensitivity: 'restricted' }, lasting: [leaver('agent', hour)] })
    await store.removeLabels(keysOf('s1'), { labels: ['untrusted', 'leaver'], lowerTo: 'internal', lasting: false })
    const left = { labels: ['crm', 'leaver'], sensitivity: 'internal' }
    const loaded = async (from = store): Promise<unknown> => {
      const { labels, sensitivity } = (await from.load(keysOf('s1'), noLimits)).labels
      return { labels, sensitivity }
    }
    assert.deepEqual(await loaded(), left)
    await store.close()
    const again = await bench.open()
    assert.deepEqual(await loaded(again), left)
    await again.removeLabels(keysOf('s1'), { labels: ['leaver'], lowerTo: null, lasting: true })
    assert.deepEqual(await loaded(again), { labels: ['crm'], sensitivity: 'internal' })
    await again.commit(keysOf('s1'), { addLabels: { labels: ['untrusted'], sensitivity: 'public' } })
    assert.deepEqual(await loaded(again), { labels: ['crm', 'untrusted'], sensitivity: 'internal' })
  })

  test('a sensitivity is never raised by taking off, and another session keeps its own', async t => {
    const store = await benchOf(t).open()
    await store.commit(keysOf('s1'), { addLabels: { labels: ['crm'], sensitivity: 'internal' } })
    await store.commit(keysOf('s2', { agent: '~other' }), { addLabels: { labels: ['crm'], sensitivity: 'restricted' } })
    await store.removeLabels(keysOf('s1'), { labels: ['crm'], lowerTo: 'confidential', lasting: true })
    await becomes(async () => { assert.deepEqual(withoutTimes(await store.held(keysOf('s1'))), { session: { labels: [], sensitivity: 'internal' }, agent: { labels: [], sensitivity: 'internal' }, lasting: [] }) })
    assert.deepEqual((await store.held(keysOf('s2', { agent: '~other' }))).session, { labels: ['crm'], sensitivity: 'restricted' })
  })

  test('a run of several days keeps its pseudonyms and labels: their time counts from the last use', async t => {
    const bench = benchOf(t)
    const store = await bench.open({ labelTtlMs: minute })
    await store.commit(keysOf('run'), { addLabels: { labels: ['crm'], sensitivity: 'confidential' } })
    for (let turn = 0; turn < 100; turn += 1) {
      bench.nowMs += 50 * minute
      assert.deepEqual((await store.load(keysOf('run'), noLimits)).labels.labels, ['crm'], `after ${turn * 50} minutes`)
    }
    bench.nowMs += 61 * minute
    assert.deepEqual((await store.load(keysOf('run'), noLimits)).labels.labels, [])
  })
})
