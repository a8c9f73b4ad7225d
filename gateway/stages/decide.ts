// Is it allowed, with which duties? The only maker of a Permit: whatever forwards needs one.
import { performance } from 'node:perf_hooks'
import type { Decision, Facts, PolicyEngine, Reason } from '../../policies/engine/contract.ts'
import { Failure } from '../exchange/failure.ts'
import { mintPermit, type Permit } from '../exchange/permit.ts'
import type { SpanHandle } from '../exchange/trace.ts'
import { decisionRecord, type Ledger } from '../pipeline/ledger.ts'
import { attributes } from '../telemetry/names.ts'

/** Asks the policy. Whatever goes wrong inside it stops the exchange. @throws Failure policy.unavailable */
export const ask = (policy: PolicyEngine, facts: Facts): Decision => {
  try {
    return policy.decide(facts)
  } catch (cause) {
    throw new Failure('policy.unavailable', 'The policy could not be evaluated.', { cause })
  }
}

const because = (reasons: readonly Reason[]): string => reasons[0]?.message ?? 'no rule allows it'
const ruleOf = (reasons: readonly Reason[]): string => reasons[0]?.rule ?? 'main.default_deny'

/** The failure that a verdict stands for, or null where it lets the exchange pass. `none` passes only while every layer observes. */
export const refusal = (decision: Decision): Failure | null => {
  const { result, reasons } = decision
  if (result === 'allow' || (result === 'none' && decision.observed !== null)) return null
  if (result === 'approve') {
    const approvalClass = decision.approval?.class ?? 'unspecified'
    return new Failure('policy.approval_required', `Needs approval of class "${approvalClass}": ${because(reasons)}`, {
      detail: { rule: ruleOf(reasons), approvalClass },
    })
  }
  return new Failure('policy.denied', because(reasons), { detail: { rule: ruleOf(reasons) } })
}

/** The part of an exchange that deciding reads and writes. */
export interface Asked { readonly runtime: { readonly policy: PolicyEngine }; readonly ledger: Ledger; readonly span: SpanHandle }

/**
 * Decides one operation.
 * @throws Failure policy.denied | policy.approval_required | policy.unavailable
 */
export const decide = <Op>(operation: Op, facts: Facts, asked: Asked): Permit<Op> => {
  const { ledger, span } = asked
  const before = performance.now()
  const decision = ask(asked.runtime.policy, facts)
  ledger.policyMs += performance.now() - before
  // An attribute, not a span of its own: a third span per exchange costs more than the decision.
  if (span.sampled) span.set(attributes.decideMs, ledger.policyMs)
  ledger.decision = decisionRecord(decision, facts.action.phase)
  const refused = refusal(decision)
  if (refused !== null) throw refused
  return mintPermit(operation, decision)
}
