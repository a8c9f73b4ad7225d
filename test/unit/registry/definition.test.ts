import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readDefinition } from '../../../registry/definition.ts'

const digest = (text: string): string => readDefinition(text).digest

suite('equal definitions have one digest, however they are written', () => {
  const pairs: readonly (readonly [string, string])[] = [
    ['{"a":1,"b":2}', '{ "b" : 2,\n"a": 1 }'], ['"\\u00e9"', '"é"'], ['{"n":1.0}', '{"n":1}'], ['{"n":10e-1}', '{"n":1}'], ['{"n":1E+2}', '{"n":100}'], ['{"n":-0}', '{"n":0}'],
    ['{"n":0.10}', '{"n":0.1}'], ['{"n":0e9}', '{"n":0}'],
  ]
  for (const [one, other] of pairs) test(`${one} and ${other}`, () => { assert.equal(digest(one), digest(other)) })
})

suite('different definitions have different digests', () => {
  const pairs: readonly (readonly [string, string])[] = [
    ['{"a":1}', '{"a":2}'], ['{"a":1}', '{"a":"1"}'], ['{"a":null}', '{}'], ['{"a":1e400}', '{"a":null}'], ['{"a":1e400}', '{"a":2e400}'], ['{"a":12345678901234567890}', '{"a":12345678901234567891}'],
    ['{"a":0.1}', '{"a":0.10000000000000001}'], ['"\\ud800"', '"\\ufffd"'], ['"\\ud800"', '"\\ud801"'], ['"é"', '"e\\u0301"'], ['{"__proto__":{"x":1}}', '{}'], ['{"a":"\\u0000"}', '{"a":""}'],
    ['"x"', '["x"]'], ['{"a":[1e400,2]}', '{"a":[1e400,3]}'],
  ]
  for (const [one, other] of pairs) test(`${one} and ${other}`, () => { assert.notEqual(digest(one), digest(other)) })
})

test('the digest is the SHA-256 of the canonical JSON', () => {
  assert.equal(digest('{"b":2,"a":1}'), 'sha256:43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777')
})

test('numbers that a double cannot hold stand below the canonical text', () => {
  assert.equal(readDefinition('{"a":1e400,"b":12345678901234567890}').text, '{"a":null,"b":12345678901234567000}\n1e400\n12345678901234567890')
})
