// Offsets of other programs: exact in every unit, for every text, and refused where they cannot be meant.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { toUtf16, type OffsetUnit } from '../../../../gateway/redaction/remote/offsets.ts'

const span = (start: number, end: number, score = 0.9): { type: string; start: number; end: number; score: number } => ({ type: 'PERSON', start, end, score })

/** Pieces that offsets go wrong at: each is one character to Python, more or fewer units elsewhere. */
const pieces = ['a', ' ', 'é', 'e\u0301', 'ß', '語', '🚀', '👩‍👩‍👧', '𠮷', '\ud83d', '\udc00', '\u0000', '\n', '\uffff']
const texts = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 30 }).map(parts => parts.join(''))

/** As other programs count, told in other ways than the code under test does. */
const counted: Readonly<Record<OffsetUnit, (text: string) => number>> = {
  utf16: text => text.length,
  codepoint: text => Array.from(text).length,
  byte: text => Buffer.byteLength(text.toWellFormed()),
}

/** Places between two characters of a text. */
const between = (text: string): number[] => {
  const places = [0]
  for (const character of text) places.push((places.at(-1) ?? 0) + character.length)
  return places
}

describe('offsets in every unit', () => {
  for (const unit of ['utf16', 'codepoint', 'byte'] as const) {
    test(`${unit}: what another program cuts out is what is found here`, () => {
      fc.assert(fc.property(texts, fc.nat(), fc.nat(), (text, one, other) => {
        const places = between(text)
        const [start, end] = [places[one % places.length]!, places[other % places.length]!].sort((a, b) => a - b) as [number, number]
        const said = span(counted[unit](text.slice(0, start)), counted[unit](text.slice(0, end)))
        const converted = toUtf16(text, unit, [said])
        if (start === end) assert.equal(converted, null)
        else assert.deepEqual(converted, [{ ...said, start, end }])
      }))
    })

    test(`${unit}: any two numbers are either places between characters, or refused`, () => {
      fc.assert(fc.property(texts, fc.integer({ min: -3, max: 130 }), fc.integer({ min: -3, max: 130 }), (text, start, end) => {
        const places = between(text)
        const valid = places.map(place => counted[unit](text.slice(0, place)))
        const converted = toUtf16(text, unit, [span(start, end)])
        if (start < end && valid.includes(start) && valid.includes(end)) assert.deepEqual(converted?.map(({ start: from, end: to }) => text.slice(from, to)), [text.slice(places[valid.indexOf(start)], places[valid.indexOf(end)])])
        else assert.equal(converted, null)
      }))
    })
  }
})

describe('spans that are refused', () => {
  const rocket = 'a🚀b'
  const cases: readonly (readonly [what: string, unit: OffsetUnit, spans: readonly ReturnType<typeof span>[]])[] = [
    ['half of a surrogate pair', 'utf16', [span(0, 2)]], ['from the middle of a pair', 'utf16', [span(2, 4)]], ['from the middle of a byte sequence', 'byte', [span(2, 6)]],
    ['behind the end', 'codepoint', [span(0, 4)]], ['behind the end in bytes', 'byte', [span(0, 7)]], ['before the beginning', 'utf16', [span(-1, 1)]], ['backwards', 'utf16', [span(1, 0)]], ['empty', 'codepoint', [span(1, 1)]],
    ['fractions', 'codepoint', [span(0.5, 1)]], ['no number', 'utf16', [span(NaN, 1)]], ['a score above one', 'utf16', [span(0, 1, 1.1)]], ['a negative score', 'utf16', [span(0, 1, -0.1)]], ['no score', 'utf16', [span(0, 1, NaN)]],
    ['one wrong among right ones', 'codepoint', [span(0, 1), span(0, 9)]], ['more spans than a text can have', 'codepoint', Array.from({ length: 9 }, () => span(0, 1))],
  ]
  for (const [what, unit, spans] of cases) test(what, () => { assert.equal(toUtf16(rocket, unit, spans), null) })

  test('the same text in all three units', () => {
    const [utf16, codepoint, byte] = [[1, 3], [1, 2], [1, 5]].map(([start, end], index) => toUtf16(rocket, (['utf16', 'codepoint', 'byte'] as const)[index]!, [span(start!, end!)]))
    assert.deepEqual([utf16, codepoint, byte].map(spans => spans?.map(({ start, end }) => rocket.slice(start, end))), [['🚀'], ['🚀'], ['🚀']])
  })
})
