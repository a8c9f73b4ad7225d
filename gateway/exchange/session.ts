// What outlives one exchange, as stages see it. Implementations: sessions/ (embedded, redis).
import type { EntityKind } from './finding.ts'
import type { Labels } from './labels.ts'

/** All keys are namespaced by tenant and gateway key, so that two principals never share state through equal ids. */
export interface SessionKeys {
  /** Partition of vault, spend and traces: `<tenant>/<key>/<session id>`. */
  readonly session: string
  /** Labels also accumulate here, or an agent would wash itself clean with a new id: `<tenant>/<key>/<agent id>`. */
  readonly agent: string
  /** Money: `<tenant>/<key>`. */
  readonly budget: string
}

/** Value ⇄ placeholder of one session. Deterministic: one value has one placeholder for as long as the session lives. */
export interface Pseudonyms {
  readonly size: number
  /** Everything known, in the order in which it was first seen: entries are only ever appended. */
  readonly entries: readonly { readonly kind: EntityKind; readonly value: string }[]
  /** Existing placeholder of a value, or a newly allocated one such as "[EMAIL_1]". */
  placeholder(kind: EntityKind, value: string): string
  /** The value and kind behind a placeholder, if it exists in this session. */
  lookup(placeholder: string): { readonly kind: EntityKind; readonly value: string } | undefined
}

export interface SessionState {
  readonly id: string
  /** Milliseconds since the epoch at which the session was first seen. */
  readonly startedAt: number
  /** Session labels joined with the (key, agent) labels. */
  readonly labels: Labels
  readonly calls: number
  readonly spendUsd: number
  readonly pseudonyms: Pseudonyms
  readonly budget: BudgetState
}

export interface BudgetState {
  readonly limitUsd: number | null
  readonly spentUsd: number
  readonly reservedUsd: number
  /** Milliseconds since the epoch at which the window ends, or null. */
  readonly resetsAt: number | null
}

export interface SessionChange {
  readonly addLabels?: Labels
  readonly spendUsd?: number
  readonly calls?: number
}

/** A hold on money: taken before a call, settled with the true cost or released after it. Settling twice has no effect. */
export interface Reservation { settle(actualUsd: number): void; release(): void }

export interface BudgetRule { readonly limitUsd: number; readonly window: 'day' | 'month' | 'total' }

/** One batched load before decide, one commit after; both synchronous when embedded. */
export interface SessionStore {
  load(keys: SessionKeys, budget: BudgetRule | null): SessionState | Promise<SessionState>
  commit(keys: SessionKeys, change: SessionChange): void | Promise<void>
  /** @throws Failure budget.exhausted (with retryAfterMs to the reset) when spent + reserved + amount would pass the limit. */
  reserve(keys: SessionKeys, budget: BudgetRule | null, amountUsd: number): Reservation | Promise<Reservation>
  close(): void | Promise<void>
}
