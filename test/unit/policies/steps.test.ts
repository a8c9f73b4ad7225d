// Steps of 1, 2 and 5: what is below rounds down, what is above rounds up, and what is one stays what it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isStep, stepAbove, stepBelow } from '../../../policies/engine/steps.ts'

const rows: readonly [number, number, number][] = [
  [0, 0, 0], [-3, 0, 0], [NaN, 0, NaN], [0.01, 0.01, 0.01], [0.03, 0.02, 0.05], [0.1 + 0.2, 0.2, 0.5], [0.5, 0.5, 0.5], [1, 1, 1], [1.9, 1, 2], [4.9999999999, 5, 5], [5, 5, 5],
  [9.99, 5, 10], [10, 10, 10], [499, 200, 500], [500, 500, 500], [501, 500, 1000], [123_456, 100_000, 200_000],
]

for (const [value, below, above] of rows) {
  test(`${value} is between ${below} and ${above}`, () => {
    assert.equal(stepBelow(value), below)
    if (!Number.isNaN(value)) assert.equal(stepAbove(value), above)
  })
}

test('small values are nothing, or the least that counts', () => {
  assert.deepEqual([stepBelow(0.009, 0.01), stepBelow(0.01, 0.01), stepAbove(0.0001, 0.01), stepAbove(0.02, 0.01)], [0, 0.01, 0.01, 0.02])
})

test('sums of cents reach the step that they add up to', () => {
  let sum = 0
  for (let cent = 0; cent < 500; cent += 1) sum += 0.01
  assert.equal(stepBelow(sum), 5)
})

test('a step is one, and lies within a factor of 2.5 of what it stands for', () => {
  fc.assert(fc.property(fc.double({ min: 1e-5, max: 1e8, noNaN: true }), value => {
    const below = stepBelow(value)
    const above = stepAbove(value)
    assert.ok(isStep(below) && isStep(above))
    assert.ok(below <= value * 1.000001 && value < below * 2.500001, `${below} ${value}`)
    assert.ok(above >= value * 0.999999 && value > above / 2.500001, `${above} ${value}`)
  }))
})

test('what is between two steps is none', () => {
  for (const value of [3, 0.3, 15, 300, 0, -1]) assert.equal(isStep(value), false)
})
