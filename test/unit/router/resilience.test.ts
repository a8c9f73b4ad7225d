import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Breaker } from '../../../router/breaker.ts'
import { matchesAny, matchesGlob } from '../../../router/glob.ts'
import { LatencyEstimate } from '../../../router/latency.ts'
import { retryAdvice, type FailedAttempt, type RetryAdvice } from '../../../router/retry.ts'

const options = { failures: 3, cooldownMs: 100 }

/** A breaker that opened at 1000 and rests until 1100. */
const opened = (): Breaker => {
  const breaker = new Breaker(options)
  for (let i = 0; i < options.failures; i += 1) breaker.failed(1000)
  return breaker
}

/** Fails one probe at a time. @returns how long the breaker then rests. */
const restAfterProbe = (breaker: Breaker, atMs: number): number => {
  assert.ok(breaker.allows(atMs))
  breaker.started(atMs)
  breaker.failed(atMs)
  let restMs = 0
  while (!breaker.allows(atMs + restMs)) restMs += 10
  return restMs
}

suite('the circuit breaker', () => {
  test('stays closed below the number of failures in a row', () => {
    const breaker = new Breaker(options)
    for (const fails of [true, true, false, true, true]) {
      breaker.started(1000)
      if (fails) breaker.failed(1000)
      else breaker.succeeded()
    }
    assert.equal(breaker.allows(1000), true)
  })

  test('opens at that number and rests for the cooldown', () => {
    const breaker = opened()
    for (const [nowMs, allowed] of [[1000, false], [1099, false], [1100, true]] as const) assert.equal(breaker.allows(nowMs), allowed, String(nowMs))
  })

  test('half open, lets one probe through at a time', () => {
    const breaker = opened()
    breaker.started(1100)
    assert.equal(breaker.allows(1100), false)
    assert.equal(breaker.allows(9999), false)
  })

  test('closes after a probe that succeeds, and forgets everything', () => {
    const breaker = opened()
    breaker.started(1100)
    breaker.succeeded()
    assert.equal(breaker.allows(1100), true)
    breaker.failed(1200)
    breaker.failed(1200)
    assert.equal(breaker.allows(1200), true, 'the count begins anew')
    breaker.failed(1200)
    assert.deepEqual([1299, 1300].map(nowMs => breaker.allows(nowMs)), [false, true], 'the first rest again')
  })

  test('rests twice as long after each probe that fails, up to sixteen times the cooldown', () => {
    const breaker = opened()
    let nowMs = 1100
    for (const expected of [200, 400, 800, 1600, 1600, 1600]) {
      const rest = restAfterProbe(breaker, nowMs)
      assert.equal(rest, expected)
      nowMs += rest
    }
  })

  test('does not rest longer because more of the calls that were under way fail', () => {
    const breaker = opened()
    for (let i = 0; i < 20; i += 1) breaker.failed(1010)
    assert.deepEqual([1099, 1100].map(nowMs => breaker.allows(nowMs)), [false, true])
  })

  test('lets another probe through when one ended without telling anything', () => {
    const breaker = opened()
    breaker.started(1100)
    breaker.abandoned()
    assert.equal(breaker.allows(1100), true)
    assert.equal(restAfterProbe(breaker, 1100), 200, 'and has not forgotten that it was open')
  })

  test('is left as it is by calls that were abandoned while it is closed', () => {
    const breaker = new Breaker(options)
    for (let i = 0; i < 10; i += 1) {
      breaker.started(1000)
      breaker.abandoned()
    }
    assert.equal(breaker.allows(1000), true)
  })

  test('says how long it still rests', () => {
    const breaker = opened()
    assert.deepEqual([1000, 1040, 1100, 2000].map(nowMs => breaker.restMs(nowMs)), [100, 60, 0, 0])
    assert.equal(new Breaker(options).restMs(1000), 0)
  })

  test('asking changes nothing', () => {
    const breaker = opened()
    for (let i = 0; i < 5; i += 1) assert.equal(breaker.allows(1100), true)
  })

  for (const [title, retryAfterMs, before, until] of [
    ['rests for as long as the upstream asked, from the first failure on', 250, 0, 1250],
    ['keeps its own rest where the upstream asks for less', 50, 2, 1100],
    ['rests longer than its own where the upstream asks for more', 700, 2, 1700],
    ['lets no upstream ask for more than the longest rest', 3_600_000, 0, 2600],
  ] as const) {
    test(title, () => {
      const breaker = new Breaker(options)
      for (let i = 0; i < before; i += 1) breaker.failed(1000)
      breaker.failed(1000, retryAfterMs)
      assert.deepEqual([until - 1, until].map(nowMs => breaker.allows(nowMs)), [false, true])
    })
  }

  test('whatever happens, it allows a call again at the latest after the longest rest', () => {
    const event = fc.record({ kind: fc.constantFrom('call', 'fail', 'succeed', 'abandon', 'asked-to-wait'), afterMs: fc.nat(500) })
    fc.assert(fc.property(fc.array(event, { maxLength: 40 }), events => {
      const breaker = new Breaker(options)
      let nowMs = 1000
      let underWay = 0
      for (const { kind, afterMs } of events) {
        nowMs += afterMs
        if (kind === 'call' && breaker.allows(nowMs)) { breaker.started(nowMs); underWay += 1 }
        if (kind === 'call' || underWay === 0) continue
        underWay -= 1
        if (kind === 'fail') breaker.failed(nowMs)
        if (kind === 'asked-to-wait') breaker.failed(nowMs, 1e9)
        if (kind === 'succeed') breaker.succeeded()
        if (kind === 'abandon') breaker.abandoned()
      }
      for (; underWay > 0; underWay -= 1) breaker.failed(nowMs)
      assert.equal(breaker.allows(nowMs + 16 * options.cooldownMs), true)
    }))
  })
})

suite('the latency estimate', () => {
  test('knows nothing at first and takes the first value as it is', () => {
    const estimate = new LatencyEstimate()
    assert.equal(estimate.p50Ms, null)
    estimate.add(120)
    assert.equal(estimate.p50Ms, 120)
  })

  test('is hardly moved by a single outlier', () => {
    const estimate = new LatencyEstimate()
    for (const value of [100, 100, 100, 60_000, 100]) estimate.add(value)
    assert.ok(estimate.p50Ms! >= 95 && estimate.p50Ms! <= 106, String(estimate.p50Ms))
  })

  test('comes near the median, not the mean, of what it sees', () => {
    const estimate = new LatencyEstimate()
    // Median 200; mean above 2000.
    for (let i = 0; i < 1000; i += 1) estimate.add([100, 150, 200, 250, 10_000][(i * 3) % 5]!)
    assert.ok(estimate.p50Ms! > 140 && estimate.p50Ms! < 260, String(estimate.p50Ms))
  })

  test('always stays between the least and the most that it saw', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), values => {
      const estimate = new LatencyEstimate()
      for (const value of values) estimate.add(value)
      assert.ok(estimate.p50Ms! >= Math.min(...values) && estimate.p50Ms! <= Math.max(...values))
    }))
  })

  test('follows an upstream that became slow, and one that became fast again', () => {
    const estimate = new LatencyEstimate()
    for (const value of [100, 1000, 50]) {
      for (let i = 0; i < 100; i += 1) estimate.add(value)
      assert.equal(estimate.p50Ms, value)
    }
  })
})

suite('the estimate of the slowest twentieth', () => {
  test('says nothing before enough was seen', () => {
    const estimate = new LatencyEstimate()
    for (let i = 0; i < 19; i += 1) estimate.add(100)
    assert.equal(estimate.p95Ms, null)
    estimate.add(100)
    assert.equal(estimate.p95Ms, 100)
  })

  test('comes to lie where about one value in twenty is above it', () => {
    const estimate = new LatencyEstimate()
    let seed = 7
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
    const samples = Array.from({ length: 20_000 }, () => 100 + 900 * random() ** 3)
    let above = 0
    samples.forEach((sample, at) => {
      if (at >= 2000 && sample > (estimate.p95Ms ?? 0)) above += 1
      estimate.add(sample)
    })
    assert.ok(above / 18_000 > 0.03 && above / 18_000 < 0.08, String(above / 18_000))
  })
})

suite('advice on retries', () => {
  const failed: FailedAttempt = { attemptNo: 1, retryable: true, retryAfterMs: null, hasNext: false }
  const no: RetryAdvice = { retry: 'no', afterMs: 0 }
  const table: readonly (readonly [string, Partial<FailedAttempt>, number, number, RetryAdvice])[] = [
    ['never after what cannot be retried', { retryable: false, hasNext: true }, 3, 0, no],
    ['never above the number of attempts', { attemptNo: 3, hasNext: true }, 3, 0, no],
    ['never where one attempt is all there is', { hasNext: true }, 1, 0, no],
    ['the next candidate at once', { hasNext: true }, 3, 1, { retry: 'next', afterMs: 0 }],
    ['the next candidate at once, also where this one asks to wait', { hasNext: true, retryAfterMs: 60_000 }, 3, 0, { retry: 'next', afterMs: 0 }],
    ['the last candidate after a short wait', {}, 3, 0, { retry: 'same', afterMs: 50 }],
    ['the last candidate after a short wait with full jitter', {}, 3, 1, { retry: 'same', afterMs: 100 }],
    ['twice the wait at the second attempt', { attemptNo: 2 }, 3, 1, { retry: 'same', afterMs: 200 }],
    ['two seconds at the most', { attemptNo: 9 }, 10, 1, { retry: 'same', afterMs: 2000 }],
    ['as long as Retry-After asks', { retryAfterMs: 1500 }, 3, 0, { retry: 'same', afterMs: 1500 }],
    ['its own wait where Retry-After is shorter', { retryAfterMs: 10 }, 3, 1, { retry: 'same', afterMs: 100 }],
    ['exactly the longest wait that Retry-After may ask for', { retryAfterMs: 2000 }, 3, 0, { retry: 'same', afterMs: 2000 }],
    ['never where Retry-After asks for more than a caller should wait', { retryAfterMs: 2001 }, 3, 0, no],
  ]
  for (const [title, change, attempts, random, expected] of table) {
    test(`is ${title}`, () => { assert.deepEqual(retryAdvice({ ...failed, ...change }, attempts, random), expected) })
  }

  test('never lets an exchange make more attempts than allowed', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.boolean(), fc.option(fc.nat(5000)), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, hasNext, retryAfterMs, random) => {
      let made = 1
      while (retryAdvice({ attemptNo: made, retryable: true, retryAfterMs, hasNext }, attempts, random).retry !== 'no') made += 1
      assert.ok(made <= attempts)
    }))
  })
})

suite('globs', () => {
  for (const [pattern, name, expected] of [
    ['*', '', true], ['*', 'a/b', true], ['', '', true], ['', 'a', false], ['a', 'a', true], ['a', 'A', false], ['a*', 'a', true], ['a*c', 'abc', true], ['a*c', 'abcd', false],
    ['*/gpt-*', 'openai/gpt-5', true], ['openai/*', 'openai2/x', false], ['a**b', 'ab', true], ['*a*b*', 'xxaxxbxx', true], ['*ab', 'aab', true], ['a.c', 'abc', false],
    ['[a]', 'a', false], ['a?', 'ab', false], ['a', '', false],
  ] as const) {
    test(`"${pattern}" ${expected ? 'matches' : 'does not match'} "${name}"`, () => { assert.equal(matchesGlob(pattern, name), expected) })
  }

  test('agree with the regular expression that they stand for', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    fc.assert(fc.property(letters, letters, (pattern, name) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`).test(name)
      assert.equal(matchesGlob(pattern, name), expected)
    }), { numRuns: 1000 })
  })

  test('one match of a list is enough, and an empty list matches nothing', () => {
    assert.equal(matchesAny(['b', 'a*'], 'abc'), true)
    assert.equal(matchesAny([], ''), false)
  })
})
