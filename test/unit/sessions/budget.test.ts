// Money and tokens: reserved before a call, settled or released after it, never more than the limit, whatever the order; in both stores alike.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { Budget, Limits } from '../../../gateway/exchange/limits.ts'
import type { Reservation, SessionStore } from '../../../gateway/exchange/session.ts'
import { windowAt } from '../../../gateway/sessions/budget-window.ts'
import { eventually } from '../../support/wait.ts'
import { becomes, benchFor, budget, hold, hour, keysOf, limitsOf, minute, noLimits, onBothStores } from './open-store.ts'

const day = limitsOf(budget())
const keys = keysOf('s1')

interface Sums { readonly usd: readonly [spent: number, held: number]; readonly tokens: readonly [spent: number, held: number] }

const sums = async (store: SessionStore, limits: Limits, at = 0): Promise<Sums> => {
  const state = (await store.load(keys, limits)).budgets[at]
  assert.ok(state !== undefined)
  const usd = (value: number): number => Number(value.toFixed(9))
  return { usd: [usd(state.spent.usd), usd(state.reserved.usd)], tokens: [state.spent.tokens, state.reserved.tokens] }
}
const money = async (store: SessionStore, limits: Limits, at = 0): Promise<readonly [number, number]> => (await sums(store, limits, at)).usd

/** Settling is not waited for, where it goes over a network. */
const comesTo = async (store: SessionStore, limits: Limits, expected: readonly [number, number], at = 0): Promise<void> => {
  await becomes(async () => { assert.deepEqual(await money(store, limits, at), expected) })
}

const refusal = async (run: () => unknown): Promise<Failure> => {
  try {
    await run()
  } catch (thrown) {
    assert.ok(thrown instanceof Failure, String(thrown))
    assert.equal(thrown.code, 'budget.exhausted')
    return thrown
  }
  assert.fail('was not refused')
}

onBothStores('budgets', (benchOf, kind) => {
  test('reserve holds, settle turns the hold into the true cost, release lets it go', async t => {
    const store = await benchOf(t).open()
    const limits = limitsOf(budget({ limitTokens: 1000 }))
    const [one, two] = [await store.reserve(limits, hold(0.4, 300)), await store.reserve(limits, hold(0.5, 400))]
    assert.deepEqual(await sums(store, limits), { usd: [0, 0.9], tokens: [0, 700] })
    one.settle({ usd: 0.1, tokens: 120 })
    await becomes(async () => { assert.deepEqual(await sums(store, limits), { usd: [0.1, 0.5], tokens: [120, 400] }) })
    two.release()
    await becomes(async () => { assert.deepEqual(await sums(store, limits), { usd: [0.1, 0], tokens: [120, 0] }) })
  })

  test('only the first end of a reservation counts', async t => {
    const store = await benchOf(t).open()
    const cost = { usd: 0.1, tokens: 0 }
    const orders: readonly ((one: Reservation) => void)[] = [
      one => { one.settle(cost); one.settle(cost) }, one => { one.settle(cost); one.release() }, one => { one.release(); one.settle(cost) }, one => { one.release(); one.release() },
    ]
    for (const order of orders) order(await store.reserve(day, hold(0.2)))
    await comesTo(store, day, [0.2, 0])
  })

  test('a call that would pass the limit is refused until the window ends, and is told which budget, how much and when', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const limits = limitsOf(budget({ name: 'eng', scope: 'group:eng' }))
    ;(await store.reserve(limits, hold(0.6))).settle({ usd: 0.6, tokens: 0 })
    await store.reserve(limits, hold(0.3))
    await comesTo(store, limits, [0.6, 0.3])
    const failure = await refusal(() => store.reserve(limits, hold(0.2)))
    assert.equal(failure.retryAfterMs, 12 * hour)
    assert.deepEqual(failure.detail, { field: 'budget', budget: 'eng', scope: 'group:eng', limit: '1 USD' })
    assert.equal(failure.message, 'This call may cost 0.2000 USD, and the day budget "eng" (group:eng) of 1 USD has 0.1000 USD left; it resets at 2030-06-16T00:00:00.000Z.')
    assert.deepEqual(await money(store, limits), [0.6, 0.3], 'a refusal holds nothing')
    await store.reserve(limits, hold(0.1))
    bench.nowMs += 12 * hour - 1
    assert.equal((await refusal(() => store.reserve(limits, hold(0.1)))).retryAfterMs, 1)
    bench.nowMs += 1
    await store.reserve(limits, hold(1))
    assert.deepEqual(await money(store, limits), [0, 1])
  })

  test('tokens have a limit of their own', async t => {
    const store = await benchOf(t).open()
    const limits = limitsOf(budget({ limitUsd: null, limitTokens: 1000 }))
    ;(await store.reserve(limits, hold(99, 600))).settle({ usd: 99, tokens: 500 })
    await becomes(async () => { assert.deepEqual((await sums(store, limits)).tokens, [500, 0]) })
    assert.match((await refusal(() => store.reserve(limits, hold(0, 501)))).message, /may cost 501 tokens, and the day budget "test" \(shared\) of 1000 tokens has 500 tokens left/)
    await store.reserve(limits, hold(0, 500))
  })

  test('several budgets are all held, or none', async t => {
    const store = await benchOf(t).open()
    const wide = budget({ name: 'wide', account: ':wide/shared', limitUsd: 10 })
    const narrow = budget({ name: 'narrow', account: ':narrow/shared', limitUsd: 0.5 })
    const limits = limitsOf(wide, narrow)
    const one = await store.reserve(limits, hold(0.4))
    assert.equal((await refusal(() => store.reserve(limits, hold(0.2)))).detail['budget'], 'narrow')
    assert.equal((await refusal(() => store.reserve(limitsOf(narrow, wide), hold(0.2)))).detail['budget'], 'narrow')
    assert.deepEqual([await money(store, limits, 0), await money(store, limits, 1)], [[0, 0.4], [0, 0.4]])
    one.settle({ usd: 0.3, tokens: 0 })
    await comesTo(store, limits, [0.3, 0], 0)
    await comesTo(store, limits, [0.3, 0], 1)
  })

  test('a budget without a window end gives no time to wait for', async t => {
    const store = await benchOf(t).open()
    const limits = limitsOf(budget({ window: 'total' }))
    assert.equal((await refusal(() => store.reserve(limits, hold(1.01)))).retryAfterMs, undefined)
    assert.equal((await store.load(keys, limits)).budgets[0]?.resetsAt, null)
  })

  test('without a limit nothing is held or refused', async t => {
    const store = await benchOf(t).open()
    const one = await store.reserve(noLimits, hold(1e9))
    one.settle({ usd: 1e9, tokens: 1 })
    one.release()
    assert.deepEqual((await store.load(keys, noLimits)).budgets, [])
  })

  test('a limit can be used up exactly, in amounts that binary fractions miss', async t => {
    const store = await benchOf(t).open()
    const limits = limitsOf(budget({ limitUsd: 0.3 }))
    for (let call = 0; call < 3; call += 1) (await store.reserve(limits, hold(0.1))).settle({ usd: 0.1, tokens: 0 })
    await comesTo(store, limits, [0.3, 0])
    await refusal(() => store.reserve(limits, hold(0.0001)))
  })

  test('an amount that is no amount is refused, and a cost that is none counts as what was held', async t => {
    const store = await benchOf(t).open()
    for (const amount of [NaN, Infinity, -1]) await refusal(() => store.reserve(day, hold(amount)))
    for (const usd of [NaN, Infinity, -5]) (await store.reserve(day, hold(0.1))).settle({ usd, tokens: 0 })
    await comesTo(store, day, [0.3, 0])
    await refusal(() => store.reserve(day, hold(0.8)))
  })

  test('a cost above the reservation counts in full and closes the budget', async t => {
    const store = await benchOf(t).open()
    ;(await store.reserve(day, hold(0.5))).settle({ usd: 3, tokens: 0 })
    await comesTo(store, day, [3, 0])
    assert.match((await refusal(() => store.reserve(day, hold(0.0001)))).message, /has 0\.0000 USD left/)
  })

  test('equal accounts share one sum, others do not', async t => {
    const store = await benchOf(t).open()
    await store.reserve(limitsOf(budget({ account: 'acme/one' })), hold(0.9))
    await refusal(() => store.reserve(limitsOf(budget({ account: 'acme/one', limitUsd: 1.05 })), hold(0.2)))
    await store.reserve(limitsOf(budget({ account: 'acme/two' })), hold(0.2))
    await store.reserve(limitsOf(budget({ account: 'other/one' })), hold(0.2))
  })

  test('concurrent reservations never pass the limit', async t => {
    const store = await benchOf(t).open()
    const attempt = async (): Promise<boolean> => {
      await new Promise(resolve => { setImmediate(resolve) })
      try {
        const one = await store.reserve(day, hold(0.03))
        await new Promise(resolve => { setImmediate(resolve) })
        one.settle({ usd: 0.03, tokens: 0 })
        return true
      } catch (thrown) {
        assert.equal((thrown as Failure).code, 'budget.exhausted')
        return false
      }
    }
    const passed = await Promise.all(Array.from({ length: 200 }, attempt))
    assert.equal(passed.filter(Boolean).length, 33)
    await comesTo(store, day, [0.99, 0])
  })

  test('in any order of reserving, settling and releasing, the sums are right and the limit holds', async t => {
    const store = await benchOf(t).open()
    const step = fc.record({ what: fc.constantFrom('reserve', 'settle', 'release'), cents: fc.integer({ min: 0, max: 40 }), which: fc.nat() })
    let run = 0
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const mine = limitsOf(budget({ account: `run${run += 1}` }))
      const open: { readonly cents: number; readonly one: Reservation }[] = []
      let spent = 0
      for (const { what, cents, which } of steps) {
        const held = open.reduce((sum, { cents: some }) => sum + some, 0)
        if (what === 'reserve') {
          if (spent + held + cents <= 100) open.push({ cents, one: await store.reserve(mine, hold(cents / 100)) })
          else await refusal(() => store.reserve(mine, hold(cents / 100)))
          continue
        }
        const [ended] = open.splice(open.length === 0 ? 0 : which % open.length, 1)
        if (ended === undefined) continue
        // Calls cost at most what was held for them here; more is a case of its own.
        const cost = Math.min(cents, ended.cents)
        if (what === 'settle') ended.one.settle({ usd: cost / 100, tokens: 0 })
        else ended.one.release()
        if (what === 'settle') spent += cost
      }
      const held = open.reduce((sum, { cents }) => sum + cents, 0)
      await becomes(async () => { assert.deepEqual((await money(store, mine)).map(usd => Math.round(usd * 100)), [spent, held]) })
    }), { numRuns: kind === 'embedded' ? 60 : 25 })
  })

  test('what was spent survives a restart', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const limits = limitsOf(budget({ limitTokens: 1000 }))
    ;(await store.reserve(limits, hold(0.6, 10))).settle({ usd: 0.5, tokens: 7 })
    await store.close()
    assert.deepEqual(await sums(await bench.open(), limits), { usd: [0.5, 0], tokens: [7, 0] })
  })

  test('a reservation settles in the window that it was taken in', async t => {
    const bench = benchOf(t)
    bench.nowMs = Date.UTC(2030, 5, 15, 23, 59)
    const store = await bench.open()
    ;(await store.reserve(day, hold(0.2))).settle({ usd: 0.2, tokens: 0 })
    const late = await store.reserve(day, hold(0.7))
    bench.nowMs += 2 * minute
    assert.deepEqual(await money(store, day), [0, 0])
    late.settle({ usd: 0.7, tokens: 0 })
    await store.close()
    const again = await bench.open()
    assert.deepEqual(await money(again, day), [0, 0])
    bench.nowMs -= 2 * minute
    assert.deepEqual(await money(again, day), [0.9, 0])
  })

  test('rules with different windows on one account keep both sums, and no hold is forgotten between them', async t => {
    const store = await benchOf(t).open()
    const month = limitsOf(budget({ window: 'month', limitUsd: 10 }))
    const one = await store.reserve(day, hold(0.7))
    ;(await store.reserve(month, hold(2))).settle({ usd: 2, tokens: 0 })
    await refusal(() => store.reserve(day, hold(0.4)))
    one.settle({ usd: 0.6, tokens: 0 })
    await comesTo(store, day, [0.6, 0])
    await comesTo(store, month, [2, 0])
  })

  test('windows end at the same moments in both stores, in UTC', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const moments = ['2030-06-15T12:00:00.000Z', '2030-12-31T23:59:59.999Z', '2028-02-28T23:59:59.000Z', '2028-02-29T00:00:00.000Z', '2100-02-28T12:30:00.000Z', '2000-02-29T01:00:00.000Z', '2030-01-31T10:00:00.000Z', '2027-03-01T00:00:00.000Z']
    const random = fc.sample(fc.date({ min: new Date('2020-01-01'), max: new Date('2120-01-01'), noInvalidDate: true }), 40).map(date => date.toISOString())
    for (const moment of [...moments, ...random]) {
      bench.nowMs = Date.parse(moment)
      const windows = ['hour', 'day', 'month', 'total'] as const
      const state = await store.load(keys, limitsOf(...windows.map(window => budget({ window }))))
      assert.deepEqual(state.budgets.map(({ resetsAt }) => resetsAt), windows.map(window => windowAt(window, bench.nowMs).endsAt), moment)
    }
  })

  test('each step is told once per window, the last one also when a call is refused', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const told = async (steps: readonly number[]): Promise<void> => { await becomes(() => { assert.deepEqual(bench.warnings.map(({ step }) => step), steps) }) }
    const spend = async (usd: number): Promise<void> => { (await store.reserve(day, hold(usd))).settle({ usd, tokens: 0 }) }
    await spend(0.45)
    await comesTo(store, day, [0.45, 0])
    await told([])
    await spend(0.1)
    await told([50])
    await spend(0.1)
    await spend(0.2)
    await told([50, 80])
    await refusal(() => store.reserve(day, hold(0.5)))
    await told([50, 80, 100])
    await refusal(() => store.reserve(day, hold(0.5)))
    await spend(0.15)
    await comesTo(store, day, [1, 0])
    await told([50, 80, 100])
    await store.close()
    const again = await bench.open()
    await refusal(() => again.reserve(day, hold(0.5)))
    await told([50, 80, 100])
    bench.nowMs += 24 * hour
    ;(await again.reserve(day, hold(0.85))).settle({ usd: 0.85, tokens: 0 })
    await told([50, 80, 100, 50, 80])
    assert.deepEqual(bench.warnings[0], { budget: day.budgets[0] as Budget, step: 50, resetsAt: Date.UTC(2030, 5, 16) })
  })

  test('whoever watches hears how a budget stands after each call', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    ;(await store.reserve(day, hold(0.4, 9))).settle({ usd: 0.25, tokens: 7 })
    const last = await eventually(() => bench.used.at(-1)?.spent.usd === 0.25 ? bench.used.at(-1) : undefined)
    assert.deepEqual([last.spent, last.reserved], [{ usd: 0.25, tokens: 7 }, { usd: 0, tokens: 0 }])
  })
})

describe('budgets of one process', () => {
  test('what was held dies with the process', t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.reserve(day, hold(0.6)).settle({ usd: 0.5, tokens: 0 })
    store.reserve(day, hold(0.3))
    store.close()
    const state = bench.open().load(keys, day).budgets[0]
    assert.deepEqual([state?.spent.usd, state?.reserved.usd], [0.5, 0])
  })

  test('spending is written soon, without a call to close', async t => {
    const bench = benchFor(t)
    const store = bench.open()
    store.reserve(day, hold(0.6)).settle({ usd: 0.5, tokens: 0 })
    assert.equal(store.load(keys, day).budgets[0]?.spent.usd, 0.5)
    const { readFileSync } = await import('node:fs')
    await eventually(() => readFileSync(`${bench.file}-wal`).includes('2030-06-15'))
  })

  test('the sum of a session is forgotten when nobody used it for its time', t => {
    const bench = benchFor(t)
    const store = bench.open()
    const limits = limitsOf(budget({ window: 'total', idleMs: hour }))
    store.reserve(limits, hold(0.9)).settle({ usd: 0.9, tokens: 0 })
    bench.nowMs += hour - 1
    assert.equal(store.load(keys, limits).budgets[0]?.spent.usd, 0.9)
    bench.nowMs += hour + 1
    assert.equal(store.load(keys, limits).budgets[0]?.spent.usd, 0)
  })

  test('a file from before there were tokens keeps what was spent', async t => {
    const bench = benchFor(t)
    const { DatabaseSync } = await import('node:sqlite')
    const file = new DatabaseSync(bench.file)
    file.exec("CREATE TABLE budget (scope TEXT NOT NULL, name TEXT NOT NULL, spent_usd REAL NOT NULL, PRIMARY KEY (scope, name)) STRICT; INSERT INTO budget VALUES ('acme/key1', '2030-06-15', 0.7)")
    file.close()
    const state = bench.open().load(keys, limitsOf(budget({ account: 'acme/key1', limitTokens: 5 }))).budgets[0]
    assert.deepEqual(state?.spent, { usd: 0.7, tokens: 0 })
  })

  test('windows are named and end in UTC', () => {
    const cases: readonly (readonly [Budget['window'], string, string, string | null])[] = [
      ['hour', '2030-06-15T12:59:59.999Z', '2030-06-15T12', '2030-06-15T13:00:00.000Z'],
      ['day', '2030-06-15T12:00:00.000Z', '2030-06-15', '2030-06-16T00:00:00.000Z'], ['day', '2030-12-31T23:59:59.999Z', '2030-12-31', '2031-01-01T00:00:00.000Z'],
      ['day', '2028-02-28T00:00:00.000Z', '2028-02-28', '2028-02-29T00:00:00.000Z'], ['month', '2030-12-01T00:00:00.000Z', '2030-12', '2031-01-01T00:00:00.000Z'],
      ['month', '2030-01-31T10:00:00.000Z', '2030-01', '2030-02-01T00:00:00.000Z'], ['total', '2030-01-31T10:00:00.000Z', 'total', null],
    ]
    for (const [window, now, name, end] of cases) {
      assert.deepEqual(windowAt(window, Date.parse(now)), { name, endsAt: end === null ? null : Date.parse(end) }, `${window} ${now}`)
    }
  })
})
