// Outcomes for the tests of the metrics, complete and with values that are found again where they must not be.
import type { OutcomeRecord } from '../../../gateway/exchange/record.ts'
import type { Timings } from '../../../gateway/exchange/trace.ts'

/** Parts of an outcome that identify one call, one caller or one resource: none of them may become a label. */
export const identifying = {
  exchange: 'exchange-7f3a', trace: 'trace-91bc', session: 'session-44de', client: '203.0.113.77', subject: 'alice@example.com', agent: 'agent-5150',
  key: 'key-of-alice', group: 'group-of-alice', resource: 'file:///home/alice/diary.txt', prompt: 'prompt-of-alice', revision: 'revision-1234',
} as const

const usage = { input: 1200, output: 34, cacheRead: 1000, cacheWrite: 5, reasoning: 3 }

export const modelCall = (changes: Partial<OutcomeRecord> = {}): OutcomeRecord => ({
  phase: 'outcome', exchange: identifying.exchange, trace: identifying.trace, sampled: true, surface: 'anthropic', action: 'model.call',
  method: '/v1/messages', target: { name: 'sonnet', server: 'claude' },
  principal: {
    subject: { id: identifying.subject, tenant: 'acme', groups: [identifying.group], method: 'key' },
    agent: { id: identifying.agent, framework: null, enforced_egress: false, depth: 0, chain: [] }, key: identifying.key,
  },
  session: identifying.session, client: identifying.client,
  decision: {
    result: 'allow', enforced: 'allow', reasons: [{ rule: 'org.model_access.allowed', message: `allowed for ${identifying.subject}` }], duties: null,
    revision: identifying.revision, phase: 'request', observed: null, approvalClass: null,
  },
  status: 200, failure: null,
  route: { chosen: 'claude/sonnet-5', provider: 'claude', local: false, reason: 'requested', candidates: ['claude/sonnet-5'], attempts: 2, lost: [] },
  redactions: { email: 2, iban: 1 }, restored: 2, usage, costUsd: 0.0125, priceVersion: '2026-11', responseLabels: null, root: null, bytesIn: 900, bytesOut: 400,
  durationMs: 2500, ...changes,
})

export const toolCall = (changes: Partial<OutcomeRecord> = {}): OutcomeRecord => modelCall({
  surface: 'mcp', action: 'tool.call', method: 'tools/call', target: { name: 'db__query', server: 'db' }, route: null, usage: null, costUsd: null,
  priceVersion: null, redactions: {}, durationMs: 40, ...changes,
})

export const refused = (changes: Partial<OutcomeRecord> = {}): OutcomeRecord => modelCall({
  action: null, principal: null, session: null, decision: null, route: null, usage: null, costUsd: null, priceVersion: null, redactions: {},
  target: { name: null, server: null }, status: 401, failure: 'auth.missing', durationMs: 0.4, ...changes,
})

export const timings = (changes: Partial<Timings> = {}): Timings => ({ policyMs: 0.0625, upstreamMs: 30, detectorMs: 0, firstChunkMs: null, ...changes })
