// Values that are known by hashes only: how they are written does not matter, and a text with too many of them is not called clean.
import assert from 'node:assert/strict'
import { createHmac, hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { noLabels } from '../../../../gateway/exchange/labels.ts'
import { normalForm, type Shape } from '../../../../gateway/redaction/own/candidates.ts'
import { hashedSet, hashValue, type HashedSetRules } from '../../../../gateway/redaction/own/hashed-set.ts'

const about = { kind: 'own:customers', labels: noLabels } as const
const key = Buffer.from('a key that nobody has')

const setOf = (shape: Shape, values: readonly string[], change: Partial<HashedSetRules> = {}): ReturnType<typeof hashedSet> =>
  hashedSet(about, { shape, lengths: { min: 4, max: 24 }, needsDigit: true, key, hashes: values.map(value => hashValue(normalForm(shape, value), change.key === undefined ? key : change.key)), ...change })

const found = (set: ReturnType<typeof hashedSet>, text: string): string[] => {
  const out: string[] = []
  assert.equal(set.find(text, (start, end) => { out.push(text.slice(start, end)) }), true)
  return [...new Set(out)]
}

describe('values of a hashed set', () => {
  const cases: readonly (readonly [what: string, shape: Shape, value: string, text: string, expected: readonly string[]])[] = [
    ['digits as they are', 'digits', '48211907', 'customer 48211907.', ['48211907']],
    ['digits in groups', 'digits', '4821190712345678', 'card 4821 1907 1234 5678, please', ['4821 1907 1234 5678']],
    ['digits in other groups, behind a number', 'digits', '48211907', 'order 7 482-119.07 today', ['482-119.07']],
    ['digits inside longer ones', 'digits', '48211907', '348211907 482119071', []],
    ['other digits', 'digits', '48211907', '48211908', []],
    ['a word', 'word', 'K-48211', 'see K-48211 or k48211', ['K-48211', 'k48211']],
    ['a word in a path', 'word', 'K-48211', '/customers/K-48211/files', ['K-48211']],
    ['a part of a longer word', 'word', 'K48211', 'XK48211 K482112', []],
    ['an address in another case', 'email', 'anna.muster@example.com', 'to Anna.Muster@Example.com.', ['Anna.Muster@Example.com']],
    ['a longer address', 'email', 'anna@example.com', 'joanna@example.com anna@example.com.evil.test', []],
  ]
  for (const [what, shape, value, text, expected] of cases) test(`${what}: ${expected.length === 0 ? 'not found' : 'found'}`, () => { assert.deepEqual(found(setOf(shape, [value]), text), expected) })

  test('hashes are HMAC-SHA256 of the normal form, or SHA-256 without a key', () => {
    assert.equal(hashValue('48211907', key), createHmac('sha256', key).update('48211907').digest('hex'))
    assert.equal(hashValue('48211907', null), hash('sha256', '48211907'))
    assert.deepEqual(found(setOf('digits', ['48211907'], { key: null, hashes: [hash('sha256', '48211907')] }), 'is 4821 1907'), ['4821 1907'])
    assert.deepEqual(found(setOf('digits', [], { hashes: [hash('sha256', '48211907')] }), 'is 48211907'), [])
  })

  test('words without a digit are looked up only where that is wished for', () => {
    assert.deepEqual(found(setOf('word', ['Muster']), 'Anna Muster'), [])
    assert.deepEqual(found(setOf('word', ['Muster'], { needsDigit: false }), 'Anna Muster'), ['Muster'])
  })

  test('the same text is answered alike however often it is asked about', () => {
    const set = setOf('digits', ['48211907'])
    for (let round = 0; round < 3; round += 1) assert.deepEqual(found(set, '48211907 and 11112222'), ['48211907'])
  })

  test('a text with more candidates than are hashed was not looked through', () => {
    const set = setOf('digits', ['48211907'])
    const many = Array.from({ length: 30_000 }, (_, index) => `n${1_000_000 + index}`).join(', ')
    assert.equal(set.find(many, () => undefined), false)
  })

  for (const [what, unit] of Object.entries({ digits: '7', 'groups of digits': '12 ', 'at signs': '@', addresses: 'a@b.', 'words with signs': 'a1/', letters: 'a' })) {
    test(`${what}: sixteen times the text takes less than sixty-four times the time`, () => {
      const run = (size: number): number => {
        const text = unit.repeat(size / unit.length)
        const sets = (['digits', 'word', 'email'] as const).map(shape => setOf(shape, ['48211907']))
        const from = process.threadCpuUsage().user
        for (const set of sets) set.find(text, () => undefined)
        return Math.max(1000, process.threadCpuUsage().user - from)
      }
      assert.ok([0, 1].some(() => run(1 << 20) / run(1 << 16) < 64))
    })
  }
})
