// A recorded plan comes back whole, and the choice comes out of it again; what somebody changed in it shows.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { explainText } from '../../../gateway/audit/route-explain.ts'
import { inputsOf, replay, type RoutedOutcome } from '../../../gateway/audit/route-log.ts'
import { formatRouteReport } from '../../../gateway/audit/route-report.ts'
import { auditRecordSchema, type RecordedPlan } from '../../../gateway/audit/record.ts'
import { recordText } from '../../../gateway/audit/record-text.ts'
import { textTable } from '../../../gateway/audit/text-table.ts'
import type { RoutePlan } from '../../../gateway/exchange/record.ts'
import { difficultyModel } from '../../../router/difficulty/model.ts'
import { planRoute, type PlanInputs } from '../../../router/plan.ts'
import { outcome } from './entries.ts'

const model = difficultyModel()
const score = model.score('Which metal is liquid at room temperature?')
const success = (quality: number): number => Math.round((model.success(score, { quality, profile: null }) ?? 0) * 1e5) / 1e5

const inputs: PlanInputs = {
  strategy: 'learned', prefer: 'balanced', maxSwitchShare: 0.3,
  options: [
    { id: 'a/strong', success: success(0.85), slack: 0.02, usd: 0.01, coldUsd: 0.002, p50Ms: 812.5, p95Ms: 2000, foreign: false },
    { id: 'a/weak', success: success(0.6), slack: 0.1, usd: 0.001, coldUsd: 0, p50Ms: null, p95Ms: null, foreign: true },
  ],
  session: { last: 'a/weak', lock: null, escalation: 0.36, stayUsd: 0.5, switchUsd: 0.01 },
}
const planOf = (given: PlanInputs): RoutePlan => {
  const made = planRoute(given)
  return {
    inputs: given, planned: made.order[0] ?? '', best: made.best, locked: made.locked, difficulty: 0.4, score: { weights: model.version, level: score.level, slope: score.slope },
    qualities: { 'a/strong': 0.85, 'a/weak': 0.6 }, rule: 1, passedOver: [{ id: 'a/weak', why: 'weak' }, { id: 'a/other', why: 'no tools' }],
    shadow: { strategy: 'cheapest', prefer: 'cost', chosen: 'a/weak', usd: 0.001, actualUsd: 0.01 }, baseline: { model: 'a/strong', usd: 0.02 }, savedUsd: -0.001,
  }
}
const routed = (plan: RoutePlan, chosen = plan.planned): RoutedOutcome => {
  const entry = outcome('x1', { surface: 'openai', route: { chosen, provider: 'a', local: false, reason: 'why', candidates: ['a/strong', 'a/weak'], attempts: 1, lost: [], plan } })
  return auditRecordSchema.parse({ v: 'audit/v1', chain: 'c', instance: 'i', seq: 0, id: 'c-0', prev: '0'.repeat(64), time: '2026-11-01T00:00:00.000Z', ...JSON.parse(recordText(entry)) as object }) as RoutedOutcome
}
const recordedPlan = ({ route }: RoutedOutcome): RecordedPlan => {
  assert.ok(route.plan !== undefined)
  return route.plan
}

suite('a recorded plan', () => {
  const outcomeLine = routed(planOf(inputs))
  const plan = recordedPlan(outcomeLine)

  test('holds everything that the choice depended on', () => { assert.deepEqual(inputsOf(plan), inputs) })

  test('any inputs come back as they were', () => {
    const number = fc.double({ min: 0, max: 10, noNaN: true })
    fc.assert(fc.property(fc.array(fc.record({ usd: number, coldUsd: number, slack: number, success: fc.option(number), p50Ms: fc.option(number) }), { minLength: 1, maxLength: 4 }), number, (options, escalation) => {
      const given: PlanInputs = { ...inputs, options: options.map((option, at) => ({ ...option, id: `a/${at}`, p95Ms: null, foreign: at % 2 === 0 })), session: { ...inputs.session, escalation } }
      const read = recordedPlan(routed(planOf(given)))
      assert.deepEqual(inputsOf(read), JSON.parse(JSON.stringify(given)))
      assert.equal(replay(read, () => model).same, true)
    }), { numRuns: 50 })
  })

  test('gives the same choice and the same predictions again', () => {
    assert.deepEqual(replay(plan, () => model), { planned: 'a/strong', same: true, reason: planRoute(inputs).reason, predictions: 'same' })
  })

  const changes: readonly (readonly [string, RecordedPlan, Partial<ReturnType<typeof replay>>])[] = [
    ['another choice', { ...plan, planned: 'a/weak' }, { same: false }],
    ['another price', { ...plan, options: plan.options.map(option => ({ ...option, slack: 0.9 })) }, { same: false, planned: 'a/weak' }],
    ['another prediction', { ...plan, options: plan.options.map(option => ({ ...option, success: 0.99 })) }, { predictions: 'differ' }],
    ['another score', { ...plan, score: { weights: model.version, level: -3, slope: 1 } }, { predictions: 'differ' }],
    ['other weights', { ...plan, score: { weights: '0123456789ab', level: 1, slope: 1 } }, { predictions: 'other-weights', same: true }],
    ['no prompt looked at', { ...plan, score: null }, { predictions: 'none', same: true }],
  ]
  for (const [title, changed, expected] of changes) {
    test(`shows ${title}`, () => {
      const again = replay(changed, () => model)
      for (const [name, value] of Object.entries(expected)) assert.equal(again[name as keyof typeof again], value, name)
    })
  }

  test('in words', () => {
    const text = explainText(outcomeLine, plan, replay(plan, () => model))
    assert.match(text, /^rule +rules\[1\] of the alias held$/m)
    assert.match(text, /^session +last a\/weak, lock none, escalation 0\.36, switches 0\.01000000 of 0\.50000000 USD \(at most 30 %\)$/m)
    assert.match(text, /^a\/strong +0\.\d{3} +0\.020 +0\.01000000 +0\.00200000 +813 +2000 +answered$/m)
    assert.match(text, /^a\/other( +-){6} +no tools$/m)
    assert.match(text, /^shadow +cheapest \(cost\) would have chosen a\/weak at 0\.00100000 USD$/m)
    assert.match(explainText(routed(planOf(inputs), 'a/weak'), plan, replay(plan, () => model)), /planned, but failed/)
  })
})

test('nothing that a shared type gains slips into the record of a plan', () => {
  const made = planOf(inputs)
  const poisoned: RoutePlan = JSON.parse(JSON.stringify(made), (_key, value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, prompt: 'hunter2' } : value) as RoutePlan
  const text = (plan: RoutePlan): string => recordText(outcome('x', { route: { chosen: 'a/strong', provider: 'a', local: false, reason: 'r', candidates: [], attempts: 1, lost: [], plan } }))
  assert.equal(text(poisoned), text(made))
})

test('a report without rows says so, and names cannot write to the terminal', () => {
  assert.equal(formatRouteReport([]), 'Nothing was routed among several candidates.')
  assert.equal(textTable([['A', 'B'], ['x\u001b[2J', 1]]), 'A      B\nx?[2J  1')
})

test('no name of a caller reaches the terminal as more than text', () => {
  const line = routed(planOf(inputs))
  const odd = 'x\u001b]0;y\u0007\nchosen      a/other\u202e'
  const text = explainText({ ...line, target: { ...line.target, name: odd }, route: { ...line.route, reason: odd } }, { ...recordedPlan(line), planned: odd }, { planned: odd, same: false, reason: odd, predictions: 'same' })
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^chosen {6}a\/other/m)
})
