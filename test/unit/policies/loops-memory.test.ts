// What an agent has come to changes with every call; its decisions are remembered all the same.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { LoopFacts, Turn } from '../../../gateway/exchange/root.ts'
import { Roots } from '../../../gateway/sessions/roots.ts'
import { loadBundle } from '../../../policies/engine/bundle.ts'
import { createEngine } from '../../../policies/engine/create-engine.ts'
import { shippedBundle } from '../../../policies/engine/load-policy.ts'
import { settingsSchema } from '../../../policies/engine/settings.ts'
import { keysOf } from '../sessions/open-store.ts'
import { candidate, modelFacts } from './facts.ts'

const settings = settingsSchema.parse({ models: [{ groups: ['*'], models: ['*'] }], loops: { max_root_calls: 1000, max_root_usd: 50 } })

/** Facts of an agent that works for the given minutes, six calls a minute, with a user message every forty calls. */
const working = (t: TestContext, minutes: number): LoopFacts[] => {
  let nowMs = 0
  const roots = new Roots({ quietMs: 900_000, max: 100, clockMs: () => nowMs })
  t.after(() => { roots.close() })
  return Array.from({ length: minutes * 6 }, (_, at) => {
    nowMs += 10_000
    const said = { digest: `u${Math.floor(at / 40)}`, at: 0 }
    const turn: Turn = at % 40 === 0 ? { kind: 'user', said, step: null, length: 1, by: null } : { kind: 'loop', said, step: `s${at}`, length: at, by: null }
    const call = roots.enter({ exchange: `x${at}`, keys: keysOf('s'), tenant: 'acme', owner: 'acme/k', depth: 0, named: { root: null, trace: null }, asking: { kind: 'model', turn, answers: true } })
    call.end({ failure: null, model: 'a/b', usage: { input: 1000 + 37 * (at % 40), output: 100, cacheRead: 0, cacheWrite: 0, reasoning: 0 }, costUsd: 0.004 + 0.0001 * (at % 40), wantsTools: true, toolCalls: [] })
    return call.facts
  })
}

test('an ordinary agent\'s decisions are remembered nine times of ten, and the whole day needs few entries', t => {
  const engine = createEngine(loadBundle(shippedBundle), settings)
  const facts = working(t, 120)
  const remembered = facts.filter(session => engine.decide(modelFacts([candidate('openai/gpt-5')], { agent: { session } })).remembered).length
  assert.ok(remembered / facts.length > 0.9, `${remembered} of ${facts.length}`)
  const distinct = new Set(facts.map(({ root, ...loop }) => JSON.stringify([loop, root.calls, root.spend_usd]))).size
  assert.ok(distinct < 60, String(distinct))
})

test('calls that repeat nothing and spend nothing look alike but for the steps of their number', t => {
  const facts = working(t, 120).map(loop => loop.root.calls)
  assert.deepEqual([...new Set(facts)], [0, 1, 2, 5, 10, 20])
})
