import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { FairGate, type Entering, type GateRules, type Release } from '../../../gateway/pipeline/fair-gate.ts'

const rules = (change: Partial<GateRules> = {}): GateRules => ({ limit: 1, queue: 100, queueMs: 60_000, ...change })
const refused = (why: string): Failure => new Failure('gateway.overloaded', why)
const entering = (flow: string, change: Partial<GateRules> = {}, signal?: AbortSignal): Entering => ({ flow, rules: rules(change), refused, signal })
const settled = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

/** Enters where there is room. */
const inside = (gate: FairGate, flow: string, change: Partial<GateRules> = {}): Release => {
  const release = gate.enter(entering(flow, change))
  assert.ok(!(release instanceof Promise), 'it has to wait')
  return release
}

suite('the fair gate', () => {
  test('lets in at once up to its limit, and the next when one leaves', async () => {
    const gate = new FairGate()
    const [first, second] = [inside(gate, 'a', { limit: 2 }), inside(gate, 'a', { limit: 2 })]
    const waits = gate.enter(entering('a', { limit: 2 }))
    assert.ok(waits instanceof Promise)
    assert.deepEqual([gate.active, gate.waiting], [2, 1])
    first()
    first()
    const third = await waits
    assert.deepEqual([gate.active, gate.waiting], [2, 0], 'leaving twice makes one place')
    second()
    third()
    assert.equal(gate.active, 0)
  })

  test('nobody overtakes those who wait', async () => {
    const gate = new FairGate()
    const first = inside(gate, 'a')
    const order: string[] = []
    const all = ['a', 'a', 'a', 'b', 'c'].map(async (flow, at) => {
      const release = await gate.enter(entering(flow))
      order.push(`${flow}${at}`)
      await settled()
      release()
    })
    first()
    await Promise.all(all)
    assert.deepEqual(order, ['a0', 'b3', 'c4', 'a1', 'a2'])
  })

  test('refuses at once where nobody may wait, and where too many do', async () => {
    const gate = new FairGate()
    const first = inside(gate, 'a')
    for (const change of [{ queueMs: 0 }, { queue: 0 }]) assert.throws(() => gate.enter(entering('a', change)), /full/)
    const waits = gate.enter(entering('a', { queue: 1 }))
    assert.throws(() => gate.enter(entering('b', { queue: 1 })), /full/)
    first()
    ;(await waits)()
  })

  test('refuses who has waited for long enough, and gives the place to nobody twice', async () => {
    const gate = new FairGate()
    const first = inside(gate, 'a')
    await assert.rejects(async () => gate.enter(entering('a', { queueMs: 5 })), /waited/)
    assert.equal(gate.waiting, 0)
    first()
    assert.equal(gate.active, 0)
  })

  test('who leaves while waiting makes room at once, and is told why', async () => {
    const gate = new FairGate()
    const first = inside(gate, 'a')
    const leave = new AbortController()
    const waits = gate.enter(entering('a', {}, leave.signal))
    leave.abort(new Failure('client.gone', 'gone'))
    await assert.rejects(Promise.resolve(waits), { code: 'client.gone' })
    assert.equal(gate.waiting, 0)
    assert.throws(() => gate.enter(entering('a', {}, leave.signal)), { code: 'client.gone' })
    first()
    assert.equal(gate.active, 0)
  })

  test('a limit that was raised lets those in who wait, one that was lowered nobody until there is room', async () => {
    const gate = new FairGate()
    inside(gate, 'a')
    const waits = gate.enter(entering('a'))
    inside(gate, 'b', { limit: 3 })
    await waits
    assert.equal(gate.active, 3)
    const leave = new AbortController()
    const lowered = gate.enter(entering('a', { limit: 1 }, leave.signal))
    assert.ok(lowered instanceof Promise)
    leave.abort(new Error('left'))
    await assert.rejects(lowered, /left/)
  })

  test('never lets in more than its limit, and leaves nobody waiting before a free place', async () => {
    const steps = fc.array(fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), flow: fc.constantFrom('a', 'b', 'c') }), fc.record({ kind: fc.constant('leave' as const), which: fc.nat(50) }),
      fc.record({ kind: fc.constant('abort' as const), which: fc.nat(50) }),
    ), { maxLength: 60 })
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (given, limit) => {
      const gate = new FairGate()
      const held: Release[] = []
      const waiting: AbortController[] = []
      for (const step of given) {
        if (step.kind === 'enter') {
          const leave = new AbortController()
          const release = gate.enter(entering(step.flow, { limit }, leave.signal))
          if (release instanceof Promise) {
            waiting.push(leave)
            release.then(granted => { held.push(granted) }, () => undefined)
          } else {
            held.push(release)
          }
        } else if (step.kind === 'leave') {
          held.splice(step.which % Math.max(1, held.length), 1)[0]?.()
        } else {
          waiting.splice(step.which % Math.max(1, waiting.length), 1)[0]?.abort(new Error('left'))
        }
        await settled()
        assert.ok(gate.active <= limit)
        assert.ok(gate.waiting === 0 || gate.active === limit, 'somebody waits before a free place')
        assert.equal(gate.active, held.length)
      }
      while (held.length > 0) {
        held.pop()?.()
        await settled()
      }
      assert.deepEqual([gate.active, gate.waiting], [0, 0])
    }), { numRuns: 100 })
  })
})
