// A tool call as a model asked for it in an answer that passed through here, and who asked. Implementation: sessions/model-calls.ts.
import type { Labels } from './labels.ts'

export interface SaidCall {
  /** Null where the dialect or the model gives none. */
  readonly id: string | null
  /** As the client's request named the tool, its own prefix included. */
  readonly name: string
  /** Parsed, as the client sees them. */
  readonly args: unknown
}

/** The model that asked, what it had read when it did, and in which session: null where the same was asked for in several. */
export interface AskedBy { readonly model: string; readonly labels: Labels; readonly session: string | null }

/** A call that is carried out, as the client says it. */
export interface CarriedOut {
  /** Id of the model's call, where the client tells it. */
  readonly id: string | null
  /** Name under which the client sees the tool here. */
  readonly name: string
  readonly args: unknown
}

/** Per owner (`<tenant>/<key>`), for a time. */
export interface CallBook {
  /** Another one when calls became known that did not pass here: who was not found may be found now. */
  readonly version: number
  emitted(owner: string, call: SaidCall, by: AskedBy): void
  /** Who asked for exactly this call: the same tool with the same arguments. A name alone, or an id alone, is no request. */
  askedBy(owner: string, call: CarriedOut): AskedBy | null
}
