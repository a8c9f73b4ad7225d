// What audit and telemetry are told about an exchange. Values of sensitive data never appear here.
import type { FailureCode } from './failure.ts'
import type { Principal } from './principal.ts'
import type { ActionKind } from './operation.ts'
import type { Duties, Reason, Result } from '../../policies/engine/contract.ts'
import type { Labels } from './labels.ts'
import type { Usage } from './answer.ts'
import type { EntityCounts } from './finding.ts'
import type { RootRecord } from './root.ts'
import type { PlanInputs, Preference, Strategy } from '../../router/plan.ts'

export interface DecisionRecord {
  readonly result: Result
  /** What was done: an observing layer lets "deny" pass. */
  readonly enforced: 'allow' | 'deny' | 'approve'
  readonly reasons: readonly Reason[]
  readonly duties: Duties | null
  readonly revision: string
  readonly phase: 'request' | 'response'
  readonly observed: { readonly result: Result; readonly reasons: readonly Reason[] } | null
  readonly approvalClass: string | null
}

/** How a model was chosen among several: enough to choose again, and nothing of the prompt. */
export interface RoutePlan {
  readonly inputs: PlanInputs
  /** What the router put first; something else answered where it failed. */
  readonly planned: string
  readonly best: number | null
  readonly locked: string | null
  /** 0 to 1; null where the prompt was not looked at. */
  readonly difficulty: number | null
  readonly score: { readonly weights: string; readonly level: number; readonly slope: number } | null
  /** Declared quality of the options that have no profile. */
  readonly qualities: Readonly<Record<string, number>>
  /** Position of the operator's rule that held. */
  readonly rule: number | null
  readonly passedOver: readonly { readonly id: string; readonly why: string }[]
  readonly shadow: { readonly strategy: Strategy; readonly prefer: Preference; readonly chosen: string; readonly usd: number; readonly actualUsd: number } | null
  readonly baseline: { readonly model: string; readonly usd: number | null } | null
  readonly savedUsd: number | null
}

/** How an answer ended, for the counterfactual and for the next choice in its conversation. */
export interface RoutedAnswer {
  readonly chosen: string
  readonly usage: Usage | null
  readonly costUsd: number | null
  readonly finishReasons: readonly string[]
  readonly isAnswer: boolean
}

/** A choice under way. */
export interface Routing {
  settle(answer: RoutedAnswer): void
  plan(): RoutePlan
}

export interface RouteRecord {
  readonly chosen: string
  readonly provider: string
  readonly local: boolean
  readonly reason: string
  readonly candidates: readonly string[]
  readonly attempts: number
  /** Fields of the request that the provider's dialect cannot say; they did not reach the model. */
  readonly lost: readonly string[]
  /** Only where there was something to choose. */
  readonly plan?: RoutePlan
}

export interface TargetRecord {
  /** Requested model, or exposed tool, prompt or resource name. */
  readonly name: string | null
  /** Provider or MCP server. */
  readonly server: string | null
}

/** After decide: what is about to happen. */
export interface IntentRecord {
  readonly phase: 'intent'
  readonly exchange: string
  readonly trace: string
  readonly sampled: boolean
  readonly surface: string
  readonly action: ActionKind
  readonly method: string
  readonly target: TargetRecord
  readonly principal: Principal
  readonly session: string
  readonly client: string | null
  readonly decision: DecisionRecord
  readonly labels: Labels
  readonly entities: EntityCounts
  /** Why some of it was not looked at; absent: all of it was. */
  readonly unseen?: readonly string[]
  /** SHA-256 of the tool arguments or of the request body, hex. */
  readonly inputDigest: string
}

/** At the end, exactly once per exchange, also for those refused before decide. */
export interface OutcomeRecord {
  readonly phase: 'outcome'
  readonly exchange: string
  readonly trace: string
  readonly sampled: boolean
  readonly surface: string
  readonly action: ActionKind | null
  readonly method: string
  readonly target: TargetRecord
  readonly principal: Principal | null
  readonly session: string | null
  readonly client: string | null
  readonly decision: DecisionRecord | null
  readonly status: number
  readonly failure: FailureCode | null
  readonly route: RouteRecord | null
  readonly redactions: Readonly<Record<string, number>>
  readonly restored: number
  /** What looked like a pseudonym of the session and was not restored, because the session has none such; absent: nothing. */
  readonly unknown?: number
  readonly usage: Usage | null
  readonly costUsd: number | null
  readonly priceVersion: string | null
  readonly responseLabels: Labels | null
  /** Why some of the answer was not looked at; absent: all that is looked at was. */
  readonly unseen?: readonly string[]
  /** The user request that it belongs to, with what that came to so far; null for what belongs to none. */
  readonly root: RootRecord | null
  readonly bytesIn: number
  readonly bytesOut: number
  readonly durationMs: number
  /** The exchange whose answer was given again: nothing was executed, nothing is paid. */
  readonly replayedOf?: string
}

/** An operator took labels off a session. */
export interface DeclassifiedRecord {
  readonly phase: 'declassified'
  readonly session: string
  readonly labels: readonly string[]
  readonly lowerTo: Labels['sensitivity'] | null
  readonly lasting: boolean
  readonly before: Labels
  readonly by: string
  readonly reason: string
  readonly client: string | null
}

export const vaultActs = ['forget', 'reseal', 'rotate-hashes'] as const
export type VaultAct = (typeof vaultActs)[number]

/** An operator acted on vaults: once before it is done, and once with what came of it. */
export interface VaultRecord {
  readonly phase: 'vault'
  readonly act: VaultAct
  /** Null: all vaults. */
  readonly session: string | null
  /** Null before it is done; then vaults that were forgotten, values that were sealed anew, or keys that were changed. */
  readonly done: number | null
  readonly by: string
  /** Null where none was asked for. */
  readonly reason: string | null
  readonly client: string | null
}

export type AuditEntry = IntentRecord | OutcomeRecord | DeclassifiedRecord | VaultRecord

/** Resolves once the record is written. @throws Error when it cannot be */
export const recorded = (audit: Pick<AuditLog, 'append'>, entry: AuditEntry): Promise<void> => new Promise((resolve, reject) => {
  audit.append(entry, error => { if (error === undefined) resolve(); else reject(error) })
})

/** The audit log as the pipeline sees it. */
export interface AuditLog {
  /**
   * Appends a record. `acknowledged` is called once it is written (survives kill -9) or, with `durability: synced`, synced;
   * it gets an error when that failed. Without a callback the record is still written in order.
   */
  append(entry: AuditEntry, acknowledged?: (error?: Error) => void): void
  /** False once a write failed: every new exchange is then refused with audit.unavailable until a write succeeds again. */
  readonly writable: boolean
  close(): Promise<void>
}
