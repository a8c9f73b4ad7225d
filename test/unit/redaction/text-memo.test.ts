// What is remembered of texts: never confused with another text, bounded, and kept for as long as it is in use.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TextMemo } from '../../../gateway/redaction/text-memo.ts'

describe('TextMemo', () => {
  test('two texts that differ in one letter anywhere are two texts', () => {
    const memo = new TextMemo<number>(1 << 22)
    const text = 'the same words again and again. '.repeat(20)
    memo.set(text, null, -1)
    for (let at = 0; at < text.length; at += 1) assert.equal(memo.get(`${text.slice(0, at)}X${text.slice(at + 1)}`, null), undefined, `letter ${at}`)
    assert.equal(memo.get(text, null), -1)
  })

  test('the key is a part of what is asked', () => {
    const memo = new TextMemo<string>(1 << 20)
    memo.set('text', 'one', 'under one')
    memo.set('text', null, 'under none')
    assert.deepEqual(['one', 'two', '', null].map(key => memo.get('text', key)), ['under one', undefined, undefined, 'under none'])
  })

  test('of texts that look alike only so many are kept, the newest of them', () => {
    const memo = new TextMemo<number>(1 << 24)
    // Long texts of one length that differ in one place, which is not among the letters that are looked at.
    const textOf = (index: number): string => `${'a'.repeat(1001)}${String(index).padStart(4, '0')}${'a'.repeat(8995)}`
    for (let index = 0; index < 200; index += 1) memo.set(textOf(index), null, index)
    const kept = Array.from({ length: 200 }, (_, index) => index).filter(index => memo.get(textOf(index), null) !== undefined)
    assert.ok(kept.length >= 16 && kept.length <= 64, `${kept.length} are kept`)
    assert.equal(kept.at(-1), 199)
  })

  test('a text that is longer than half of the memory is not kept', () => {
    const memo = new TextMemo<number>(1000)
    memo.set('a'.repeat(600), null, 1)
    assert.equal(memo.get('a'.repeat(600), null), undefined)
  })

  test('whatever is asked in whatever order, an answer is the one that was given for that text', () => {
    const text = fc.tuple(fc.constantFrom('a', 'ab', 'ein Text ', 'ü'), fc.integer({ min: 1, max: 40 })).map(([piece, times]) => piece.repeat(times))
    fc.assert(fc.property(fc.integer({ min: 200, max: 4000 }), fc.array(fc.tuple(text, fc.constantFrom(null, 'k', 'key')), { maxLength: 60 }), (maxBytes, asked) => {
      const memo = new TextMemo<string>(maxBytes)
      for (const [one, key] of asked) {
        const answer = memo.get(one, key)
        assert.ok(answer === undefined || answer === `${String(key)} ${one}`)
        if (answer === undefined) memo.set(one, key, `${String(key)} ${one}`)
      }
    }))
  })
})
