// Text inside text: base64, percent-encoding and JSON in JSON strings. What is found inside is replaced as the encoded piece that holds it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { splice } from '../../../gateway/exchange/document.ts'
import { isSecret } from '../../../gateway/exchange/kinds.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { createRestorer } from '../../../gateway/redaction/restore.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const found = (text: string, key: string | null = null): string[] => findEntities(text, key, 0.5).filter(({ kind }) => kind !== 'url').map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')

describe('base64', () => {
  const note = 'Please write to anna@example.com about it?>~ ÿþ'
  const places: readonly (readonly [text: string, token: string])[] = [
    ['§', base64(note)], ['data: §', base64(note)], ['"§"', base64(note)], ['payload § end', base64('anna@example.com:x')], ['https://example.com/?d=§&e=1', base64url(note)], ['a\n§\nb', base64(note)], ['(§)', base64url(note)], ['{"blob":"§"}', base64(note)],
    ['§.', base64url(note)], ['key=§', base64(`${note} and so on`)],
  ]
  for (const [text, token] of places) {
    test(`an address is found inside ${text.replaceAll('\n', '↵')}, as the whole of the encoded piece`, () => { assert.deepEqual(found(text.replace('§', token)), [`email ${token}`]) })
  }

  for (const [name, width, gap] of [['mail', 76, '\r\n'], ['base64 of Unix', 76, '\n'], ['PEM', 64, '\n'], ['an indented block', 60, '\n    '], ['a string of source code', 76, '\\n']] as const) {
    test(`a value that the line break of ${name} cuts is found, as the whole of the lines`, () => {
      const filler = 'A line of words that say nothing at all about anybody. '
      for (let shift = 0; shift < 24; shift += 1) {
        const inner = base64(`${filler.slice(shift)}write to anna@example.com or to berta@example.com. ${filler}${filler}`)
        const lines = inner.match(new RegExp(`.{1,${width}}`, 'g'))?.join(gap) ?? ''
        assert.deepEqual(found(`data:\n${lines}\nend of data`), [`email ${lines}`], `${shift}`)
      }
    })
  }

  test('text in an older encoding, and text with a few bytes of something else, is text', () => {
    for (const bytes of [Buffer.from('K\xfcndigung an anna@example.com, Stra\xdfe 5', 'latin1'), Buffer.from(`${'words that say nothing, '.repeat(4)}anna@example.com\0`)]) {
      const token = Buffer.concat([Buffer.from('Dear Sir or Madam, '), bytes]).toString('base64')
      assert.deepEqual(found(token), [`email ${token}`])
    }
  })

  test('a long piece is looked into to its end', () => {
    const token = base64(`${'A line of words that say nothing at all about anybody. '.repeat(30_000)}write to anna@example.com now`)
    assert.ok(token.length > 2 ** 21)
    assert.deepEqual(found(token).map(one => one.length), [`email ${token}`.length])
  })

  test('each kind is reported as itself, and the surest of personal ones stays', () => {
    assert.deepEqual(found(base64('card 4111 1111 1111 1111')), [`card ${base64('card 4111 1111 1111 1111')}`])
    assert.deepEqual(found(base64('my SSN is 078-05-1120')), [`us_ssn ${base64('my SSN is 078-05-1120')}`])
    assert.deepEqual(found(base64('call +49 30 901820 or write to anna@example.com')).map(one => one.split(' ')[0]), ['email'])
  })

  test('where it holds a secret and an address, the secret stays', () => {
    const inside = `anna@example.com password: ${['Tr0ub4dor', '&3xy'].join('')}`
    assert.deepEqual(findEntities(base64(inside), null, 0.5).map(({ kind, start, end }) => [isSecret(kind), start, end]), [[true, 0, base64(inside).length]])
  })

  test('what is encoded twice is found, what is encoded three times is not', () => {
    const once = base64('write to anna@example.com')
    assert.deepEqual(found(base64(once)), [`email ${base64(once)}`])
    assert.deepEqual(found(base64(base64(once))), [])
  })

  test('JSON that was encoded gives its keys to its values', () => {
    const token = base64('{"ssn":"219099999","n":1}')
    assert.deepEqual(found(token), [`us_ssn ${token}`])
  })

  test('pictures, digests, identifiers, keys of caches and binary data are passed over', () => {
    const picture = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), Buffer.from('anna@example.com')]).toString('base64')
    const vector = base64('<svg xmlns="http://www.w3.org/2000/svg"><text>anna@example.com</text></svg>')
    const broken = Buffer.concat([Buffer.from('write to anna@example.com and then '), Buffer.alloc(24, 0xfe)]).toString('base64')
    for (const text of [picture, `data:image/svg+xml;base64,${vector}`, broken, 'd41d8cd98f00b204e9800998ecf8427e', 'getElementsByClassNameAndAttributeValue', 'com/example/package/implementation/ClassName', base64('nothing to see here at all')]) {
      assert.deepEqual(found(text), [], text.slice(0, 30))
    }
  })

  test('a short value, and what is no base64, is not decoded', () => {
    assert.deepEqual(found(base64('a@b.example').slice(0, 12)), [])
    assert.deepEqual(found(`${base64('write to anna@example.com')}x`.slice(0, -8)), [])
  })

  test('any text with an address in it is found wherever base64 of it stands alone', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.boolean(), (around, urlSafe) => {
      const inside = `${around.replace(/[\p{Cc}\ufffd]/gu, '')} anna@example.com `.toWellFormed()
      const token = (urlSafe ? base64url : base64)(inside)
      // An address in the open may end in what stands around it: only the encoded form is asked about.
      if (!/ anna@example.com $/.test(inside)) return
      assert.deepEqual(findEntities(`x ${token} y`, null, 0.5).map(({ start, end }) => [start, end]), [[2, 2 + token.length]])
    }), { numRuns: 200 })
  })
})

describe('percent-encoding', () => {
  const cases: readonly (readonly [text: string, findings: readonly string[]])[] = [
    ['https://example.com/?q=anna%40example.com&x=1', ['email anna%40example.com']], ['to=anna%40example.com', ['email anna%40example.com']], ['name=Anna%20Muster%20anna%40example.com%20x', ['person Anna%20Muster', 'email anna%40example.com']], ['name=Anna%20M%C3%BCller+Weber&x=1', ['person Anna%20M%C3%BCller+Weber']],
    ['card=4111%201111%201111%201111', ['card 4111%201111%201111%201111']], ['phone=%2B49%2030%20901820', ['phone %2B49%2030%20901820']], ['ssn%3D219099999', ['us_ssn 219099999']], ['n=219099999&a=%20', []],
    ['m%C3%BCller%40example.com', ['email m%C3%BCller%40example.com']], ['q=100%25', []], ['50% off, 20%', []], ['%E0%A4%A', []], ['%zz%40', []], ['printf("%d%20s")', []], ['anna%2540example.com', ['email anna%2540example.com']],
  ]
  for (const [text, findings] of cases) {
    test(`${text} holds ${findings.length === 0 ? 'nothing' : findings.join(' and ')}`, () => { assert.deepEqual(found(text), findings) })
  }

  test('a plus is a space where a form was sent', () => {
    assert.deepEqual(found('note=my+card%3A+4111+1111+1111+1111&x=1'), ['card 4111+1111+1111+1111'])
  })

  test('a value that is percent-encoded in base64 is found', () => {
    const token = base64('q=anna%40example.com&x=1')
    assert.deepEqual(found(token), [`email ${token}`])
  })
})

describe('JSON inside a string', () => {
  const cases: readonly (readonly [text: string, findings: readonly string[]])[] = [
    ['{"ssn":"219099999"}', ['us_ssn 219099999']], ['{"ssn": 219099999, "n": 1}', ['us_ssn 219099999']], ['{"a":{"customerPhone":"2025550143"}}', ['phone 2025550143']], ['{"title":"219099999"}', []],
    ['{"ssn":null,"id":"219099999"}', []], ['{"card_number":"4111111111111112"}', ['card 4111111111111112']], ['{"id":"4111111111111112"}', []], ['result: {"accountNumber": "12345678"} ok', ['bank_account 12345678']],
    ['{"phone":"call\\n2025550143"}', ['phone 2025550143']], ['{"data":"{\\"ssn\\":\\"219099999\\"}"}', ['us_ssn 219099999']], ['{"mail":"a\\nanna@example.com"}', ['email anna@example.com']], ['{"x":"a\\n4111111111111111"}', ['card 4111111111111111']], ['{"x":"\\t078-05-1120"}', ['us_ssn 078-05-1120']], ['"ssn":', []], ['{"ssn":"', []],
  ]
  for (const [text, findings] of cases) {
    test(`${text} holds ${findings.length === 0 ? 'nothing' : findings.join(' and ')}`, () => { assert.deepEqual(found(text), findings) })
  }
})

describe('replacing what is encoded', () => {
  const classifier = new Classifier({ minConfidence: 0.5, memoBytes: 1 << 20 })

  test('the encoded piece is replaced as a whole, stays the same over turns, and comes back as it was', () => {
    const texts = [`see ${base64('write to anna@example.com')} for it`, 'to=anna%40example.com&x=1', JSON.stringify({ data: JSON.stringify({ ssn: '219099999' }) })]
    const source = JSON.stringify(texts)
    const pseudonyms = memoryPseudonyms()
    const rewrite = (): string => {
      const document = readJson(source, { maxDepth: 8 })
      return splice(source, rewriteDocument(document, classifier.classify(document, () => false), { actionFor: () => 'pseudonymise', pseudonyms, mayEdit: () => true }).edits)
    }
    const sent = rewrite()
    assert.deepEqual(JSON.parse(sent), ['see [EMAIL_1] for it', 'to=[EMAIL_2]&x=1', '{"data":"{\\"ssn\\":\\"[SSN_1]\\"}"}'])
    assert.equal(rewrite(), sent)
    assert.equal(createRestorer(pseudonyms, { mayRestore: () => true, escape: 'json' }).text(sent), source)
  })
})
