// A call counts as asked for where tool and arguments are those of a model's call, of the same owner and not long ago.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskedBy } from '../../../gateway/exchange/model-call.ts'
import { MemoryCalls } from '../../../gateway/sessions/model-calls.ts'

const by: AskedBy = { model: 'cloud/small', labels: { labels: ['crm'], sensitivity: 'internal' }, session: 'o/one' }
const bench = (most = 100): { calls: MemoryCalls; turn: (nowMs: number) => void } => {
  let nowMs = 0
  return { calls: new MemoryCalls({ windowMs: 1000, most, clockMs: () => nowMs }), turn: value => { nowMs = value } }
}

// [name as the model said it, name of the tool here, the same tool?]
const names: readonly (readonly [string, string, boolean])[] = [
  ['files__read', 'files__read', true], ['mcp__gw__files__read', 'files__read', true], ['gw_files__read', 'files__read', true], ['mcp__gw__files-read', 'files.read', true],
  ['FILES__READ', 'files__read', true], ['read', 'files__read', false], ['files__read_all', 'files__read', false], ['myfiles__read', 'files__read', false],
  ['files__write', 'files__read', false], ['', 'files__read', false], ['files__read', '', false],
]
for (const [said, name, same] of names) {
  test(`"${said}" is ${same ? '' : 'not '}the tool "${name}"`, () => {
    const { calls } = bench()
    calls.emitted('o', { id: 'c1', name: said, args: { a: 1 } }, by)
    for (const id of ['c1', null]) assert.equal(calls.askedBy('o', { id, name, args: { a: 1 } }), same ? by : null)
  })
}

test('arguments are compared by what they say; no arguments are none', () => {
  const { calls } = bench()
  calls.emitted('o', { id: null, name: 'f', args: { a: 1, b: { c: [1.0, 'x'], d: null } } }, by)
  calls.emitted('o', { id: null, name: 'g', args: {} }, by)
  assert.equal(calls.askedBy('o', { id: null, name: 'f', args: { b: { d: null, c: [1, 'x'] }, a: 1 } }), by)
  assert.equal(calls.askedBy('o', { id: null, name: 'f', args: { a: '1', b: { c: [1, 'x'], d: null } } }), null)
  assert.equal(calls.askedBy('o', { id: null, name: 'f', args: {} }), null)
  assert.equal(calls.askedBy('o', { id: null, name: 'g', args: null }), by)
})

test('of equal calls the last one counts, and each of many tools with the same arguments is known', () => {
  const { calls } = bench()
  const later = { ...by, model: 'home/llama' }
  for (let at = 0; at < 20; at += 1) calls.emitted('o', { id: null, name: `tool${at}x`, args: {} }, by)
  calls.emitted('o', { id: null, name: 'tool3x', args: {} }, later)
  assert.equal(calls.askedBy('o', { id: null, name: 'tool3x', args: {} }), later)
  assert.equal(calls.askedBy('o', { id: null, name: 'tool0x', args: {} }), by)
})

test('it belongs to the session of the model that asked; where models of several sessions did, its id says which, or nobody does', () => {
  const { calls, turn } = bench()
  const other = { ...by, session: 'o/two' }
  const asked = (id: string | null, name = 'f'): string | null | undefined => calls.askedBy('o', { id, name, args: { to: '[EMAIL_1]' } })?.session
  const say = (id: string | null, name: string, who: AskedBy): void => { calls.emitted('o', { id, name, args: { to: '[EMAIL_1]' } }, who) }
  say('c1', 'f', by)
  say('d1', 'g', other)
  assert.deepEqual([asked('c1'), asked(null), asked('unknown'), asked('d1'), asked(null, 'g')], ['o/one', 'o/one', 'o/one', 'o/one', 'o/two'], 'another tool is no rival')
  turn(500)
  say('c2', 'f', other)
  assert.deepEqual([asked('c1'), asked('c2'), asked(null), asked('unknown')], ['o/one', 'o/two', null, null])
  say('c1', 'f', other)
  assert.deepEqual([asked('c1'), asked('c2')], [null, 'o/two'], 'some providers count their ids from nought')
  turn(1001)
  assert.deepEqual([asked('c1'), asked(null)], ['o/two', 'o/two'], 'what is over is no rival')
  for (let at = 0; at < 40; at += 1) say(`e${at}`, 'f', by)
  assert.deepEqual([asked('e39'), asked(null)], ['o/one', null], 'no more are kept, so there may have been others')
})

test('it ends after its window, and nobody else\'s calls count or are pushed out', () => {
  const { calls, turn } = bench(10)
  calls.emitted('quiet', { id: 'c', name: 'f', args: { a: 1 } }, by)
  for (let at = 0; at < 100; at += 1) calls.emitted('loud', { id: `c${at}`, name: 'f', args: { at } }, by)
  assert.equal(calls.askedBy('quiet', { id: 'c', name: 'f', args: { a: 1 } }), by)
  assert.equal(calls.askedBy('loud', { id: 'c', name: 'f', args: { a: 1 } }), null)
  assert.equal(calls.askedBy('loud', { id: 'c0', name: 'f', args: { at: 0 } }), null)
  turn(1000)
  assert.equal(calls.askedBy('quiet', { id: 'c', name: 'f', args: { a: 1 } }), by)
  turn(1001)
  assert.equal(calls.askedBy('quiet', { id: 'c', name: 'f', args: { a: 1 } }), null)
})

test('arguments that nest too deeply to be compared are nobody\'s', () => {
  const { calls } = bench()
  let deep: unknown = 1
  for (let at = 0; at < 200_000; at += 1) deep = [deep]
  calls.emitted('o', { id: 'c', name: 'f', args: deep }, by)
  assert.equal(calls.askedBy('o', { id: 'c', name: 'f', args: deep }), null)
})
