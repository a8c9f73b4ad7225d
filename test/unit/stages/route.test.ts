import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readJson } from '../../../gateway/surfaces/json/read-json.ts'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { ModelOperation } from '../../../gateway/exchange/operation.ts'
import { mintPermit, type Permit } from '../../../gateway/exchange/permit.ts'
import { rankFor, type RankOptions } from '../../../gateway/stages/route.ts'
import { noDuties, type RouteDuty } from '../../../policies/engine/contract.ts'
import type { Candidate } from '../../../registry/registry.ts'
import { registryOf } from '../registry/setup.ts'
import type { Choice } from '../../../router/route.ts'
import { candidate, healthy } from '../router/candidates.ts'

const route = (permit: Permit<ModelOperation>, candidates: readonly Candidate[], health: RankOptions['health']): readonly Choice[] => rankFor(permit, candidates, { health, prefer: 'cost' }).ranked

const permitFor = (duty: RouteDuty, change: Partial<ModelOperation> = {}): Permit<ModelOperation> => mintPermit({
  kind: 'model.call', name: 'chat.completions', dialect: 'openai', requested: 'fast', stream: false, document: readJson('{}', { maxDepth: 8 }), path: '/', headers: {},
  needs: { tools: false, vision: false, inputTokens: 100, maxOutputTokens: 100 }, ...change,
}, { result: 'allow', reasons: [], duties: { ...noDuties, route: duty }, approval: null, observed: null, revision: 'r', remembered: false })

const cheap = candidate({ id: 'a/cheap', price: [1, 1] })
const local = candidate({ id: 'b/local', price: [2, 2], local: true, trust: 'restricted', capabilities: ['tools', 'embeddings'] })
const unpriced = candidate({ id: 'c/unpriced', price: null, local: true, trust: 'restricted', capabilities: ['tools', 'vision', 'embeddings'] })
const all = [unpriced, local, cheap]

suite('duties of a decision bind the route', () => {
  const rows: readonly (readonly [string, RouteDuty, Partial<ModelOperation>, readonly string[]])[] = [
    ['none: the cheapest first, never the one without a price', {}, {}, ['a/cheap', 'b/local']],
    ['local', { local: true }, {}, ['b/local']],
    ['local: false asks for nothing', { local: false }, {}, ['a/cheap', 'b/local']],
    ['trust', { trust: 'confidential' }, {}, ['b/local']],
    ['providers', { providers: ['b'] }, {}, ['b/local']],
    ['models', { models: ['*/cheap', 'c/*'] }, {}, ['a/cheap']],
    ['money', { max_usd: 0.0004 }, {}, ['a/cheap']],
    ['embeddings are a need of the operation', {}, { kind: 'model.embed', name: 'embeddings' }, ['b/local']],
    ['vision is a need of the operation', {}, { needs: { tools: false, vision: true, inputTokens: 1, maxOutputTokens: 1 } }, ['a/cheap']],
  ]
  for (const [title, duty, change, expected] of rows) {
    test(title, () => { assert.deepEqual(route(permitFor(duty, change), all, () => healthy).map(choice => choice.candidate.id), expected) })
  }

  test('preferring latency puts the fastest first', () => {
    const p50Ms = { 'a/cheap': 800, 'b/local': 200 } as Readonly<Record<string, number>>
    const [first] = route(permitFor({ prefer: 'latency' }), all, id => ({ healthy: true, p50Ms: p50Ms[id] ?? null }))
    assert.equal(first?.candidate.id, 'b/local')
  })
})

suite('where nothing is left', () => {
  const rows: readonly (readonly [string, () => unknown, Partial<Failure>])[] = [
    ['an unknown model is said to be not configured', () => route(permitFor({}), [], () => healthy), {
      code: 'route.none', message: 'The model "fast" is not configured.', detail: { field: 'model' },
    }],
    ['each candidate is named with what is in its way', () => route(permitFor({ local: true }), [cheap, unpriced], () => healthy), {
      code: 'route.none', message: 'No model may answer "fast" (a/cheap: not local; c/unpriced: no price is known; set models[].price).',
      detail: { field: 'model', rejected: 'a/cheap: not local; c/unpriced: no price is known; set models[].price' },
    }],
    ['open breakers are worth another try', () => route(permitFor({}), [cheap], () => ({ healthy: false, p50Ms: null })), {
      code: 'route.unhealthy', message: 'No healthy model can answer "fast" now (a/cheap: circuit breaker open).', retryAfterMs: 5000,
    }],
  ]
  for (const [title, run, expected] of rows) {
    test(title, () => { assert.throws(run, expected) })
  }
})

suite('what only a provider keeps is asked of that provider', () => {
  const speaking = (id: string, apis: readonly string[] | null): Candidate => registryOf({
    providers: [{ id, dialect: 'openai', base_url: 'http://127.0.0.1:1/v1', apis }], models: [{ id: `${id}/m`, price: { usd_per_mtok_in: 1, usd_per_mtok_out: 1 } }],
  }).candidatesFor(`${id}/m`, 'openai-responses')[0]!
  const [chat, one, two] = [speaking('chat', null), speaking('one', ['responses']), speaking('two', ['chat.completions', 'responses'])]
  const ask = (candidates: readonly Candidate[], provider: string | null, field = 'previous_response_id'): string[] =>
    route(permitFor({}, { dialect: 'openai-responses', name: 'responses', held: { field, id: 'x', provider } }), candidates, () => healthy).map(choice => choice.candidate.id)

  test('the one that is known to keep it', () => { assert.deepEqual(ask([chat, one, two], 'two'), ['two/m']) })
  test('the only one that could know it', () => { assert.deepEqual(ask([chat, one], null), ['one/m']) })

  const refused: readonly (readonly [string, readonly Candidate[], string | null, string, RegExp])[] = [
    ['of several nobody knows which', [one, two], null, 'previous_response_id', /more than one provider/], ['nobody speaks the dialect', [chat], null, 'previous_response_id', /no provider/],
    ['the one that keeps it is no candidate', [chat, two], 'one', 'previous_response_id', /kept by the provider "one"/], ['a conversation', [chat], null, 'conversation', /^conversation: 'x'/],
  ]
  for (const [title, candidates, provider, field, says] of refused) {
    test(title, () => {
      assert.throws(() => ask(candidates, provider, field), (thrown: unknown) => thrown instanceof Failure && says.test(thrown.message) && thrown.detail.field === field
        && thrown.code === (field === 'conversation' ? 'request.malformed' : 'request.previous_response'))
    })
  }
})
