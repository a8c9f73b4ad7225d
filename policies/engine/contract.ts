// What a policy may say (architecture: the policy contract), and the total facts it is asked about.
// The vocabulary of this file is the vocabulary of Rego input and output, hence the snake_case.

export const actionKinds = [
  'model.call', 'model.embed', 'model.list',
  'tool.list', 'tool.call', 'tool.task', 'resource.list', 'resource.read', 'prompt.list', 'prompt.get', 'completion',
  'sampling', 'elicitation', 'roots',
] as const
export type ActionKind = (typeof actionKinds)[number]

/** In ascending order. */
export const sensitivities = ['public', 'internal', 'confidential', 'restricted'] as const
export type Sensitivity = (typeof sensitivities)[number]

export type Result = 'allow' | 'deny' | 'approve' | 'none'

export interface Reason {
  /** `layer.policy.rule`, stable: audit, metrics and error texts use it. */
  readonly rule: string
  readonly message: string
}

/**
 * In ascending strength: the strongest action per kind wins when duties merge. Each says less than the one before: a pseudonym comes back, and so it
 * does where a local model rewrites what stands around it,
 * a hash does not but still tells equal values from different ones, a mask tells the kind, a drop nothing, and a block lets nothing pass.
 */
export const redactActions = ['allow', 'pseudonymise', 'rephrase', 'hash', 'mask', 'drop', 'block'] as const
export type RedactAction = (typeof redactActions)[number]

export interface RedactDuty {
  /** Names of kinds; `own:*` and `own-secret:*` are all kinds that the operator defined. */
  readonly kinds: readonly string[]
  readonly action: RedactAction
  /** True: the duty is lifted when the chosen destination is local. */
  readonly unless_local: boolean
  /** Of a pseudonym. `surrogate`: one that looks like a value of its kind, where the kind has one. Where duties differ `placeholder`, the default, wins: it says less. */
  readonly form?: 'placeholder' | 'surrogate'
  /** Only findings that are at least this sure, 0 to 1. Absent: all. */
  readonly min_confidence?: number
  /** The duty is lifted for models of these providers. */
  readonly unless_providers?: readonly string[]
  /** The duty is lifted for destinations that are trusted with data of this sensitivity, or a higher one. */
  readonly unless_trust?: Sensitivity
}

/**
 * Where a pseudonym may become the real value again: "client" for the agent's answer, "tool:<server>" for arguments of all tools of an MCP
 * server, "tool:<server>/<tool>" for those of one.
 */
export interface RestoreDuty {
  readonly kinds: readonly string[]
  readonly sinks: readonly string[]
  /** Places in the arguments, as JSON pointers below them: "/to"; "*" stands for one step and a last "**" for any. Absent: anywhere. */
  readonly paths?: readonly string[]
}

export const inspectActions = ['label', 'mask', 'drop', 'block'] as const
/** In ascending strength. */
export type InspectAction = (typeof inspectActions)[number]

/** What happens to kinds that a model's answer holds and that were not put there by restoring. Without one nothing of an answer is held back. */
export interface InspectDuty { readonly kinds: readonly string[]; readonly action: InspectAction }

export interface RouteDuty {
  readonly local?: boolean
  /** Lowest trust (highest sensitivity a destination may receive) that a destination needs. */
  readonly trust?: Sensitivity
  readonly providers?: readonly string[]
  readonly models?: readonly string[]
  readonly max_usd?: number
  readonly prefer?: 'cost' | 'latency'
}

/** A label, or one that outlasts the session: it sticks to the agent or to the subject for a time that begins anew whenever it is put. */
export type LabelDuty = string | { readonly label: string; readonly outlasts_s: number; readonly of: 'agent' | 'subject' }

export interface Duties {
  readonly redact: readonly RedactDuty[]
  readonly restore: readonly RestoreDuty[]
  readonly inspect: readonly InspectDuty[]
  readonly route: RouteDuty
  readonly limit: Readonly<Record<string, number>>
  readonly label: readonly LabelDuty[]
  readonly notify: readonly string[]
}

export interface Approval {
  readonly class: string
  readonly approvers: readonly string[]
  readonly ttl_s: number
  readonly quorum: number
}

export interface Verdict {
  readonly result: Result
  readonly reasons: readonly Reason[]
  readonly duties: Duties
  readonly approval: Approval | null
}

/** What is enforced, and what all layers together would have said where some of them only observe. */
export interface Decision extends Verdict {
  readonly observed: Verdict | null
  /** Digest of the policy bundle and its data. */
  readonly revision: string
  /** True where the engine remembered an equal set of facts. */
  readonly remembered: boolean
}

export const noDuties: Duties = Object.freeze({
  redact: Object.freeze([]), restore: Object.freeze([]), inspect: Object.freeze([]), route: Object.freeze({}), limit: Object.freeze({}),
  label: Object.freeze([]), notify: Object.freeze([]),
})

export interface CandidateFacts {
  readonly id: string
  readonly provider: string
  readonly local: boolean
  readonly trust: Sensitivity
  readonly region: string | null
  /** USD per million tokens; null where no price is known (such a candidate is never chosen). */
  readonly usd_in: number | null
  readonly usd_out: number | null
  readonly context: number
  readonly caps: readonly string[]
  readonly p50_ms: number | null
}

/** How one budget of the caller stands. */
export interface BudgetFacts {
  /** Of the rule; "key" for a key's own. Null: there is none. */
  readonly name: string | null
  /** Whose it is: "key:alice", "tenant:acme", "shared" … */
  readonly scope: string
  readonly window: 'hour' | 'day' | 'month' | 'total' | null
  readonly limit_usd: number | null
  readonly spent_usd: number
  readonly reserved_usd: number
  readonly limit_tokens: number | null
  readonly spent_tokens: number
  readonly reserved_tokens: number
  /** Spent, in whole percent of the limit in USD or tokens that is nearer. */
  readonly used_percent: number
}

/** `new`: nobody approved it yet; `match`: it is the approved one; `drift`: it is not; `none`: of this nothing is pinned. */
export type Pin = 'new' | 'match' | 'drift' | 'none'

/** Total: every field is always present, null where not applicable (a Rego rule on a missing field is silently undefined). */
export interface Facts {
  readonly subject: { readonly id: string; readonly tenant: string; readonly groups: readonly string[]; readonly method: 'key' | 'none' }
  readonly agent: {
    readonly id: string; readonly framework: string | null; readonly enforced_egress: boolean; readonly depth: number
    readonly chain: readonly string[]
    readonly session: {
      readonly id: string; readonly age_s: number; readonly labels: readonly string[]; readonly sensitivity: Sensitivity
      readonly calls: number; readonly spend_usd: number; readonly approvals: readonly string[]
      /** How often in a row this very call came to the same (3 or more, else 0), and how often in its root (in steps from 10 on). */
      readonly repeats: number; readonly repeats_in_root: number
      /** In steps, so that equal decisions stay equal: what is spent now rounded down, what was usual rounded up, null until it is known. */
      readonly spend_per_min_usd: number; readonly usual_spend_per_min_usd: number | null
      /** The user request that this call belongs to: what came before this call, rounded down to steps (steps.ts). */
      readonly root: {
        readonly id: string | null; readonly calls: number; readonly model_calls: number; readonly tool_calls: number; readonly spend_usd: number
        readonly age_s: number; readonly depth: number; readonly amplification: number | null
      }
    }
  }
  readonly action: { readonly kind: ActionKind; readonly name: string; readonly phase: 'request' | 'response' }
  readonly resource: {
    readonly server: string | null; readonly env: string | null; readonly trust: Sensitivity | null; readonly tool: string | null
    readonly original_name: string | null; readonly annotations: Readonly<Record<string, unknown>> | null; readonly pin: Pin | null
    /** Codes of what stands out in the definition (registry/definition-flags.ts). */
    readonly flags: readonly string[] | null
    readonly requested: string | null; readonly candidates: readonly CandidateFacts[] | null
  }
  readonly args: Readonly<Record<string, unknown>> | null
  readonly sql: {
    readonly parsed: boolean; readonly kinds: readonly string[]; readonly tables: readonly string[]
    readonly has_where: boolean | null; readonly statements: number
  } | null
  readonly data: {
    readonly labels: readonly string[]; readonly sensitivity: Sensitivity
    readonly entities: Readonly<Record<string, number>>
    /** Why some of it was not looked at: "detector:<name>" for a detector that failed, "too_long", and "image", "file", "audio", which none looks into. */
    readonly unseen: readonly string[]
    readonly origins: readonly string[]; readonly bytes: number
  }
  /** Of a tool call: did a model ask for it through this gateway, which one, and what had it read? Null and empty for all else. */
  readonly provenance: { readonly model_requested: boolean | null; readonly model: string | null; readonly labels: readonly string[]; readonly sensitivity: Sensitivity }
  /** The tightest of `budgets`. */
  readonly budget: BudgetFacts & { readonly estimate_usd: number | null }
  readonly budgets: readonly BudgetFacts[]
  readonly context: { readonly time: string; readonly environment: string; readonly request_id: string }
}

/** The policy engine as the stages see it. One instance is one generation; a reload makes a new one. */
export interface PolicyEngine {
  readonly revision: string
  /** @throws PolicyError when evaluation errs or answers something outside the contract; the gateway then fails closed. */
  decide(facts: Facts): Decision
}
