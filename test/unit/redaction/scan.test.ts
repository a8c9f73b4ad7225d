// The pass over a text: where each form of trigger is asked, compared with a slow reading of what redaction/rule.ts promises.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findEntities } from '../../../gateway/redaction/find.ts'
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
    for (const length of [8189, 8190, 8191, 8192, 8193, 16_381, 16_382, 16_383, 16_384, 16_385, 32_767, 32_768]) {
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

  test('a rule that names what stands around its numbers is not asked at others', () => {
    const at = (numbersAt: Triggers['numbersAt'], text: string): number[] => asked({ numbers: true, ...numbersAt === undefined ? {} : { numbersAt } }, text)
    const text = '12.5 x34 567 (89) 2026-05-13 é7°'
    assert.deepEqual(at([{ before: /^[^\w.]?$/, behind: /\./ }], text), [0])
    assert.deepEqual(at([{ before: /[a-z]/ }, { behind: /\)/ }], text), [6, 14])
    assert.deepEqual(at([{ run: [4, 4] }, { run: [2, 2], behind: /-/ }], text), [18, 23])
    assert.deepEqual(at([{ before: /\u0080/, behind: /\u0080/ }], text), [30])
    const long = '1'.repeat(40)
    assert.deepEqual(at([{ run: [20, Infinity] }], `1 ${long}`), [2])
    assert.deepEqual(at([{ run: [20, 30], behind: /x/ }], `1x ${long}x`), [])
    assert.deepEqual(at([{ behind: /x/ }], `1 ${long}y`), [2], 'behind more than thirty digits may be anything')
    assert.deepEqual(at([{ before: /^$/ }], '1 2\\n3'), [0])
    assert.deepEqual(at([{ before: / / }], '1 2\\n3'), [2, 5], 'an escape is white space')
    assert.deepEqual(at([{ run: [1, 3], digits: 6 }], '1 22 333 1234567'), [0, 2, 5], 'places may ask for digits too')
  })

  test('a rule is asked once, at 0, for a text under one of its keys', () => {
    const triggers: Triggers = { keys: ['date of birth', 'ssn'] }
    for (const key of ['dateOfBirth', 'date_of_birth', 'DateOfBirth', 'userSSN', 'ssn-last', 'SSN']) assert.deepEqual(asked(triggers, 'abc', key), [0], key)
    for (const key of ['birth', 'ssnx', '', 'session', null]) assert.deepEqual(asked(triggers, 'abc', key), [], String(key))
  })

  test('a trigger that could never be met is an error when the scanner is made', () => {
    const wrong: readonly Triggers[] = [{ words: ['Passport'] }, { words: ['date of birth'] }, { words: ['x'] }, { prefixes: ['a'] }, { prefixes: ['-----BEGIN'] }, { characters: 'a' }, { characters: 'é' }, { fragments: [':'] }, { fragments: ['a:'] }, { numbers: true, digits: 32 }, { numbers: true, numbersAt: [{ digits: 32 }] }, { runs: 1024 }, { prefixes: [`a${'b'.repeat(64)}`] }]
    for (const triggers of wrong) assert.throws(() => { createScanner([{ kinds: ['email'], triggers, find: () => undefined }]) }, /rule that cannot be asked: its trigger/, JSON.stringify(triggers))
  })
})

describe('ends of keys in JSON', () => {
  interface Keyed { readonly ignored: RegExp; readonly colons?: true }

  /** What a rule about members is told, and how often one about colons is asked; the texts are looked at one after the other. */
  const met = ({ colons, ignored }: Keyed, ...texts: readonly string[]): readonly (readonly [keys: readonly string[], colons: number])[] => {
    const keys: string[] = []
    let count = 0
    const ignores = (key: string): boolean => ignored.test(key)
    const members: Rule = { kinds: ['email'], triggers: { members: true }, ignores, find: ({ text }, at) => { keys.push(text.slice(text.lastIndexOf('"', at - 1) + 1, at)) } }
    const others: Rule = { kinds: ['email'], triggers: { characters: ':' }, ...colons === true ? { ignores } : {}, find: () => { count += 1 } }
    const scanner = createScanner([members, others])
    return texts.map(text => {
      count = 0
      keys.length = 0
      scanner.find(text, null, 0)
      return [[...keys], count] as const
    })
  }
  const text = '{"note":1,"email":"x:y","a longer name of it":2}'

  test('keys that a rule ignores are asked about once, and others each time', () => {
    assert.deepEqual(met({ ignored: /note|longer/ }, text, text), [[['note', 'email', 'a longer name of it'], 4], [['email', 'a longer name of it'], 4]])
  })

  test('the colon behind an ignored key is passed over for rules that ignore it as well, and for no others', () => {
    assert.deepEqual(met({ ignored: /note/, colons: true }, text, text).map(([, count]) => count), [4, 3])
    assert.deepEqual(met({ ignored: /note/ }, text, text).map(([, count]) => count), [4, 4])
  })

  test('a key is another one with a character more, in another case, or beyond ASCII', () => {
    const others = ['notes', 'not', 'Note', 'n\u00f6te', 'not\u00ff', 'not\u8000', 'note\u8000', 'note\u0000', ' note', '\u2010note'].map(key => `{"${key}":1}`)
    for (const other of others) assert.equal(met({ ignored: /^note$|^not.$|^note.$/ }, '{"note":1}', other)[1]?.[0].length, 1, JSON.stringify(other))
    assert.deepEqual(met({ ignored: /^note$/ }, '{"note":1}', '{"note":1}')[1]?.[0], [])
  })

  test('keys that share a place do not drive each other out, and more keys than there are places are asked about again', () => {
    const many = Array.from({ length: 5000 }, (_, index) => `"k${index}":1`).join()
    const [, [few] = [[]], [again] = [[]]] = met({ ignored: /./ }, many, many, '"name":1,"tags":2', '"name":1,"tags":2')
    assert.ok(few.length > 2500, `${few.length}`)
    assert.deepEqual(again, ['name', 'tags'])
    assert.deepEqual(met({ ignored: /./ }, '"name":1,"tags":2', '"name":1,"tags":2')[1]?.[0], [])
  })

  test('what is found is the same before and after a key is known, wherever it stands', () => {
    const key = fc.oneof(fc.constantFrom('note', 'email', 'password', 'value', 'default', 'name', 'phone', 'ssn', 'x]', 'a b', 'apiKey'), fc.string({ maxLength: 20 }))
    const value = fc.constantFrom('"Xk29-fLq0-zz81"', '"078-05-1120"', '2025550143', '"{\\"email\\": \\"anna@example.com\\"}"', '"[\\"DE89370400440532013000\\"]"', '"ghp_x"', '1', '"Anna Weber"')
    fc.assert(fc.property(fc.array(fc.tuple(key, value, fc.constantFrom('', ' ', '\n  ')), { minLength: 1, maxLength: 8 }), fc.nat({ max: 70 }), (members, front) => {
      const json = `${'.'.repeat(front)}{${members.map(([name, held, gap]) => `"${name}":${gap}${held}`).join(', ')}}`
      assert.deepEqual(findEntities(json, null, 0), findEntities(json, null, 0), json)
    }), { numRuns: 300 })
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
