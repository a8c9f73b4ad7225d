import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokensOf } from '../../bench/redaction/english-tokens.ts'
import type { Found, LabelledSet, TypedSpan } from '../../bench/redaction/labelled.ts'
import { scoreAsPresidio } from '../../bench/redaction/presidio-measure.ts'
import { measuredText } from '../../bench/redaction/report-presidio-measure.ts'
import type { Counts } from '../../bench/redaction/score.ts'
import { isSkipped } from '../../bench/redaction/skip-words.ts'

const tokens: readonly (readonly [text: string, tokens: string])[] = [
  ['Ida lives here.', 'Ida|lives|here|.'], ['(Ida), "Pia"!', '(|Ida|)|,|"|Pia|"|!'], ['Ida\'s card', 'Ida|\'s|card'], ['write to ida@example.org.', 'write|to|ida@example.org|.'], ['see https://example.org/a-b?c=d, then', 'see|https://example.org/a-b?c=d|,|then'],
  ['SSN 078-05-1120', 'SSN|078|-|05|-|1120'], ['10.0.0.1 at 10:42', '10.0.0.1|at|10:42'], ['on 12/05/2020', 'on|12/05/2020'], ['a well-known man', 'a|well|-|known|man'], ['  \n', ''], ['...', '...'], ['St. John', 'St|.|John'], ['- a', '-|a'],
]

for (const [text, expected] of tokens) {
  test(`tokens of ${JSON.stringify(text)}`, () => { assert.equal(tokensOf(text).map(({ end, start }) => text.slice(start, end)).join('|'), expected) })
}

test('tokens cover everything that is no white space, in order', () => {
  const text = 'Möller\'s, "a.B" --x-- 5-6…(y)… ' + '-'.repeat(50) + ' http://a.b/). [z]:\n'
  let at = 0
  for (const { end, start } of tokensOf(text)) {
    assert.equal(text.slice(at, start).trim(), '')
    assert.ok(end > start)
    at = end
  }
  assert.equal(text.slice(at).trim(), '')
})

test('function words, words of addresses and signs are skipped, names and numbers are not', () => {
  for (const word of ['the', 'The', 'of', 'Street', 'apt', 'Mr.', ',', '-', '>>']) assert.ok(isSkipped(word), word)
  for (const word of ['Ida', '12', 'Oak', 'Norway', '...', 'Dr.']) assert.ok(!isSkipped(word), word)
})

const text = 'Ida Brandvik of 12 Oak Street met Pia in Oslo .'
const span = (value: string): { start: number; end: number } => ({ start: text.indexOf(value), end: text.indexOf(value) + value.length })
const label = (value: string, type: string): TypedSpan => ({ ...span(value), type })
const found = (value: string, scored: string): Found => ({ ...span(value), scored })
const setOf = (typed: readonly TypedSpan[]): LabelledSet => ({ name: 'a set', licence: 'ours', synthetic: true, judges: 'everything', rows: [{ text, key: null, spans: [], typed }] })
const labels = [label('Ida Brandvik', 'PERSON'), label('12 Oak Street', 'LOCATION'), label('Pia', 'PERSON')]

const counts = ({ missed, right, wrong }: Counts): readonly number[] => [right, missed, wrong]

const cases: readonly { readonly name: string; readonly found: readonly Found[]; readonly tokens: readonly number[]; readonly pieces: readonly number[]; readonly rows: readonly number[] }[] = [
  { name: 'everything', found: [found('Ida Brandvik', 'person'), found('12 Oak Street', 'address'), found('Pia', 'person')], tokens: [6, 0, 0], pieces: [2, 0, 0], rows: [1, 0, 0] },
  // "of" is all that stands between the first two labels: together they are one piece.
  { name: 'the kinds do not matter', found: [found('Ida Brandvik', 'organisation'), found('12 Oak Street', 'location'), found('Pia', 'person')], tokens: [6, 0, 0], pieces: [2, 0, 0], rows: [1, 0, 0] },
  { name: 'nothing', found: [], tokens: [0, 5, 0], pieces: [0, 2, 0], rows: [0, 1, 0] },
  { name: 'a half of a piece is wrong and missed', found: [found('Ida', 'person')], tokens: [1, 4, 0], pieces: [0, 2, 1], rows: [0, 1, 1] },
  { name: 'one finding from the first to the last', found: [{ start: 0, end: text.indexOf(' in Oslo'), scored: 'person' }], tokens: [5, 0, 1], pieces: [0, 2, 2], rows: [1, 0, 0] },
  // "in" joins the false alarm to what was found.
  { name: 'a false alarm beside a finding spoils its piece, and the row where it reaches far', found: [found('Ida Brandvik', 'person'), found('12 Oak Street', 'address'), found('Pia', 'person'), found('Oslo', 'location')], tokens: [6, 0, 1], pieces: [1, 1, 1], rows: [1, 0, 0] },
]

for (const { found: findings, name, ...expected } of cases) {
  test(`by Presidio's measures: ${name}`, () => {
    const score = scoreAsPresidio(setOf(labels), [findings])
    assert.deepEqual({ tokens: counts(score.tokens), pieces: counts(score.pieces), rows: counts(score.rows) }, expected)
  })
}

test('a token is told by its type: found as it, as any, and wrongly', () => {
  const { types } = scoreAsPresidio(setOf(labels), [[found('Ida Brandvik', 'person'), found('Oak', 'person'), found('Oslo', 'location')]])
  assert.deepEqual(types.get('PERSON'), { tokens: 3, asIt: 2, asAny: 2, wrong: 1 })
  assert.deepEqual(types.get('LOCATION'), { tokens: 2, asIt: 0, asAny: 1, wrong: 1 })
})

test('a skipped word that only one side has is not counted, one that both have is', () => {
  const only = (findings: readonly Found[], typed: readonly TypedSpan[]): readonly number[] => counts(scoreAsPresidio(setOf(typed), [findings]).tokens)
  assert.deepEqual(only([found('of', 'person')], []), [0, 0, 0])
  assert.deepEqual(only([], [label('of', 'PERSON')]), [0, 0, 0])
  assert.deepEqual(only([found('of', 'person')], [label('of', 'PERSON')]), [1, 0, 0])
})

test('another tokeniser can take the place of ours', () => {
  assert.deepEqual(counts(scoreAsPresidio(setOf(labels), [[]], () => [{ start: 0, end: 12 }]).tokens), [0, 1, 0])
})

test('the report sets the published figure beside what was measured, and calls it published', () => {
  const score = scoreAsPresidio(setOf(labels), [[found('Ida Brandvik', 'person'), found('12 Oak Street', 'address'), found('Pia', 'person')]])
  const text = measuredText({ name: 'a set', publishedF1: 0.854, by: [{ name: 'us', score }] }, 'us')
  assert.match(text, /\| us \| 100\.0 \| 100\.0 \| 100\.0 \| 100\.0 \|/)
  assert.match(text, /\| Presidio, tuned: published, not measured here \|.*87\.0 \| 83\.9 \| 85\.4 \|/)
  assert.match(text, /us: F1 100\.0; published for the tuned Presidio: 85\.4 \(above it\)/)
  assert.match(text, /\| PERSON \| 3 \| 100\.0 \| 100\.0 \| 100\.0 \|/)
  assert.ok(!measuredText({ name: 'another', by: [{ name: 'us', score }] }, 'us').includes('published'))
})
