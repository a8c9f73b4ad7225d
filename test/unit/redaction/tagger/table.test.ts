// The table of features and words: what was put in is found, and hardly anything else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupOf } from '../../../../gateway/redaction/tagger/groups.ts'
import { place, slotOf, slotsOf } from '../../../../gateway/redaction/tagger/table.ts'
import { groupsOf } from '../../../../gateway/redaction/tagger/train/group-words.ts'
import { randomFrom } from '../../../../router/train/random.ts'

test('nine of ten slots can be filled, and each value stays with its hash wherever it moves', () => {
  const checks = new Uint16Array(slotsOf(2 ** 8))
  const values = new Uint32Array(checks.length)
  const random = randomFrom(1)
  const placed: number[] = []
  while (placed.length < checks.length * 0.9) {
    const hash = Math.floor(random() * 2 ** 32)
    if (slotOf(checks, hash) >= 0) continue
    const slot = place(checks, hash, (from, to) => { values[to] = values[from] ?? 0 })
    assert.ok(slot >= 0, `no room after ${placed.length}`)
    values[slot] = hash
    placed.push(hash)
  }
  for (const hash of placed) assert.equal(values[slotOf(checks, hash)], hash)
  let strangers = 0
  for (let count = 0; count < 10_000; count += 1) if (slotOf(checks, Math.floor(random() * 2 ** 32)) >= 0) strangers += 1
  assert.ok(strangers < 20, String(strangers))
})

test('a full table says so and keeps what it has', () => {
  const checks = new Uint16Array(slotsOf(2))
  const random = randomFrom(2)
  const results = Array.from({ length: 40 }, () => place(checks, Math.floor(random() * 2 ** 32), () => undefined))
  assert.ok(results.includes(-1))
  assert.ok(checks.every(check => check !== 0))
})

test('words with like vectors are in one group, others are in none', () => {
  const groups = groupsOf(['anna', 'bert', 'ulm', 'porto'], [[1, 0.1], [1, 0], [0, 1], [0.1, 1]], 2, 1)
  assert.equal(groupOf(groups, 'anna'), groupOf(groups, 'bert'))
  assert.equal(groupOf(groups, 'ulm'), groupOf(groups, 'porto'))
  assert.notEqual(groupOf(groups, 'anna'), groupOf(groups, 'ulm'))
  assert.equal(groupOf(groups, 'cleo'), 0)
  assert.equal(groups.wide[groupOf(groups, 'anna')], 1)
  assert.deepEqual(groupsOf(['a', 'b'], [[1, 0], [0, 1]], 2, 1), groupsOf(['a', 'b'], [[1, 0], [0, 1]], 2, 1))
})
