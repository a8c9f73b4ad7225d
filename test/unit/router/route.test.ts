import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Candidate } from '../../../registry/registry.ts'
import { trustLevels, trustRank } from '../../../registry/trust.ts'
import { rank, type Constraints, type Health, type Needs } from '../../../router/route.ts'
import { candidate, healthy, plainNeeds, rankRequest, type Described } from './candidates.ts'

const ids = (choices: readonly { readonly candidate: Candidate }[]): string[] => choices.map(choice => choice.candidate.id)
const make = (...described: readonly Described[]): Candidate[] => described.map(candidate)

suite('what is chosen', () => {
  test('the cheapest for the expected call comes first, not the one with the cheapest input', () => {
    const candidates = make({ id: 'a/long-answers', price: [1, 40] }, { id: 'a/dear', price: [9, 9] }, { id: 'a/cheap', price: [2, 4] })
    assert.deepEqual(ids(rank(rankRequest(candidates)).ranked), ['a/cheap', 'a/long-answers', 'a/dear'])
  })

  test('a long answer changes which is cheapest', () => {
    const candidates = make({ id: 'a/in', price: [1, 40] }, { id: 'a/out', price: [3, 4] })
    assert.deepEqual(ids(rank(rankRequest(candidates, { needs: { ...plainNeeds, maxOutputTokens: 5 } })).ranked), ['a/in', 'a/out'])
    assert.deepEqual(ids(rank(rankRequest(candidates, { needs: { ...plainNeeds, maxOutputTokens: 400 } })).ranked), ['a/out', 'a/in'])
  })

  const health: Readonly<Record<string, Health>> = { 'a/slow': { healthy: true, p50Ms: 900 }, 'a/fast': { healthy: true, p50Ms: 100 }, 'a/new': healthy }
  test('by latency the fastest comes first and what was never measured last', () => {
    const candidates = make({ id: 'a/new', price: [1, 1] }, { id: 'a/slow', price: [2, 2] }, { id: 'a/fast', price: [3, 3] })
    const ranking = rank(rankRequest(candidates, { prefer: 'latency', health: id => health[id]! }))
    assert.deepEqual(ids(ranking.ranked), ['a/fast', 'a/slow', 'a/new'])
    assert.equal(ranking.ranked[0]?.reason, 'fastest of 3')
  })

  test('equal costs are ordered by latency, equal latencies by cost, and all else by id', () => {
    const candidates = make({ id: 'a/new' }, { id: 'a/slow' }, { id: 'a/fast' }, { id: 'a/also-new' })
    assert.deepEqual(ids(rank(rankRequest(candidates, { health: id => health[id] ?? healthy })).ranked), ['a/fast', 'a/slow', 'a/also-new', 'a/new'])
    const priced = make({ id: 'a/dear', price: [3, 3] }, { id: 'b/cheap' }, { id: 'a/cheap' })
    assert.deepEqual(ids(rank(rankRequest(priced, { prefer: 'latency' })).ranked), ['a/cheap', 'b/cheap', 'a/dear'])
  })

  test('a choice says what it will cost, what it can cost at most, and why it was made', () => {
    const [choice] = rank(rankRequest(make({ id: 'a/b', price: [3, 15], local: true }), {
      needs: { tools: true, vision: true, embeddings: false, inputTokens: 1000, maxOutputTokens: 2000 }, constraints: { local: true, trust: 'internal' },
    })).ranked
    assert.equal(choice?.expectedUsd, (1000 * 3 + 500 * 15) / 1e6)
    assert.equal(choice.upperBoundUsd, (2000 * 3 + 2000 * 15) / 1e6)
    assert.equal(choice.reason, 'cheapest of 1 that meet: tools, vision, local, trust>=internal')
  })

  for (const [title, needs, expected] of [
    ['the model\'s longest answer where the caller sets none', { maxOutputTokens: null }, (2000 * 1 + 4000 * 2) / 1e6],
    ['the model\'s longest answer where the caller asks for more', { maxOutputTokens: 1e6 }, (2000 * 1 + 4000 * 2) / 1e6],
    ['the caller\'s limit where it is lower', { maxOutputTokens: 10 }, (2000 * 1 + 10 * 2) / 1e6],
    ['no answer for embeddings', { embeddings: true, maxOutputTokens: null }, 2000 / 1e6],
  ] as const) {
    test(`the upper bound counts ${title}`, () => {
      const [choice] = rank(rankRequest(make({ id: 'a/b', capabilities: ['tools', 'vision', 'embeddings'] }), { needs: { ...plainNeeds, ...needs } })).ranked
      assert.equal(choice?.upperBoundUsd, expected)
    })
  }

  test('nothing is ranked where there is nothing', () => {
    assert.deepEqual(rank(rankRequest([])), { ranked: [], rejected: [], empty: 'none' })
  })
})

suite('what is rejected', () => {
  const table: readonly (readonly [string, Described, Partial<Needs>, Constraints, string])[] = [
    ['a remote model where local is a duty', { id: 'a/b' }, {}, { local: true }, 'not local'],
    ['a model that is trusted too little', { id: 'a/b', trust: 'internal' }, {}, { trust: 'confidential' }, 'trust internal is below confidential'],
    ['another provider', { id: 'a/b' }, {}, { providers: ['c', 'd*'] }, 'provider not allowed'],
    ['every provider where none is allowed', { id: 'a/b' }, {}, { providers: [] }, 'provider not allowed'],
    ['another model', { id: 'a/b' }, {}, { models: ['a/c', 'b'] }, 'model not allowed'],
    ['every model where none is allowed', { id: 'a/b' }, {}, { models: [] }, 'model not allowed'],
    ['a model without tools', { id: 'a/b', capabilities: ['vision'] }, { tools: true }, {}, 'no tools'],
    ['a model without vision', { id: 'a/b', capabilities: ['tools'] }, { vision: true }, {}, 'no vision'],
    ['a model without embeddings', { id: 'a/b' }, { embeddings: true }, {}, 'no embeddings'],
    ['a context that is too small', { id: 'a/b', context: 999 }, {}, {}, 'context 999 is too small'],
    ['a model without a price', { id: 'a/b', price: null }, {}, {}, 'no price is known; set models[].price'],
    ['a model without a price, even where it is the duty', { id: 'a/b', price: null, local: true }, {}, { local: true, models: ['a/b'] }, 'no price is known; set models[].price'],
    ['what may cost too much', { id: 'a/b' }, {}, { maxUsd: 0.0021 }, 'may cost more than 0.0021 USD'],
    ['what costs anything, where nothing may be spent', { id: 'a/b' }, {}, { maxUsd: 0 }, 'may cost more than 0 USD'],
  ]
  for (const [title, described, needs, constraints, why] of table) {
    test(`${title}, and says why`, () => {
      const fits = candidate({ id: 'z/fits', local: true, trust: 'restricted', capabilities: ['tools', 'vision', 'embeddings'], price: [0, 0] })
      const ranking = rank(rankRequest([candidate(described), fits], { needs: { ...plainNeeds, ...needs }, constraints }))
      const listed = constraints.providers !== undefined || constraints.models !== undefined
      assert.deepEqual(ranking.rejected.find(({ id }) => id === 'a/b'), { id: 'a/b', why })
      assert.deepEqual(ids(ranking.ranked), listed ? [] : ['z/fits'])
      assert.equal(ranking.empty, listed ? 'none' : null)
    })
  }

  for (const [title, described, constraints] of [
    ['trust that is exactly enough', { id: 'a/b', trust: 'confidential' }, { trust: 'confidential' }],
    ['a context that is exactly enough', { id: 'a/b', context: 1000 }, {}],
    ['money that is exactly enough', { id: 'a/b' }, { maxUsd: 0.0022 }],
    ['a glob over providers', { id: 'abc/b' }, { providers: ['a*c'] }],
    ['a glob over models', { id: 'a/gpt-5-mini' }, { models: ['a/gpt-*'] }],
    ['a free model where nothing may be spent', { id: 'a/b', price: [0, 0] }, { maxUsd: 0 }],
  ] as const) {
    test(`not ${title}`, () => { assert.equal(rank(rankRequest([candidate(described)], { constraints })).ranked.length, 1) })
  }

  test('an open breaker takes a candidate out, and is named as the cause only where nothing else is', () => {
    const candidates = make({ id: 'a/down' }, { id: 'a/up', price: [9, 9] }, { id: 'a/blind', capabilities: [] })
    const health = (id: string): Health => ({ healthy: id !== 'a/down', p50Ms: null })
    const needs = { ...plainNeeds, vision: true }
    const ranking = rank(rankRequest(candidates, { health, needs }))
    assert.deepEqual(ids(ranking.ranked), ['a/up'])
    assert.equal(ranking.ranked[0]?.reason, 'cheapest of 1 that meet: vision')
    assert.deepEqual(ranking.rejected, [{ id: 'a/blind', why: 'no vision' }, { id: 'a/down', why: 'circuit breaker open' }])
    assert.equal(rank(rankRequest(make({ id: 'a/down' }, { id: 'a/blind', capabilities: [] }), { health, needs })).empty, 'unhealthy')
    assert.equal(rank(rankRequest(make({ id: 'a/blind', capabilities: [] }), { health, needs })).empty, 'none')
  })
})

const described = fc.record({
  id: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.stringMatching(/^[a-z]{1,4}$/)).map(([provider, model]) => `${provider}/${model}`),
  local: fc.boolean(), trust: fc.constantFrom(...trustLevels), context: fc.integer({ min: 1, max: 20_000 }), out: fc.integer({ min: 1, max: 8000 }),
  capabilities: fc.subarray(['tools', 'vision', 'embeddings']), price: fc.option(fc.tuple(fc.nat(20), fc.nat(60)), { freq: 8 }),
})
const patterns = fc.array(fc.constantFrom('a', 'b', 'a/*', 'b/*', 'c*', '*'), { maxLength: 3 })
const scenario = fc.record({
  candidates: fc.uniqueArray(described, { selector: one => one.id, maxLength: 8 }).map(list => list.map(candidate)),
  needs: fc.record({
    tools: fc.boolean(), vision: fc.boolean(), embeddings: fc.boolean(), inputTokens: fc.nat(25_000), maxOutputTokens: fc.option(fc.nat(9000)),
  }),
  constraints: fc.record({
    local: fc.boolean(), trust: fc.constantFrom(...trustLevels), providers: patterns, models: patterns, maxUsd: fc.double({ min: 0, max: 0.5, noNaN: true }),
  }, { requiredKeys: [] }),
  prefer: fc.constantFrom('cost' as const, 'latency' as const),
  down: fc.subarray(['a', 'b', 'c']), p50: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(1000)),
})
const healthOf = (down: readonly string[], p50: Readonly<Record<string, number>>) => (id: string): Health =>
  ({ healthy: !down.includes(id[0]!), p50Ms: p50[id[0]!] ?? null })
const allowed = (globs: readonly string[] | undefined, name: string): boolean =>
  globs === undefined || globs.some(glob => new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name))

test('whatever is asked, nothing that breaks a need or a constraint is ever ranked', () => {
  fc.assert(fc.property(scenario, ({ candidates, needs, constraints, prefer, down, p50 }) => {
    const { ranked } = rank({ candidates, needs, constraints, prefer, health: healthOf(down, p50) })
    for (const { candidate: chosen, upperBoundUsd } of ranked) {
      assert.ok(constraints.local !== true || chosen.local)
      assert.ok(trustRank(chosen.trust) >= trustRank(constraints.trust ?? 'public'))
      assert.ok(allowed(constraints.providers, chosen.provider.id) && allowed(constraints.models, chosen.id))
      for (const need of ['tools', 'vision', 'embeddings'] as const) assert.ok(!needs[need] || chosen.capabilities.includes(need))
      assert.ok(needs.inputTokens <= chosen.context)
      assert.ok(chosen.price !== null && upperBoundUsd <= (constraints.maxUsd ?? Infinity))
      assert.ok(!down.includes(chosen.provider.id))
    }
  }), { numRuns: 300 })
})

test('each candidate is either ranked or rejected with a reason, and the order given does not matter', () => {
  fc.assert(fc.property(scenario, fc.nat(), ({ candidates, needs, constraints, prefer, down, p50 }, turn) => {
    const request = { needs, constraints, prefer, health: healthOf(down, p50) }
    const ranking = rank({ ...request, candidates })
    assert.deepEqual([...ids(ranking.ranked), ...ranking.rejected.map(({ id }) => id)].sort(), candidates.map(({ id }) => id).sort())
    assert.ok(ranking.rejected.every(({ why }) => why !== ''))
    assert.equal(ranking.empty === null, ranking.ranked.length > 0)
    const at = candidates.length === 0 ? 0 : turn % candidates.length
    const turned = [...candidates.slice(at), ...candidates.slice(0, at)].reverse()
    assert.deepEqual(ids(rank({ ...request, candidates: turned }).ranked), ids(ranking.ranked))
  }), { numRuns: 200 })
})

test('by cost, nothing that was ranked is cheaper than the first', () => {
  fc.assert(fc.property(scenario, ({ candidates, needs, constraints }) => {
    const { ranked } = rank(rankRequest(candidates, { needs, constraints }))
    for (const [index, choice] of ranked.entries()) {
      assert.ok(index === 0 || choice.expectedUsd >= ranked[index - 1]!.expectedUsd)
      assert.ok(choice.expectedUsd <= choice.upperBoundUsd || needs.maxOutputTokens === null || needs.maxOutputTokens > choice.candidate.maxOutputTokens)
    }
  }), { numRuns: 200 })
})
