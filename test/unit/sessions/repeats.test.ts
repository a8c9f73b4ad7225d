// What is a loop and what is progress.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Repeats } from '../../../gateway/sessions/repeats.ts'

const at = (beganS: number, endedS = beganS): { beganMs: number; endedMs: number } => ({ beganMs: beganS * 1000, endedMs: endedS * 1000 })

/** Calls as "tool result"; says how often in a row and in all the last one's call came to the same, for a further such call. */
const after = (...calls: readonly string[]): readonly [number, number] => {
  const repeats = new Repeats()
  for (const call of calls) {
    const [tool = '', result = ''] = call.split(' ')
    repeats.came(tool, result, at(0))
  }
  const { inRow, inRoot } = repeats.of(calls.at(-1)?.split(' ')[0] ?? '', 0)
  return [inRow, inRoot]
}

const rows: readonly [string, readonly string[], readonly [number, number]][] = [
  ['nothing', [], [0, 0]],
  ['one call', ['a 1'], [1, 1]],
  ['the same three times', ['a 1', 'a 1', 'a 1'], [3, 3]],
  ['polling: each result another', ['a 1', 'a 2', 'a 3'], [1, 1]],
  ['polling that gets stuck', ['a 1', 'a 2', 'a 2', 'a 2'], [3, 3]],
  ['two calls in turn that bring nothing new', ['a 1', 'b 1', 'a 1', 'b 1', 'a 1', 'b 1'], [3, 3]],
  ['something new in between', ['a 1', 'a 1', 'b 1', 'a 1'], [1, 3]],
  ['a known call with a new result in between', ['b 1', 'a 1', 'a 1', 'b 2', 'a 1'], [1, 3]],
]

for (const [what, calls, expected] of rows) test(`repeats after ${what}`, () => { assert.deepEqual(after(...calls), expected) })

test('a call that comes after something new is no repetition yet', () => {
  const repeats = new Repeats()
  for (let time = 0; time < 5; time += 1) repeats.came('a', '1', at(0))
  repeats.came('b', '1', at(0))
  assert.deepEqual(repeats.of('a', 0), { inRow: 0, inRoot: 5 })
})

test('calls that are long past are forgotten, so memory is bounded', () => {
  const repeats = new Repeats()
  repeats.came('a', '1', at(0))
  for (let other = 0; other < 40; other += 1) repeats.came(`x${other}`, '1', at(0))
  assert.deepEqual(repeats.of('a', 0), { inRow: 0, inRoot: 0 })
})

test('steps of a model count while its requests grow, per agent', () => {
  const repeats = new Repeats()
  assert.deepEqual([3, 5, 7].map(length => repeats.reported('', 's', length)), [1, 2, 3])
  assert.equal(repeats.reported('', 's', 7), 3, 'a retry reports nothing anew')
  assert.equal(repeats.reported('sub', 's', 3), 1, 'another agent')
  assert.equal(repeats.reported('', 't', 9), 1, 'another step')
  assert.equal(repeats.reported('', 's', 11), 1)
  assert.equal(repeats.reported('', null, 12), 0, 'a user speaks')
  assert.equal(repeats.reported('', 's', 13), 1)
})

test('a schedule is no loop: equal calls that come half a minute after one another begin anew, however long each of them takes', () => {
  const repeats = new Repeats()
  for (let time = 0; time < 20; time += 1) repeats.came('cron', '1', at(time * 60, time * 60 + 5))
  assert.deepEqual(repeats.of('cron', 1_200_000), { inRow: 0, inRoot: 0 })
  for (let time = 0; time < 5; time += 1) repeats.came('slow', '1', at(2000 + time * 110, 2000 + time * 110 + 100))
  assert.deepEqual(repeats.of('slow', 2_550_000), { inRow: 5, inRoot: 5 })
})
