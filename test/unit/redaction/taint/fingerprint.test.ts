// Fingerprints see through quoting and reformatting, and not through another text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fingerprinting, isStrong } from '../../../../gateway/redaction/taint/fingerprint.ts'
import { growthOf } from './growth.ts'

const fingerprint = fingerprinting()

const quote = 'The invoice of the harbour office was paid twice in March, so half of it goes back to the account it came from.'
const around = (text: string): string => `Somebody asked about this before the meeting: ${text} Nobody has answered yet, as far as we know.`
const shared = (a: string, b: string): number => {
  const left = new Set(fingerprint(a))
  return new Set(fingerprint(b).filter(hash => left.has(hash))).size
}

const looks: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', text => text], ['in capitals', text => text.toUpperCase()], ['as a quote', text => text.split(' ').map(word => `> ${word}`).join('\n')],
  ['in bold words', text => text.split(' ').map(word => `**${word}**`).join(' ')], ['as a list', text => text.replaceAll(', ', ',\n- ')],
  ['wrapped', text => text.replaceAll(/(.{20,30}) /g, '$1\r\n\t')], ['as JSON', text => JSON.stringify({ text: `"${text}"\n` })],
  ['as JSON in JSON in JSON', text => JSON.stringify(JSON.stringify(JSON.stringify(text.replaceAll(' ', '\n'))))],
  ['with escaped letters', text => text.replaceAll('a', '\\u0061')], ['in full-width letters', text => text.replaceAll(/[a-z]/g, letter => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))],
  ['in letters of mathematics', text => text.replaceAll(/[a-z]/g, letter => String.fromCodePoint(0x1d41a + letter.charCodeAt(0) - 97))],
  ['with soft hyphens and zero-width spaces', text => text.replaceAll('o', 'o\u00ad\u200b')], ['with other spaces and dashes', text => text.replaceAll(' ', '\u00a0\u2014\u2003')],
  ['as HTML', text => `<p>${text.replace('paid', '<b>paid</b>')}</p>`.replaceAll(/<\/?[pb]>/g, tag => ` ${tag.replaceAll(/[pb]/g, '')} `)],
]
for (const [name, look] of looks) {
  test(`a quote is known ${name}`, () => { assert.ok(shared(around(quote), look(quote)) >= 2) })
}

test('scripts without spaces and letters with marks are read as well', () => {
  const japanese = '港湾局の請求書は三月に二度支払われたので半額は元の口座に戻されることになりました'
  assert.ok(shared(`連絡です。${japanese}。以上。`, japanese) >= 2)
  const german = 'Die Rechnung der Hafenbehörde wurde im März zweimal bezahlt, die Hälfte geht deshalb an das frühere Konto zurück, von dem sie kam.'
  assert.ok(shared(german.normalize('NFD'), german.normalize('NFC').toUpperCase().toLowerCase()) >= 2)
})

test('another text shares nothing, nor do rows of the same', () => {
  assert.equal(shared(quote, 'The weather at the coast stays as it was last week: windy in the morning and much too warm for this time of the year.'), 0)
  for (const row of ['0 '.repeat(100), 'null, '.repeat(100), '---|---|'.repeat(50), 'a b c d e f g h i j k l m', '']) assert.deepEqual(fingerprint(row), [], row.slice(0, 20))
})

test('short values are known as a whole, and words like ids by themselves', () => {
  assert.equal(shared('DE89 3704 0044 0532 0130 00', 'de89-3704-0044-0532-0130-00'), 1)
  assert.equal(shared('DE89 3704 0044 0532 0130 00', 'DE89 3704 0044 0532 0130 01'), 0)
  const id = ['9f86d081884c', '7d659a2feaa0'].join('')
  const [hash] = fingerprint(id).filter(isStrong)
  assert.ok(hash !== undefined && fingerprint(around(id)).includes(hash))
  assert.deepEqual(fingerprint('getServerSideRequestHandlerFactory'.toLowerCase()).filter(isStrong).length, 1)
  assert.equal(shared('getServerSideRequestHandlerFactory was called here by somebody else before', 'and getServerSideRequestHandlerFactory is defined over there in its own file'), 0)
})

test('what two processes make of a text has nothing in common', () => {
  const other = new Set(fingerprinting()(quote))
  assert.equal(fingerprint(quote).filter(hash => other.has(hash)).length, 0)
})

const word = fc.string({ unit: fc.constantFrom(...'a b c d e f g h i j k l m n o p q r s t u v w x y z ä ö ü ß é ñ 0 1 2 3 4 5 6 7 8 9'.split(' ')), minLength: 2, maxLength: 12 })
const words = (minLength: number, maxLength: number): fc.Arbitrary<string[]> => fc.array(word, { minLength, maxLength })

test('every run of 15 words of a text, wherever it stands, leaves two hashes in common; and any of 11 words one', () => {
  fc.assert(fc.property(words(15, 15), words(0, 40), words(0, 40), words(0, 40), words(0, 40), (run, a, b, c, d) => {
    const changing = run.filter((one, at) => at > 0 && one !== run[at - 1]).length
    fc.pre(changing === run.length - 1 && new Set(run).size === run.length)
    const both = [[...a, ...run, ...b].join(' '), [...c, ...run, ...d].join('\n* ')] as const
    assert.ok(shared(...both) >= 2)
    const short = run.slice(0, 11)
    fc.pre(short.join('').length >= 30)
    assert.ok(shared([...a, ...short, ...b].join(' '), [...c, ...short, ...d].join('_')) >= 1)
  }), { numRuns: 300 })
})

test('long texts are read over the seams of what is read at once', () => {
  const numbered = (from: number, count: number): string => Array.from({ length: count }, (_, at) => `word${from + at}`).join(' ')
  const all = numbered(0, 30_000)
  for (let from = 0; from < 29_900; from += 1733) assert.ok(shared(all, numbered(from, 15)) >= 2, String(from))
  for (let at = 4080; at < 4100; at += 1) assert.ok(shared(all, numbered(at - 7, 15)) >= 2, String(at))
})

const hostile = ['\\', '\\\\u', 'a', '. ', '\u0301', 'é ', '漢', '\ud835', 'aA1', '\u200b', '"}{', '\\n\\t'] as const
for (const unit of hostile) {
  test(`time grows with the length of ${JSON.stringify(unit)} again and again`, () => {
    assert.ok(growthOf(unit, fingerprint) < 9)
  })
}
