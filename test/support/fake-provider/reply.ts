// What a test can make the fake provider do. Dialect-neutral: the same reply is told in the caller's own wire format.

/** How the bytes travel. Nothing here changes what they say. */
export interface Delivery {
  /** Silence before the response head, in milliseconds. */
  readonly headDelayMs?: number
  /** Pause before each stream event after the first, in milliseconds. */
  readonly eventDelayMs?: number
  /** Sizes of the pieces written to the socket, used in turn, over the whole body: cuts events, lines and characters anywhere. */
  readonly chunkBytes?: readonly number[]
  /** Destroys the connection after this many bytes of the body. */
  readonly cutAfterBytes?: number
  /** Destroys the connection after this many stream events. */
  readonly cutAfterEvents?: number
  /** After this many stream events the dialect's own error event is sent instead of the rest. */
  readonly errorAfterEvents?: { readonly events: number; readonly error: ProviderError }
  /** Added to, or replacing, the response headers. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface ProviderError {
  readonly status: number
  readonly message: string
  /** Dialect's error type, e.g. "overloaded_error"; default: what the dialect uses for the status. */
  readonly type?: string
  /** OpenAI's `code`, e.g. "rate_limit_exceeded". */
  readonly code?: string
  readonly param?: string
  /** Anthropic's `details`, e.g. {"error_code": "thread_not_found"}. */
  readonly details?: Readonly<Record<string, string>>
}

export interface ToolCall {
  readonly name: string
  /** An object is serialised; a string goes out exactly as it is, so that broken arguments can be sent. */
  readonly args: Readonly<Record<string, unknown>> | string
  /** Default: a fresh id in the dialect's form. */
  readonly id?: string
}

/** Token counts as the dialect-neutral sum: `input` includes cached tokens. */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  /** Of them: kept for an hour (Anthropic). */
  readonly cacheWrite1h?: number
}

export interface AnswerReply extends Delivery {
  readonly kind: 'answer'
  readonly text?: string
  /** Reasoning before the text. Anthropic: a signed thinking block. OpenAI: only counted, as the real API does. */
  readonly thinking?: string
  readonly toolCalls?: readonly ToolCall[]
  /** Default: tool calls or the natural end. */
  readonly stop?: 'end' | 'tools' | 'length' | 'refusal'
  /** Service tier that the answer names; default: the usual one. */
  readonly serviceTier?: string
  /** Overrides of the computed usage. */
  readonly usage?: Partial<Usage>
  /** Characters per stream delta; default 12. */
  readonly deltaChars?: number
  /** Model name in the answer; default: the requested one. */
  readonly model?: string
}

export interface ErrorReply extends Delivery {
  readonly kind: 'error'
  readonly error: ProviderError
  readonly retryAfterS?: number
}

/** Bytes as given: malformed output, foreign formats, recorded transcripts. */
export interface RawReply extends Delivery {
  readonly kind: 'raw'
  readonly status?: number
  readonly body: string | Buffer
}

/** Replays a recorded body from a file: `.sse` as an event stream, anything else as JSON. */
export interface TranscriptReply extends Delivery {
  readonly kind: 'transcript'
  readonly file: string
  readonly status?: number
}

export interface SilenceReply {
  /** `silence` never answers; `reset` destroys the connection before the head. */
  readonly kind: 'silence' | 'reset'
}

export type Reply = AnswerReply | ErrorReply | RawReply | TranscriptReply | SilenceReply

/** The usual provider troubles, by name. */
export const troubles = {
  rateLimited: (retryAfterS = 1): ErrorReply => ({
    kind: 'error', retryAfterS, error: { status: 429, message: 'Rate limit reached for requests', code: 'rate_limit_exceeded' },
  }),
  serverError: (): ErrorReply => ({ kind: 'error', error: { status: 500, message: 'The server had an error while processing your request' } }),
  overloaded: (): ErrorReply => ({ kind: 'error', error: { status: 529, message: 'Overloaded' } }),
  contextTooLong: (): ErrorReply => ({
    kind: 'error', error: { status: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum', code: 'context_length_exceeded', param: 'messages' },
  }),
} as const
