import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { FairQueue, type Place } from '../../../router/fair-queue.ts'

const drain = (queue: FairQueue<string>): string[] => {
  const taken: string[] = []
  for (let value = queue.take(); value !== undefined; value = queue.take()) taken.push(value)
  return taken
}

suite('the fair queue', () => {
  test('is empty at first, and after everything was taken', () => {
    const queue = new FairQueue<string>()
    assert.equal(queue.take(), undefined)
    queue.add('a', '1')
    assert.deepEqual([queue.take(), queue.take(), queue.size, queue.flows], ['1', undefined, 0, 0])
  })

  test('lets flows take turns, and keeps the order within each', () => {
    const queue = new FairQueue<string>()
    for (const value of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2']) queue.add(value.slice(0, 1), value)
    assert.deepEqual(drain(queue), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'a4'])
  })

  test('serves who comes later before the rest of who was greedy', () => {
    const queue = new FairQueue<string>()
    for (let n = 0; n < 1000; n += 1) queue.add('greedy', `g${n}`)
    assert.equal(queue.take(), 'g0')
    queue.add('modest', 'm')
    assert.deepEqual([queue.take(), queue.take()].includes('m'), true)
  })

  test('a place that is given up is not served, and giving it up again says so', () => {
    const queue = new FairQueue<string>()
    const places = ['a1', 'a2', 'b1', 'b2'].map(value => queue.add(value.slice(0, 1), value))
    assert.deepEqual([queue.leave(places[1] as Place), queue.leave(places[1] as Place)], [true, false])
    assert.equal(queue.leave(places[2] as Place), true)
    assert.deepEqual(drain(queue), ['a1', 'b2'])
    assert.deepEqual(places.map(place => place.waiting), [false, false, false, false])
  })

  /** Adds, takes and leaves in any order, next to a model that is slow and plain: arrays by flow, and the order of flows. */
  const commands = fc.array(fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), flow: fc.constantFrom('a', 'b', 'c', 'd') }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(1000) }) },
  ), { maxLength: 200 })

  test('does what a plain model of turns does', () => {
    fc.assert(fc.property(commands, given => {
      const queue = new FairQueue<number>()
      const places = new Map<number, Place>()
      let ring: { name: string; values: number[] }[] = []
      const drop = (value: number): void => {
        for (const flow of ring) flow.values = flow.values.filter(one => one !== value)
        ring = ring.filter(flow => flow.values.length > 0)
        places.delete(value)
      }
      let serial = 0
      for (const command of given) {
        if (command.kind === 'add') {
          const value = serial += 1
          places.set(value, queue.add(command.flow, value))
          const flow = ring.find(({ name }) => name === command.flow)
          if (flow === undefined) ring.push({ name: command.flow, values: [value] })
          else flow.values.push(value)
        } else if (command.kind === 'take') {
          const [turn, ...others] = ring
          assert.equal(queue.take(), turn?.values[0])
          if (turn !== undefined) {
            ring = [...others, turn]
            drop(turn.values[0] as number)
          }
        } else if (places.size > 0) {
          const [value, place] = [...places][command.which % places.size] as [number, Place]
          assert.equal(queue.leave(place), true)
          drop(value)
        }
        assert.equal(queue.size, ring.reduce((sum, { values }) => sum + values.length, 0))
        assert.equal(queue.flows, ring.length)
      }
    }), { numRuns: 500 })
  })

  test('gives each of k flows that keep waiting at least every k-th place', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), counts => {
      const queue = new FairQueue<number>()
      counts.forEach((count, flow) => { for (let n = 0; n < count; n += 1) queue.add(String(flow), flow) })
      const left = [...counts]
      const passedOver = counts.map(() => 0)
      for (let flow = queue.take(); flow !== undefined; flow = queue.take()) {
        left[flow] = (left[flow] ?? 0) - 1
        passedOver.forEach((count, other) => {
          passedOver[other] = other === flow || left[other] === 0 ? 0 : count + 1
          assert.ok((passedOver[other] ?? 0) < counts.length, `flow ${other} was passed over ${count + 1} times among ${counts.length}`)
        })
      }
      assert.deepEqual(left, counts.map(() => 0))
    }))
  })
})
