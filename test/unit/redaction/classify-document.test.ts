// Classifying documents: which strings are looked at, what is counted, and that remembering results never changes them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { nothingFound, type EntityKind } from '../../../gateway/exchange/finding.ts'
import { builtInKinds, isSecret } from '../../../gateway/exchange/kinds.ts'
import { Classifier, labelsOf } from '../../../gateway/redaction/classify-document.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'

const fresh = (memoBytes = 1 << 20): Classifier => new Classifier({ minConfidence: 0.5, memoBytes })
const read = (text: string): ReturnType<typeof readJson> => readJson(text, { maxDepth: 32 })
/** Long enough to be remembered. */
const padded = (text: string): string => `${text} ${'and so on '.repeat(8)}`

describe('classification', () => {
  test('findings are listed by leaf and counted by kind', () => {
    const { perLeaf, entities } = fresh().classify(read('{"a":"nothing","b":["anna@example.com","x"],"c":"bert@example.com at 192.0.2.17"}'), () => false)
    assert.deepEqual(perLeaf.map(({ leaf, findings }) => [leaf, findings.map(({ kind }) => kind)]), [[1, ['email']], [3, ['email', 'ipv4']]])
    assert.deepEqual(entities, { email: 2, ipv4: 1 })
  })

  test('a document without findings is the shared empty classification', () => {
    assert.equal(fresh().classify(read('["nothing here"]'), () => false), nothingFound)
  })

  test('leaves that the protocol owns are neither scanned nor counted', () => {
    const { perLeaf } = fresh().classify(read('{"id":"anna@example.com","text":"bert@example.com"}'), ({ key }) => key === 'id')
    assert.deepEqual(perLeaf.map(({ leaf }) => leaf), [1])
  })

  test('the shortest texts that can hold something are looked at', () => {
    assert.deepEqual(fresh().classify(read('["1.2.3.4"]'), () => false).entities, { ipv4: 1 })
  })

  test('the JSON key decides where the value alone does not', () => {
    const value = ['Tr0ub4dor', '&3xy'].join('')
    assert.deepEqual(fresh().classify(read(JSON.stringify({ password: value, title: value, list: { token: [value] } })), () => false).perLeaf.map(({ leaf }) => leaf), [0, 2])
  })
})

describe('what is remembered', () => {
  test('a text is scanned once and answered from memory afterwards', () => {
    const classifier = fresh()
    const text = padded('anna@example.com')
    assert.equal(classifier.find(text, null), classifier.find(text, null))
    assert.equal(classifier.find(text, 'key'), classifier.find(text, 'key'))
  })

  test('a text that stays in use is remembered however many others come by', () => {
    const classifier = fresh(16 * 1024)
    const text = padded('anna@example.com')
    const first = classifier.find(text, null)
    for (let other = 0; other < 500; other += 1) {
      classifier.find(padded(`text number ${other}`), null)
      if (other % 5 === 0) assert.equal(classifier.find(text, null), first, `after ${other}`)
    }
  })

  test('a text and its key are not confused with another text and its key', () => {
    const value = ['Tr0ub4dor', '&3xy'].join('').repeat(6)
    const pairs: readonly (readonly [string, string | null])[] = [
      [value, 'password'], [`password\u0000${value}`, null], [value, null], [`8:password${value}`, null], [`-${value}`, null], [`word${value}`, 'pass'], [value, ''],
    ]
    const classifier = fresh()
    for (const round of [1, 2]) {
      for (const [text, key] of pairs) assert.deepEqual(classifier.find(text, key), findEntities(text, key, 0.5), `round ${round}: ${String(key)}`)
    }
  })

  test('with any budget the answers are those of a fresh scan', () => {
    const texts = ['anna@example.com', '192.0.2.17 and more', 'nothing', 'IBAN DE89370400440532013000', `password: ${['Tr0ub4dor', '&3xy'].join('')}`].map(padded)
    fc.assert(fc.property(fc.integer({ min: 0, max: 3000 }), fc.array(fc.tuple(fc.constantFrom(...texts), fc.constantFrom(null, 'password', 'x')), { maxLength: 30 }), (memoBytes, asked) => {
      const classifier = fresh(memoBytes)
      for (const [text, key] of asked) assert.deepEqual(classifier.find(text, key), findEntities(text, key, 0.5))
    }))
  })
})

describe('labels of what was found', () => {
  const cases: readonly (readonly [EntityKind[], readonly string[], string])[] = [
    [[], [], 'public'], [['email'], ['pii'], 'internal'], [['card', 'ipv6'], ['pii'], 'internal'], [['api_key'], ['secret'], 'restricted'], [['jwt', 'private_key'], ['secret'], 'restricted'],
    [['email', 'cloud_key'], ['pii', 'secret'], 'restricted'], [['url_credentials', 'us_ssn'], ['pii', 'secret'], 'restricted'],
  ]
  for (const [kinds, labels, sensitivity] of cases) {
    test(`${kinds.join(' and ') || 'nothing'} is ${sensitivity}`, () => {
      assert.deepEqual(labelsOf({ perLeaf: [], unseen: [], entities: Object.fromEntries(kinds.map(kind => [kind, 1])) }), { labels, sensitivity })
    })
  }
})

describe('secrets that policy hides from models', () => {
  test('keep their label and are not restricted for it', () => {
    const found = { perLeaf: [], entities: { api_key: 1, email: 1 }, unseen: [] }
    assert.deepEqual(labelsOf(found), { labels: ['pii', 'secret'], sensitivity: 'restricted' })
    assert.deepEqual(labelsOf(found, true), { labels: ['pii', 'secret'], sensitivity: 'internal' })
    assert.deepEqual(new Classifier({ minConfidence: 0.5, memoBytes: 0, secretsAreHidden: true }).labelsOf({ perLeaf: [], entities: { password: 1 }, unseen: [] }), { labels: ['secret'], sensitivity: 'internal' })
  })

  test('every kind of secret is among those that the policy hides', () => {
    const rego = readFileSync(new URL('../../../policies/rego/sensitive-data/sensitive_data.rego', import.meta.url), 'utf8')
    const listed = /^secret_kinds := (\[.*\])$/m.exec(rego)?.[1]
    assert.deepEqual((JSON.parse(listed ?? '[]') as string[]).sort(), [...builtInKinds.filter(isSecret), 'own-secret:*'].sort())
  })
})
