import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { planRoute, whyPassedOver, type PlanInputs, type PlanOption, type PlanSession } from '../../../router/plan.ts'
import { rank, type Health } from '../../../router/route.ts'
import { slacksFor } from '../../../router/slack.ts'
import { optionOf } from '../../../gateway/stages/route-options.ts'
import { candidate, plainNeeds, rankRequest } from './candidates.ts'

const option = (id: string, change: Partial<PlanOption> = {}): PlanOption => ({ id, success: 0.8, slack: 0.05, usd: 1, coldUsd: 0, p50Ms: null, p95Ms: null, foreign: false, ...change })
const rested: PlanSession = { last: null, lock: null, escalation: 0, stayUsd: 0, switchUsd: 0 }
const inputs = (options: readonly PlanOption[], change: Partial<PlanInputs> = {}, session: Partial<PlanSession> = {}): PlanInputs =>
  ({ strategy: 'learned', prefer: 'balanced', maxSwitchShare: 0.3, options, session: { ...rested, ...session }, ...change })

suite('the learned strategy', () => {
  const able = option('a/able', { success: 0.9, usd: 5 })
  const near = option('a/near', { success: 0.86, usd: 2 })
  const weak = option('a/weak', { success: 0.5, usd: 1 })

  const rows: readonly (readonly [string, PlanInputs, readonly string[]])[] = [
    ['the cheapest of those that are near the best, then the others by their prospects', inputs([weak, able, near]), ['a/near', 'a/able', 'a/weak']],
    ['without slack only the best', inputs([weak, able, { ...near, slack: 0 }]), ['a/able', 'a/near', 'a/weak']],
    ['with enough slack the cheapest', inputs([{ ...weak, slack: 0.4 }, able, near]), ['a/weak', 'a/near', 'a/able']],
    ['after failures the slack is gone', inputs([weak, able, near], {}, { escalation: 1 }), ['a/able', 'a/near', 'a/weak']],
    ['after half a failure half of it', inputs([weak, able, { ...near, success: 0.88 }], {}, { escalation: 0.5 }), ['a/near', 'a/able', 'a/weak']],
    ['what nobody can tell anything of comes last', inputs([option('a/unknown', { success: null, usd: 0 }), able]), ['a/able', 'a/unknown']],
    ['the fastest where that is preferred', inputs([{ ...able, p50Ms: 100, p95Ms: 200 }, { ...near, p50Ms: 300 }, weak], { prefer: 'latency' }), ['a/able', 'a/near', 'a/weak']],
    ['of two as fast in the middle the one with the shorter tail', inputs([{ ...near, p50Ms: 100, p95Ms: 5000 }, { ...able, p50Ms: 110, p95Ms: 150 }], { prefer: 'latency' }), ['a/able', 'a/near']],
    ['nothing of nothing', inputs([]), []],
  ]
  for (const [title, given, order] of rows) test(title, () => { assert.deepEqual(planRoute(given).order, order) })

  test('as they are listed, where that is asked for', () => {
    assert.deepEqual(planRoute(inputs([weak, able, near], { strategy: 'listed' })).order, ['a/weak', 'a/able', 'a/near'])
  })

  test('says why', () => {
    const given = inputs([weak, able, near])
    const plan = planRoute(given)
    assert.equal(plan.reason, 'cheapest of 2 of 3 whose predicted success is near the best, 90 %')
    assert.equal(whyPassedOver(weak, near, plan, given), 'predicted success 50 % is below 85 %')
    assert.equal(whyPassedOver(able, near, plan, given), 'dearer by 3.000000 USD')
    assert.match(planRoute(inputs([weak, able], {}, { escalation: 0.6 })).reason, /, raised after failures$/)
  })
})

suite('a conversation that is under way', () => {
  const here = option('a/here', { success: 0.5, usd: 4 })
  const better = option('a/better', { success: 0.9, usd: 1, coldUsd: 0.9 })

  for (const lock of ['tool-loop', 'thinking'] as const) {
    test(`stays with its model: ${lock}`, () => {
      const plan = planRoute(inputs([better, here], {}, { last: 'a/here', lock }))
      assert.deepEqual([plan.order, plan.locked], [['a/here', 'a/better'], lock])
    })
  }

  test('is not held by a model that may not or cannot answer', () => {
    const plan = planRoute(inputs([better], {}, { last: 'a/here', lock: 'tool-loop' }))
    assert.deepEqual([plan.order, plan.locked], [['a/better'], null])
  })

  const switching: readonly (readonly [string, Partial<PlanSession>, Partial<PlanInputs>, string])[] = [
    ['a switch within its share is made', { stayUsd: 10 }, {}, 'a/better'],
    ['a switch above its share is not', { stayUsd: 0 }, { maxSwitchShare: 0.1 }, 'a/here'],
    ['switches add up', { stayUsd: 2, switchUsd: 1.5 }, {}, 'a/here'],
    ['after failures nothing holds it', { stayUsd: 0, escalation: 0.6 }, { maxSwitchShare: 0.1 }, 'a/better'],
  ]
  for (const [title, session, change, chosen] of switching) {
    test(title, () => {
      const plan = planRoute(inputs([here, better], change, { last: 'a/here', ...session }))
      assert.equal(plan.order[0], chosen)
      assert.equal(plan.locked, chosen === 'a/here' ? 'switch-cost' : null)
    })
  }

  test('a switch that forfeits nothing is free', () => {
    assert.equal(planRoute(inputs([here, { ...better, coldUsd: 0 }], { maxSwitchShare: 0 }, { last: 'a/here' })).order[0], 'a/better')
  })
})

suite('slack', () => {
  const tiers = [{ quality: 0.8, usd: 10 }, { quality: 0.6, usd: 1 }, { quality: 0.3, usd: 2 }, { quality: 0.79, usd: 9 }]
  const rounded = (prefer: 'cost' | 'balanced' | 'quality'): number[] => slacksFor(prefer, tiers).map(slack => Math.round(slack * 1000) / 1000)
  test('is a share of the distance in quality, and a little in any case', () => {
    assert.deepEqual(rounded('balanced'), [0.02, 0.15, 0.02, 0.02])
    assert.deepEqual(rounded('cost'), [0.02, 0.22, 0.02, 0.02])
    assert.deepEqual(rounded('quality'), [0.02, 0.08, 0.02, 0.02])
  })
  test('is not given to what is worse and dearer than another', () => { assert.equal(rounded('cost')[2], 0.02) })
  test('of equals nobody is pointless', () => { assert.deepEqual(slacksFor('cost', [{ quality: 0.5, usd: 1 }, { quality: 0.5, usd: 1 }, { quality: 0.7, usd: 5 }]).map(slack => slack.toFixed(2)), ['0.22', '0.22', '0.02']) })
})

const anyOption = fc.record({
  id: fc.stringMatching(/^[a-z]{1,4}$/), success: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), slack: fc.double({ min: 0, max: 1, noNaN: true }), usd: fc.double({ min: 0, max: 10, noNaN: true }),
  coldUsd: fc.double({ min: 0, max: 1, noNaN: true }), p50Ms: fc.option(fc.integer({ min: 1, max: 999 })), p95Ms: fc.option(fc.integer({ min: 1, max: 9999 })), foreign: fc.boolean(),
})
const anyInputs: fc.Arbitrary<PlanInputs> = fc.record({
  strategy: fc.constantFrom('cheapest' as const, 'learned' as const, 'listed' as const), prefer: fc.constantFrom('cost' as const, 'balanced' as const, 'quality' as const, 'latency' as const), maxSwitchShare: fc.double({ min: 0, max: 1, noNaN: true }),
  options: fc.uniqueArray(anyOption, { selector: ({ id }) => id, maxLength: 6 }),
  session: fc.record({
    last: fc.option(fc.stringMatching(/^[a-z]{1,2}$/)), lock: fc.constantFrom(null, 'tool-loop' as const, 'thinking' as const), escalation: fc.double({ min: 0, max: 1, noNaN: true }),
    stayUsd: fc.double({ min: 0, max: 9, noNaN: true }), switchUsd: fc.double({ min: 0, max: 9, noNaN: true }),
  }),
})

test('whatever is asked, every option is in the order once, in the same order whichever way they were listed, and after a trip through JSON', () => {
  fc.assert(fc.property(anyInputs, given => {
    const plan = planRoute(given)
    assert.deepEqual([...plan.order].sort(), given.options.map(({ id }) => id).sort())
    if (given.strategy !== 'listed') assert.deepEqual(planRoute({ ...given, options: given.options.toReversed() }).order, plan.order)
    assert.deepEqual(planRoute(JSON.parse(JSON.stringify(given)) as PlanInputs), plan)
  }))
})

test('as cheap as before: the cheapest strategy ranks as rank() does', () => {
  const price = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  fc.assert(fc.property(fc.array(price, { maxLength: 5 }), fc.constantFrom('cost' as const, 'latency' as const), fc.array(fc.option(fc.integer({ min: 1, max: 3 })), { minLength: 5, maxLength: 5 }), (prices, prefer, speeds) => {
    const candidates = prices.map((given, at) => candidate({ id: `a/m${at}`, price: given }))
    const health = (id: string): Health => ({ healthy: true, p50Ms: speeds[Number(id.slice(3))] ?? null })
    const { ranked } = rank(rankRequest(candidates, { prefer, health, dialect: 'openai' }))
    const options = ranked.map(choice => optionOf(choice, { needs: plainNeeds, dialect: 'openai', health, prefix: null, nowMs: 0, scored: null, qualityOf: () => 0.5, slackOf: () => 0 }))
    assert.deepEqual(planRoute(inputs(options, { strategy: 'cheapest', prefer })).order, ranked.map(choice => choice.candidate.id))
  }), { numRuns: 40 })
})
