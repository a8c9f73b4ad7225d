// What one user request sets off. A root is the outermost request of a fan-out: the model calls of its tool loops, its sub-agents and its MCP
// calls belong to it. Callers may name roots; that partitions what they cost, and gives no right to anything.
import type { Usage } from './answer.ts'
import type { FailureCode } from './failure.ts'
import type { Labels } from './labels.ts'
import type { SessionKeys } from './session.ts'
import type { Facts } from '../../policies/engine/contract.ts'

/** What the last messages of a model request say of who moved: a user, or a tool loop. */
export interface Turn {
  /** `user`: somebody says something; `loop`: tools report; `none`: neither can be seen (embeddings, unknown shapes). */
  readonly kind: 'user' | 'loop' | 'none'
  /** Digest of what a user said last and its place among the messages; null where the request does not hold it. */
  readonly said: { readonly digest: string; readonly at: number } | null
  /** Digest of the tool calls that the model made last and of what came of them; null outside of tool loops. */
  readonly step: string | null
  /** Messages in the request: a loop grows, a retry does not. */
  readonly length: number
  /** The sub-agent that asks, as its program names it, and the one that started it. */
  readonly by: SubAgent | null
}

export interface SubAgent { readonly id: string; readonly parent: string | null }

export const noTurn: Turn = Object.freeze({ kind: 'none', said: null, step: null, length: 0, by: null })

/** What names a root from outside: `root` is authoritative, `trace` only where the caller's traces are trusted. Normalised, not namespaced. */
export interface NamedRoot { readonly root: string | null; readonly trace: string | null }

export type Asking =
  /** `answers`: false for what only counts or embeds, which neither answers a user nor repeats anything. */
  | { readonly kind: 'model'; readonly turn: Turn; readonly answers: boolean }
  /** `call`: digest of what is called with what; `caused`: id of the model's tool call that it carries out, where its client says so. */
  | { readonly kind: 'tool' | 'read'; readonly call: string; readonly caused: string | null }

export interface EnteringCall {
  readonly exchange: string
  readonly keys: SessionKeys
  readonly tenant: string
  /** Names that callers give are theirs alone: `<tenant>/<key>`. */
  readonly owner: string
  /** Length of the delegation chain, as authenticated. */
  readonly depth: number
  readonly named: NamedRoot
  readonly asking: Asking
}

/** Running totals of a root. */
export interface RootRecord {
  /** Id of the outermost request: its exchange, or the name that the caller gave. */
  readonly request: string
  readonly session: string
  /** Of this call: 0 for the outermost agent, more for sub-agents. */
  readonly depth: number
  readonly calls: number
  readonly modelCalls: number
  readonly toolCalls: number
  readonly models: number
  readonly tokensIn: number
  readonly tokensOut: number
  readonly costUsd: number
  /** Tokens of the first request and its answer; null until they are known. */
  readonly firstTokens: number | null
  /** All tokens of the fan-out / firstTokens: 1 is no fan-out. */
  readonly amplification: number | null
}

/** How one call of a root ended. */
export interface CallEnd {
  readonly failure: FailureCode | null
  /** Candidate that answered. */
  readonly model: string | null
  readonly usage: Usage | null
  readonly costUsd: number | null
  /** The model wants tools: its root goes on. */
  readonly wantsTools: boolean
  /** Ids of the tool calls that it wants. */
  readonly toolCalls: readonly string[]
}

export type LoopFacts = Pick<Facts['agent']['session'], 'repeats' | 'repeats_in_root' | 'spend_per_min_usd' | 'usual_spend_per_min_usd' | 'root'>

/** A call that has its root. */
export interface RootedCall {
  readonly request: string
  /** As they were when the call came: coarse, so that equal decisions stay equal. */
  readonly facts: LoopFacts
  /** Labels that its root held when this session first came into it: a sub-agent begins with those of its parent. */
  readonly inherited: Labels
  /** Labels that its session holds now, for those that come after. Resolves when they are kept. @throws Failure state.unavailable */
  labelled(labels: Labels): void | Promise<void>
  /** Totals with this call and what came before it. */
  readonly begun: RootRecord
  /** What a tool returned, for telling progress from a loop; only its digest is kept. */
  returned(text: string): void
  /** Once, when the call is over. */
  end(how: CallEnd): RootRecord
}

/** Told once about each root that is over. */
export type RootEnded = (root: RootRecord, tenant: string) => void

/** Which root a call belongs to, and what all of it came to. Implementations: sessions/. */
export interface RootBook {
  /** Roots that go on. */
  readonly size: number
  enter(call: EnteringCall): RootedCall | Promise<RootedCall>
  close(): void
}

/** Of what repeats nothing and belongs to no root, such as an entry of a list. */
export const noLoop: LoopFacts = Object.freeze({
  repeats: 0, repeats_in_root: 0, spend_per_min_usd: 0, usual_spend_per_min_usd: null,
  root: Object.freeze({ id: null, calls: 0, model_calls: 0, tool_calls: 0, spend_usd: 0, age_s: 0, depth: 0, amplification: null }),
})
