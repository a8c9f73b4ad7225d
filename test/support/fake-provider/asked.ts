// A model request as the fake provider understood it: what the agent behind it needs, whatever the dialect.
import type { ProviderError } from './reply.ts'

export interface ToolResult {
  /** Name of the tool whose call this answers. */
  readonly tool: string
  readonly text: string
}

export interface Asked {
  readonly model: string
  readonly stream: boolean
  /** Text of the last user message. */
  readonly userText: string
  /** Results in the last turn; empty when the last turn is a question. */
  readonly toolResults: readonly ToolResult[]
  /** Names of the offered tools. */
  readonly tools: readonly string[]
  /** Everything that counts as input, for the token estimate. */
  readonly inputText: string
  /** Caller wants a usage chunk in the stream (OpenAI). Anthropic always sends usage. */
  readonly includeUsage: boolean
  /** Reasoning the caller asked for. `omitted`: the block comes with its signature but without its text. */
  readonly thinking: 'off' | 'shown' | 'omitted'
  /** Text up to the last cache mark, or null without one. */
  readonly cachedPrefix: string | null
}

/** The provider refuses the request as the real API would. */
export class Refusal extends Error {
  readonly error: ProviderError

  constructor(error: ProviderError) {
    super(error.message)
    this.error = error
  }
}

/** @throws Refusal 400 */
export const refuse = (message: string, more: Partial<ProviderError> = {}): never => {
  throw new Refusal({ status: 400, message, ...more })
}

/** Deterministic token estimate: four characters each, rounded up. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4)
