import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { definitionLines, diffLines } from '../../../registry/definition-diff.ts'
import { showHidden } from '../../../registry/show-text.ts'

suite('two texts line by line', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['abc', 'abc', ' a b c'], ['abc', 'axc', ' a-b+x c'], ['abc', 'ac', ' a-b c'], ['ac', 'abc', ' a+b c'], ['', 'ab', '+a+b'], ['ab', '', '-a-b'], ['abcabba', 'cbabac', '-a-b c-a b+a b a+c'], ['', '', ''],
  ]
  for (const [before, after, expected] of cases) {
    test(`${before} and ${after}`, () => {
      const lines = diffLines(Array.from(before), Array.from(after))
      assert.equal(lines.map(line => `${line.slice(0, 1)}${line.slice(2)}`).join(''), expected)
      assert.equal(lines.filter(line => !line.startsWith('+')).map(line => line.slice(2)).join(''), before)
      assert.equal(lines.filter(line => !line.startsWith('-')).map(line => line.slice(2)).join(''), after)
    })
  }
})

test('texts with nothing in common are shown one after the other, without a table of their product', () => {
  const [before, after] = [Array.from({ length: 20_000 }, (_, index) => `a${index}`), Array.from({ length: 20_000 }, (_, index) => `b${index}`)]
  const began = performance.now()
  assert.equal(diffLines(before, after).length, 40_000)
  assert.ok(performance.now() - began < 1000)
})

test('a definition is indented, and a text of several lines is several lines', () => {
  assert.deepEqual(definitionLines('{"a":[],"description":"one\\ntwo \\\\n three","o":{"x":[1,null]}}'), [
    '{', '  "a": [],', '  "description": "one\\n', '  two \\\\n three",', '  "o": {', '    "x": [', '      1,', '      null', '    ]', '  }', '}',
  ])
})

test('numbers that JSON.parse would change, and texts that are not whole, are shown as such', () => {
  assert.deepEqual(definitionLines('{"a":null}\n1e400').at(-1), 'a number is written 1e400')
  assert.deepEqual(definitionLines('{"a":"x'), ['{"a":"x', '(only the beginning of it was kept)'])
})

suite('nothing stays invisible', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain é 日本', 'plain é 日本'], ['\u001b[2J', '\\u{1b}[2J'], ['\u202e', '\\u{202e}'], ['\u{e0041}', '\\u{e0041}'], ['\ufe0f', '\\u{fe0f}'], ['\u{e0101}', '\\u{e0101}'], ['\u3164', '\\u{3164}'], ['\u00a0', '\\u{a0}'], ['\u2800', '\\u{2800}'],
    ['\u034f', '\\u{34f}'], ['\u2028', '\\u{2028}'], ['\ud800', '\\u{d800}'], ['\ue000', '\\u{e000}'], ['\r', '\\u{d}'], ['a  b', 'a  b'], [`a${' '.repeat(300)}b`, 'a\\u{20}×300b'], ['\u0085', '\\u{85}'],
  ]
  for (const [text, shown] of cases) test(shown, () => { assert.equal(showHidden(text), shown) })
})
