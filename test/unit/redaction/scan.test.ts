// The pass over a text: where each form of trigger is asked, compared with a slow reading of what redaction/rule.ts promises.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Rule, Scan, Triggers } from '../../../gateway/redaction/rule.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'

const asked = (triggers: Triggers, text: string, key: string | null = null): number[] => {
  const places: number[] = []
  createScanner([{ kinds: ['own:test'], triggers, find: (_, at) => { places.push(at) } }]).find(text, key, 0)
  return places.sort((a, b) => a - b)
}

/** Escapes of white space count as that. */
const places = (text: string, pattern: RegExp): number[] => [...text.replace(/\\(?=[nrtbf])./g, '  ').matchAll(pattern)].map(({ index }) => index)

describe('where rules are asked', () => {
  const forms: readonly (readonly [what: string, triggers: Triggers, pattern: RegExp])[] = [
    ['characters', { characters: '@%' }, /[@%]/g], ['fragments', { fragments: ['://', '":'] }, /(?=:\/\/|":)/g], ['numbers', { numbers: true }, /(?<!\d)\d/g], ['numbers behind letters', { numbersInWords: true }, /(?<=[A-Za-z])\d/g],
    ['prefixes', { prefixes: ['sk-', 'AK', '4x'] }, /(?<![A-Za-z\d])(?:sk-|AK|4x)/g], ['words', { words: ['sk', 'passport', 'id'] }, /(?<![A-Za-z\d])(?:sk|passport|id)(?![A-Za-z])/gi], ['runs', { runs: 5 }, /(?<![A-Za-z\d])[A-Za-z\d]{5,}/g],
  ]
  const piece = fc.oneof(fc.constantFrom('@', '%', '://', '":', 'sk-', 'SK', 'AK', '4x', 'passport', 'Passport', 'id', 'ID', '1', '42', 'a', 'Z', ' ', '-', '.', '\n', 'é', '日本', '\u0000', '😀', 'sk_', 'ids', '12345', 'abcde', '\\n', '\\', '\\x'), fc.string({ maxLength: 4 }))
  for (const [what, triggers, pattern] of forms) {
    test(`${what}: at each of their places and nowhere else`, () => {
      fc.assert(fc.property(fc.array(piece, { maxLength: 20 }).map(pieces => pieces.join('')), text => { assert.deepEqual(asked(triggers, text), places(text, pattern), JSON.stringify(text)) }), { numRuns: 500 })
    })
  }

  test('long texts are read in pieces, and what stands across two of them is met like the rest', () => {
    for (const length of [16_381, 16_382, 16_383, 16_384, 16_385, 32_767, 32_768]) {
      const front = ' '.repeat(length)
      for (const [triggers, text, at] of [[{ words: ['passport'] }, 'passport', 0], [{ characters: '@' }, 'a@b', 1], [{ fragments: ['://'] }, 'a://', 1], [{ numbers: true }, '\\n42', 2], [{ runs: 14 }, 'a'.repeat(20), 0], [{ prefixes: ['sk-'] }, '\\nsk-', 2]] as const) {
        assert.deepEqual(asked(triggers, front + text), [length + at], `${text} at ${length}`)
      }
    }
  })

  test('a scanner that is asked again by one of its rules goes on where it was', () => {
    const places: number[] = []
    const inner: Rule = { kinds: ['email'], triggers: { characters: '@' }, find: (scan, at) => {
      places.push(at)
      if (scan.text.length > 3) scanner.find('@@@', null, 0)
    } }
    const scanner = createScanner([inner])
    scanner.find(' @ @ ', null, 0)
    assert.deepEqual(places, [1, 0, 1, 2, 3, 0, 1, 2])
  })

  test('a rule that wants digits is not asked where there are fewer of them', () => {
    assert.deepEqual(asked({ numbers: true, digits: 6 }, '12 34 56 78, 12345 (202) 555, 123-456'), [0, 3, 13, 20, 30])
    assert.deepEqual(asked({ numbers: true, digits: 16 }, 'x 4111 1111 1111 1111'), [2])
  })

  test('a rule is asked once, at 0, for a text under one of its keys', () => {
    const triggers: Triggers = { keys: ['date of birth', 'ssn'] }
    for (const key of ['dateOfBirth', 'date_of_birth', 'DateOfBirth', 'userSSN', 'ssn-last', 'SSN']) assert.deepEqual(asked(triggers, 'abc', key), [0], key)
    for (const key of ['birth', 'ssnx', '', 'session', null]) assert.deepEqual(asked(triggers, 'abc', key), [], String(key))
  })

  test('a trigger that could never be met is an error when the scanner is made', () => {
    const wrong: readonly Triggers[] = [{ words: ['Passport'] }, { words: ['date of birth'] }, { words: ['x'] }, { prefixes: ['a'] }, { prefixes: ['-----BEGIN'] }, { characters: 'a' }, { characters: 'é' }, { fragments: [':'] }, { fragments: ['a:'] }]
    for (const triggers of wrong) assert.throws(() => { createScanner([{ kinds: ['email'], triggers, find: () => undefined }]) }, /rule that cannot be asked: its trigger/, JSON.stringify(triggers))
  })
})

describe('what a rule is told', () => {
  const labelAt = (text: string, at: number, key: string | null = null): string => {
    let label = ''
    const rule: Rule = { kinds: ['email'], triggers: { numbers: true }, find: (scan: Scan, place) => { if (place === at) label = scan.labelBefore(at) } }
    createScanner([rule]).find(text, key, 0)
    return label
  }

  test('labels are of the same line and the one above, and the key comes behind them', () => {
    assert.equal(labelAt('One\nTwo\nThree 4', 14), 'two\nthree ')
    assert.equal(labelAt('Two\nThree 4', 10, 'someKey'), 'two\nthree  some key')
    assert.equal(labelAt('4', 0), '')
  })

  test('findings below the least confidence and empty ones are left out, and what is reported twice counts once', () => {
    const rule: Rule = {
      kinds: ['email'], triggers: { characters: '@' }, find: scan => {
        scan.add('email', 0, 3, 0.4)
        scan.add('email', 0, 3, 0.8)
        scan.add('email', 0, 3, 0.8)
        scan.add('email', 3, 3, 0.9)
      },
    }
    assert.deepEqual(createScanner([rule]).find('a@b', null, 0.5), [{ kind: 'email', start: 0, end: 3, confidence: 0.8 }])
  })
})
