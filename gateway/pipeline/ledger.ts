// Everything that is learnt about one exchange while it lives, for the one record written when it ends.
// Stages add to it; nobody reads it to decide anything.
import type { Decision } from '../../policies/engine/contract.ts'
import type { Usage } from '../exchange/answer.ts'
import { failureTable, type FailureCode } from '../exchange/failure.ts'
import { noLabels, type Labels } from '../exchange/labels.ts'
import type { ActionKind } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import type { DecisionRecord, IntentRecord, OutcomeRecord, RouteRecord, Routing, TargetRecord } from '../exchange/record.ts'
import type { EntityCounts } from '../exchange/finding.ts'
import type { RootRecord } from '../exchange/root.ts'
import { writtenName } from '../redaction/written-name.ts'

const nothingUnseen: readonly string[] = Object.freeze([])
const noTarget: TargetRecord = Object.freeze({ name: null, server: null })

/** What was enforced, given that layers which only observe stop nothing. */
export const enforcedResult = (decision: Decision): 'allow' | 'deny' | 'approve' => {
  if (decision.result === 'none') return decision.observed === null ? 'deny' : 'allow'
  return decision.result
}

const writtenTarget = ({ name, server }: TargetRecord): TargetRecord => ({ name: name === null ? null : writtenName(name), server })

const writtenUsage = (usage: Usage | null): Usage | null => usage?.serviceTier === undefined ? usage : { ...usage, serviceTier: writtenName(usage.serviceTier) }

const writtenRoot = (root: RootRecord | null): RootRecord | null => {
  if (root === null) return null
  const request = writtenName(root.request)
  return request === root.request ? root : { ...root, request }
}

type Phase = DecisionRecord['phase']

const recordOf = (decision: Decision, phase: Phase): DecisionRecord => ({
  result: decision.result,
  enforced: enforcedResult(decision),
  reasons: decision.reasons,
  duties: decision.duties,
  revision: decision.revision,
  phase,
  observed: decision.observed === null ? null : { result: decision.observed.result, reasons: decision.observed.reasons },
  approvalClass: decision.approval?.class ?? decision.observed?.approval?.class ?? null,
})

// Decisions are frozen, and equal answers of the policy are one object: nearly every exchange is allowed by one of a few.
const recorded: Readonly<Record<Phase, WeakMap<Decision, DecisionRecord>>> = { request: new WeakMap(), response: new WeakMap() }

/** The part of a decision that is recorded. */
export const decisionRecord = (decision: Decision, phase: Phase): DecisionRecord => {
  const known = recorded[phase].get(decision)
  if (known !== undefined) return known
  const made = recordOf(decision, phase)
  recorded[phase].set(decision, made)
  return made
}

export class Ledger {
  readonly exchange: string
  readonly surface: string
  readonly client: string | null
  readonly startedMs: number
  trace = ''
  sampled = false
  action: ActionKind | null = null
  method: string
  target: TargetRecord = noTarget
  principal: Principal | null = null
  session: string | null = null
  decision: DecisionRecord | null = null
  labels: Labels = noLabels
  entities: EntityCounts = {}
  /** Why some of the request was not looked at. */
  unseen: readonly string[] = nothingUnseen
  /** Why some of the answer was not. */
  unseenAnswer: readonly string[] = nothingUnseen
  route: RouteRecord | null = null
  routing: Routing | null = null
  redactions: Record<string, number> = {}
  restored = 0
  /** What looked like a pseudonym of the session and was none, or was altered where that does not count. */
  unknown = 0
  usage: Usage | null = null
  costUsd: number | null = null
  /** The exchange whose answer was given again, where this one was not executed. */
  replayedOf: string | null = null
  /** Of it: for attempts that were broken off because another was faster. */
  hedgedUsd = 0
  priceVersion: string | null = null
  responseLabels: Labels | null = null
  /** Running totals of the user request that this belongs to, as of the exchange's begin, and at last of its end. */
  root: RootRecord | null = null
  /** The model's answer asks for tools: its user request goes on. */
  wantsTools = false
  /** Ids of the tool calls in it. */
  toolCalls: readonly string[] = []
  bytesIn = 0
  bytesOut = 0
  /** Time spent waiting for upstreams, milliseconds: what is left of the duration is our own overhead. */
  upstreamMs = 0
  /** Time spent waiting for remote detectors, which is no overhead of our own either. */
  detectorMs = 0
  policyMs = 0
  firstChunkMs: number | null = null

  constructor(init: { exchange: string; surface: string; method: string; client: string | null; startedMs: number }) {
    this.exchange = init.exchange
    this.surface = init.surface
    this.method = init.method
    this.client = init.client
    this.startedMs = init.startedMs
  }

  countRedactions(counts: Readonly<Record<string, number>>): void {
    for (const kind in counts) this.redactions[kind] = (this.redactions[kind] ?? 0) + (counts[kind] ?? 0)
  }

  intent(inputDigest: string): IntentRecord {
    const { principal, decision, action, session } = this
    if (principal === null || decision === null || action === null) throw new Error('an intent is recorded after decide')
    return {
      phase: 'intent', exchange: this.exchange, trace: this.trace, sampled: this.sampled, surface: this.surface, action,
      method: writtenName(this.method), target: writtenTarget(this.target), principal, session: session ?? '', client: this.client, decision,
      labels: this.labels, entities: this.entities, ...this.unseen.length === 0 ? {} : { unseen: this.unseen }, inputDigest,
    }
  }

  #routed(): RouteRecord | null {
    const { route, routing } = this
    if (route === null) return null
    const lost = route.lost.length === 0 ? route.lost : route.lost.map(writtenName)
    return routing === null ? { ...route, lost } : { ...route, lost, plan: routing.plan() }
  }

  outcome(status: number, failure: FailureCode | null, nowMs: number): OutcomeRecord {
    return {
      phase: 'outcome', exchange: this.exchange, trace: this.trace, sampled: this.sampled, surface: this.surface,
      action: this.action, method: writtenName(this.method), target: writtenTarget(this.target), principal: this.principal, session: this.session,
      client: this.client, decision: this.decision, status: failure === null ? status : status || failureTable[failure].http, failure,
      route: this.#routed(), redactions: this.redactions, restored: this.restored, usage: writtenUsage(this.usage), costUsd: this.costUsd,
      priceVersion: this.priceVersion, responseLabels: this.responseLabels, root: writtenRoot(this.root), bytesIn: this.bytesIn, bytesOut: this.bytesOut,
      durationMs: nowMs - this.startedMs, ...this.unseenAnswer.length === 0 ? {} : { unseen: this.unseenAnswer },
      ...this.unknown === 0 ? {} : { unknown: this.unknown }, ...this.replayedOf === null ? {} : { replayedOf: this.replayedOf },
    }
  }
}
