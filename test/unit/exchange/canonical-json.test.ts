import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../../../gateway/exchange/canonical-json.ts'

const rows: readonly (readonly [string, unknown, string])[] = [
  ['members in another order', { b: 1, a: { d: [2, { y: 1, x: 2 }], c: null } }, '{"a":{"c":null,"d":[2,{"x":2,"y":1}]},"b":1}'],
  ['numbers as ECMAScript writes them', [1.0, 1e21, 0.1, -0], '[1,1e+21,0.1,0]'],
  ['keys by UTF-16 code units', { '\u20ac': 1, '\ud83d\ude00': 2, 'z': 3, '1': 4 }, '{"1":4,"z":3,"\u20ac":1,"\ud83d\ude00":2}'],
  ['texts with escapes', { 'a"b': '\n\u0007' }, '{"a\\"b":"\\n\\u0007"}'],
  ['an undefined member', { a: undefined, b: true }, '{"b":true}'],
]

for (const [name, value, text] of rows) {
  test(`canonical JSON: ${name}`, () => { assert.equal(canonicalJson(value), text) })
}
