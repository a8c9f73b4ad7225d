// Where the rules that the gateway has are asked, all of them joined into one pass, compared with looking for each trigger of each rule alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Rule } from '../../../gateway/redaction/rule.ts'
import { rules } from '../../../gateway/redaction/rules.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'

type Ask = readonly [rule: number, at: number]

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/** Triggers whose places a pattern tells; numbers are below. */
const patternsOf = ({ triggers }: Rule): readonly RegExp[] => [
  ...Array.from(triggers.characters ?? '', character => new RegExp(escaped(character), 'g')), ...(triggers.fragments ?? []).map(text => new RegExp(`(?=${escaped(text)})`, 'g')),
  ...(triggers.prefixes ?? []).map(text => new RegExp(`(?<![A-Za-z\\d])(?=${escaped(text)})`, 'g')), ...(triggers.words ?? []).map(word => new RegExp(`(?<![A-Za-z\\d])${word}(?![A-Za-z])`, 'gi')),
  ...triggers.numbersInWords === true ? [/(?<=[A-Za-z])\d/g] : [],
  ...triggers.runs === undefined ? [] : [new RegExp(`(?<![A-Za-z\\d])[A-Za-z\\d]{${triggers.runs},}`, 'g')],
]

const patterns = rules.map(patternsOf)

/** Does the character beside a number fit? "" is where the text ends, and so is a zero; beyond ASCII they all count as one. */
const fits = (pattern: RegExp | undefined, character: string): boolean =>
  pattern === undefined || pattern.test(character > '\u007f' ? '\u0080' : character) || ((character === '' || character === '\u0000') && (pattern.test('') || pattern.test('\u0000')))

const numbersOf = ({ triggers: { digits = 1, numbers, numbersAt = [{}] } }: Rule, read: string): readonly number[] => numbers !== true ? [] : [...read.matchAll(/(?<!\d)\d+/g)].filter(({ 0: { length }, index }) => {
  const inGroups = /^\d(?:[ \-./()\u00a0\u2009\u2011\u202f]{0,2}\d)*/.exec(read.slice(index))?.[0].replace(/\D/g, '').length ?? 0
  return numbersAt.some(place => fits(place.before, read.charAt(index - 1)) && fits(place.behind, read.charAt(index + length)) && length >= (place.run?.[0] ?? 1) && length <= (place.run?.[1] ?? Infinity) && inGroups >= (place.digits ?? digits))
}).map(({ index }) => index)

const slowly = (text: string): readonly Ask[] => {
  const read = text.replace(/\\(?=[nrtbf])./g, '\\ ')
  // An escape stands for white space, and its letter is none.
  return [
    ...patterns.flatMap((list, rule) => list.flatMap(pattern => [...read.matchAll(pattern)].map(({ index }): Ask => [rule, index]))),
    ...rules.flatMap((rule, index) => numbersOf(rule, read).map((at): Ask => [index, at])),
  ]
}

const quickly = (text: string): readonly Ask[] => {
  const asks: Ask[] = []
  const recording = rules.map((rule, index): Rule => ({ ...rule, find: (_, at) => { asks.push([index, at]) } }))
  createScanner(recording).find(text, null, 0)
  return asks
}

const sorted = (asks: readonly Ask[]): readonly Ask[] => asks.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])

describe('all rules joined', () => {
  const triggers = rules.flatMap(({ triggers: { fragments = [], prefixes = [], words = [] } }) => [...fragments, ...prefixes, ...words])
  const piece = fc.oneof(
    fc.constantFrom(...triggers), fc.constantFrom(...triggers).map(text => text.toUpperCase()), fc.constantFrom(...triggers).map(text => text.slice(0, -1)),
    fc.constantFrom(' ', '-', '_', '.', ':', '"', '1', '42', '123456', '987654321', '°', 'a', 'Z', '\\n', '\n', 'é', '日本', '\u0000', '=', '@', '~', '>', '[', '{', '`'), fc.string({ maxLength: 3 }),
  )

  test('each is asked where its triggers are, as often, and nowhere else', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 24 }).map(pieces => pieces.join('')), text => { assert.deepEqual(sorted(quickly(text)), sorted(slowly(text)), JSON.stringify(text)) }), { numRuns: 120 })
  })
})
