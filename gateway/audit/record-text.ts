// From what the pipeline reports to the text of a record, on the hot path. The text is put together by hand, because what repeats from
// exchange to exchange (who asked, the words of the policy) is rendered once: a third of what one JSON.stringify of everything costs.
// Fields are named one by one: what somebody adds to a shared type must not slip into the log by itself. record.ts is the schema.
import type { Principal } from '../exchange/principal.ts'
import type { AuditEntry, DecisionRecord, DeclassifiedRecord, IntentRecord, OutcomeRecord, RoutePlan, RouteRecord, VaultRecord } from '../exchange/record.ts'
import type { Labels } from '../exchange/labels.ts'
import type { RootRecord } from '../exchange/root.ts'
import type { Usage } from '../exchange/answer.ts'
import type { Duties, Reason } from '../../policies/engine/contract.ts'

const quoted = (value: string | null): string => value === null ? 'null' : JSON.stringify(value)

/** Renders each object once. Only for what is never changed after it was made. */
const once = <T extends object>(render: (value: T) => string): (value: T | null) => string => {
  const known = new WeakMap<T, string>()
  return value => {
    if (value === null) return 'null'
    const text = known.get(value)
    if (text !== undefined) return text
    const made = render(value)
    known.set(value, made)
    return made
  }
}

const principalText = once<Principal>(({ subject, agent, key }) => {
  const { id, framework, enforced_egress, depth, chain } = agent
  const who = { subject: { id: subject.id, tenant: subject.tenant, groups: subject.groups, method: subject.method }, agent: { id, framework, enforced_egress, depth, chain }, key }
  return JSON.stringify(who).slice(1, -1)
})

const reasonsText = once<readonly Reason[]>(reasons => JSON.stringify(reasons.map(({ rule, message }) => ({ rule, message }))))

const dutiesText = once<Duties>(({ redact, restore, inspect, route, limit, label, notify }) => {
  const { local, trust, providers, models, max_usd, prefer } = route
  return JSON.stringify({
    redact: redact.map(({ kinds, action, unless_local, form, min_confidence, unless_providers, unless_trust }) => ({ kinds, action, unless_local, form, min_confidence, unless_providers, unless_trust })),
    restore: restore.map(({ kinds, sinks, paths }) => ({ kinds, sinks, paths })),
    inspect: inspect.map(({ kinds, action }) => ({ kinds, action })),
    route: { local, trust, providers, models, max_usd, prefer }, limit, label, notify,
  })
})

const observedText = (observed: DecisionRecord['observed']): string =>
  observed === null ? 'null' : `{"result":"${observed.result}","reasons":${reasonsText(observed.reasons)}}`

const decisionText = once<DecisionRecord>(decision =>
  `{"result":"${decision.result}","enforced":"${decision.enforced}","reasons":${reasonsText(decision.reasons)}`
  + `,"revision":${quoted(decision.revision)},"phase":"${decision.phase}","observed":${observedText(decision.observed)}`
  + `,"approval_class":${quoted(decision.approvalClass)},"duties":${dutiesText(decision.duties)}}`)

const labelsText = once<Labels>(({ labels, sensitivity }) => JSON.stringify({ labels, sensitivity }))

const noPrincipal = '"subject":null,"agent":null,"key":null'

const exchangeText = (entry: IntentRecord | OutcomeRecord): string =>
  `{"phase":"${entry.phase}","exchange":${quoted(entry.exchange)},"trace":${quoted(entry.trace)},"sampled":${entry.sampled}`
  + `,"surface":${quoted(entry.surface)},"action":${quoted(entry.action)},"method":${quoted(entry.method)}`
  + `,"target":{"name":${quoted(entry.target.name)},"server":${quoted(entry.target.server)}}`
  + `,${entry.principal === null ? noPrincipal : principalText(entry.principal)}`
  + `,"session":${quoted(entry.session)},"client":${quoted(entry.client)},"decision":${decisionText(entry.decision)}`

/** Numbers and names of candidates only: what the router was told of the prompt is three numbers. */
const planFields = (plan: RoutePlan): object => {
  const { inputs, shadow } = plan
  const { session } = inputs
  return {
    plan: {
      strategy: inputs.strategy, prefer: inputs.prefer, max_switch_share: inputs.maxSwitchShare,
      planned: plan.planned, best: plan.best, locked: plan.locked, difficulty: plan.difficulty,
      score: plan.score === null ? null : { weights: plan.score.weights, level: plan.score.level, slope: plan.score.slope },
      rule: plan.rule,
      options: inputs.options.map(({ id, success, slack, usd, coldUsd, p50Ms, p95Ms, foreign }) => ({
        id, success, slack, quality: plan.qualities[id] ?? null, usd, cold_usd: coldUsd, p50_ms: p50Ms, p95_ms: p95Ms, foreign,
      })),
      passed_over: plan.passedOver.map(({ id, why }) => ({ id, why })),
      session: { last: session.last, lock: session.lock, escalation: session.escalation, stay_usd: session.stayUsd, switch_usd: session.switchUsd },
      shadow: shadow === null ? null : { strategy: shadow.strategy, prefer: shadow.prefer, chosen: shadow.chosen, usd: shadow.usd, actual_usd: shadow.actualUsd },
    },
    baseline: plan.baseline === null ? null : { model: plan.baseline.model, cost_usd: plan.baseline.usd },
    saved_usd: plan.savedUsd,
  }
}

const routeText = ({ chosen, provider, local, reason, candidates, attempts, lost, plan }: RouteRecord): string =>
  JSON.stringify({ chosen, provider, local, reason, candidates, attempts, lost, ...plan === undefined ? {} : planFields(plan) })

/** What most answers do not have is written where it is. */
const rareUsage = ({ cacheWrite1h, audioInput, audioOutput, imageInput, imageOutput, serviceTier }: Usage): string =>
  (cacheWrite1h === undefined ? '' : `,"cache_write_1h":${cacheWrite1h}`)
  + (audioInput === undefined ? '' : `,"audio_input":${audioInput}`) + (audioOutput === undefined ? '' : `,"audio_output":${audioOutput}`)
  + (imageInput === undefined ? '' : `,"image_input":${imageInput}`) + (imageOutput === undefined ? '' : `,"image_output":${imageOutput}`)
  + (serviceTier === undefined ? '' : `,"service_tier":${quoted(serviceTier)}`)

const usageText = (usage: Usage): string =>
  `{"input":${usage.input},"output":${usage.output},"cache_read":${usage.cacheRead},"cache_write":${usage.cacheWrite},"reasoning":${usage.reasoning}${rareUsage(usage)}}`

const rootText = (root: RootRecord): string =>
  `{"request":${quoted(root.request)},"session":${quoted(root.session)},"depth":${root.depth},"calls":${root.calls},"model_calls":${root.modelCalls}`
  + `,"tool_calls":${root.toolCalls},"models":${root.models},"tokens_in":${root.tokensIn},"tokens_out":${root.tokensOut},"cost_usd":${root.costUsd}`
  + `,"first_tokens":${root.firstTokens},"amplification":${root.amplification}}`

const countsText = (counts: Readonly<Record<string, number>>): string => {
  // Nearly always empty, and then the same.
  for (const _ in counts) return JSON.stringify(counts)
  return '{}'
}

const unseenText = (unseen: readonly string[] | undefined): string => unseen === undefined ? '' : `,"unseen":${JSON.stringify(unseen)}`

const outcomeText = (entry: OutcomeRecord): string =>
  `,"route":${entry.route === null ? 'null' : routeText(entry.route)},"redactions":${countsText(entry.redactions)},"restored":${entry.restored}${entry.unknown === undefined ? '' : `,"unknown":${entry.unknown}`}`
  + `,"usage":${entry.usage === null ? 'null' : usageText(entry.usage)},"cost_usd":${entry.costUsd},"price_version":${quoted(entry.priceVersion)}`
  + `,"root":${entry.root === null ? 'null' : rootText(entry.root)}`
  + `,"response_labels":${labelsText(entry.responseLabels)}${unseenText(entry.unseen)},"status":${entry.status},"failure":${quoted(entry.failure)}`
  // Microseconds are enough, and a short number is a short line.
  + `,"duration_ms":${Math.round(entry.durationMs * 1000) / 1000},"bytes_in":${entry.bytesIn},"bytes_out":${entry.bytesOut}`
  + (entry.replayedOf === undefined ? '}' : `,"replayed_of":${quoted(entry.replayedOf)}}`)

const declassifiedText = ({ before, by, client, labels, lasting, lowerTo, phase, reason, session }: DeclassifiedRecord): string =>
  JSON.stringify({ phase, session, labels, lower_to: lowerTo, lasting, before: { labels: before.labels, sensitivity: before.sensitivity }, by, reason, client })

const vaultText = ({ act, by, client, done, phase, reason, session }: VaultRecord): string => JSON.stringify({ phase, act, session, done, by, reason, client })

const intentText = (entry: IntentRecord): string =>
  `${exchangeText(entry)},"labels":${labelsText(entry.labels)},"entities":${countsText(entry.entities)}${unseenText(entry.unseen)},"input_digest":${quoted(entry.inputDigest)}}`

/** JSON text of the part of a record that the chain does not add. */
export const recordText = (entry: AuditEntry): string => {
  switch (entry.phase) {
    case 'outcome': return exchangeText(entry) + outcomeText(entry)
    case 'intent': return intentText(entry)
    case 'declassified': return declassifiedText(entry)
    case 'vault': return vaultText(entry)
  }
}
