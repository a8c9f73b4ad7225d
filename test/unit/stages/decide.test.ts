import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Failure } from '../../../gateway/exchange/failure.ts'
import { Ledger } from '../../../gateway/pipeline/ledger.ts'
import { decide, refusal, type Asked } from '../../../gateway/stages/decide.ts'
import { createTracing } from '../../../gateway/telemetry/tracing.ts'
import { noDuties, type Decision, type Verdict } from '../../../policies/engine/contract.ts'
import { createEngine } from '../../../policies/engine/create-engine.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { totalFacts } from '../policies/facts.ts'
import { answering, plainAllow, tinyBundle } from '../policies/tiny-policy.ts'

const verdict = (change: Partial<Verdict> = {}): Verdict => ({ result: 'allow', reasons: [], duties: noDuties, approval: null, ...change })
const decision = (change: Partial<Decision> = {}): Decision => ({ ...verdict(), observed: null, revision: 'r', remembered: false, ...change })
const reasons = [{ rule: 'organisation.access.no', message: 'Not for you.' }, { rule: 'tenant.x.y', message: 'Nor there.' }]
const approval = { class: 'production-write', approvers: ['dba'], ttl_s: 900, quorum: 1 }

suite('what a decision stands for', () => {
  const seen = (failure: Failure | null): object | null => failure === null ? null : { code: failure.code, message: failure.message, detail: failure.detail }
  const rows: readonly (readonly [string, Decision, object | null])[] = [
    ['allow lets pass', decision(), null],
    ['allow lets pass, whatever observing layers would say', decision({ observed: verdict({ result: 'deny', reasons }) }), null],
    ['none lets pass where every layer only observes', decision({ result: 'none', observed: verdict({ result: 'deny', reasons }) }), null],
    ['none denies where no layer observes', decision({ result: 'none' }), { code: 'policy.denied', message: 'no rule allows it', detail: { rule: 'main.default_deny' } }],
    ['deny refuses with the first reason', decision({ result: 'deny', reasons }), { code: 'policy.denied', message: 'Not for you.', detail: { rule: 'organisation.access.no' } }],
    ['deny refuses where another layer observes an allow', decision({ result: 'deny', reasons, observed: verdict() }), { code: 'policy.denied', message: 'Not for you.', detail: { rule: 'organisation.access.no' } }],
    ['deny without a reason is the default', decision({ result: 'deny' }), { code: 'policy.denied', message: 'no rule allows it', detail: { rule: 'main.default_deny' } }],
    ['approve names the class and the rule', decision({ result: 'approve', reasons, approval }), {
      code: 'policy.approval_required', message: 'Needs approval of class "production-write": Not for you.', detail: { rule: 'organisation.access.no', approvalClass: 'production-write' },
    }],
    ['approve without a class is refused all the same', decision({ result: 'approve' }), {
      code: 'policy.approval_required', message: 'Needs approval of class "unspecified": no rule allows it', detail: { rule: 'main.default_deny', approvalClass: 'unspecified' },
    }],
    ['approve refuses where another layer observes an allow', decision({ result: 'approve', reasons, approval, observed: verdict() }), {
      code: 'policy.approval_required', message: 'Needs approval of class "production-write": Not for you.', detail: { rule: 'organisation.access.no', approvalClass: 'production-write' },
    }],
  ]
  for (const [title, given, expected] of rows) {
    test(title, () => { assert.deepEqual(seen(refusal(given)), expected) })
  }
})

suite('deciding', () => {
  const settings = settingsSchema.parse({})
  const asked = (answer: string | null): Asked => ({
    runtime: { policy: createEngine(tinyBundle({ answer }), settings) },
    ledger: new Ledger({ exchange: 'x', surface: 'openai', method: 'POST', client: null, startedMs: 0 }),
    span: createTracing({
      serviceName: 'x', serviceVersion: '1', environment: 'test', endpoint: null, headers: {}, compression: 'none', sampleRatio: 1, trustInbound: false, log: text => assert.fail(text),
    }).startServerSpan({ name: 'x' }),
  })

  test('an allow gives a permit for the very operation, and is written down', () => {
    const here = asked(answering(plainAllow))
    const operation = { kind: 'anything' }
    const permit = decide(operation, totalFacts(), here)
    assert.equal(permit.operation, operation)
    assert.equal(permit.minted, true)
    assert.ok(Object.isFrozen(permit))
    assert.deepEqual([here.ledger.decision?.result, here.ledger.decision?.enforced, here.ledger.decision?.phase], ['allow', 'allow', 'request'])
    assert.ok(here.ledger.policyMs > 0)
  })

  test('a refusal gives none, and is written down too', () => {
    for (const [result, code, phase] of [['deny', 'policy.denied', 'request'], ['approve', 'policy.approval_required', 'response']] as const) {
      const here = asked(answering({ ...plainAllow, result }))
      assert.throws(() => decide({}, totalFacts({ action: { phase } }), here), { code })
      assert.deepEqual([here.ledger.decision?.enforced, here.ledger.decision?.phase], [result, phase])
    }
  })

  for (const [title, answer] of [['breaks off', null], ['answers nothing', '[]'], ['answers something else', answering('allow')], ['answers no JSON', '{{{']] as const) {
    test(`a policy that ${title} lets nothing pass`, () => {
      const here = asked(answer)
      assert.throws(() => decide({}, totalFacts(), here), { code: 'policy.unavailable' })
      assert.equal(here.ledger.decision, null)
    })
  }
})
