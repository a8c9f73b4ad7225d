// What an exchange came to, on its server span: the same facts as its audit record, so that a trace can be searched by them.
import type { SpanHandle } from '../exchange/trace.ts'
import type { OutcomeRecord } from '../exchange/record.ts'
import { attributes } from '../telemetry/names.ts'

/** Sets the span's attributes; costs nothing where nobody records it. */
export const describeSpan = (span: SpanHandle, outcome: OutcomeRecord): void => {
  if (!span.sampled) return
  span.set(attributes.exchange, outcome.exchange)
  if (outcome.principal !== null) span.set(attributes.tenant, outcome.principal.subject.tenant)
  if (outcome.session !== null) span.set(attributes.conversationId, outcome.session)
  const { decision, route } = outcome
  if (decision !== null) {
    span.set(attributes.policyResult, decision.enforced)
    span.set(attributes.policyRule, decision.reasons.map(reason => reason.rule))
    span.set(attributes.policyRevision, decision.revision)
  }
  if (route !== null) {
    span.set(attributes.routeChosen, route.chosen)
    span.set(attributes.routeReason, route.reason)
    span.set(attributes.attempts, route.attempts)
  }
  if (outcome.costUsd !== null) span.set(attributes.costUsd, outcome.costUsd)
  const { root } = outcome
  if (root !== null) {
    span.set(attributes.rootRequest, root.request)
    span.set(attributes.rootDepth, root.depth)
    span.set(attributes.rootCalls, root.calls)
    span.set(attributes.rootCostUsd, root.costUsd)
    if (root.amplification !== null) span.set(attributes.rootAmplification, root.amplification)
  }
  if (outcome.unknown !== undefined) span.set(attributes.pseudonymsUnknown, outcome.unknown)
  const kinds = Object.keys(outcome.redactions)
  if (kinds.length > 0) {
    span.set(attributes.redactionKinds, kinds)
    span.set(attributes.redactionCount, kinds.reduce((sum, kind) => sum + (outcome.redactions[kind] ?? 0), 0))
  }
}
