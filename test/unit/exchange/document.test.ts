import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splice } from '../../../gateway/exchange/document.ts'

test('splice replaces spans and keeps every other byte', () => {
  const cases: [string, { start: number; end: number; text: string }[], string][] = [
    ['{"a": 1}', [], '{"a": 1}'],
    ['{"a": 1}', [{ start: 6, end: 7, text: '22' }], '{"a": 22}'],
    ['abcdef', [{ start: 4, end: 5, text: 'E' }, { start: 0, end: 1, text: 'AA' }], 'AAbcdEf'],
    ['abc', [{ start: 1, end: 1, text: '-' }], 'a-bc'],
  ]
  for (const [text, edits, expected] of cases) assert.equal(splice(text, edits), expected)
})

test('splice refuses overlapping edits', () => {
  assert.throws(() => splice('abcdef', [{ start: 0, end: 3, text: '' }, { start: 2, end: 4, text: '' }]), /overlap/)
})
