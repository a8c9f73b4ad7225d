// What a conversation's past does to costs and to the quality that is asked for, and the operator's rules.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { AliasRule } from '../../../registry/alias.ts'
import { cachedAfter, expectedCost } from '../../../router/expected-cost.ts'
import { complains, escalate, type FailureSigns } from '../../../router/escalation.ts'
import { LatencyEstimate } from '../../../router/latency.ts'
import { ruleThatHolds, type RuleFacts } from '../../../router/rules.ts'
import { registryOf } from '../registry/setup.ts'

const priced = (dialect: string, price: object): ReturnType<ReturnType<typeof registryOf>['candidatesFor']>[number] =>
  registryOf({ providers: [{ id: 'p', dialect, base_url: 'http://127.0.0.1:1' }], models: [{ id: 'p/m', price }] }).candidatesFor('p/m', dialect)[0]!

suite('expected costs', () => {
  const claude = priced('anthropic', { usd_per_mtok_in: 10, usd_per_mtok_out: 50, cache_read: 1, cache_write: 12.5 })
  const gpt = priced('openai', { usd_per_mtok_in: 10, usd_per_mtok_out: 50, cache_read: 1 })
  const plain = priced('openai', { usd_per_mtok_in: 10, usd_per_mtok_out: 50 })
  const call = { input: 10_000, output: 100 }
  const here = { at: 'p/m', tokens: 8000, ageMs: 1000 }
  const cost = (candidate: typeof gpt, prefix: typeof here | null): [number, number] => {
    const { usd, coldUsd } = expectedCost(candidate, call, prefix, 0)
    return [Math.round(usd * 1e6), Math.round(coldUsd * 1e6)]
  }
  const rows: readonly (readonly [string, [number, number], [number, number]])[] = [
    ['a new conversation pays everything', cost(gpt, null), [105_000, 0]],
    ['the model of the last answer reads its cache', cost(gpt, here), [33_000, 0]],
    ['another one pays in full, and what the cache would have saved is forfeited', cost(gpt, { ...here, at: 'p/other' }), [105_000, 72_000]],
    ['where writing has a price, the prefix is written anew', cost(claude, { ...here, at: 'p/other' }), [125_000, 92_000]],
    ['after its time a cache holds nothing', cost(claude, { ...here, ageMs: 301_000 }), [105_000, 0]],
    ['a model without cache prices forfeits nothing', cost(plain, { ...here, at: 'p/other' }), [105_000, 0]],
    ['more than the prompt cannot be cached', cost(gpt, { ...here, tokens: 1e6 }), [15_000, 0]],
  ]
  for (const [title, is, expected] of rows) test(title, () => { assert.deepEqual(is, expected) })

  const usage = (input: number, cacheRead = 0, cacheWrite = 0): { input: number; cacheRead: number; cacheWrite: number } => ({ input, cacheRead, cacheWrite })
  test('what the cache holds afterwards is what was read and written, or the prompt where the provider caches by itself', () => {
    assert.equal(cachedAfter(claude, usage(9000, 3000, 4000)), 7000)
    assert.equal(cachedAfter(claude, usage(9000)), 0, 'nothing was marked for caching')
    assert.equal(cachedAfter(gpt, usage(9000)), 9000)
    assert.equal(cachedAfter(gpt, usage(1000)), 0, 'too short')
    assert.equal(cachedAfter(plain, usage(9000)), 0)
    assert.equal(cachedAfter(plain, usage(9000, 5000)), 9000)
  })
})

suite('escalation', () => {
  const fine: FailureSigns = { toolErrors: 0, asksAgain: false, userSaysWrong: false, lastAnswer: 'fine' }
  const rows: readonly (readonly [string, Partial<FailureSigns>, number])[] = [
    ['nothing', {}, 0], ['one failed tool call happens', { toolErrors: 1 }, 0], ['two failed tool calls', { toolErrors: 2 }, 0.5], ['many', { toolErrors: 50 }, 1],
    ['the question again', { asksAgain: true }, 0.5], ['a complaint', { userSaysWrong: true }, 0.6], ['a refusal', { lastAnswer: 'refused' }, 0.5],
    ['an empty answer', { lastAnswer: 'empty' }, 0.5], ['a cut answer', { lastAnswer: 'cut' }, 0.25], ['several of them', { asksAgain: true, lastAnswer: 'refused', toolErrors: 4 }, 1],
  ]
  for (const [title, signs, level] of rows) test(`${title}: ${level}`, () => { assert.equal(escalate(0, { ...fine, ...signs }), level) })

  test('falls with each call without such signs, to nothing', () => {
    const levels = [1]
    while ((levels.at(-1) ?? 0) > 0) levels.push(escalate(levels.at(-1) ?? 0, fine))
    assert.ok(levels.length > 3 && levels.length < 12 && levels.every((level, at) => at === 0 || level < (levels[at - 1] ?? 0)))
  })

  test('complaints are known by their beginnings', () => {
    for (const text of ['That is wrong.', 'No, that\'s not right', 'It still fails with the same error', 'Das ist falsch', 'the test doesn\'t work']) assert.equal(complains(text), true, text)
    for (const text of ['Thanks!', 'What is wrong with capitalism?', `${'a'.repeat(400)} that is wrong`]) assert.equal(complains(text), false, text)
  })
})

suite('rules of the operator', () => {
  const facts: RuleFacts = { tools: true, vision: false, inputTokens: 5000, groups: ['research'], agent: 'coder', labels: ['pii'] }
  const rule = (when: AliasRule['when']): AliasRule => ({ when, use: ['a/b'] })
  const rows: readonly (readonly [AliasRule['when'], boolean])[] = [
    [{}, true], [{ tools: true }, true], [{ tools: false }, false], [{ vision: false, tools: true }, true], [{ vision: true, tools: true }, false],
    [{ input_tokens_over: 4999 }, true], [{ input_tokens_over: 5000 }, false], [{ input_tokens_under: 5001 }, true], [{ input_tokens_under: 5000 }, false],
    [{ groups: ['sales', 'research'] }, true], [{ groups: ['sales'] }, false], [{ agents: ['coder'] }, true], [{ agents: ['other'] }, false], [{ labels: ['pii'] }, true], [{ labels: ['secret'] }, false],
  ]
  for (const [when, holds] of rows) test(`${JSON.stringify(when)} ${holds ? 'holds' : 'does not hold'}`, () => { assert.equal(ruleThatHolds([rule(when)], facts), holds ? 0 : null) })
  test('the first that holds counts', () => { assert.equal(ruleThatHolds([rule({ tools: false }), rule({ tools: true }), rule({})], facts), 1) })
})

suite('latency', () => {
  test('median and tail settle where they belong', () => {
    const estimate = new LatencyEstimate()
    assert.deepEqual([estimate.p50Ms, estimate.p95Ms], [null, null])
    // Nine in ten at 100 ms, one in ten at 1000 ms.
    for (let at = 0; at < 4000; at += 1) estimate.add(at % 10 === 3 ? 1000 : 90 + (at * 7) % 20)
    assert.ok(Math.abs((estimate.p50Ms ?? 0) - 100) < 20, `p50 ${estimate.p50Ms}`)
    assert.ok((estimate.p95Ms ?? 0) > 300, `p95 ${estimate.p95Ms}`)
  })
  test('the tail is never shorter than the middle', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0.1, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 60 }), values => {
      const estimate = new LatencyEstimate()
      for (const value of values) estimate.add(value)
      const { p50Ms, p95Ms } = estimate
      if (values.length < 20) assert.equal(p95Ms, null, 'too few say nothing about the tail')
      else assert.ok((p95Ms ?? -1) >= (p50Ms ?? 0))
    }))
  })
})
