import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HealthBook } from '../../../gateway/pipeline/health-book.ts'

const bookAt = (): { book: HealthBook; clock: { nowMs: number } } => {
  const clock = { nowMs: 1000 }
  return { book: new HealthBook({ failures: 2, cooldownMs: 100 }, () => clock.nowMs), clock }
}

test('a candidate that nobody asked is healthy and has no latency', () => {
  assert.deepEqual(bookAt().book.of('a/b'), { healthy: true, p50Ms: null, p95Ms: null })
})

test('failures in a row make one candidate rest, and not its neighbour', () => {
  const { book, clock } = bookAt()
  for (let i = 0; i < 2; i += 1) {
    book.started('a/b')
    book.failed('a/b', undefined)
    book.started('a/c')
    book.succeeded('a/c', 40)
  }
  assert.deepEqual(book.of('a/b'), { healthy: false, p50Ms: null, p95Ms: null })
  assert.deepEqual(book.of('a/c'), { healthy: true, p50Ms: 40, p95Ms: 40 })
  assert.deepEqual(book.resting(), ['a/b'])
  clock.nowMs += 100
  assert.deepEqual(book.resting(), [])
})

test('after its rest one probe decides, and an abandoned one decides nothing', () => {
  const { book, clock } = bookAt()
  book.failed('a/b', undefined)
  book.failed('a/b', undefined)
  clock.nowMs += 100
  book.started('a/b')
  assert.equal(book.of('a/b').healthy, false)
  book.abandoned('a/b')
  assert.equal(book.of('a/b').healthy, true)
  book.started('a/b')
  book.succeeded('a/b', 10)
  assert.deepEqual(book.of('a/b'), { healthy: true, p50Ms: 10, p95Ms: 10 })
})

test('an upstream that asks to be left alone is left alone', () => {
  const { book, clock } = bookAt()
  book.failed('a/b', 700)
  assert.equal(book.of('a/b').healthy, false)
  clock.nowMs += 700
  assert.equal(book.of('a/b').healthy, true)
})

test('the book is bounded: callers choose names', () => {
  const { book } = bookAt()
  for (let i = 0; i < 20_000; i += 1) for (let j = 0; j < 2; j += 1) book.failed(`a/${i}`, undefined)
  assert.ok(book.resting().length <= 5000)
  assert.equal(book.of('a/19999').healthy, false)
})
