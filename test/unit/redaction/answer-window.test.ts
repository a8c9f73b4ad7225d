// A text that arrives in pieces is judged like a text that is known whole, wherever it is cut.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { EntityKind } from '../../../gateway/exchange/kinds.ts'
import { AnswerWindow, holdBack, type AnswerJudge } from '../../../gateway/redaction/answer-window.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'

/** Characters that look random and are not a secret of anybody. */
const alphabet = 'aB3dE5gH7jK9mN2pQ4sT6vX8z1C0fR'
const filler = (length: number): string => alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length)
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const dashes = '-'.repeat(5)
const keyLines = ['PRIVATE KEY', filler(64), filler(64), filler(40)]
const pem = (line: string): string => [`${dashes}BEGIN ${keyLines[0]}${dashes}`, ...keyLines.slice(1), `${dashes}END ${keyLines[0]}${dashes}`].join(line)
const token = (length: number): string => [base64url({ alg: 'HS256', typ: 'JWT' }), filler(length), filler(43)].join('.')

/** Encoded text in lines, as programs break it. */
const lines = Buffer.from(`${'A line of words that say nothing. '.repeat(8)}Write to anna@example.com, or do not. Or do not write at all.`).toString('base64').replaceAll(/.{76}/g, '$&\n')

/** Each with a piece that must not be seen. */
const values: readonly (readonly [value: string, telling: string])[] = [
  ['anna.muster@example.com', 'anna.muster'], ['4111 1111 1111 1111', '1111 1111'], ['DE89 3704 0044 0532 0130 00', '0044 0532'], ['+49 30 901820', '901820'],
  ['203.0.113.77', '0.113.7'], ['2001:db8::8a2e:370:7334', '8a2e:370'], ['078-05-1120', '05-1120'], [['sk-', 'proj-', filler(160)].join(''), filler(20)],
  [['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join(''), 'RIJ4TBWL'], [token(90), filler(20)], [token(6000), filler(20)], [['ghp', '_', filler(36)].join(''), filler(20)],
  [`password = "${['hunter', '2Zq9xKp7'].join('')}"`, '2Zq9xKp7'], [`https://anna:${['Zq9x', 'Kp7w2'].join('')}@host.example/path`, 'Kp7w2'], [pem('\n'), filler(20)],
  ['４１１１ １１１１ １１１１ １１１１', '１１１１ １１'], ['anna.muster&#64;example.com', 'anna.muster'], [lines, lines.slice(160, 200)],
]
const words = ['The', 'invoice', 'of', 'Tuesday,', 'number', '77,', 'was', 'paid.', 'See', 'page', '4.2', 'or', '{"total":', '12.50}', 'größer', '日本語テキスト', '😀', '\n', '[EMAIL_1]', '`code`', 'a[0]', 'id', '2026-11-26']

const words_ = fc.array(fc.constantFrom(...words), { minLength: 0, maxLength: 25 }).map(list => list.join(' '))
const text = fc.array(fc.tuple(words_, fc.constantFrom(...values), fc.constantFrom(' ', '. ', ', ', '\n', '; then ')), { minLength: 1, maxLength: 6 })
  .map(parts => parts.map(([before, [value], after]) => `${before} ${value}${after}`).join(''))

const masking = (acts: (kind: EntityKind) => boolean = () => true): AnswerJudge & { readonly found: string[] } => {
  const found: string[] = []
  return { found, find: (given, key) => findEntities(given, key, 0.5), acts, replace: kind => { found.push(kind); return `[${kind.toUpperCase()}]` } }
}

const cutInto = (whole: string, sizes: readonly number[]): string[] => {
  const pieces: string[] = []
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(whole.slice(at, at + size))
    at += size
  }
  return pieces
}

const streamed = (whole: string, sizes: readonly number[], form: 'text' | 'json' = 'text'): { readonly out: string; readonly latest: number; readonly found: readonly string[] } => {
  const judge = masking()
  const window = new AnswerWindow(judge, form)
  let out = ''
  let latest = 0
  let told = 0
  for (const piece of cutInto(whole, sizes)) {
    told += piece.length
    out += window.push(piece)
    latest = Math.max(latest, told - out.length)
  }
  return { out: out + window.flush(), latest, found: judge.found }
}

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 })

describe('text in pieces', () => {
  test('reads the same as the whole text, and shows nothing that is found in the whole text', () => {
    let [texts, seen] = [0, 0]
    fc.assert(fc.property(text, sizes, (whole, cuts) => {
      const judge = masking()
      const expected = new AnswerWindow(judge, 'text').whole(whole)
      const { out, found } = streamed(whole, cuts)
      texts += 1
      seen += found.length
      assert.equal(out, expected)
      assert.deepEqual(found, judge.found)
    }), { numRuns: 1500 })
    assert.ok(seen > texts, `${seen} values in ${texts} texts`)
  })

  test('passes untouched where nothing is found, and lags by no more than the hold-back and a word', () => {
    const plain = 'Nothing of this is anybody\'s data, however long it goes on and whatever is said in it. '.repeat(40)
    const { latest, out } = streamed(plain, [3, 1, 5])
    assert.equal(out, plain)
    assert.ok(latest <= holdBack + 16, String(latest))
  })

  test('a private key that never ends is hidden to the last character', () => {
    const { out } = streamed(`Here: ${pem('\n').slice(0, -8)}`, [2])
    assert.equal(out, 'Here: [PRIVATE_KEY]')
  })

  test('what follows a private key is judged as ever', () => {
    assert.equal(streamed(`A ${pem('\n')} and anna.muster@example.com.`, [4]).out, 'A [PRIVATE_KEY] and [EMAIL].')
  })

  test('kinds that nobody asks for pass, and hold nothing back', () => {
    const judge = masking(kind => kind === 'card')
    const window = new AnswerWindow(judge, 'text')
    assert.equal(window.push(`${pem('\n')} of anna.muster@example.com `.repeat(3)).length + window.flush().length, `${pem('\n')} of anna.muster@example.com `.length * 3)
    assert.deepEqual(judge.found, [])
  })
})

describe('JSON source in pieces', () => {
  const leaf = fc.oneof(words_, fc.constantFrom(...values).map(([value]) => value), fc.tuple(words_, fc.constantFrom(...values)).map(([before, [value]]) => `${before} ${value}`))
  const args = fc.dictionary(fc.constantFrom('to', 'note', 'body', 'n'), fc.oneof(leaf, fc.constantFrom(4111111111111111, 12.5, true, null), fc.array(leaf, { maxLength: 3 })), { minKeys: 1 })
  const escaped = (source: string): string => source.replace(/[@8-]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

  test('stays JSON, and reads the same as the whole source', () => {
    fc.assert(fc.property(args, sizes, fc.boolean(), (given, cuts, pretty) => {
      const source = JSON.stringify(given, null, pretty ? 2 : 0)
      const { out } = streamed(source, cuts, 'json')
      assert.equal(out, new AnswerWindow(masking(), 'json').whole(source))
      assert.deepEqual(Object.keys(JSON.parse(out) as object), Object.keys(given))
    }), { numRuns: 1000 })
  })

  test('escapes hide nothing', () => {
    for (const [value, part] of values) {
      const source = `{"a":"${escaped(JSON.stringify(`see ${value} there`).slice(1, -1))}"}`
      if (source.includes('"{')) continue
      const { out } = streamed(source, [3, 2], 'json')
      assert.ok(!JSON.stringify(JSON.parse(out)).includes(part), `${part}: ${out}`)
    }
  })

  test('a number that is a value becomes a text, and its neighbours stay', () => {
    assert.deepEqual(JSON.parse(streamed('{"card":4111111111111111,"n":[1,-2.5e3]}', [4], 'json').out), { card: '[CARD]', n: [1, -2500] })
  })
})
