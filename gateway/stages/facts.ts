// Builds the total facts that the policy is asked about (architecture: the policy contract). Facts, never bytes; every field is always present.
import type { BudgetFacts, CandidateFacts, Facts } from '../../policies/engine/contract.ts'
import type { EntityCounts } from '../exchange/finding.ts'
import type { Labels } from '../exchange/labels.ts'
import { tightest, usedPercent, type BudgetState } from '../exchange/limits.ts'
import type { ActionKind } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import type { LoopFacts } from '../exchange/root.ts'
import type { SessionState } from '../exchange/session.ts'

/** What differs from one kind of operation to the next; everything else is the same for all. */
export interface FactsInput {
  readonly principal: Principal
  readonly session: SessionState
  /** Of the call that is asked for; noLoop for entries of lists and for answers. */
  readonly loop: LoopFacts
  readonly action: { readonly kind: ActionKind; readonly name: string; readonly phase: 'request' | 'response' }
  readonly resource: Partial<Facts['resource']>
  readonly args: Facts['args']
  readonly sql: Facts['sql']
  readonly data: { readonly labels: Labels; readonly entities: EntityCounts; readonly unseen: readonly string[]; readonly origins: readonly string[]; readonly bytes: number }
  /** Of a tool call; absent for all else. */
  readonly provenance?: Facts['provenance']
  readonly estimateUsd: number | null
  readonly environment: string
  readonly exchange: string
}

export const noProvenance: Facts['provenance'] = Object.freeze({ model_requested: null, model: null, labels: Object.freeze([]), sensitivity: 'public' })

const noResource: Facts['resource'] = Object.freeze({
  server: null, env: null, trust: null, tool: null, original_name: null, annotations: null, pin: null, flags: null, requested: null, candidates: null,
})

/** Candidates as the policy sees them, made once per generation and requested name. */
export type CandidateView = readonly CandidateFacts[]

const sessionFacts = (session: SessionState, loop: LoopFacts): Facts['agent']['session'] => ({
  id: session.id,
  age_s: Math.floor((Date.now() - session.startedAt) / 1000),
  labels: session.labels.labels,
  sensitivity: session.labels.sensitivity,
  calls: session.calls,
  spend_usd: session.spendUsd,
  approvals: [],
  repeats: loop.repeats,
  repeats_in_root: loop.repeats_in_root,
  spend_per_min_usd: loop.spend_per_min_usd,
  usual_spend_per_min_usd: loop.usual_spend_per_min_usd,
  root: loop.root,
})

const budgetFacts = (state: BudgetState): BudgetFacts => ({
  name: state.budget.name, scope: state.budget.scope, window: state.budget.window,
  limit_usd: state.budget.limitUsd, spent_usd: state.spent.usd, reserved_usd: state.reserved.usd,
  limit_tokens: state.budget.limitTokens, spent_tokens: state.spent.tokens, reserved_tokens: state.reserved.tokens,
  // Whole percent: policies compare it with steps, and equal questions stay equal while money trickles away.
  used_percent: Math.floor(usedPercent(state)),
})

const noBudget = (key: string): BudgetFacts => ({
  name: null, scope: `key:${key}`, window: null, limit_usd: null, spent_usd: 0, reserved_usd: 0, limit_tokens: null, spent_tokens: 0, reserved_tokens: 0, used_percent: 0,
})

/** Builds the facts of one decision. */
export const buildFacts = (input: FactsInput): Facts => {
  const { subject, agent, key } = input.principal
  const budgets = input.session.budgets.map(budgetFacts)
  const nearest = tightest(input.session.budgets)
  return {
    subject,
    agent: {
      id: agent.id, framework: agent.framework, enforced_egress: agent.enforced_egress, depth: agent.depth, chain: agent.chain,
      session: sessionFacts(input.session, input.loop),
    },
    action: input.action,
    resource: { ...noResource, ...input.resource },
    args: input.args,
    sql: input.sql,
    data: {
      labels: input.data.labels.labels, sensitivity: input.data.labels.sensitivity, entities: input.data.entities,
      unseen: input.data.unseen, origins: input.data.origins, bytes: input.data.bytes,
    },
    provenance: input.provenance ?? noProvenance,
    budget: { ...nearest === null ? noBudget(key) : budgetFacts(nearest), estimate_usd: input.estimateUsd },
    budgets,
    // Volatile facts are plain values: making an accessor costs more than reading the clock, and a policy that does not ask never sees them.
    context: { time: new Date().toISOString(), environment: input.environment, request_id: input.exchange },
  }
}
