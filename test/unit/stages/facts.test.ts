import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { noLabels } from '../../../gateway/exchange/labels.ts'
import { noLoop } from '../../../gateway/exchange/root.ts'
import type { SessionState } from '../../../gateway/exchange/session.ts'
import { buildFacts, type FactsInput } from '../../../gateway/stages/facts.ts'
import { actionKinds, type ActionKind } from '../../../policies/engine/contract.ts'
import { factsSchema } from '../../../policies/engine/facts-schema.ts'
import { benchFor, budget, keysOf, limitsOf } from '../sessions/open-store.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { candidate } from '../policies/facts.ts'
import { principal } from './principal.ts'

/** A session as the real store has it at its first use. */
const newSession = (t: CleansUp): SessionState => {
  const loaded = benchFor(t).open({ clockMs: Date.now }).load(keysOf('s'), limitsOf())
  return loaded
}

/** What a kind of operation has to say for itself. */
const about: Readonly<Record<ActionKind, Pick<FactsInput, 'resource' | 'args' | 'sql'>>> = (() => {
  const nothing = { resource: {}, args: null, sql: null }
  const tool = { server: 'db', env: 'production', trust: 'internal', original_name: 'query', tool: 'db__query', annotations: { readOnlyHint: true }, pin: 'none' } as const
  const model = { resource: { requested: 'fast', candidates: [candidate('a/b')] }, args: null, sql: null }
  return {
    'model.call': model, 'model.embed': { ...model, resource: { requested: 'unknown', candidates: [] } }, 'model.list': model,
    'tool.list': { ...nothing, resource: tool }, 'tool.call': { resource: tool, args: { sql: 'select 1' }, sql: { parsed: true, kinds: ['select'], tables: [], has_where: null, statements: 1 } },
    'resource.list': nothing, 'resource.read': { ...nothing, resource: { server: 'files', original_name: 'file:///a', env: null, trust: null, annotations: null, pin: 'none' } },
    'tool.task': { ...nothing, resource: tool }, 'prompt.list': nothing, 'prompt.get': { ...nothing, args: {} }, completion: nothing, sampling: nothing, elicitation: { ...nothing, resource: tool, args: { mode: 'form', fields: ['city'], url: null, host: null } }, roots: nothing,
  }
})()

const inputFor = (kind: ActionKind, session: SessionState, change: Partial<FactsInput> = {}): FactsInput => ({
  principal: principal(), session, loop: noLoop, action: { kind, name: kind, phase: 'request' }, ...about[kind],
  data: { labels: noLabels, entities: {}, unseen: [], origins: [], bytes: 0 }, estimateUsd: null, environment: 'test', exchange: 'x-1', ...change,
})

const undefinedIn = (value: unknown, path = ''): string[] => value === undefined ? [path]
  : typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([name, member]) => undefinedIn(member, `${path}.${name}`))

suite('facts are total', () => {
  for (const kind of actionKinds) {
    test(`for ${kind}: every field of the contract is there, none is undefined, and there is no other`, t => {
      const facts = buildFacts(inputFor(kind, newSession(t)))
      assert.deepEqual(undefinedIn(facts), [])
      const written: unknown = JSON.parse(JSON.stringify(facts))
      // Parsing drops fields that the contract does not know and refuses where one is missing.
      assert.deepEqual(factsSchema.parse(written), written)
    })
  }
})

suite('facts say what is so', () => {
  test('about subject, agent, data, money and context', t => {
    const session = newSession(t)
    const loop = {
      repeats: 5, repeats_in_root: 20, spend_per_min_usd: 2, usual_spend_per_min_usd: 0.5,
      root: { id: 'r', calls: 50, model_calls: 20, tool_calls: 20, spend_usd: 1, age_s: 100, depth: 2, amplification: 10 },
    }
    const facts = buildFacts(inputFor('tool.call', {
      ...session, startedAt: Date.now() - 90_500, labels: { labels: ['pii'], sensitivity: 'confidential' }, calls: 4, spendUsd: 0.25,
      budgets: [
        { budget: budget({ name: 'wide', limitUsd: 100 }), spent: { usd: 2, tokens: 5 }, reserved: { usd: 1, tokens: 0 }, resetsAt: null },
        { budget: budget({ name: 'key', scope: 'key:k', limitUsd: 10, limitTokens: 20, window: 'month' }), spent: { usd: 2, tokens: 5 }, reserved: { usd: 1, tokens: 3 }, resetsAt: null },
      ],
    }, {
      principal: principal({ key: 'k', tenant: 't', agent: 'a' }), loop, estimateUsd: 0.5,
      data: { labels: { labels: ['secret'], sensitivity: 'restricted' }, entities: { api_key: 2 }, unseen: ['image'], origins: ['tool:db'], bytes: 77 },
    }))
    assert.deepEqual(facts.subject, { id: 'ada', tenant: 't', groups: ['dev'], method: 'key' })
    const { age_s: ageS, ...rest } = facts.agent.session
    assert.deepEqual(rest, { id: session.id, labels: ['pii'], sensitivity: 'confidential', calls: 4, spend_usd: 0.25, approvals: [], ...loop })
    assert.ok(ageS >= 90)
    assert.deepEqual(facts.data, { labels: ['secret'], sensitivity: 'restricted', entities: { api_key: 2 }, unseen: ['image'], origins: ['tool:db'], bytes: 77 })
    const tight = { name: 'key', scope: 'key:k', window: 'month', limit_usd: 10, spent_usd: 2, reserved_usd: 1, limit_tokens: 20, spent_tokens: 5, reserved_tokens: 3, used_percent: 25 }
    assert.deepEqual(facts.budget, { ...tight, estimate_usd: 0.5 })
    assert.deepEqual(facts.budgets.map(one => [one.name, one.used_percent]), [['wide', 2], ['key', 25]])
    assert.equal(new Date(facts.context.time).toISOString(), facts.context.time)
    assert.deepEqual([facts.context.environment, facts.context.request_id], ['test', 'x-1'])
  })

  test('a new session is nobody\'s past: no labels, no calls, no money', t => {
    const { agent, budget } = buildFacts(inputFor('model.call', newSession(t)))
    assert.deepEqual([agent.session.labels, agent.session.sensitivity, agent.session.calls, agent.session.spend_usd], [[], 'public', 0, 0])
    assert.deepEqual([budget.scope, budget.limit_usd, budget.spent_usd, budget.reserved_usd, budget.used_percent], ['key:laptop', null, 0, 0, 0])
  })

  test('what one operation has is no fact of the next', t => {
    const session = newSession(t)
    buildFacts(inputFor('tool.call', session))
    const { resource, args, sql } = buildFacts(inputFor('resource.list', session))
    assert.ok([...Object.values(resource), args, sql].every(value => value === null))
  })
})
