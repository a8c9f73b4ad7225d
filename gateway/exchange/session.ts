// What outlives one exchange, as stages see it. Implementations: sessions/ (embedded, redis).
import type { EntityKind } from './finding.ts'
import type { Labels } from './labels.ts'
import { Pending } from './pending.ts'
import type { Notes } from './notes.ts'
import type { Amount, BudgetState, Hold, Limits, RateState } from './limits.ts'

/** All keys are namespaced by tenant and gateway key, so that two principals never share state through equal ids. */
export interface SessionKeys {
  /** Partition of vault, spend and traces: `<tenant>/<key>/<session id>`. */
  readonly session: string
  /** Labels also accumulate here, or an agent would wash itself clean with a new id: `<tenant>/<key>/<agent id>`. */
  readonly agent: string
  /** Where labels of a subject outlast sessions, whatever key it uses: `<tenant>/<subject id>`. */
  readonly subject: string
}

/** A label that outlasts the session. */
export interface LastingLabel { readonly label: string; readonly of: 'agent' | 'subject'; readonly forMs: number }

/** Labels by who holds them, as operators see them. */
export interface HeldLabels {
  readonly session: Labels
  /** Of the key and agent, for the time that is configured. */
  readonly agent: Labels
  readonly lasting: readonly { readonly label: string; readonly of: 'agent' | 'subject'; /** Milliseconds since the epoch. */ readonly until: number }[]
}

/** What an operator takes off: from the session and its agent, and what outlasts sessions only where `lasting` says so. */
export interface LabelRemoval { readonly labels: readonly string[]; /** Sensitivity that is left at the most, or null. */ readonly lowerTo: Labels['sensitivity'] | null; readonly lasting: boolean }

/** What a session calls a value by. */
export interface Pseudonym { readonly kind: EntityKind; readonly value: string }

/** Value ⇄ pseudonym of one session. Deterministic: one value has one placeholder, and one surrogate, for as long as the session lives. */
export interface Pseudonyms {
  readonly size: number
  /** Everything known, in the order in which it was first seen: entries are only ever appended. A value with two pseudonyms stands there twice. */
  readonly entries: readonly (Pseudonym & { readonly placeholder: string })[]
  /** Existing placeholder of a value, or a newly allocated one such as "[EMAIL_1]". */
  placeholder(kind: EntityKind, value: string): string
  /**
   * The same for a pseudonym that looks like a value of its kind; a placeholder where the kind has none left.
   * @param isTaken texts that somebody uses as their own: a new surrogate is none of them
   */
  surrogate(kind: EntityKind, value: string, isTaken: (text: string) => boolean): string
  /** False: no text can hold one. */
  readonly hasSurrogates: boolean
  /** The value and kind behind a placeholder or surrogate, if it exists in this session. */
  lookup(pseudonym: string): Pseudonym | undefined
  /** A token such as "[EMAIL#k3f9x2ab]" that is the same for equal values of one tenant, and tells nobody without the hash key anything else. */
  hash(kind: EntityKind, value: string): string
  /**
   * Asked once all values of a document have been named. Where several processes share the vault, new pairs must be agreed upon first.
   * @throws PlaceholdersPending while they are not: what `placeholder` and `surrogate` said of them must not be used
   */
  readonly agree?: () => void
  /** Keeps what is new in the work in one step, where each by itself costs as much as all of them. @throws as the work, and then nothing of it is new */
  together?(work: () => void): void
}

/** New placeholders wait for the shared vault. */
export class PlaceholdersPending extends Pending {
  constructor(agreed: () => Promise<void>) { super('placeholders are not agreed upon yet', agreed) }
}

export interface SessionState {
  readonly id: string
  /** Milliseconds since the epoch at which the session was first seen. */
  readonly startedAt: number
  /** Session labels joined with the (key, agent) labels, and with those of agent and subject that outlast sessions. */
  readonly labels: Labels
  readonly calls: number
  readonly spendUsd: number
  readonly pseudonyms: Pseudonyms
  /** Of the limits that it was loaded with, in their order. */
  readonly budgets: readonly BudgetState[]
}

export interface SessionChange {
  readonly addLabels?: Labels
  readonly lasting?: readonly LastingLabel[]
  readonly spendUsd?: number
  readonly calls?: number
}

/** A hold on all budgets and rates of a call: taken before it, settled with the truth or released after it. Only the first end counts. */
export interface Reservation {
  /** As the rates stand with this call in them. */
  readonly rates: readonly RateState[]
  settle(actual: Amount): void
  release(): void
}

/** One batched load before decide, one commit after; both synchronous when embedded. */
export interface SessionStore {
  /**
   * @param counts true: this is a call, which the rates of its account count.
   * @throws Failure quota.exceeded | state.unavailable
   */
  load(keys: SessionKeys, limits: Limits, counts?: boolean): SessionState | Promise<SessionState>
  /** Resolves when labels are kept for sure; what else changes is written behind. @throws Failure state.unavailable */
  commit(keys: SessionKeys, change: SessionChange): void | Promise<void>
  /**
   * Takes the hold from every budget and rate, or from none.
   * @throws Failure budget.exhausted | quota.exceeded (both with retryAfterMs where waiting helps, and the name of the limit) | state.unavailable
   */
  reserve(limits: Limits, hold: Hold): Reservation | Promise<Reservation>
  /**
   * Forgets the pseudonyms of a session, and the notes that are of it alone: what was hidden in it can be restored no more. Its labels stay.
   * @param id as records have it: `<tenant>/<key>/<session id>`
   * @returns whether there were any @throws Failure state.unavailable
   */
  forgetVault(id: string): boolean | Promise<boolean>
  /** Seals with the current key what an older one sealed. @returns how many values @throws Failure state.unavailable */
  resealVaults(): number | Promise<number>
  /** From now on equal values have other hash tokens than before. @throws Failure state.unavailable, request.malformed where the configuration gives the key */
  rotateHashKey(): void | Promise<void>
  /** Changes nothing, the time of last use included. @throws Failure state.unavailable */
  held(keys: SessionKeys): HeldLabels | Promise<HeldLabels>
  /** For operators alone: nothing that an agent can ask for comes here. @throws Failure state.unavailable */
  removeLabels(keys: SessionKeys, removal: LabelRemoval): void | Promise<void>
  /** What is remembered beside sessions. Those of an owner are read when one of its sessions is loaded. */
  readonly notes: Notes
  /** Null, or why state cannot be had at the moment. */
  readonly problem: string | null
  close(): void | Promise<void>
}
