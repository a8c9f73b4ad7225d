// Money: reserved before a call, settled or released after it, never more than the limit, whatever the order.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { BudgetRule, Reservation } from '../../../gateway/exchange/session.ts'
import { windowAt } from '../../../gateway/sessions/budget-window.ts'
import type { EmbeddedStore } from '../../../gateway/sessions/embedded-store.ts'
import { benchFor, hour, keysOf, minute } from './open-store.ts'

const day: BudgetRule = { limitUsd: 1, window: 'day' }
const month: BudgetRule = { limitUsd: 10, window: 'month' }
const total: BudgetRule = { limitUsd: 1, window: 'total' }
const keys = keysOf('s1')

const money = (store: EmbeddedStore, rule: BudgetRule, of = keys): [spent: number, reserved: number] => {
  const { spentUsd, reservedUsd } = store.load(of, rule).budget
  return [Number(spentUsd.toFixed(9)), Number(reservedUsd.toFixed(9))]
}

const refusal = (run: () => unknown): Failure => {
  try {
    run()
  } catch (thrown) {
    assert.ok(thrown instanceof Failure)
    assert.equal(thrown.code, 'budget.exhausted')
    return thrown
  }
  assert.fail('was not refused')
}

describe('reservations', () => {
  test('reserve holds, settle turns the hold into the true cost, release lets it go', t => {
    const store = benchFor(t).open()
    const [one, two] = [store.reserve(keys, day, 0.4), store.reserve(keys, day, 0.5)]
    assert.deepEqual(money(store, day), [0, 0.9])
    one.settle(0.1)
    assert.deepEqual(money(store, day), [0.1, 0.5])
    two.release()
    assert.deepEqual(money(store, day), [0.1, 0])
  })

  test('only the first end of a reservation counts', t => {
    const store = benchFor(t).open()
    const orders: readonly ((one: Reservation) => void)[] = [
      one => { one.settle(0.1); one.settle(0.1) }, one => { one.settle(0.1); one.release() }, one => { one.release(); one.settle(0.1) }, one => { one.release(); one.release() },
    ]
    for (const order of orders) order(store.reserve(keys, day, 0.2))
    assert.deepEqual(money(store, day), [0.2, 0])
  })

  test('a call that would pass the limit is refused until the window ends', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.reserve(keys, day, 0.6).settle(0.6)
    store.reserve(keys, day, 0.3)
    const failure = refusal(() => store.reserve(keys, day, 0.2))
    assert.equal(failure.retryAfterMs, 12 * hour)
    assert.deepEqual(failure.detail, { field: 'budget' })
    assert.match(failure.message, /0\.2000 USD.*day budget of 1 USD has 0\.1000 left/)
    assert.deepEqual(money(store, day), [0.6, 0.3], 'a refusal holds nothing')
    store.reserve(keys, day, 0.1)
    bench.nowMs += 12 * hour - 1
    assert.equal(refusal(() => store.reserve(keys, day, 0.1)).retryAfterMs, 1)
    bench.nowMs += 1
    store.reserve(keys, day, 1)
    assert.deepEqual(money(store, day), [0, 1])
  })

  test('a budget without a window end gives no time to wait for', t => {
    const store = benchFor(t).open()
    assert.equal(refusal(() => store.reserve(keys, total, 1.01)).retryAfterMs, undefined)
    assert.equal(store.load(keys, total).budget.resetsAt, null)
  })

  test('without a rule nothing is held or refused', t => {
    const store = benchFor(t).open()
    const one = store.reserve(keys, null, 1e9)
    one.settle(1e9)
    one.release()
    assert.deepEqual(store.load(keys, null).budget, { limitUsd: null, spentUsd: 0, reservedUsd: 0, resetsAt: null })
  })

  test('a limit can be used up exactly, in amounts that binary fractions miss', t => {
    const store = benchFor(t).open()
    const rule: BudgetRule = { limitUsd: 0.3, window: 'day' }
    for (let call = 0; call < 3; call += 1) store.reserve(keys, rule, 0.1).settle(0.1)
    refusal(() => store.reserve(keys, rule, 0.0001))
  })

  test('an amount that is no amount is refused, and a cost that is none counts as what was held', t => {
    const store = benchFor(t).open()
    for (const amount of [NaN, Infinity, -1]) refusal(() => store.reserve(keys, day, amount))
    for (const cost of [NaN, Infinity, -5]) store.reserve(keys, day, 0.1).settle(cost)
    assert.deepEqual(money(store, day), [0.3, 0])
    refusal(() => store.reserve(keys, day, 0.8))
  })

  test('a cost above the reservation counts in full and closes the budget', t => {
    const store = benchFor(t).open()
    store.reserve(keys, day, 0.5).settle(3)
    assert.deepEqual(money(store, day), [3, 0])
    assert.match(refusal(() => store.reserve(keys, day, 0.0001)).message, /0\.0000 left/)
  })

  test('the sessions of one key share its budget, those of other keys and tenants do not', t => {
    const store = benchFor(t).open()
    store.reserve(keysOf('s1'), day, 0.9)
    refusal(() => store.reserve(keysOf('s2', { agent: '~other' }), day, 0.2))
    store.reserve(keysOf('s1', { key: 'key2' }), day, 0.2)
    store.reserve(keysOf('s1', { tenant: 'other' }), day, 0.2)
  })
})

describe('many calls at once', () => {
  test('concurrent reservations never pass the limit', async t => {
    const store = benchFor(t).open()
    const attempt = async (index: number): Promise<boolean> => {
      await new Promise(resolve => { setImmediate(resolve) })
      try {
        const one = store.reserve(keysOf(`s${index}`), day, 0.03)
        await new Promise(resolve => { setImmediate(resolve) })
        const [spent, reserved] = money(store, day)
        assert.ok(spent + reserved <= day.limitUsd)
        one.settle(0.03)
        return true
      } catch (thrown) {
        assert.equal((thrown as Failure).code, 'budget.exhausted')
        return false
      }
    }
    const passed = await Promise.all(Array.from({ length: 200 }, (_, index) => attempt(index)))
    assert.equal(passed.filter(Boolean).length, 33)
    assert.deepEqual(money(store, day), [0.99, 0])
  })

  test('in any order of reserving, settling and releasing, the sums are right and the limit holds', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const step = fc.record({ what: fc.constantFrom('reserve', 'settle', 'release'), cents: fc.integer({ min: 0, max: 40 }), which: fc.nat() })
    let run = 0
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const mine = keysOf('s', { key: `run${run += 1}` })
      const open: { readonly cents: number; readonly one: Reservation }[] = []
      let spent = 0
      for (const { what, cents, which } of steps) {
        const held = open.reduce((sum, { cents: some }) => sum + some, 0)
        if (what === 'reserve') {
          const fits = spent + held + cents <= 100
          if (fits) open.push({ cents, one: store.reserve(mine, day, cents / 100) })
          else refusal(() => store.reserve(mine, day, cents / 100))
          continue
        }
        const [ended] = open.splice(open.length === 0 ? 0 : which % open.length, 1)
        if (ended === undefined) continue
        // Calls cost at most what was held for them here; more is a case of its own.
        const cost = Math.min(cents, ended.cents)
        if (what === 'settle') ended.one.settle(cost / 100)
        else ended.one.release()
        if (what === 'settle') spent += cost
      }
      const held = open.reduce((sum, { cents }) => sum + cents, 0)
      const state = money(store, day, mine)
      assert.deepEqual(state.map(usd => Math.round(usd * 100)), [spent, held])
    }), { numRuns: 60 })
  })
})

describe('windows', () => {
  test('what was spent survives a restart, what was held does not', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.reserve(keys, day, 0.6).settle(0.5)
    store.reserve(keys, day, 0.3)
    store.close()
    assert.deepEqual(money(bench.open(), day), [0.5, 0])
  })

  test('spending is written soon, without a call to close', async t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.reserve(keys, day, 0.6).settle(0.5)
    const rowIsThere = (): boolean => store.load(keys, day).budget.spentUsd === 0.5
    assert.ok(rowIsThere())
    const { readFileSync } = await import('node:fs')
    for (let wait = 0; wait < 50 && !readFileSync(`${bench.file}-wal`).includes('2030-06-15'); wait += 1) await new Promise(resolve => { setTimeout(resolve, 20) })
    assert.ok(readFileSync(`${bench.file}-wal`).includes('2030-06-15'))
  })

  test('a reservation settles in the window that it was taken in', t => {
    const bench = benchFor(t)
    bench.nowMs = Date.UTC(2030, 5, 15, 23, 59)
    const store = bench.open()
    store.reserve(keys, day, 0.2).settle(0.2)
    const late = store.reserve(keys, day, 0.7)
    bench.nowMs += 2 * minute
    assert.deepEqual(money(store, day), [0, 0])
    late.settle(0.7)
    assert.deepEqual(money(store, day), [0, 0])
    store.close()
    bench.nowMs -= 2 * minute
    assert.deepEqual(money(bench.open(), day), [0.9, 0])
  })

  test('rules with different windows on one key keep both sums, and no hold is forgotten between them', t => {
    const store = benchFor(t).open()
    const one = store.reserve(keys, day, 0.7)
    store.reserve(keys, month, 2).settle(2)
    refusal(() => store.reserve(keys, day, 0.4))
    one.settle(0.6)
    assert.deepEqual([money(store, day), money(store, month)], [[0.6, 0], [2, 0]])
  })

  test('windows are named and end in UTC', () => {
    const cases: readonly (readonly [BudgetRule['window'], string, string, string | null])[] = [
      ['day', '2030-06-15T12:00:00.000Z', '2030-06-15', '2030-06-16T00:00:00.000Z'], ['day', '2030-12-31T23:59:59.999Z', '2030-12-31', '2031-01-01T00:00:00.000Z'],
      ['day', '2028-02-28T00:00:00.000Z', '2028-02-28', '2028-02-29T00:00:00.000Z'], ['month', '2030-12-01T00:00:00.000Z', '2030-12', '2031-01-01T00:00:00.000Z'],
      ['month', '2030-01-31T10:00:00.000Z', '2030-01', '2030-02-01T00:00:00.000Z'], ['total', '2030-01-31T10:00:00.000Z', 'total', null],
    ]
    for (const [window, now, name, end] of cases) {
      assert.deepEqual(windowAt({ limitUsd: 1, window }, Date.parse(now)), { name, endsAt: end === null ? null : Date.parse(end) }, `${window} ${now}`)
    }
  })
})
