// GET /v1/models: the names that this caller's calls would be allowed for, by the same rule as the call.
import type { ModelListOperation } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import type { SessionStore } from '../exchange/session.ts'
import { noLabels } from '../exchange/labels.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { decisionRecord } from '../pipeline/ledger.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import type { ModelListEntry } from '../surfaces/model-surface.ts'
import { ask, refusal } from './decide.ts'
import { buildFacts } from './facts.ts'
import { sessionOf } from './session-of.ts'

/** Seconds since the epoch; dialects ask for a date, and a configured name has none of its own. */
const created = 0

/** @throws Failure policy.unavailable */
export const listModels = async (exchange: Exchange<Runtime>, principal: Principal, dialect: ModelListOperation['dialect'], sessions: SessionStore): Promise<ModelListEntry[]> => {
  const { runtime, ledger, request, id } = exchange
  const keys = sessionOf(principal, request.headers, null)
  ledger.session = keys.session
  ledger.action = 'model.list'
  const session = await sessions.load(keys, runtime.limitsOf(principal, keys, []))
  return runtime.registry.names(dialect).filter(name => {
    const set = runtime.candidatesFor(name, dialect)
    const decision = ask(runtime.policy, buildFacts({
      principal, session, action: { kind: 'model.list', name: 'models', phase: 'request' }, resource: { requested: name, candidates: set.view },
      args: null, sql: null, data: { labels: noLabels, entities: {}, origins: [], bytes: 0 },
      estimateUsd: null, environment: runtime.config.environment, exchange: id,
    }))
    ledger.decision ??= decisionRecord(decision, 'request')
    const refused = refusal(decision)
    return refused === null || refused.code === 'policy.approval_required'
  }).map(name => ({ id: name, created }))
}
