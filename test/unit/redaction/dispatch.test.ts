// Where the rules that the gateway has are asked, all of them joined into one pass, compared with looking for each trigger of each rule alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Rule } from '../../../gateway/redaction/rule.ts'
import { rules } from '../../../gateway/redaction/rules.ts'
import { createScanner } from '../../../gateway/redaction/scan.ts'

type Ask = readonly [rule: number, at: number]

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/** Only triggers whose places a pattern tells: digits of numbers are in scan.test.ts. */
const patternsOf = ({ triggers }: Rule): readonly RegExp[] => [
  ...Array.from(triggers.characters ?? '', character => new RegExp(escaped(character), 'g')), ...(triggers.fragments ?? []).map(text => new RegExp(`(?=${escaped(text)})`, 'g')),
  ...(triggers.prefixes ?? []).map(text => new RegExp(`(?<![A-Za-z\\d])(?=${escaped(text)})`, 'g')), ...(triggers.words ?? []).map(word => new RegExp(`(?<![A-Za-z\\d])${word}(?![A-Za-z])`, 'gi')),
  ...triggers.numbersInWords === true ? [/(?<=[A-Za-z])\d/g] : [], ...triggers.numbers === true && triggers.digits === undefined ? [/(?<!\d)\d/g] : [],
  ...triggers.runs === undefined ? [] : [new RegExp(`(?<![A-Za-z\\d])[A-Za-z\\d]{${triggers.runs},}`, 'g')],
]

const patterns = rules.map(patternsOf)

const slowly = (text: string): readonly Ask[] => {
  const read = text.replace(/\\(?=[nrtbf])./g, '\\ ')
  // An escape stands for white space, and its letter is none.
  return patterns.flatMap((list, rule) => list.flatMap(pattern => [...read.matchAll(pattern)].map(({ index }): Ask => [rule, index])))
}

const quickly = (text: string): readonly Ask[] => {
  const asks: Ask[] = []
  const recording = rules.map((rule, index): Rule => ({ ...rule, find: (_, at) => { if (rule.triggers.digits === undefined) asks.push([index, at]) } }))
  createScanner(recording).find(text, null, 0)
  return asks
}

const sorted = (asks: readonly Ask[]): readonly Ask[] => asks.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])

describe('all rules joined', () => {
  const triggers = rules.flatMap(({ triggers: { fragments = [], prefixes = [], words = [] } }) => [...fragments, ...prefixes, ...words])
  const piece = fc.oneof(
    fc.constantFrom(...triggers), fc.constantFrom(...triggers).map(text => text.toUpperCase()), fc.constantFrom(...triggers).map(text => text.slice(0, -1)),
    fc.constantFrom(' ', '-', '_', '.', ':', '"', '1', '42', 'a', 'Z', '\\n', '\n', 'é', '日本', '\u0000', '=', '@', '~', '>', '[', '{', '`'), fc.string({ maxLength: 3 }),
  )

  test('each is asked where its triggers are, as often, and nowhere else', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 24 }).map(pieces => pieces.join('')), text => { assert.deepEqual(sorted(quickly(text)), sorted(slowly(text)), JSON.stringify(text)) }), { numRuns: 120 })
  })
})
