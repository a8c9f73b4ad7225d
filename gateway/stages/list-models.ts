// GET /v1/models and one of them: the names that this caller's calls would be allowed for, by the same rule as the call.
import type { ModelListOperation } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import { noLoop } from '../exchange/root.ts'
import type { SessionStore } from '../exchange/session.ts'
import { noLabels } from '../exchange/labels.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { decisionRecord } from '../pipeline/ledger.ts'
import type { CandidateSet, Runtime } from '../pipeline/runtime.ts'
import type { ModelListEntry } from '../surfaces/model-surface.ts'
import { ask, refusal } from './decide.ts'
import { buildFacts } from './facts.ts'
import { sessionOf } from './session-of.ts'

/** Seconds since the epoch; dialects ask for a date, and a configured name has none of its own. */
const created = 0

/** Which names are asked about: all that are configured, or one, which may also be a passed-through one. */
export interface Listing { readonly dialect: ModelListOperation['dialect']; readonly only: string | null }

const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0)

const entryOf = (id: string, { candidates }: CandidateSet): ModelListEntry => ({
  id, created, context: largest(candidates.map(candidate => candidate.context)), maxOutputTokens: largest(candidates.map(candidate => candidate.maxOutputTokens)),
  embeddings: candidates.some(candidate => candidate.capabilities.includes('embeddings')),
})

/** @throws Failure policy.unavailable */
export const listModels = async (exchange: Exchange<Runtime>, principal: Principal, { dialect, only }: Listing, sessions: SessionStore): Promise<ModelListEntry[]> => {
  const { runtime, ledger, request, id } = exchange
  const keys = sessionOf(principal, request.headers, null)
  ledger.session = keys.session
  ledger.action = 'model.list'
  const session = await sessions.load(keys, runtime.limitsOf(principal, keys, []))
  return (only === null ? runtime.registry.names(dialect) : [only]).flatMap(name => {
    const set = runtime.candidatesFor(name, dialect)
    if (set.candidates.length === 0) return []
    const decision = ask(runtime.policy, buildFacts({
      principal, session, loop: noLoop, action: { kind: 'model.list', name: 'models', phase: 'request' }, resource: { requested: name, candidates: set.view },
      args: null, sql: null, data: { labels: noLabels, entities: {}, unseen: [], origins: [], bytes: 0 },
      estimateUsd: null, environment: runtime.config.environment, exchange: id,
    }))
    ledger.decision ??= decisionRecord(decision, 'request')
    const refused = refusal(decision)
    return refused === null || refused.code === 'policy.approval_required' ? [entryOf(name, set)] : []
  })
}
