import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { IdempotencyBook, type Asking, type Found, type IdempotencyRules, type Noted } from '../../../gateway/pipeline/idempotency-book.ts'
import { principal } from '../stages/principal.ts'

const rules = (change: Partial<IdempotencyRules> = {}): IdempotencyRules => ({ ttlMs: 1000, maxEntries: 100, maxBytes: 1000, ...change })
const asking = (change: Partial<Asking> = {}): Asking => ({ principal: principal(), key: 'one', digest: 'd', exchange: 'x1', restore: '[]', ...change })

const first = (book: IdempotencyBook, change: Partial<Asking> = {}, given = rules()): Noted => {
  const found = book.find(asking(change), given)
  assert.equal(found.kind, 'first')
  return (found).noted
}

const answer = (noted: Noted, ...parts: readonly string[]): void => {
  noted.begin(200, { 'content-type': 'text/plain' })
  for (const part of parts) noted.push(Buffer.from(part))
  noted.keep()
}

const textOf = (found: Found): string => {
  assert.equal(found.kind, 'answered')
  return Buffer.concat((found).answer.body).toString()
}

suite('an answer under an Idempotency-Key', () => {
  test('is found by who asks again, with the exchange that was executed', () => {
    const book = new IdempotencyBook()
    answer(first(book), 'Hel', 'lo')
    const found = book.find(asking({ exchange: 'x2' }), rules())
    assert.equal(textOf(found), 'Hello')
    assert.deepEqual(found.kind === 'answered' && [found.answer.exchange, found.answer.status, found.answer.headers], ['x1', 200, { 'content-type': 'text/plain' }])
    book.close()
  })

  for (const [title, change] of [
    ['another key of the same tenant', { principal: principal({ key: 'other' }) }],
    ['the same key name in another tenant', { principal: { ...principal(), subject: { ...principal().subject, tenant: 'other' } } }],
    ['another Idempotency-Key', { key: 'two' }],
  ] as const) test(`is not found by ${title}`, () => {
    const book = new IdempotencyBook()
    answer(first(book), 'secret')
    assert.equal(book.find(asking(change), rules()).kind, 'first')
    book.close()
  })

  test('is not given to another request', () => {
    const book = new IdempotencyBook()
    const noted = first(book)
    assert.equal(book.find(asking({ digest: 'e' }), rules()).kind, 'other', 'while it is under way')
    answer(noted, 'Hello')
    assert.equal(book.find(asking({ digest: 'e' }), rules()).kind, 'other', 'and afterwards')
    book.close()
  })

  test('is waited for while it is under way', async () => {
    const book = new IdempotencyBook()
    const noted = first(book)
    const found = book.find(asking(), rules())
    assert.equal(found.kind, 'running')
    answer(noted, 'Hello')
    await (found).ended
    assert.equal(textOf(book.find(asking(), rules())), 'Hello')
    book.close()
  })

  test('that never came is nobody\'s: who waited is the first now', async () => {
    const book = new IdempotencyBook()
    const noted = first(book)
    const found = book.find(asking(), rules())
    noted.push(Buffer.from('half'))
    noted.drop()
    noted.keep()
    await (found as Extract<Found, { kind: 'running' }>).ended
    first(book)
    assert.deepEqual([book.size, book.bytes], [0, 0])
  })

  test('is forgotten in its time, also where nobody asks', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let nowMs = 0
    const book = new IdempotencyBook(() => nowMs)
    answer(first(book), 'Hello')
    nowMs = 999
    assert.equal(book.find(asking(), rules()).kind, 'answered')
    nowMs = 1000
    t.mock.timers.tick(1000)
    assert.deepEqual([book.size, book.bytes], [0, 0])
    await Promise.resolve()
    book.close()
  })

  test('that is too large is not kept, and is known to have been given', () => {
    const book = new IdempotencyBook()
    answer(first(book), 'x'.repeat(200), 'x'.repeat(51))
    assert.deepEqual(book.find(asking(), rules()), { kind: 'lost', exchange: 'x1' })
    assert.equal(book.bytes, 0)
    book.close()
  })

  test('that was given first is forgotten first where there are too many', () => {
    const book = new IdempotencyBook()
    for (const key of ['a', 'b', 'c']) answer(first(book, { key }, rules({ maxEntries: 2 })), key)
    assert.deepEqual(['c', 'b', 'a'].map(key => book.find(asking({ key }), rules()).kind), ['answered', 'answered', 'first'])
    book.close()
  })

  test('is not pushed out by another key, which gives up its own instead', () => {
    const book = new IdempotencyBook()
    const loud = principal({ key: 'loud' })
    const few = rules({ maxEntries: 10 })
    answer(first(book, {}, few), 'x'.repeat(200))
    for (let at = 0; at < 100; at += 1) answer(first(book, { principal: loud, key: String(at) }, few), 'x')
    for (let at = 0; at < 100; at += 1) answer(first(book, { principal: loud, key: `large ${at}` }, few), 'x'.repeat(150))
    assert.equal(textOf(book.find(asking(), few)), 'x'.repeat(200))
    assert.ok(book.bytes <= 1000 && book.size <= 10)
    const open = Array.from({ length: 20 }, (_, at) => first(book, { principal: loud, key: `open ${at}` }, few))
    for (let time = 0; time < 20; time += 1) for (const noted of open) noted.push(Buffer.alloc(10))
    assert.equal(textOf(book.find(asking(), few)), 'x'.repeat(200), 'nor by what is under way')
    assert.ok(book.bytes <= 1000)
    for (const noted of open) noted.keep()
    assert.equal(textOf(book.find(asking(), few)), 'x'.repeat(200))
    for (const noted of open) noted.drop()
    book.close()
    assert.equal(book.bytes, 0)
  })

  test('changes no more when what it was made from does', () => {
    const book = new IdempotencyBook()
    const noted = first(book)
    const chunk = Buffer.from('Hello')
    noted.begin(200, {})
    noted.push(chunk)
    chunk.fill('x')
    noted.keep()
    assert.equal(textOf(book.find(asking(), rules())), 'Hello')
    book.close()
  })

  test('whatever is asked and answered, what is kept stays within its bounds', () => {
    const steps = fc.array(fc.record({ act: fc.constantFrom('ask', 'push', 'keep', 'drop', 'pass'), which: fc.nat(20), size: fc.nat(300) }), { maxLength: 100 })
    fc.assert(fc.property(steps, given => {
      let nowMs = 0
      const book = new IdempotencyBook(() => nowMs)
      const bounds = rules({ maxEntries: 5 })
      const open: Noted[] = []
      for (const { act, which, size } of given) {
        const at = which % Math.max(1, open.length)
        if (act === 'ask') {
          const found = book.find(asking({ key: String(which), principal: principal({ key: `k${which % 3}` }) }), bounds)
          if (found.kind === 'first') open.push(found.noted)
        } else if (act === 'push') open[at]?.push(Buffer.alloc(size))
        else if (act === 'pass') nowMs += size
        else {
          const [noted] = open.splice(at, 1)
          if (act === 'keep') noted?.begin(200, {})
          noted?.[act]()
        }
        assert.ok(book.size <= 5 && book.bytes >= 0)
        assert.ok(book.bytes <= 1000, String(book.bytes))
      }
      for (const noted of open) noted.drop()
      assert.ok(book.bytes <= 1000)
      book.close()
    }))
  })
})
