// What the gateway keeps of responses: whose it is, for how long, and how much of it there may be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeptResponse } from '../../../gateway/exchange/kept-response.ts'
import { MemoryResponseBook, type ResponseBookOptions } from '../../../gateway/sessions/response-book.ts'

const kept = (text = 'said', more: Partial<KeptResponse> = {}): KeptResponse => ({ session: 's', provider: null, tokens: 0, items: [text], body: '{}', ...more })

const open = (t: { after: (end: () => void) => void }, more: Partial<ResponseBookOptions> = {}): MemoryResponseBook => {
  const book = new MemoryResponseBook({ ttlMs: 1000, max: 100, maxBytes: 1_000_000, ...more })
  t.after(() => { book.close() })
  return book
}

test('a response is there for its owner, foreign to others, and unknown to all once it is forgotten', t => {
  const book = open(t)
  book.keep('acme/alice', 'resp_1', kept())
  assert.deepEqual(book.find('acme/alice', 'resp_1'), kept())
  assert.equal(book.find('acme/bob', 'resp_1'), 'foreign')
  assert.equal(book.find('acme/alice', 'resp_2'), 'unknown')
  assert.equal(book.forget('acme/bob', 'resp_1'), false)
  assert.equal(book.forget('acme/alice', 'resp_1'), true)
  assert.equal(book.forget('acme/alice', 'resp_1'), false)
  assert.equal(book.find('acme/bob', 'resp_1'), 'unknown')
  assert.deepEqual([book.size, book.bytes], [0, 0])
})

test('an id that a provider gives to another caller takes nobody\'s place', t => {
  const book = open(t)
  book.keep('alice', 'resp_1', kept('hers'))
  book.keep('bob', 'resp_1', kept('his'))
  assert.deepEqual(book.find('alice', 'resp_1'), kept('hers'))
  assert.equal(book.find('bob', 'resp_1'), 'foreign')
})

test('items are found by their own ids, by their owner only', t => {
  const book = open(t)
  book.keep('alice', 'resp_1', kept(), new Map([['msg_1', '{"id":"msg_1"}']]))
  assert.equal(book.item('alice', 'msg_1'), '{"id":"msg_1"}')
  assert.equal(book.item('bob', 'msg_1'), null)
  book.forget('alice', 'resp_1')
  assert.equal(book.item('alice', 'msg_1'), null)
})

test('what is over its time is unknown at once, and gone when the book is swept', t => {
  let now = 0
  const book = open(t, { ttlMs: 1000, clockMs: () => now })
  book.keep('alice', 'resp_1', kept(), new Map([['msg_1', '{}']]))
  now = 600
  book.keep('alice', 'resp_2', kept())
  now = 1000
  assert.deepEqual([book.find('alice', 'resp_1'), book.item('alice', 'msg_1'), book.size], ['unknown', null, 2])
  book.sweep()
  assert.equal(book.size, 1)
  assert.notEqual(book.find('alice', 'resp_2'), 'unknown')
  now = 1600
  book.sweep()
  assert.deepEqual([book.size, book.bytes], [0, 0])
})

test('number and bytes are bounded, and who has most gives up the oldest first', t => {
  const book = open(t, { max: 4 })
  book.keep('bob', 'resp_b', kept())
  for (const id of ['1', '2', '3', '4', '5']) book.keep('alice', `resp_${id}`, kept())
  assert.equal(book.size, 4)
  assert.notEqual(book.find('bob', 'resp_b'), 'unknown')
  assert.deepEqual(['1', '2', '3', '4', '5'].map(id => typeof book.find('alice', `resp_${id}`) === 'object'), [false, false, true, true, true])
  const small = open(t, { maxBytes: 50_000 })
  small.keep('bob', 'resp_b', kept('x'.repeat(1000)))
  for (let at = 0; at < 40; at += 1) {
    small.keep('alice', `resp_${at}`, kept('x'.repeat(2000)))
    assert.ok(small.bytes <= 50_000)
  }
  assert.notEqual(small.find('bob', 'resp_b'), 'unknown')
  assert.notEqual(small.find('alice', 'resp_39'), 'unknown')
  small.keep('alice', 'resp_huge', kept('x'.repeat(30_000)))
  assert.equal(small.find('alice', 'resp_huge'), 'unknown', 'what alone is too much is not kept, and costs nobody anything')
  assert.notEqual(small.find('alice', 'resp_39'), 'unknown')
})

test('a response that is kept again is counted once', t => {
  const book = open(t)
  book.keep('alice', 'resp_1', kept('x'.repeat(100)))
  const { bytes } = book
  book.keep('alice', 'resp_1', kept('x'.repeat(100)))
  assert.deepEqual([book.size, book.bytes], [1, bytes])
})
