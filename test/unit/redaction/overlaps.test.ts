// Which of several findings about the same piece of text stays.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { EntityKind, Finding } from '../../../gateway/exchange/finding.ts'
import { builtInKinds, natureOf } from '../../../gateway/exchange/kinds.ts'
import { resolve } from '../../../gateway/redaction/overlaps.ts'

const text = 'one two three four five six seven eight nine ten'
const of = (kind: EntityKind, start: number, end: number, confidence: number): Finding => ({ kind, start, end, confidence })
const kept = (...found: Finding[]): string[] => resolve(text, found).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)

describe('overlaps', () => {
  const cases: readonly (readonly [what: string, found: readonly Finding[], kept: readonly string[]])[] = [
    ['the surest stays', [of('phone', 0, 7, 0.6), of('card', 0, 13, 0.9)], ['card one two three']],
    ['of equally sure ones the longer stays', [of('card', 4, 7, 0.9), of('iban', 0, 13, 0.9)], ['iban one two three']],
    ['of the same range the more specific kind stays', [of('phone', 0, 7, 0.7), of('us_ssn', 0, 7, 0.7)], ['us_ssn one two']],
    ['a kind of the operator is the most specific', [of('own:project', 0, 7, 0.9), of('card', 0, 7, 0.9)], ['own:project one two']],
    ['a web address gives way to what it holds', [of('url', 0, 13, 0.99), of('email', 4, 7, 0.6)], ['email two']],
    ['a secret that holds something surer stays whole', [of('password', 0, 13, 0.6), of('email', 4, 7, 0.98)], ['password one two three']],
    ['what a secret holds only in part is surer and stays', [of('password', 0, 7, 0.6), of('email', 4, 13, 0.98)], ['email two three']],
    ['what ends inside a word grows to its end', [of('card', 4, 10, 0.9)], ['card two three']],
    ['what begins inside a word grows to its beginning', [of('card', 5, 13, 0.9)], ['card two three']],
    ['it does not grow into its neighbour', [of('card', 0, 10, 0.9), of('email', 10, 18, 0.9)], ['card one two th', 'email ree four']],
  ]
  for (const [what, found, expected] of cases) {
    test(what, () => {
      assert.deepEqual(kept(...found), expected)
      assert.deepEqual(kept(...[...found].reverse()), expected)
    })
  }

  test('of two secrets of one range that hold something surer the surer one stays, in whatever order they come', () => {
    const found = [of('api_key', 0, 13, 0.75), of('api_key', 0, 13, 0.97), of('phone', 4, 7, 0.98)]
    for (const order of [found, found.toReversed()]) assert.deepEqual(resolve(text, order), [of('api_key', 0, 13, 0.97)])
  })

  test('what is kept is sorted and apart, the surest is not lost, and the order of the findings does not matter', () => {
    const finding = fc.tuple(fc.constantFrom(...builtInKinds), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 10 })).map(([kind, start, length, tenths]) => of(kind, start, start + length, tenths / 10))
    fc.assert(fc.property(fc.array(finding, { maxLength: 12 }), found => {
      const result = resolve(text, found)
      let behind = 0
      for (const { start, end } of result) {
        assert.ok(start >= behind && end > start && end <= text.length)
        behind = end
      }
      const surest = found.filter(({ kind }) => natureOf(kind) !== 'plain').sort((a, b) => b.confidence - a.confidence)[0]
      if (surest !== undefined) assert.ok(result.some(({ start, end }) => start < surest.end && end > surest.start), 'the surest is kept, or what is as sure and longer')
      assert.deepEqual(resolve(text, [...found].reverse()).map(({ start, end }) => [start, end]), result.map(({ start, end }) => [start, end]))
    }))
  })
})
