// Surrogates: values that look real and are nobody's, one for each value of a session, restored exactly and never taken for each other.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { splice } from '../../../gateway/exchange/document.ts'
import type { EntityKind } from '../../../gateway/exchange/kinds.ts'
import { builtInKinds, isSecret } from '../../../gateway/exchange/kinds.ts'
import type { Pseudonyms } from '../../../gateway/exchange/session.ts'
import { maxSurrogateLength, shapeOf, shapes } from '../../../gateway/exchange/surrogate.ts'
import { Classifier } from '../../../gateway/redaction/classify-document.ts'
import { createRestorer, type RestoreOptions } from '../../../gateway/redaction/restore.ts'
import type { RewritePlan } from '../../../gateway/redaction/rewrite-plan.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const free = (): boolean => false
const all: RestoreOptions = { mayRestore: () => true, escape: 'none' }
const classifier = new Classifier({ minConfidence: 0.5, memoBytes: 1 << 20 })

const rewrite = (value: unknown, pseudonyms: Pseudonyms, plan: Partial<RewritePlan> = {}): string => {
  const document = readJson(JSON.stringify(value), { maxDepth: 32 })
  const { edits } = rewriteDocument(document, classifier.classify(document, free), { actionFor: () => 'surrogate', pseudonyms, mayEdit: () => true, ...plan })
  return splice(document.text, edits)
}

const luhn = (text: string): boolean => Array.from(text, Number).reverse().reduce((sum, digit, at) => sum + (at % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2), 0) % 10 === 0

describe('ranges', () => {
  const samples = [1, 2, 9, 10, 99, 100, 101, 254, 255, 508, 509, 762, 763, 764, 1000, 65_535, 65_536, 79_999, 80_000, 99_999]
  for (const shape of shapes) {
    test(`${shape.name}: numbers and texts are one to one, short, and of the form that is read`, () => {
      const texts = samples.map(number => shape.write(number))
      for (const [index, text] of texts.entries()) {
        if (text === null) continue
        assert.equal(shape.numberOf(text), samples[index], text)
        assert.ok(text.length + 2 <= maxSurrogateLength && /^[\x21-\x7e]+$/.test(text), text)
        assert.doesNotMatch(text, /[[\]"'<>\\]/)
      }
      const given = texts.filter(text => text !== null)
      assert.equal(new Set(given).size, given.length)
    })
  }

  test('they belong to nobody', () => {
    for (const number of samples) {
      assert.equal(luhn(shapeOf('card')?.write(number) ?? ''), false, 'no card has a wrong check digit')
      assert.match(shapeOf('ipv4')?.write(number) ?? '', /^(?:192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89]\.\d{1,3})\.\d{1,3}$/)
      assert.match(shapeOf('ipv6')?.write(number) ?? '', /^2001:db8:/)
      assert.match(shapeOf('iban')?.write(number) ?? '', /^DE00/)
      assert.match(shapeOf('us_ssn')?.write(number) ?? '', /^000-/)
      if (number <= 80_000) assert.match(shapeOf('phone')?.write(number) ?? '', /^\+1-[2-9]\d\d-555-01\d\d$/)
    }
  })

  test('secrets and names have none', () => {
    for (const kind of builtInKinds) if (isSecret(kind)) assert.equal(shapeOf(kind), undefined, kind)
    for (const kind of ['person', 'organisation', 'address', 'date_of_birth'] as const) assert.equal(shapeOf(kind), undefined)
  })
})

describe('allocation', () => {
  test('one value has one surrogate, beside its placeholder, and both mean the value', () => {
    const pseudonyms = memoryPseudonyms()
    assert.equal(pseudonyms.hasSurrogates, false)
    const [placeholder, surrogate] = [pseudonyms.placeholder('email', 'anna@example.com'), pseudonyms.surrogate('email', 'anna@example.com', free)]
    assert.deepEqual([placeholder, surrogate], ['[EMAIL_1]', 'user1@redacted.example'])
    assert.deepEqual([pseudonyms.placeholder('email', 'anna@example.com'), pseudonyms.surrogate('email', 'anna@example.com', free)], [placeholder, surrogate])
    for (const one of [placeholder, surrogate]) assert.equal(pseudonyms.lookup(one)?.value, 'anna@example.com')
    assert.equal(pseudonyms.hasSurrogates, true)
  })

  test('what somebody uses is passed over', () => {
    const pseudonyms = memoryPseudonyms()
    assert.equal(pseudonyms.surrogate('email', 'a@example.com', text => text === 'user1@redacted.example' || text === 'user2@redacted.example'), 'user3@redacted.example')
    assert.equal(pseudonyms.surrogate('email', 'b@example.com', free), 'user4@redacted.example')
  })

  test('no two values of any kinds share one, and rows that were kept go on with their numbers', () => {
    const kinds = fc.constantFrom<EntityKind[]>('email', 'phone', 'card', 'ipv4', 'passport', 'medical_record', 'person', 'api_key')
    fc.assert(fc.property(fc.array(fc.tuple(kinds, fc.string({ minLength: 1, maxLength: 3 })), { maxLength: 40 }), fc.nat({ max: 40 }), (values, restart) => {
      let pseudonyms = memoryPseudonyms()
      const given = new Map<string, string>()
      for (const [index, [kind, value]] of values.entries()) {
        if (index === restart) pseudonyms = memoryPseudonyms(pseudonyms.entries)
        const surrogate = pseudonyms.surrogate(kind, value, free)
        const before = given.get(surrogate)
        assert.ok(before === undefined || before === `${kind} ${value}`)
        given.set(surrogate, `${kind} ${value}`)
        assert.deepEqual([pseudonyms.lookup(surrogate)?.kind, pseudonyms.lookup(surrogate)?.value], [kind, value])
      }
      assert.equal(given.size, new Set(values.map(([kind, value]) => `${kind} ${value}`)).size)
    }))
  })

  test('a range that is used up is followed by placeholders, which stay', () => {
    const pseudonyms = memoryPseudonyms([{ placeholder: '+1-999-555-0199', kind: 'phone', value: 'the last' }])
    assert.equal(pseudonyms.surrogate('phone', 'one more', free), '[PHONE_1]')
    assert.equal(pseudonyms.surrogate('phone', 'another', free), '[PHONE_2]')
    assert.equal(pseudonyms.surrogate('phone', 'one more', free), '[PHONE_1]')
  })
})

describe('rewriting', () => {
  test('values become surrogates of their kind, and kinds without one placeholders', () => {
    const secret = ['AKIA', 'Q3EGRIJ4TBWLXZ7M'].join('')
    const pseudonyms = memoryPseudonyms()
    const text = ['to anna@example.com', 'from 10.20.30.40', 'card 4111 1111 1111 1111', `key ${secret}`]
    const sent = rewrite(text, pseudonyms)
    assert.deepEqual(JSON.parse(sent), ['to user1@redacted.example', 'from 192.0.2.1', `card ${shapeOf('card')?.write(1)}`, 'key [CLOUD_KEY_1]'])
    assert.equal(createRestorer(pseudonyms, { ...all, escape: 'json' }).text(sent), JSON.stringify(text))
  })

  test('a surrogate that the request itself holds is not given out', () => {
    const pseudonyms = memoryPseudonyms()
    const sent = JSON.parse(rewrite(['anna@example.com', 'the manual says user1@redacted.example'], pseudonyms)) as string[]
    // Its own address is hidden as well, under another one.
    assert.deepEqual(sent, ['user2@redacted.example', 'the manual says user3@redacted.example'])
    const restorer = createRestorer(pseudonyms, all)
    assert.deepEqual(sent.map(text => restorer.text(text)), ['anna@example.com', 'the manual says user1@redacted.example'])
  })

  test('somebody\'s own words that came later than an equal surrogate come back as they were', () => {
    const pseudonyms = memoryPseudonyms()
    rewrite(['anna@example.com'], pseudonyms)
    for (const action of ['surrogate', 'allow'] as const) {
      const sent = JSON.parse(rewrite(['quote user1@redacted.example'], pseudonyms, { actionFor: () => action })) as string[]
      assert.notEqual(sent[0], 'quote user1@redacted.example')
      assert.equal(createRestorer(pseudonyms, all).text(sent[0] ?? ''), 'quote user1@redacted.example')
    }
    assert.equal(rewrite(['quote user1@redacted.example'], pseudonyms, { actionFor: () => 'mask' }), '["quote [EMAIL]"]')
  })

  test('what the writer has from us, because it never gets it restored, is not hidden again', () => {
    const pseudonyms = memoryPseudonyms()
    rewrite(['anna@example.com'], pseudonyms)
    pseudonyms.placeholder('card', '4111 1111 1111 1111')
    const plan: Partial<RewritePlan> = { isOurs: kind => kind === 'email' }
    assert.equal(rewrite(['write to user1@redacted.example and bo@example.com'], pseudonyms, plan), '["write to user1@redacted.example and user2@redacted.example"]')
    assert.equal(rewrite(['[EMAIL_1] [CARD_1]'], pseudonyms, { isOurs: kind => kind === 'card' }), '["[EMAIL_1 ] [CARD_1]"]')
  })
})

const surrounded = fc.constantFrom('', ' ', '"', '\n', '(', ')', ', ', ': ', '**', '_', '`', '<', '>', '、', 'é', '|', '=', '; ')
const behind = fc.oneof(surrounded, fc.constantFrom('.', '. ', '.\n', '!', '?', ' -', '- '))
const kinds = ['email', 'phone', 'card', 'iban', 'ipv4', 'ipv6', 'mac', 'us_ssn', 'passport', 'person'] as const

describe('restoring', () => {
  for (const escape of ['none', 'json'] as const) {
    test(`every pseudonym of a text comes back, however the text is cut (${escape})`, () => {
      const pseudonyms = memoryPseudonyms()
      const values = Array.from({ length: 400 }, (_, index) => ({ kind: kinds[index % kinds.length] ?? 'email', value: `value "${index}"\n` }))
      const names = values.map(({ kind, value }, index) => index % 3 === 0 ? pseudonyms.placeholder(kind, value) : pseudonyms.surrogate(kind, value, free))
      const piece = fc.tuple(surrounded, fc.nat({ max: values.length - 1 }), behind)
      fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), fc.array(fc.nat({ max: 300 }), { maxLength: 10 }), (pieces, cuts) => {
        const textOf = (middle: (index: number) => string): string => pieces.map(([before, index, after]) => `${before}${middle(index)}${after}`).join(' ')
        const plain = textOf(index => names[index] ?? '')
        const source = escape === 'json' ? JSON.stringify(plain).slice(1, -1) : plain
        const at = [...new Set([0, ...cuts.filter(cut => cut < source.length), source.length])].sort((a, b) => a - b)
        const restorer = createRestorer(pseudonyms, { ...all, escape })
        const stream = restorer.stream()
        const out = at.slice(1).map((end, index) => stream.push(source.slice(at[index], end))).join('') + stream.flush()
        const expected = textOf(index => values[index]?.value ?? '')
        assert.equal(escape === 'json' ? JSON.parse(`"${out}"`) : out, expected)
        assert.deepEqual([restorer.restored, restorer.unknown], [pieces.length, 0])
      }), { numRuns: 500 })
    })
  }

  test('a longer word is another word', () => {
    const pseudonyms = memoryPseudonyms()
    for (const kind of kinds) pseudonyms.surrogate(kind, `the ${kind}`, free)
    const restorer = createRestorer(pseudonyms, all)
    for (const text of [
      'xuser1@redacted.example', 'x.user1@redacted.example', 'user1@redacted.example.com', 'user1@redacted.example-net', 'user11@redacted.example', 'user1@redacted.examples', 'USER1@redacted.example',
      '192.0.2.10', '10.192.0.2.1', '192.0.2.1.5', '1192.0.2.1', '+1-200-555-01000', '+1-200-555-0100-1', '000-00-00011', '1000-00-0001', '2001:db8::0000:00011', '2001:db8::0000:0001:1', '02:00:5e:00:00:01:02',
    ]) assert.equal(restorer.text(text), text)
    assert.equal(restorer.restored, 0)
    assert.equal(restorer.text('user1@redacted.example, 192.0.2.1:8080 and 192.0.2.1-192.0.2.1.'), 'the email, the ipv4:8080 and the ipv4-the ipv4.')
  })

  test('a kind that may not be restored keeps its surrogate', () => {
    const pseudonyms = memoryPseudonyms()
    pseudonyms.surrogate('email', 'anna@example.com', free)
    assert.equal(createRestorer(pseudonyms, { ...all, mayRestore: () => false }).text('user1@redacted.example'), 'user1@redacted.example')
  })
})
