// The seam between the fake provider and a wire format: one object per dialect, pure, no sockets.
import type { Asked } from './asked.ts'
import type { ProviderError, Usage } from './reply.ts'

export interface AnsweredToolCall {
  readonly id: string
  readonly name: string
  /** JSON text of the arguments, or whatever the script wants to pass for it. */
  readonly argsText: string
}

/** An answer with everything decided: no defaults left to fill in. */
export interface Answer {
  readonly id: string
  readonly model: string
  /** Null: no reasoning block; empty: a block with its signature only. */
  readonly thinking: string | null
  readonly text: string
  readonly toolCalls: readonly AnsweredToolCall[]
  readonly stop: 'end' | 'tools' | 'length' | 'refusal'
  readonly usage: Usage
  readonly serviceTier: string | null
  readonly deltaChars: number
}

/** `Request`: what it understands of a request. */
export interface Dialect<Request extends Asked = Asked> {
  readonly name: 'openai' | 'openai-responses' | 'anthropic' | 'gemini'
  /** Understands a model request. @param path with its query, where a dialect says things there @throws Refusal where the real API would answer 400 */
  readonly read: (body: unknown, path: string) => Request
  readonly answerId: (serial: number) => string
  readonly toolCallId: (serial: number) => string
  whole(answer: Answer, asked: Request): string
  /** Stream events, each with its terminating blank line. */
  events(answer: Answer, asked: Request): readonly string[]
  readonly errorBody: (error: ProviderError, requestId: string) => string
  readonly errorEvent: (error: ProviderError, requestId: string) => string
  /** Headers that the real API always sends. */
  readonly headers: (requestId: string) => Readonly<Record<string, string>>
}

/** Cuts a text into deltas of at most `size` characters; never inside a surrogate pair, as JSON encoders do not either. */
export const deltasOf = (text: string, size: number): string[] => {
  const deltas: string[] = []
  const characters = Array.from(text)
  for (let start = 0; start < characters.length; start += size) deltas.push(characters.slice(start, start + size).join(''))
  return deltas
}
