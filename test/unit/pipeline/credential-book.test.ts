import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Credential } from '../../../gateway/exchange/credential.ts'
import { CredentialBook, type Lease } from '../../../gateway/pipeline/credential-book.ts'

interface World { readonly book: CredentialBook; readonly clock: { nowMs: number }; readonly refusals: string[] }

const keys = (...secrets: readonly string[]): readonly Credential[] => secrets.map(secret => ({ kind: 'headers', headers: { authorization: secret } }))
const secretOf = ({ credential }: Lease): string => credential.kind === 'headers' ? credential.headers['authorization'] ?? '' : ''

const worldOf = (...secrets: readonly string[]): World => {
  const clock = { nowMs: 1000 }
  const refusals: string[] = []
  const book = new CredentialBook((provider, position, status) => { refusals.push(`${provider} ${position} ${status}`) }, () => clock.nowMs)
  book.update(new Map([['p', keys(...secrets)]]))
  return { book, clock, refusals }
}

const take = (book: CredentialBook, candidate = 'p/m'): Lease => {
  const lease = book.choose('p', candidate)
  assert.ok(lease !== null && lease !== 'none')
  return lease
}

suite('the keys of a provider', () => {
  test('a provider without any takes none', () => { assert.equal(worldOf('a').book.choose('other', 'other/m'), null) })

  test('are used in turn while nothing is under way', () => {
    const { book } = worldOf('a', 'b', 'c')
    const used = Array.from({ length: 6 }, () => {
      const lease = take(book)
      lease.done()
      return secretOf(lease)
    })
    assert.deepEqual(used, ['a', 'b', 'c', 'a', 'b', 'c'])
  })

  test('the one with the fewest calls under way comes first', () => {
    const { book } = worldOf('a', 'b')
    const [first, second] = [take(book), take(book)]
    second.done()
    second.done()
    assert.deepEqual([secretOf(first), secretOf(take(book)), book.states().map(({ active }) => active)], ['a', 'b', [1, 1]])
  })

  test('one that is limited at a model rests there and serves others', () => {
    const { book, clock } = worldOf('a', 'b')
    take(book).rests('p/m', 500)
    assert.deepEqual([secretOf(take(book)), secretOf(take(book))], ['b', 'b'])
    assert.equal(secretOf(take(book, 'p/other')), 'a')
    assert.deepEqual([book.hasFree('p', 'p/m'), book.restMs('p', 'p/m'), book.states()[0]?.state], [true, 0, 'resting'])
    clock.nowMs += 500
    assert.deepEqual(Array.from({ length: 2 }, () => secretOf(take(book))).includes('a'), true)
  })

  test('where all rest, the first to be free again is used', () => {
    const { book } = worldOf('a', 'b')
    take(book).rests('p/m', 900)
    take(book).rests('p/m', 300)
    assert.deepEqual([book.hasFree('p', 'p/m'), book.restMs('p', 'p/m'), secretOf(take(book))], [false, 300, 'b'])
  })

  test('one that was refused is not used again, until a reload, and is told once', () => {
    const { book, clock, refusals } = worldOf('a', 'b')
    const lease = take(book)
    lease.refused(401)
    lease.refused(401)
    clock.nowMs += 10 * 24 * 3600_000
    assert.deepEqual(Array.from({ length: 3 }, () => secretOf(take(book))), ['b', 'b', 'b'])
    assert.deepEqual([refusals, book.states().map(({ state }) => state)], [['p 1 401'], ['refused', 'in use']])
    book.update(new Map([['p', keys('a', 'b')]]))
    assert.equal(secretOf(take(book)), 'a')
  })

  test('the last one that was refused is tried again after a minute: refusals have been mistakes', () => {
    const { book, clock } = worldOf('a')
    take(book).refused(401)
    assert.equal(book.choose('p', 'p/m'), 'none')
    clock.nowMs += 60_000
    assert.equal(secretOf(take(book)), 'a')
  })

  test('a rotated key starts afresh, and one that went away is forgotten', () => {
    const { book } = worldOf('a', 'b')
    take(book).rests('p/m', 100_000)
    book.update(new Map([['p', keys('new', 'b')]]))
    assert.deepEqual(book.states().map(({ state, active }) => [state, active]), [['in use', 0], ['in use', 0]])
    book.update(new Map())
    assert.deepEqual([book.states(), book.choose('p', 'p/m')], [[], null])
  })

  test('states never show a secret', () => { assert.doesNotMatch(JSON.stringify(worldOf('very-secret').book.states()), /secret/) })

  test('whatever happens, a key that may be used is found, and what is under way is counted', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.record({ act: fc.constantFrom('take', 'done', 'rest', 'pass'), which: fc.nat(100) }), { maxLength: 60 }), (count, steps) => {
      const { book, clock } = worldOf(...Array.from({ length: count }, (_, at) => `k${at}`))
      const held: Lease[] = []
      for (const { act, which } of steps) {
        if (act === 'take') held.push(take(book))
        else if (act === 'done') held.splice(which % Math.max(1, held.length), 1)[0]?.done()
        else if (act === 'rest') held[which % Math.max(1, held.length)]?.rests('p/m', which * 10)
        else clock.nowMs += which
        assert.equal(book.states().reduce((sum, { active }) => sum + active, 0), held.length)
      }
    }))
  })
})
