// Which limits hold for whom: the lists of the configuration as accounts of callers, sessions and models.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsOf } from '../../../gateway/config/limits-of.ts'
import { configSchema } from '../../../gateway/config/schema.ts'
import type { Limits } from '../../../gateway/exchange/limits.ts'
import type { Principal } from '../../../gateway/exchange/principal.ts'
import { hashKey } from '../../../registry/key.ts'

const who = (key = 'ci-1', groups: readonly string[] = ['eng', 'ops'], tenant = 'acme'): Principal => ({
  subject: { id: 'ada', tenant, groups, method: 'key' }, agent: { id: 'bot', framework: null, enforced_egress: false, depth: 0, chain: [] }, key,
})
const keysOf = (session = 'acme/ci-1/s') => ({ session, agent: 'acme/ci-1/~bot', subject: 'acme/ada' })

const of = (config: object, principal = who(), models: readonly string[] = [], session?: string): Limits => limitsOf(configSchema.parse(config))(principal, keysOf(session), models)
const accounts = (limits: Limits): string[] => [...limits.budgets, ...limits.rates].map(({ account }) => account)

const rows: readonly [string, object, readonly string[]][] = [
  ['one for all', {}, [':b/shared']],
  ['each tenant', { each: 'tenant' }, [':b/tenant/acme']],
  ['each group', { each: 'group' }, [':b/group/acme/eng', ':b/group/acme/ops']],
  ['each group that is meant', { each: 'group', of: { groups: ['e*'] } }, [':b/group/acme/eng']],
  ['each subject', { each: 'subject' }, [':b/subject/acme/ada']],
  ['each key', { each: 'key' }, [':b/key/acme/ci-1']],
  ['each agent', { each: 'agent' }, [':b/agent/acme/bot']],
  ['each session', { each: 'session' }, [':b/session/acme/ci-1/s']],
  ['each model', { each: 'model' }, [':b/model/openai/a', ':b/model/home/b']],
  ['each model that is meant', { each: 'model', of: { models: ['openai/*'] } }, [':b/model/openai/a']],
  ['one for certain models', { of: { models: ['home/*', 'openai/*'] } }, [':b/shared']],
  ['one for models that do not answer', { of: { models: ['other/*'] } }, []],
  ['another tenant', { of: { tenants: ['other'] } }, []],
  ['another group', { of: { groups: ['research'] } }, []],
  ['another subject', { of: { subjects: ['bob'] } }, []],
  ['keys by glob', { of: { keys: ['ci-*'] } }, [':b/shared']],
  ['another agent', { of: { agents: ['claude-code'] } }, []],
  ['all that is named has to fit', { of: { groups: ['eng'], keys: ['alice'] } }, []],
]

for (const [what, rule, expected] of rows) {
  test(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(accounts(of({ budgets: [{ name: 'b', limit_usd: 1, ...rule }] }, who(), ['openai/a', 'home/b'])), expected)
    assert.deepEqual(accounts(of({ rates: [{ name: 'b', tokens_per_minute: 1, ...rule }] }, who(), ['openai/a', 'home/b'])), expected)
  })
}

const key = { name: 'ci-1', hash: hashKey('k'), subject: { id: 'ada', tenant: 'acme' } }

test('limits at a key are its own, under the account that they always had', () => {
  const limits = of({ keys: [{ ...key, budget: { limit_usd: 5, limit_tokens: 9, window: 'hour' }, limits: { tokens_per_minute: 7, requests_per_minute: 3 } }] })
  assert.deepEqual(limits.budgets.map(({ name, scope, account, limitUsd, limitTokens, window }) => [name, scope, account, limitUsd, limitTokens, window]), [['key', 'key:ci-1', 'acme/ci-1', 5, 9, 'hour']])
  assert.deepEqual(limits.rates.map(({ requestsPerMinute, tokensPerMinute }) => [requestsPerMinute, tokensPerMinute]), [[null, 7]])
})

test('requests a minute of a key are counted together where replicas share state', () => {
  const limits = of({ keys: [{ ...key, limits: { requests_per_minute: 3 } }], state: { redis: { url: 'redis://127.0.0.1:1' } } })
  assert.deepEqual(limits.rates.map(({ account, requestsPerMinute }) => [account, requestsPerMinute]), [['acme/ci-1', 3]])
})

test('no rule can be told apart from a key by its account alone', () => {
  const budgets = [{ name: 'acme', limit_usd: 1 }, { name: 'b', each: 'key', limit_usd: 1 }]
  const found = accounts(of({ budgets, keys: [{ ...key, name: 'shared', budget: { limit_usd: 1 } }] }, who('shared')))
  assert.equal(new Set(found).size, 3)
})

test('equal callers get one object while nothing depends on session or model, and nothing at all where there is no limit', () => {
  const resolve = limitsOf(configSchema.parse({ budgets: [{ name: 'b', each: 'key', limit_usd: 1 }] }))
  const ada = who()
  assert.equal(resolve(ada, keysOf('a'), ['x/y']), resolve(ada, keysOf('b'), []))
  assert.deepEqual(of({}), { budgets: [], rates: [] })
})

const wrong: readonly [string, object][] = [
  ['a budget without a limit', { budgets: [{ name: 'b' }] }], ['a rate without one', { rates: [{ name: 'b' }] }],
  ['two budgets of one name', { budgets: [{ name: 'b', limit_usd: 1 }, { name: 'b', limit_usd: 2 }] }], ['the name of keys\' own', { budgets: [{ name: 'key', limit_usd: 1 }] }],
  ['a negative limit', { budgets: [{ name: 'b', limit_usd: -1 }] }], ['an unknown window', { budgets: [{ name: 'b', limit_usd: 1, window: 'week' }] }],
  ['a step above 100', { budgets: [{ name: 'b', limit_usd: 1, warn_at: [120] }] }], ['an empty scope', { budgets: [{ name: 'b', limit_usd: 1, of: { groups: [] } }] }],
  ['a key\'s budget of nothing', { keys: [{ ...key, budget: { window: 'day' } }] }], ['two ways to Redis', { state: { redis: { url: 'redis://a', cluster: [{ host: 'a' }] } } }],
  ['no way to Redis', { state: { redis: {} } }], ['a password in the address', { state: { redis: { url: 'redis://:secret@a' } } }], ['another protocol', { state: { redis: { url: 'http://a' } } }],
]

for (const [what, config] of wrong) {
  test(`${what} is refused`, () => { assert.equal(configSchema.safeParse(config).success, false) })
}
