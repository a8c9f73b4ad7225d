// How long one policy decision takes, in process and without the network. It measures the engine that it is given, never a copy of it.
import { performance } from 'node:perf_hooks'
import type { Facts, PolicyEngine } from '../../policies/engine/contract.ts'
import { percentile } from './percentile.ts'

export interface Times { readonly p50Us: number; readonly p99Us: number }

export interface PolicyTimes {
  /** Facts that differ each time: every decision is evaluated. */
  readonly distinct: Times
  /** Equal facts: what the engine remembers. */
  readonly equal: Times
}

const times = (engine: PolicyEngine, factsOf: (turn: number) => Facts, turns: number): Times => {
  const warmUp = Math.ceil(turns / 4)
  const measuredUs = new Float64Array(turns)
  for (let turn = -warmUp; turn < turns; turn += 1) {
    const facts = factsOf(turn)
    const start = performance.now()
    engine.decide(facts)
    if (turn >= 0) measuredUs[turn] = (performance.now() - start) * 1000
  }
  return { p50Us: percentile(measuredUs, 0.5), p99Us: percentile(measuredUs, 0.99) }
}

const toolCall: Facts = {
  subject: { id: 'bench', tenant: 'bench', groups: ['bench'], method: 'key' },
  agent: {
    id: 'bench-agent', framework: null, enforced_egress: false, depth: 0, chain: [],
    session: {
      id: 'bench', age_s: 60, labels: [], sensitivity: 'internal', calls: 3, spend_usd: 0.1, approvals: [],
      repeats: 0, repeats_in_root: 0, spend_per_min_usd: 0, usual_spend_per_min_usd: null,
      root: { id: 'x', calls: 0, model_calls: 0, tool_calls: 0, spend_usd: 0, age_s: 0, depth: 0, amplification: null },
    },
  },
  action: { kind: 'tool.call', name: 'tools/call', phase: 'request' },
  resource: {
    server: 'bench', env: 'development', trust: 'internal', tool: 'bench__echo', original_name: 'echo', annotations: null, pin: 'match', flags: [], requested: null, candidates: null,
  },
  args: { text: 'hello' }, sql: null,
  data: { labels: [], sensitivity: 'internal', entities: {}, unseen: [], origins: [], bytes: 300 },
  provenance: { model_requested: null, model: null, labels: [], sensitivity: 'public' },
  budgets: [],
  budget: { name: null, scope: 'bench', window: null, limit_usd: null, spent_usd: 0, reserved_usd: 0, limit_tokens: null, spent_tokens: 0, reserved_tokens: 0, used_percent: 0, estimate_usd: null },
  context: { time: '2026-11-23T12:00:00Z', environment: 'development', request_id: 'bench' },
}

/** Times a typical tool call's decision. */
export const measurePolicy = (engine: PolicyEngine, turns: number): PolicyTimes => ({
  distinct: times(engine, turn => ({ ...toolCall, subject: { ...toolCall.subject, id: `bench-${turn}` }, args: { text: `hello ${turn}` } }), turns),
  equal: times(engine, () => toolCall, turns),
})
