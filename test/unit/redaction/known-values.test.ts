// Values that a session knows, in texts that are sent again while it learns more: what is remembered changes nothing of what comes out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Finding } from '../../../gateway/exchange/finding.ts'
import { knownValues } from '../../../gateway/redaction/known-values.ts'
import { surrogatesIn } from '../../../gateway/redaction/own-surrogates.ts'
import type { Treatment } from '../../../gateway/redaction/rewrite-plan.ts'
import { rewriteDocument } from '../../../gateway/redaction/rewrite.ts'
import { findEntities } from '../../../gateway/redaction/find.ts'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { memoryPseudonyms } from './memory-pseudonyms.ts'

const leafOf = (value: string): { readonly start: number; readonly end: number; readonly value: string } => ({ start: 0, end: value.length + 2, value })

/** The longest first, each at its first places; searched value by value. */
const slowly = (text: string, values: readonly string[]): readonly (readonly [start: number, end: number])[] => {
  const places = values.flatMap(value => {
    const found: [number, number][] = []
    for (let at = text.indexOf(value); value.length >= 6 && at !== -1; at = text.indexOf(value, at + value.length)) found.push([at, at + value.length])
    return found
  })
  const kept: (readonly [number, number])[] = []
  for (const [start, end] of places.sort((a, b) => (b[1] - b[0]) - (a[1] - a[0]) || a[0] - b[0])) if (kept.every(([first, last]) => end <= first || start >= last)) kept.push([start, end])
  return kept.sort((a, b) => a[0] - b[0])
}

const rangesOf = (findings: readonly Finding[]): readonly (readonly [number, number])[] => findings.map(({ start, end }) => [start, end])

// Few letters, so that values overlap, begin alike and stand inside each other.
const value = fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'š'), minLength: 4, maxLength: 9 })
const text = fc.array(fc.oneof(value, fc.constantFrom(' ', '-', 'ab', 'šé')), { maxLength: 12 }).map(pieces => pieces.join(''))

describe('values that a session knows', () => {
  test('are found in new and in remembered texts as if each text were searched for every value', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.array(value, { maxLength: 9 }), fc.array(text, { maxLength: 4 })), { maxLength: 6 }), turns => {
      const pseudonyms = memoryPseudonyms()
      const [values, texts]: [string[], string[]] = [[], []]
      for (const [newValues, newTexts] of turns) {
        for (const one of newValues) pseudonyms.placeholder('email', one)
        values.push(...newValues)
        texts.push(...newTexts, ...values.slice(-1).map(one => `${one}${one}`))
        for (const one of texts) assert.deepEqual(rangesOf(knownValues(pseudonyms).find(leafOf(one))), one.length < 6 ? [] : slowly(one, values), JSON.stringify([one, values]))
      }
    }), { numRuns: 300 })
  })

  test('a conversation that is sent again with each turn is rewritten as by a session that remembers no text', () => {
    const word = fc.constantFrom('write to anna@example.com', 'bob@example.org', 'annie', 'call +49 30 1234567', '192.0.2.17 answered', '[EMAIL_1]', 'user1@example.com', '"quoted"', 'anna@example.com.au', 'nothing here', 'é\n')
    const message = fc.array(word, { minLength: 1, maxLength: 4 }).map(words => words.join(' '))
    const treatments: readonly Treatment[] = ['pseudonymise', 'pseudonymise', 'surrogate', 'mask', 'allow', 'hash', 'drop']
    fc.assert(fc.property(fc.array(fc.tuple(message, fc.constantFrom(...treatments), fc.boolean()), { minLength: 1, maxLength: 8 }), turns => {
      const remembering = memoryPseudonyms()
      // As the classifier does it: the same list for the same text.
      const lists = new Map<string, readonly Finding[]>()
      const findIn = (value: string, key: string | null): readonly Finding[] => {
        const known = lists.get(value) ?? findEntities(value, key, 0.5)
        lists.set(value, known)
        return known
      }
      const messages: string[] = []
      for (const [content, treatment, ours] of turns) {
        messages.push(content)
        const document = readJson(JSON.stringify({ messages }), { maxDepth: 8 })
        const perLeaf = document.strings.flatMap((leaf, index) => {
          const findings = findIn(leaf.value, leaf.key)
          return findings.length === 0 ? [] : [{ leaf: index, findings }]
        })
        const rewritten = (pseudonyms: typeof remembering): unknown => rewriteDocument(document, { perLeaf, entities: {}, unseen: [] }, {
          actionFor: kind => kind === 'email' ? treatment : 'pseudonymise', pseudonyms, mayEdit: () => true, ...ours ? { isOurs: kind => kind === 'email' } : {},
        })
        const forgetful = memoryPseudonyms(remembering.entries)
        assert.deepEqual(rewritten(remembering), rewritten(forgetful))
        assert.deepEqual(remembering.entries, forgetful.entries)
      }
    }), { numRuns: 150 })
  })

  test('hundreds of values are looked for in one pass, and what begins alike is told apart', () => {
    const pseudonyms = memoryPseudonyms()
    const values = Array.from({ length: 400 }, (_, index) => `person-${String(index).padStart(3, '0')}@example.com`)
    for (const one of values) pseudonyms.placeholder('email', one)
    const long = values.join(', ')
    assert.deepEqual(knownValues(pseudonyms).find(leafOf(long)).map(({ start, end }) => long.slice(start, end)), values)
  })
})

// Work, not time: a quadratic one needs gigabytes and minutes here.
test('texts that were searched last at any number of values are all searched again in few passes', () => {
  const pseudonyms = memoryPseudonyms()
  const known = knownValues(pseudonyms)
  const texts = Array.from({ length: 20_000 }, (_text, at) => `text number ${at} is of user${at + 1}@example.com`)
  for (const [at, one] of texts.entries()) {
    pseudonyms.placeholder('email', `user${at}@example.com`)
    assert.deepEqual(known.find(leafOf(one)), [])
  }
  pseudonyms.placeholder('email', `user${texts.length}@example.com`)
  for (const one of texts) assert.equal(known.find(leafOf(one)).length, 1, one)
})

test('a text is looked through once for any number of newer surrogates', () => {
  const pseudonyms = memoryPseudonyms()
  pseudonyms.surrogate('email', 'first@example.com', () => false)
  const long = `${'user'.repeat(500_000)} user19000@redacted.example`
  assert.deepEqual(surrogatesIn(long, pseudonyms), [])
  for (let at = 1; at < 20_000; at += 1) pseudonyms.surrogate('email', `user${at}@example.com`, () => false)
  assert.equal(surrogatesIn(long, pseudonyms).length, 1)
})
