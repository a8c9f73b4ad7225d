// What sessions remember of their texts is bounded for all of them together, and forgetting changes nothing but time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownValues } from '../../../gateway/redaction/known-values.ts'
import { MemoPool, type Forgetful } from '../../../gateway/exchange/memo-pool.ts'
import { TextMemo } from '../../../gateway/redaction/text-memo.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const memoOf = (bytes: number): Forgetful & { bytes: number } => ({ bytes, clear() { this.bytes = 0 } })

test('whoever was used least recently forgets first, and the one in use never does', () => {
  const pool = new MemoPool(100)
  const [a, b, c] = [memoOf(40), memoOf(40), memoOf(40)]
  pool.used(a)
  pool.used(b)
  pool.used(a)
  pool.used(c)
  assert.deepEqual([a.bytes, b.bytes, c.bytes, pool.bytes], [40, 0, 40, 80])
  const huge = memoOf(1000)
  pool.used(huge)
  assert.deepEqual([a.bytes, c.bytes, huge.bytes, pool.bytes], [0, 0, 1000, 1000])
  huge.bytes = 10
  pool.used(huge)
  assert.equal(pool.bytes, 10)
})

test('what a memo grew by is counted when it is used again', () => {
  const pool = new MemoPool(100)
  const [a, b] = [memoOf(10), memoOf(10)]
  pool.used(a)
  a.bytes = 95
  pool.used(b)
  assert.equal(a.bytes, 95, 'not known yet')
  pool.used(a)
  assert.deepEqual([b.bytes, pool.bytes], [0, 95])
})

test('a memo says what it holds, in both of its generations, and nothing after it was cleared', () => {
  const memo = new TextMemo<number>(10_000)
  for (let index = 0; index < 50; index += 1) memo.set(`${index} ${'x'.repeat(60)}`, null, index)
  assert.ok(memo.bytes > 5000 && memo.bytes <= 10_000, String(memo.bytes))
  memo.clear()
  assert.deepEqual([memo.bytes, memo.get(`49 ${'x'.repeat(60)}`, null)], [0, undefined])
})

test('a session that forgot its texts finds its values again', () => {
  const pseudonyms = memoryPseudonyms()
  pseudonyms.placeholder('email', 'anna@example.com')
  const text = `Write to anna@example.com ${'and so on '.repeat(20)}`
  const leaf = { start: 0, end: text.length + 2, value: text }
  const known = knownValues(pseudonyms)
  const before = known.find(leaf)
  ;(known as unknown as Forgetful).clear()
  assert.deepEqual(known.find(leaf), before)
  assert.equal(before.length, 1)
})
