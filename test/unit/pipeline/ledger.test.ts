import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { failureTable, type FailureCode } from '../../../gateway/exchange/failure.ts'
import { decisionRecord, enforcedResult, Ledger } from '../../../gateway/pipeline/ledger.ts'
import { noDuties, type Decision, type Verdict } from '../../../policies/engine/contract.ts'
import { principal } from '../stages/principal.ts'

const ledger = (): Ledger => new Ledger({ exchange: 'x-1', surface: 'openai', method: '/v1/chat/completions', client: '127.0.0.1', startedMs: 1000 })
const verdict: Verdict = { result: 'allow', reasons: [{ rule: 'a.b.c', message: 'yes' }], duties: noDuties, approval: null }
const allow: Decision = { ...verdict, observed: null, revision: 'r1', remembered: true }
const approval = { class: 'dba', approvers: ['dba'], ttl_s: 60, quorum: 1 }

suite('what was enforced', () => {
  const rows: readonly (readonly [Decision['result'], boolean, 'allow' | 'deny' | 'approve'])[] = [
    ['allow', false, 'allow'], ['deny', false, 'deny'], ['approve', false, 'approve'], ['none', false, 'deny'],
    ['allow', true, 'allow'], ['deny', true, 'deny'], ['approve', true, 'approve'], ['none', true, 'allow'],
  ]
  for (const [result, observes, expected] of rows) {
    test(`${result}${observes ? ' while layers observe' : ''} is ${expected}`, () => {
      assert.equal(enforcedResult({ ...allow, result, observed: observes ? verdict : null }), expected)
    })
  }
})

suite('the record of a decision', () => {
  test('has all of it but what is about memory', () => {
    assert.deepEqual(decisionRecord(allow, 'request'), {
      result: 'allow', enforced: 'allow', reasons: allow.reasons, duties: noDuties, revision: 'r1', phase: 'request', observed: null, approvalClass: null,
    })
  })

  test('has what observing layers would have said, and the class that they would have asked for', () => {
    const record = decisionRecord({ ...allow, result: 'none', observed: { ...verdict, result: 'approve', approval } }, 'response')
    assert.deepEqual(record.observed, { result: 'approve', reasons: allow.reasons })
    assert.deepEqual([record.enforced, record.approvalClass, record.phase], ['allow', 'dba', 'response'])
    assert.equal(decisionRecord({ ...allow, result: 'approve', approval }, 'request').approvalClass, 'dba')
  })
})

suite('the ledger', () => {
  test('of an exchange that was refused at the door has an outcome with every field', () => {
    assert.deepEqual(ledger().outcome(401, 'auth.missing', 1250), {
      phase: 'outcome', exchange: 'x-1', trace: '', sampled: false, surface: 'openai', action: null, method: '/v1/chat/completions', target: { name: null, server: null },
      principal: null, session: null, client: '127.0.0.1', decision: null, status: 401, failure: 'auth.missing', route: null, redactions: {}, restored: 0, usage: null,
      costUsd: null, priceVersion: null, responseLabels: null, root: null, bytesIn: 0, bytesOut: 0, durationMs: 250,
    })
  })

  test('gives the outcome what was learnt on the way', () => {
    const learnt = {
      trace: 't-1', sampled: true, action: 'model.call', target: { name: 'fast', server: 'a' }, principal: principal(), session: 's-1', decision: decisionRecord(allow, 'request'),
      restored: 2, usage: { input: 10, output: 2, cacheRead: 1, cacheWrite: 0, reasoning: 0 }, costUsd: 0.5, priceVersion: 'override', bytesIn: 7, bytesOut: 9,
      responseLabels: { labels: ['pii'], sensitivity: 'internal' }, route: { chosen: 'a/b', provider: 'a', local: false, reason: 'cheapest of 1', candidates: ['a/b'], attempts: 1, lost: [] },
    } as const
    const outcome = Object.assign(ledger(), learnt).outcome(200, null, 1001)
    assert.deepEqual({ ...outcome, ...learnt }, outcome)
    assert.deepEqual([outcome.status, outcome.failure, outcome.durationMs], [200, null, 1])
  })

  for (const [status, failure, expected] of [
    [200, null, 200], [0, null, 0], [403, 'policy.denied', 403], [200, 'upstream.protocol', 200], [0, 'policy.denied', 403], [0, 'client.gone', 499],
  ] as const satisfies readonly (readonly [number, FailureCode | null, number])[]) {
    test(`records status ${status} with ${failure ?? 'no failure'} as ${expected}`, () => { assert.equal(ledger().outcome(status, failure, 1000).status, expected) })
  }

  test('knows a status for every failure, even where none was sent', () => {
    for (const code of Object.keys(failureTable) as FailureCode[]) assert.equal(ledger().outcome(0, code, 1000).status, failureTable[code].http)
  })

  test('adds redactions up by kind', () => {
    const one = ledger()
    one.countRedactions({ email: 2, card: 1 })
    one.countRedactions({})
    one.countRedactions({ email: 3 })
    assert.deepEqual(one.outcome(200, null, 1000).redactions, { email: 5, card: 1 })
  })

  test('has an intent only after a decision about somebody', () => {
    const one = ledger()
    const wanted = { action: 'tool.call', principal: principal(), decision: decisionRecord(allow, 'request') } as const
    for (const name of ['action', 'principal', 'decision'] as const) assert.throws(() => Object.assign(ledger(), wanted, { [name]: null }).intent('d'), /after decide/)
    Object.assign(one, wanted, { session: 's', entities: { email: 1 } })
    assert.deepEqual(one.intent('digest'), {
      phase: 'intent', exchange: 'x-1', trace: '', sampled: false, surface: 'openai', method: '/v1/chat/completions', target: { name: null, server: null }, client: '127.0.0.1',
      session: 's', labels: { labels: [], sensitivity: 'public' }, entities: { email: 1 }, inputDigest: 'digest', ...wanted,
    })
  })
})
