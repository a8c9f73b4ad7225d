// What a session spends a minute, and what is usual for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpendSpeed } from '../../../gateway/sessions/spend-speed.ts'
import { minute } from './open-store.ts'

const start = 1_000 * minute

/** A speed after minutes with these sums, and the time after them. */
const after = (sums: readonly number[]): { speed: SpendSpeed; now: number } => {
  const speed = new SpendSpeed()
  for (const [at, usd] of sums.entries()) if (usd > 0) speed.add(usd, start + at * minute)
  return { speed, now: start + sums.length * minute }
}

test('there is no usual before five minutes with spending', () => {
  for (const count of [0, 1, 4]) {
    const { speed, now } = after(Array.from({ length: count }, () => 1))
    assert.equal(speed.usual(now), null)
  }
  const { speed, now } = after([1, 1, 1, 1, 1])
  assert.equal(speed.usual(now), 1)
})

test('usual is the median: quiet minutes do not count, and one dear minute does not make dear minutes usual', () => {
  const { speed, now } = after([0.1, 0, 0, 0.1, 0.2, 0, 0.1, 50, 0.1])
  assert.equal(speed.usual(now), 0.1)
})

test('the minute under way is no past', () => {
  const { speed, now } = after([0.1, 0.1, 0.1, 0.1, 0.1])
  speed.add(100, now)
  assert.equal(speed.usual(now), 0.1)
  assert.ok(speed.perMinute(now) > 100)
})

test('speed fades within a minute', () => {
  const speed = new SpendSpeed()
  speed.add(10, start)
  assert.equal(speed.perMinute(start), 10)
  assert.equal(speed.perMinute(start + minute), 10)
  assert.equal(speed.perMinute(start + 1.5 * minute), 5)
  assert.equal(speed.perMinute(start + 2 * minute), 0)
})

test('only the last half hour of spending is looked back on', () => {
  const { speed, now } = after([...Array.from({ length: 40 }, () => 1), ...Array.from({ length: 30 }, () => 5)])
  assert.equal(speed.usual(now), 5)
})
