import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RouteBook, textMark, type ConversationPast } from '../../../gateway/pipeline/route-book.ts'

const past = (last: string): ConversationPast => ({ last, cachedTokens: 0, atMs: 0, stayUsd: 0, switchUsd: 0, escalation: 0, lastAnswer: 'fine', mark: 0, length: 1 })

test('conversations are remembered apart, and the latest word counts', () => {
  const book = new RouteBook()
  book.note('a', past('p/one'))
  book.note('b', past('p/two'))
  book.note('a', past('p/three'))
  assert.deepEqual([book.of('a')?.last, book.of('b')?.last, book.of('c')], ['p/three', 'p/two', null])
})

test('a full book forgets what was not used for longest', () => {
  const book = new RouteBook(2)
  for (const key of ['a', 'b', 'a', 'c']) book.note(key, past(`p/${key}`))
  assert.deepEqual([book.size, book.of('a')?.last, book.of('b'), book.of('c')?.last], [2, 'p/a', null, 'p/c'])
})

test('one key cannot push out the conversations of another', () => {
  const book = new RouteBook(10)
  book.note('acme/quiet/s 1', past('p/one'))
  for (let at = 0; at < 100; at += 1) book.note(`acme/loud/s${at} ${at}`, past('p/two'))
  for (let at = 0; at < 100; at += 1) book.note(`acme/loud/~an/agent/${at} 1`, past('p/two'))
  assert.deepEqual([book.size, book.of('acme/quiet/s 1')?.last], [10, 'p/one'])
})

test('texts are told apart by their ends and their length', () => {
  const long = 'x'.repeat(5000)
  const marks = ['', 'a', 'b', long, `${long}x`, `a${long.slice(1)}`, `${long.slice(1)}a`].map(textMark)
  assert.equal(new Set(marks).size, marks.length)
  assert.equal(textMark(long), textMark('x'.repeat(5000)))
})
