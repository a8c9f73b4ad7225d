// Rates: bursts of a minute's worth, then as they come back, in both stores alike.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../gateway/exchange/failure.ts'
import { becomes, budget, hold, keysOf, limitsOf, onBothStores, rate, ratesOf } from './open-store.ts'

const refused = async (run: () => unknown): Promise<Failure> => {
  try {
    await run()
  } catch (thrown) {
    assert.ok(thrown instanceof Failure, String(thrown))
    assert.equal(thrown.code, 'quota.exceeded')
    return thrown
  }
  assert.fail('was not refused')
}

onBothStores('rates', benchOf => {
  test('requests: a minute\'s worth at once, then as they come back, each call once', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const limits = ratesOf(rate({ name: 'slow', scope: 'agent:a', requestsPerMinute: 3 }))
    for (let call = 0; call < 3; call += 1) await store.load(keysOf('s1'), limits, true)
    const failure = await refused(() => store.load(keysOf('s1'), limits, true))
    assert.deepEqual([failure.retryAfterMs, failure.detail], [20_000, { field: 'requests_per_minute', rate: 'slow', scope: 'agent:a' }])
    assert.match(failure.message, /"slow" \(agent:a\) allows 3 requests a minute/)
    await store.load(keysOf('s1'), limits)
    bench.nowMs += 20_000
    await store.load(keysOf('s1'), limits, true)
    await refused(() => store.load(keysOf('s1'), limits, true))
  })

  test('tokens: the estimate is taken before, the truth after, and a debt is waited for', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const limits = ratesOf(rate({ tokensPerMinute: 600 }))
    const one = await store.reserve(limits, hold(0, 0, 400))
    assert.equal((await refused(() => store.reserve(limits, hold(0, 0, 300)))).retryAfterMs, 10_000)
    one.settle({ usd: 0, tokens: 100 })
    await becomes(async () => { (await store.reserve(limits, hold(0, 0, 500))).settle({ usd: 0, tokens: 1100 }) })
    await becomes(async () => { assert.equal((await refused(() => store.reserve(limits, hold(0, 0, 1)))).retryAfterMs, 60_100) })
    bench.nowMs += 60_100
    await store.reserve(limits, hold(0, 0, 1))
  })

  test('what is released was not used, and a call larger than a minute waits for a full one', async t => {
    const bench = benchOf(t)
    const store = await bench.open()
    const limits = ratesOf(rate({ tokensPerMinute: 600 }))
    ;(await store.reserve(limits, hold(0, 0, 600))).release()
    await becomes(async () => { await store.reserve(limits, hold(0, 0, 900)) })
    assert.equal((await refused(() => store.reserve(limits, hold(0, 0, 900)))).retryAfterMs, 90_000)
  })

  test('a rate of certain models counts attempts at them, not exchanges', async t => {
    const store = await benchOf(t).open()
    const limits = ratesOf(rate({ requestsPerMinute: 1, ofModel: true }))
    for (let call = 0; call < 3; call += 1) await store.load(keysOf('s1'), limits, true)
    await store.reserve(limits, hold(0))
    assert.equal((await refused(() => store.reserve(limits, hold(0)))).detail['ofModel'], true)
  })

  test('a call that is too fast holds nothing of a budget', async t => {
    const store = await benchOf(t).open()
    const limits = { ...limitsOf(budget()), rates: [rate({ tokensPerMinute: 10 })] }
    const one = await store.reserve(limits, hold(0.1, 0, 10))
    await refused(() => store.reserve(limits, hold(0.1, 0, 10)))
    assert.equal(Number((await store.load(keysOf('s1'), limits)).budgets[0]?.reserved.usd.toFixed(6)), 0.1)
    one.release()
    await becomes(async () => { assert.equal((await store.load(keysOf('s1'), limits)).budgets[0]?.reserved.usd, 0) })
  })

  test('several rates are all taken from, or none', async t => {
    const store = await benchOf(t).open()
    const both = ratesOf(rate({ requestsPerMinute: 5 }), rate({ account: 'narrow', requestsPerMinute: 1 }))
    await store.load(keysOf('s1'), both, true)
    for (let call = 0; call < 9; call += 1) await refused(() => store.load(keysOf('s1'), both, true))
    for (let call = 0; call < 4; call += 1) await store.load(keysOf('s1'), ratesOf(rate({ requestsPerMinute: 5 })), true)
    await refused(() => store.load(keysOf('s1'), ratesOf(rate({ requestsPerMinute: 5 })), true))
  })

  test('a reservation says what is left with it', async t => {
    const store = await benchOf(t).open()
    const limits = ratesOf(rate({ requestsPerMinute: 5, tokensPerMinute: 1000 }))
    await store.load(keysOf('s1'), limits, true)
    const { rates } = await store.reserve(limits, hold(0, 0, 1200))
    assert.deepEqual(rates.map(({ requestsLeft, tokensLeft }) => [requestsLeft, tokensLeft]), [[4, -200]])
  })
})
