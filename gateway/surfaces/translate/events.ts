// A model's answer between dialects: one stream of events, whether it came as a stream or in one piece. Decoders make it, encoders say it.
import type { Usage } from '../../exchange/answer.ts'

export type BlockStart =
  | { readonly kind: 'text' }
  | { readonly kind: 'thinking' }
  | { readonly kind: 'refusal' }
  | { readonly kind: 'tool-call'; readonly id: string; readonly name: string; readonly signature?: string }

/** Why the model stopped, in the words of no dialect in particular. */
export type StopReason = 'end' | 'length' | 'tool-calls' | 'stop-sequence' | 'refusal' | 'filtered' | 'pause' | 'context'

export type AnswerEvent =
  /** Once, first. `usage` where the dialect tells the input beforehand. */
  | { readonly type: 'start'; readonly id: string | null; readonly model: string | null; readonly usage: Usage | null }
  /** Blocks are numbered by decoders from 0 and may be open side by side. */
  | { readonly type: 'open'; readonly block: number; readonly start: BlockStart }
  /** Text of a block; for a tool call a piece of its arguments' JSON text. */
  | { readonly type: 'delta'; readonly block: number; readonly text: string }
  | { readonly type: 'signature'; readonly block: number; readonly signature: string }
  | { readonly type: 'close'; readonly block: number }
  /** Once, last, unless the stream is cut or fails. */
  | { readonly type: 'stop'; readonly reason: StopReason; readonly sequence: string | null; readonly usage: Usage | null }
  /** The provider reported an error inside the stream. */
  | { readonly type: 'error'; readonly message: string; readonly kind: string | null }

/** Reads one answer of a provider. Any chunking of the same bytes gives the same events. */
export interface AnswerDecoder {
  /** One event of a stream. `data` is its JSON, or null where it is none. */
  frame(event: string | null, data: string): readonly AnswerEvent[]
  /** The whole answer, where it is no stream. */
  whole(value: unknown): readonly AnswerEvent[]
  /** The stream is over: what is still open is closed, if the dialect's own end was seen. */
  end(): readonly AnswerEvent[]
}

/** Says one answer in a dialect. */
export interface AnswerEncoder {
  /** Text of the stream that says this event; "" for none. */
  stream(event: AnswerEvent): string
  /** The whole answer. */
  whole(events: readonly AnswerEvent[]): string
}
