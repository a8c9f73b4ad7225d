// Equal facts are decided once. What the policy does not read must not make facts differ, and what it reads must.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBoundedMemory } from '../../../policies/engine/bounded-memory.ts'
import { loadBundle } from '../../../policies/engine/bundle.ts'
import type { Facts } from '../../../policies/engine/contract.ts'
import { createEngine, type EngineOptions } from '../../../policies/engine/create-engine.ts'
import { shippedBundle } from '../../../policies/engine/load-policy.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { candidate, modelFacts, totalFacts, type Deep } from './facts.ts'
import { answering, plainAllow, tinyBundle } from './tiny-policy.ts'

const settings = settingsSchema.parse({ access: [{ groups: ['*'], tools: ['files/*'] }], models: [{ groups: ['*'], models: ['openai/*'] }] })
const shipped = loadBundle(shippedBundle)
const engineWith = (options: EngineOptions = {}) => createEngine(shipped, settings, options)

test('equal facts are remembered, and the answer is the same', () => {
  const engine = engineWith()
  const { remembered, ...first } = engine.decide(totalFacts())
  const { remembered: again, ...second } = engine.decide(totalFacts())
  assert.deepEqual([remembered, again], [false, true])
  assert.deepEqual(second, first)
})

const unread: readonly [string, Deep<Facts>][] = [
  ['time', { context: { time: '2027-01-01T00:00:00Z' } }],
  ['request id', { context: { request_id: 'request-2' } }],
  ['age of the session', { agent: { session: { age_s: 61 } } }],
  ['calls of the session', { agent: { session: { calls: 4 } } }],
  ['money spent', { agent: { session: { spend_usd: 0.2 } }, budget: { spent_usd: 1, reserved_usd: 2, estimate_usd: 3 } }],
  ['size', { data: { bytes: 301 } }],
  ['session', { agent: { session: { id: 'session-2' } } }],
  ['user request', { agent: { session: { root: { id: 'r2', model_calls: 5, tool_calls: 2, age_s: 20, depth: 1, amplification: 5 } } } }],
]

for (const [what, change] of unread) {
  test(`another ${what} does not break the memory`, () => {
    const engine = engineWith()
    engine.decide(totalFacts())
    assert.equal(engine.decide(totalFacts(change)).remembered, true)
  })
}

test('facts that the policy does not ask for are not even computed', () => {
  const base = totalFacts()
  const facts: Facts = { ...base, context: { ...base.context, get time(): string { throw new Error('was asked for') } } }
  assert.equal(engineWith().decide(facts).result, 'allow')
})

const read: readonly [string, Deep<Facts>][] = [
  ['subject', { subject: { id: 'bob' } }], ['tenant', { subject: { tenant: 'other' } }], ['group', { subject: { groups: [] } }], ['agent', { agent: { id: 'other' } }],
  ['action', { action: { kind: 'tool.list' } }], ['phase', { action: { phase: 'response' } }], ['server', { resource: { server: 'db' } }],
  ['environment', { resource: { env: 'production' } }], ['argument', { args: { path: '/srv/files/b.txt' } }], ['label', { data: { labels: ['secret'] } }],
  ['label of the session', { agent: { session: { labels: ['secret'] } } }], ['sensitivity', { data: { sensitivity: 'restricted' } }],
  ['repetition', { agent: { session: { repeats: 3 } } }], ['repetition in the request', { agent: { session: { repeats_in_root: 10 } } }],
  ['speed', { agent: { session: { spend_per_min_usd: 0.5 } } }], ['usual speed', { agent: { session: { usual_spend_per_min_usd: 0.1 } } }],
  ['number of calls', { agent: { session: { root: { calls: 10 } } } }], ['cost of the request', { agent: { session: { root: { spend_usd: 1 } } } }],
]

for (const [what, change] of read) {
  test(`another ${what} is decided for itself`, () => {
    const engine = engineWith()
    engine.decide(totalFacts())
    assert.equal(engine.decide(totalFacts(change)).remembered, false)
  })
}

test('other candidates are decided for themselves', () => {
  const engine = engineWith()
  engine.decide(modelFacts([candidate('openai/gpt-5')]))
  assert.equal(engine.decide(modelFacts([candidate('anthropic/opus')])).result, 'deny')
})

test('latencies and prices of candidates do not break the memory, and are not even computed', () => {
  const engine = engineWith()
  engine.decide(modelFacts([candidate('openai/gpt-5', { p50_ms: 512 })]))
  assert.equal(engine.decide(modelFacts([candidate('openai/gpt-5', { p50_ms: 1024, usd_in: 3 })])).remembered, true)
  const asked = Object.defineProperty(candidate('openai/gpt-5'), 'p50_ms', { enumerable: true, get: () => { throw new Error('was asked for') } })
  assert.equal(engine.decide(modelFacts([asked])).remembered, true)
})

test('a denial is remembered as a denial', () => {
  const engine = engineWith()
  const facts = totalFacts({ resource: { server: 'db' } })
  assert.deepEqual([engine.decide(facts), engine.decide(facts)].map(({ result, remembered }) => [result, remembered]), [['deny', false], ['deny', true]])
})

test('decisions cannot be changed by who gets them', () => {
  const engine = engineWith()
  const decision = engine.decide(modelFacts([candidate('openai/gpt-5')]))
  for (const part of [decision, decision.duties, decision.duties.redact, decision.duties.redact[0], decision.duties.route, decision.duties.route.models, decision.reasons]) {
    assert.ok(Object.isFrozen(part))
  }
})

test('what is remembered is bounded, and what was forgotten is decided again', () => {
  const engine = engineWith({ remembered: 4 })
  const facts = (id: number) => totalFacts({ subject: { id: `user-${id}` } })
  for (let id = 0; id < 50; id += 1) assert.equal(engine.decide(facts(id)).remembered, false)
  assert.equal(engine.decide(facts(49)).remembered, true)
  assert.equal(engine.decide(facts(0)).remembered, false)
})

test('long arguments are decided every time, so that they cannot fill the memory', () => {
  const engine = engineWith()
  const facts = totalFacts({ args: { text: 'x'.repeat(10_000) } })
  assert.deepEqual([1, 2].map(() => engine.decide(facts)).map(({ result, remembered }) => [result, remembered]), [['allow', false], ['allow', false]])
})

test('an engine that remembers nothing decides every time', () => {
  const engine = engineWith({ remembered: 0 })
  assert.deepEqual([1, 2, 3].map(() => engine.decide(totalFacts()).remembered), [false, false, false])
})

test('a bundle that does not say what it reads is given everything', () => {
  const engine = createEngine(tinyBundle({ answer: answering(plainAllow), inputs: [''] }), settings)
  engine.decide(totalFacts())
  assert.equal(engine.decide(totalFacts()).remembered, true)
  assert.equal(engine.decide(totalFacts({ context: { time: '2027-01-01T00:00:00Z' } })).remembered, false)
})

test('two engines remember apart', () => {
  const one = engineWith()
  one.decide(totalFacts())
  assert.equal(engineWith().decide(totalFacts()).remembered, false)
})

test('many exchanges may ask at once', async () => {
  const engine = engineWith({ remembered: 16 })
  const ask = async (id: number): Promise<readonly string[]> => {
    await Promise.resolve()
    const server = id % 3 === 0 ? 'db' : 'files'
    return [engine.decide(totalFacts({ subject: { id: `user-${id}` }, resource: { server } })).result, id % 3 === 0 ? 'deny' : 'allow']
  }
  for (const [said, expected] of await Promise.all(Array.from({ length: 200 }, (_, id) => ask(id % 40)))) assert.equal(said, expected)
})

test('an evaluation that breaks off leaves nothing behind', () => {
  const engine = engineWith()
  const huge = totalFacts({ args: { path: 'a'.repeat(30_000_000) } })
  assert.throws(() => engine.decide(huge), { name: 'PolicyError', kind: 'evaluate' })
  assert.equal(engine.decide(totalFacts()).result, 'allow')
  assert.equal(engine.decide(totalFacts({ resource: { server: 'db' } })).result, 'deny')
})

test('arguments that are nested too deep for the stack are an error of the policy', () => {
  let nested: unknown = 1
  for (let depth = 0; depth < 100_000; depth += 1) nested = [nested]
  const engine = engineWith()
  assert.throws(() => engine.decide(totalFacts({ args: { nested } })), { name: 'PolicyError', kind: 'evaluate' })
  assert.equal(engine.decide(totalFacts()).result, 'allow')
})

test('a bounded memory keeps its limit and the younger half', () => {
  const memory = createBoundedMemory<number>(5)
  for (let value = 0; value < 100; value += 1) {
    memory.put(`key-${value}`, value)
    assert.ok(memory.size <= 5)
    assert.equal(memory.get(`key-${value}`), value)
  }
  assert.equal(memory.get('key-0'), undefined)
})

test('a bounded memory of one keeps the last', () => {
  const memory = createBoundedMemory<number>(1)
  memory.put('a', 1)
  memory.put('b', 2)
  assert.deepEqual([memory.get('a'), memory.get('b'), memory.size], [undefined, 2, 1])
})
