// The policy gets what it refers to, as the facts have it: no more, no less, and nothing invented.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Facts } from '../../../policies/engine/contract.ts'
import { projection } from '../../../policies/engine/project.ts'
import { totalFacts } from './facts.ts'

const projected = (inputs: readonly string[], facts: Facts): unknown => JSON.parse(projection(inputs)(facts))

const args = { path: '/a', 'a.b': 1, list: ['x', { y: 1 }], options: { deep: { er: true } }, no: null, off: false }

const rows: readonly [string, readonly string[], unknown][] = [
  ['nothing', [], {}],
  ['one field', ['subject.id'], { subject: { id: 'ada' } }],
  ['two of one object', ['subject.id', 'subject.groups'], { subject: { id: 'ada', groups: ['engineering'] } }],
  ['a whole object', ['args'], { args }],
  ['null as null', ['sql'], { sql: null }],
  ['below null', ['sql.parsed'], { sql: null }],
  ['an argument', ['args.path'], { args: { path: '/a' } }],
  ['an argument that is null', ['args.no'], { args: { no: null } }],
  ['an argument that is false', ['args.off'], { args: { off: false } }],
  ['an argument that is missing', ['args.confirm'], { args: {} }],
  ['below a missing argument', ['args.confirm.by'], { args: {} }],
  ['below a text', ['args.path.x'], { args: { path: null } }],
  ['below a list', ['args.list.0'], { args: { list: null } }],
  ['one field of every member', ['args.list.*.y'], { args: { list: [null, { y: 1 }] } }],
  ['one field of every member of an object', ['args.*.deep'], { args: { path: null, 'a.b': null, list: null, options: { deep: { er: true } }, no: null, off: null } }],
  ['every member of what has none', ['args.*.x', 'subject.id.*.x'], { subject: { id: 'ada' }, args: { path: null, 'a.b': null, list: null, options: {}, no: null, off: null } }],
  ['every member of null', ['sql.*.x'], { sql: null }],
  ['every member of what is missing', ['args.confirm.*.x'], { args: {} }],
  ['a size', ['args.list.#'], { args: { list: [null, null] } }],
  ['a size of an object', ['args.options.#'], { args: { options: { deep: null } } }],
  ['a size of a text', ['args.path.#'], { args: { path: '/a' } }],
  ['a size of null', ['sql.#'], { sql: null }],
  ['a size and one field of every member', ['args.list.#', 'args.list.*.y'], { args: { list: [null, { y: 1 }] } }],
  ['a size and a field', ['args.#', 'args.path'], { args }],
  ['every member and a field', ['args.*.deep', 'args.path'], { args }],
  ['a size and the whole', ['args.list.#', 'args.list'], { args: { list: args.list } }],
  ['deep below', ['args.options.deep.er'], { args: { options: { deep: { er: true } } } }],
  ['what an object inherits', ['args.constructor', 'args.toString', 'args.__proto__'], { args: {} }],
  ['a field that facts do not have', ['subject.email', 'nowhere.at.all'], { subject: {} }],
]

for (const [what, inputs, expected] of rows) {
  test(`projecting ${what}`, () => {
    assert.deepEqual(projected(inputs, totalFacts({ args })), expected)
  })
}

test('everything is everything', () => {
  const facts = totalFacts({ args })
  assert.deepEqual(projected([''], facts), JSON.parse(JSON.stringify(facts)))
})

test('equal facts give equal text, whatever the order of their fields', () => {
  const facts = totalFacts()
  const turned = { ...Object.fromEntries(Object.entries(facts).reverse()), subject: Object.fromEntries(Object.entries(facts.subject).reverse()) } as unknown as Facts
  const write = projection(['subject.id', 'subject.tenant', 'action.kind'])
  assert.equal(write(turned), write(facts))
})

test('different arguments never give equal text', () => {
  const write = projection(['args', 'subject.id'])
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.string(), (one, other, a, b) => {
    const same = JSON.stringify([one, a]) === JSON.stringify([other, b])
    const text = (given: Record<string, unknown>, id: string): string => write(totalFacts({ subject: { id }, args: given }))
    assert.equal(text(one, a) === text(other, b), same)
  }))
})
