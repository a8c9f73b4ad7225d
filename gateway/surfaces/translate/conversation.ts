// A model request between dialects: what every dialect can say, in one shape. Readers make it from a dialect, writers put it into another;
// what a writer cannot say it reports. It exists only where caller and provider speak differently.

export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }

export interface TextPart { readonly kind: 'text'; readonly text: string; readonly cached: boolean }
/** `detail`: how closely to look, where that is not the usual. */
export interface ImagePart { readonly kind: 'image'; readonly source: MediaSource; readonly cached: boolean; readonly detail?: string | null }
export interface DocumentPart { readonly kind: 'document'; readonly source: MediaSource; readonly name: string | null; readonly cached: boolean }
/** `arguments` is JSON text: it is passed on as the model wrote it. Gemini signs calls (carried.ts says whose a signature is). */
export interface ToolCallPart { readonly kind: 'tool-call'; readonly id: string; readonly name: string; readonly arguments: string; readonly cached: boolean; readonly signature?: string | null }
export interface ToolResultPart {
  readonly kind: 'tool-result'
  readonly id: string
  readonly parts: readonly (TextPart | ImagePart | DocumentPart)[]
  readonly isError: boolean
  readonly cached: boolean
}
/** Reasoning of an earlier answer. Its signature binds it to the model that wrote it: Anthropic's unless it is marked. */
export interface ThinkingPart { readonly kind: 'thinking'; readonly text: string; readonly signature: string | null; readonly redacted: string | null }

export type UserPart = TextPart | ImagePart | DocumentPart | ToolResultPart
export type AssistantPart = TextPart | ToolCallPart | ThinkingPart

export type Turn =
  | { readonly role: 'user'; readonly parts: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly parts: readonly AssistantPart[] }
  /** Instructions between the turns; those at the beginning are the conversation's `system`. */
  | { readonly role: 'system'; readonly parts: readonly TextPart[] }

export interface Tool {
  readonly name: string
  readonly description: string | null
  /** JSON schema of the arguments. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly strict: boolean | null
  readonly cached: boolean
}

export type ToolChoice = { readonly kind: 'auto' | 'none' | 'any' } | { readonly kind: 'tool'; readonly name: string }

export type OutputFormat =
  | { readonly kind: 'json' }
  | { readonly kind: 'schema'; readonly name: string; readonly schema: Readonly<Record<string, unknown>>; readonly strict: boolean | null }

export const efforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof efforts)[number]

/** How much the model shall think: dialects say it in words or in tokens. */
export type Thinking =
  | { readonly kind: 'off' }
  | { readonly kind: 'effort'; readonly effort: Effort }
  | { readonly kind: 'budget'; readonly tokens: number }
  /** As much as the model likes. */
  | { readonly kind: 'adaptive' }

export interface Conversation {
  readonly system: readonly TextPart[]
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice | null
  /** Null: the dialect's own default. */
  readonly parallelToolCalls: boolean | null
  readonly maxOutputTokens: number | null
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly stop: readonly string[]
  readonly seed: number | null
  readonly presencePenalty: number | null
  readonly frequencyPenalty: number | null
  readonly format: OutputFormat | null
  readonly thinking: Thinking | null
  /** The caller's name for its own user. */
  readonly user: string | null
  readonly stream: boolean
}
