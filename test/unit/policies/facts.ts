// Total facts for tests of the policy: an unremarkable tool call, changed field by field. It holds no expectation.
import type { CandidateFacts, Facts } from '../../../policies/engine/contract.ts'

/** Every field optional at every depth; lists and null replace what was there. */
export type Deep<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Deep<T[K]> } : T

const base: Facts = {
  subject: { id: 'ada', tenant: 'acme', groups: ['engineering'], method: 'key' },
  agent: {
    id: 'assistant', framework: null, enforced_egress: false, depth: 0, chain: [],
    session: {
      id: 'session-1', age_s: 60, labels: [], sensitivity: 'internal', calls: 3, spend_usd: 0.1, approvals: [],
      repeats: 0, repeats_in_root: 0, spend_per_min_usd: 0, usual_spend_per_min_usd: null,
      root: { id: 'x', calls: 0, model_calls: 0, tool_calls: 0, spend_usd: 0, age_s: 0, depth: 0, amplification: null },
    },
  },
  action: { kind: 'tool.call', name: 'tools/call', phase: 'request' },
  resource: {
    server: 'files', env: 'development', trust: 'internal', tool: 'files__read_file', original_name: 'read_file', annotations: null, pin: 'match', flags: [],
    requested: null, candidates: null,
  },
  args: { path: '/srv/files/a.txt' },
  sql: null,
  data: { labels: [], sensitivity: 'internal', entities: {}, unseen: [], origins: [], bytes: 300 },
  budget: { name: null, scope: 'key:test', window: null, limit_usd: null, spent_usd: 0, reserved_usd: 0, limit_tokens: null, spent_tokens: 0, reserved_tokens: 0, used_percent: 0, estimate_usd: null },
  provenance: { model_requested: null, model: null, labels: [], sensitivity: 'public' },
  budgets: [],
  context: { time: '2026-11-23T12:00:00Z', environment: 'development', request_id: 'request-1' },
}

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Free-form objects: an override replaces them, because their missing members are what a test is about. */
const freeForm = new Set(['args', 'annotations', 'entities'])

const merged = (under: unknown, over: unknown): unknown => {
  if (!isPlain(under) || !isPlain(over)) return over
  const result: Record<string, unknown> = { ...under }
  for (const [name, value] of Object.entries(over)) result[name] = freeForm.has(name) ? value : merged(under[name], value)
  return result
}

/** Facts with every field present. */
export const totalFacts = (overrides: Deep<Facts> = {}): Facts => merged(base, overrides) as Facts

/** One model that could answer. */
export const candidate = (id: string, overrides: Partial<CandidateFacts> = {}): CandidateFacts => ({
  id, provider: id.split('/')[0] ?? id, local: false, trust: 'internal', region: null, usd_in: 1, usd_out: 2, context: 128_000, caps: [], p50_ms: null, ...overrides,
})

/** Facts of a model call that these candidates could answer. */
export const modelFacts = (candidates: readonly CandidateFacts[] | null, overrides: Deep<Facts> = {}): Facts => totalFacts({
  ...overrides,
  action: { kind: 'model.call', name: 'chat.completions', ...overrides.action },
  resource: { server: null, env: null, trust: null, tool: null, original_name: null, pin: null, requested: 'chat', candidates, ...overrides.resource },
  args: null,
})
