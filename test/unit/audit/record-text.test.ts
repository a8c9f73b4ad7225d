// The writer of records against their schema, and what must never get into one.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChainWriter, hashLine, hmac, noPrev } from '../../../gateway/audit/chain.ts'
import { auditRecordSchema } from '../../../gateway/audit/record.ts'
import { recordText } from '../../../gateway/audit/record-text.ts'
import type { Usage } from '../../../gateway/exchange/answer.ts'
import type { Labels } from '../../../gateway/exchange/labels.ts'
import type { AuditEntry, DecisionRecord, DeclassifiedRecord, IntentRecord, OutcomeRecord, RouteRecord, VaultRecord } from '../../../gateway/exchange/record.ts'
import { vaultActs } from '../../../gateway/exchange/record.ts'
import type { RootRecord } from '../../../gateway/exchange/root.ts'
import { actionKinds, noDuties, sensitivities } from '../../../policies/engine/contract.ts'
import { decision, intent, outcome } from './entries.ts'

const chained = (entry: AuditEntry): string => new ChainWriter('c', 'i', { seq: -1, hash: noPrev }).next('2026-11-01T00:00:00.000Z', recordText(entry))

const text = fc.string({ unit: 'binary', maxLength: 12 })
const count = fc.nat(1_000_000)
const reasons = fc.array(fc.record({ rule: text, message: text }), { maxLength: 3 })
const labels = fc.record({ labels: fc.array(text, { maxLength: 3 }), sensitivity: fc.constantFrom(...sensitivities) })
const result = fc.constantFrom('allow' as const, 'deny' as const, 'approve' as const, 'none' as const)
const anyDecision: fc.Arbitrary<DecisionRecord> = fc.record({
  result, enforced: fc.constantFrom('allow' as const, 'deny' as const, 'approve' as const), reasons, revision: text, phase: fc.constantFrom('request' as const, 'response' as const),
  duties: fc.constantFrom(null, noDuties, { ...noDuties, route: { local: true, max_usd: 0.5 }, label: ['pii', { label: 'hr', outlasts_s: 60, of: 'subject' as const }] }),
  observed: fc.option(fc.record({ result, reasons })), approvalClass: fc.option(text),
})
const principal = fc.record({
  subject: fc.record({ id: text, tenant: text, groups: fc.array(text, { maxLength: 2 }), method: fc.constantFrom('key' as const, 'none' as const) }),
  agent: fc.record({ id: text, framework: fc.option(text), enforced_egress: fc.boolean(), depth: fc.nat(5), chain: fc.array(text, { maxLength: 2 }) }),
  key: text,
})
const common = {
  exchange: text, trace: text, sampled: fc.boolean(), surface: text, method: text, client: fc.option(text), target: fc.record({ name: fc.option(text), server: fc.option(text) }),
}
const counts = fc.constantFrom({}, { email: 1 }, { iban: 2, jwt: 3 })
const route: fc.Arbitrary<RouteRecord | null> = fc.option(fc.record({ chosen: text, provider: text, local: fc.boolean(), reason: text, candidates: fc.array(text, { maxLength: 2 }), attempts: count, lost: fc.array(text, { maxLength: 2 }) }))
const rare = { cacheWrite1h: count, audioInput: count, audioOutput: count, imageInput: count, imageOutput: count, serviceTier: text }
const usage: fc.Arbitrary<Usage | null> = fc.option(fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count, reasoning: count, ...rare }, { requiredKeys: ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'] }))
const costUsd: fc.Arbitrary<number | null> = fc.option(fc.double({ min: 0, max: 1000, noNaN: true }))
const responseLabels: fc.Arbitrary<Labels | null> = fc.option(labels)
const root: fc.Arbitrary<RootRecord | null> = fc.option(fc.record({
  request: text, session: text, depth: fc.nat(9), calls: count, modelCalls: count, toolCalls: count, models: count, tokensIn: count, tokensOut: count,
  costUsd: fc.double({ min: 0, max: 1000, noNaN: true }), firstTokens: fc.option(count), amplification: fc.option(fc.double({ min: 1, max: 1000, noNaN: true })),
}))
const maybeText: fc.Arbitrary<string | null> = fc.option(text)
const anyIntent: fc.Arbitrary<IntentRecord> = fc.record({
  phase: fc.constant('intent' as const), ...common, action: fc.constantFrom(...actionKinds), principal, session: text, decision: anyDecision, labels, entities: counts, inputDigest: text,
})
const anyOutcome: fc.Arbitrary<OutcomeRecord> = fc.record({
  phase: fc.constant('outcome' as const), ...common, action: fc.option(fc.constantFrom(...actionKinds)), principal: fc.option(principal), session: fc.option(text),
  decision: fc.option(anyDecision), status: count, failure: fc.constantFrom(null, 'policy.denied' as const, 'client.gone' as const),
  route,
  redactions: counts, restored: count, usage,
  costUsd, priceVersion: maybeText, responseLabels, root, bytesIn: count, bytesOut: count,
  durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
})

test('any entry becomes one line that its schema reads back', () => {
  fc.assert(fc.property(fc.oneof(anyIntent, anyOutcome), entry => {
    const line = chained(entry)
    assert.ok(!line.includes('\n'))
    const record = auditRecordSchema.parse(JSON.parse(line))
    assert.ok(record.phase === 'intent' || record.phase === 'outcome')
    const { principal: who, target, surface, exchange, method } = entry
    // As JSON, because the arbitraries make objects without a prototype, too.
    const expected = JSON.stringify({ phase: entry.phase, exchange, surface, method, target, subject: who?.subject ?? null, agent: who?.agent ?? null, key: who?.key ?? null })
    assert.deepEqual(
      { phase: record.phase, exchange: record.exchange, surface: record.surface, method: record.method, target: record.target, subject: record.subject, agent: record.agent, key: record.key },
      JSON.parse(expected),
    )
  }), { numRuns: 500 })
})

const anyRemoval: fc.Arbitrary<DeclassifiedRecord> = fc.record({
  phase: fc.constant('declassified' as const), session: text, labels: fc.array(text, { maxLength: 3 }), lowerTo: fc.option(fc.constantFrom(...sensitivities)), lasting: fc.boolean(),
  before: labels, by: text, reason: text, client: fc.option(text),
})

test('what an operator took off a session is recorded with who and why', () => {
  fc.assert(fc.property(anyRemoval, removal => {
    const record = auditRecordSchema.parse(JSON.parse(chained(removal)))
    assert.ok(record.phase === 'declassified')
    assert.deepEqual(
      JSON.stringify([record.session, record.labels, record.lower_to, record.lasting, record.before, record.by, record.reason, record.client]),
      JSON.stringify([removal.session, removal.labels, removal.lowerTo, removal.lasting, { labels: removal.before.labels, sensitivity: removal.before.sensitivity }, removal.by, removal.reason, removal.client]),
    )
  }))
})

const anyVaultAct: fc.Arbitrary<VaultRecord> = fc.record({
  phase: fc.constant('vault' as const), act: fc.constantFrom(...vaultActs), session: fc.option(text), done: fc.option(fc.nat()), by: text, reason: fc.option(text), client: fc.option(text),
})

test('what an operator did with vaults is recorded with who and why', () => {
  fc.assert(fc.property(anyVaultAct, said => {
    const record = auditRecordSchema.parse(JSON.parse(chained(said)))
    assert.ok(record.phase === 'vault')
    assert.deepEqual([record.act, record.session, record.done, record.by, record.reason, record.client], [said.act, said.session, said.done, said.by, said.reason, said.client])
  }))
})

test('what few answers have is written where it is, and nowhere else', () => {
  const usual = JSON.parse(chained(outcome('x'))) as { usage: object; replayed_of?: string }
  assert.deepEqual([Object.keys(usual.usage), 'replayed_of' in usual], [['input', 'output', 'cache_read', 'cache_write', 'reasoning'], false])
  const rareOne = JSON.parse(chained(outcome('x', {
    replayedOf: 'y', usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4, reasoning: 5, cacheWrite1h: 6, audioInput: 7, audioOutput: 8, imageInput: 9, imageOutput: 10, serviceTier: 'flex' },
  }))) as { usage: object; replayed_of?: string }
  assert.deepEqual(rareOne.usage, {
    input: 1, output: 2, cache_read: 3, cache_write: 4, reasoning: 5, cache_write_1h: 6, audio_input: 7, audio_output: 8, image_input: 9, image_output: 10, service_tier: 'flex',
  })
  assert.equal(rareOne.replayed_of, 'y')
})

test('an outcome is recorded whole', () => {
  const wentTo = { chosen: 'claude/sonnet-5', provider: 'claude', local: false, reason: 'requested', candidates: ['claude/sonnet-5'], attempts: 2, lost: ['seed'] }
  const record = auditRecordSchema.parse(JSON.parse(chained(outcome('x1', {
    route: wentTo, decision: { ...decision, observed: { result: 'deny', reasons: [{ rule: 'a.b.c', message: 'no' }] }, approvalClass: 'dba' }, failure: 'client.gone', status: 499,
    responseLabels: { labels: ['pii'], sensitivity: 'restricted' },
    root: { request: 'x0', session: 's0', depth: 1, calls: 7, modelCalls: 3, toolCalls: 4, models: 2, tokensIn: 900, tokensOut: 100, costUsd: 0.25, firstTokens: 100, amplification: 10 },
  }))))
  const { chain, instance, id, subject, agent, ...rest } = record as Extract<typeof record, { phase: 'outcome' }>
  assert.deepEqual([chain, instance, id, subject?.id, agent?.id], ['c', 'i', 'c-0', 'alice', 'claude'])
  assert.deepEqual(rest, {
    v: 'audit/v1', seq: 0, prev: noPrev, time: '2026-11-01T00:00:00.000Z', phase: 'outcome', exchange: 'x1', trace: 't1', sampled: true, surface: 'mcp',
    action: 'tool.call', method: 'tools/call', target: { name: 'db__query', server: 'db' }, key: 'alice-key', session: 's1', client: '127.0.0.1',
    decision: {
      result: 'allow', enforced: 'allow', reasons: [{ rule: 'org.tool_access.allowed', message: 'ok' }], revision: 'r1', phase: 'request',
      observed: { result: 'deny', reasons: [{ rule: 'a.b.c', message: 'no' }] }, approval_class: 'dba', duties: { ...noDuties },
    },
    route: wentTo, redactions: { email: 1 }, restored: 1, usage: { input: 10, output: 5, cache_read: 3, cache_write: 0, reasoning: 0 }, cost_usd: 0.001,
    price_version: '2026-11',
    root: {
      request: 'x0', session: 's0', depth: 1, calls: 7, model_calls: 3, tool_calls: 4, models: 2, tokens_in: 900, tokens_out: 100, cost_usd: 0.25, first_tokens: 100,
      amplification: 10,
    },
    response_labels: { labels: ['pii'], sensitivity: 'restricted' }, status: 499, failure: 'client.gone', duration_ms: 12.346,
    bytes_in: 100, bytes_out: 200,
  })
})

// Maps from kinds to counts: their names are data.
const counted = new Set(['redactions', 'entities', 'limit'])

/** Adds a field with a secret to an object and to every plain object in it. */
const withSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withSecrets)
  if (value === null || typeof value !== 'object') return value
  return { ...Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, counted.has(name) ? inner : withSecrets(inner)])), args: { password: 'hunter2-secret' } }
}

test('a record of a version that knew no roots is read', () => {
  const old = JSON.parse(chained(outcome('x1'))) as Record<string, unknown>
  delete old['root']
  const record = auditRecordSchema.parse(old)
  assert.equal(record.phase === 'outcome' && record.root, null)
})

test('a field that a shared type gains does not slip into the log, at any depth', () => {
  const full = { ...outcome('x1'), route: { chosen: 'a', provider: 'b', local: true, reason: 'c', candidates: ['a'], attempts: 1 }, responseLabels: { labels: ['pii'], sensitivity: 'internal' } as const }
  const observed = {
    ...decision, observed: { result: 'deny' as const, reasons: [{ rule: 'a.b.c', message: 'no' }] },
    duties: { ...noDuties, redact: [{ kinds: ['email'], action: 'mask' as const, unless_local: true }], restore: [{ kinds: ['email'], sinks: ['client'] }], limit: { calls: 5 } },
  }
  for (const entry of [intent('x1', { decision: observed }), { ...full, decision: observed }] as AuditEntry[]) {
    const poisoned = withSecrets(entry) as AuditEntry
    assert.equal(recordText(poisoned), recordText(entry))
    assert.ok(!recordText(poisoned).includes('hunter2'))
  }
})

test('what is rendered once is rendered anew for another principal or decision of the same shape', () => {
  const one = outcome('x1')
  const two: OutcomeRecord = outcome('x1', { principal: { ...one.principal!, key: 'bob-key' }, decision: { ...decision, revision: 'r2' } })
  assert.match(recordText(one), /"key":"alice-key".*"revision":"r1"/)
  assert.match(recordText(two), /"key":"bob-key".*"revision":"r2"/)
  assert.equal(recordText(one), recordText(one))
})

test('the chain hashes the exact bytes of each line', () => {
  const chain = new ChainWriter('c', 'i', { seq: -1, hash: noPrev })
  const lines = [outcome('x1'), outcome('ü\u2028')].map(entry => chain.next('2026-11-01T00:00:00.000Z', recordText(entry)))
  const [first, second] = lines.map(line => auditRecordSchema.parse(JSON.parse(line)))
  assert.deepEqual([first!.seq, first!.prev, second!.seq, second!.prev], [0, noPrev, 1, hashLine(Buffer.from(lines[0]!))])
  assert.deepEqual(chain.end, { seq: 1, hash: hashLine(lines[1]!) })
})

test('the own HMAC is that of the platform', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), text, (key, message) => {
    assert.equal(hmac(Buffer.from(key), message), createHmac('sha256', key).update(message).digest('hex'))
  }))
})
