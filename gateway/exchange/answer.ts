// What comes back from an upstream, and the sockets' view of a byte stream. No I/O here.

/** Receives an answer's bytes. `data` returns false to ask the source to pause until `resume` is called. */
export interface ByteSink {
  data(chunk: Buffer): boolean
  end(): void
  fail(thrown: Error): void
}

/** An answer whose head has arrived. Bytes that arrive before `attach` are kept; attaching again moves what is still to come to another sink. */
export interface Answer {
  readonly status: number
  /** Lower-case names; repeated fields joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  attach(sink: ByteSink): void
  resume(): void
  /** Stops the upstream work; nothing is delivered afterwards. */
  abort(reason: Error): void
}

/** One HTTP request to an upstream, complete and redacted. */
export interface HttpSend {
  readonly origin: string
  readonly path: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | null
  readonly connectTimeoutMs: number
  readonly firstByteTimeoutMs: number
  /** Idle time between chunks of the body. */
  readonly idleTimeoutMs: number
  /** From the request to the end of the answer; absent or null: no limit. */
  readonly totalTimeoutMs?: number | null
}

/** Usage as the provider reported it, normalised: `input` includes cache reads and writes for both providers. */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly reasoning: number
  /** Of `cacheWrite`: tokens that the provider keeps for an hour, at a price of their own. Absent counts are 0. */
  readonly cacheWrite1h?: number
  /** Of `input` and `output`. */
  readonly audioInput?: number
  readonly audioOutput?: number
  readonly imageInput?: number
  readonly imageOutput?: number
  /** Which of its service tiers the provider says that it served, in its own word (`priority`, `flex`, `batch`, `fast` …). */
  readonly serviceTier?: string
  /** What the provider says that it charges, USD; few say it. */
  readonly costUsd?: number
}

/** What a model answer's codec learnt from the bytes that passed. */
export interface ModelAnswerFacts {
  readonly id: string | null
  readonly model: string | null
  readonly finishReasons: readonly string[]
  readonly usage: Usage | null
  /** Placeholders restored, and placeholders of this session's shape that it does not know. */
  readonly restored: number
  readonly unknownPlaceholders: number
  /** Ids of the tool calls in the answer, where the dialect's clients send them along when they call. */
  readonly toolCalls?: readonly string[]
  /** Of a stream: tokens that its events must have held at least. It counts where the stream was cut before it told its usage. */
  readonly toldTokens?: number
  /** True when a stream ended without its dialect's last event. */
  readonly cut: boolean
}

/** Turns pseudonyms back into values. Null where nothing can or may be restored, so that bytes pass untouched. */
export interface Restorer {
  /** Could a text hold one? A cheap question that most texts answer with no. */
  mayHold(value: string): boolean
  /** Whole text. @param key of the JSON member that it is the value of */
  text(value: string, key?: string | null): string
  /** One per text stream (choice, content block, tool call): holds back only what could be a cut pseudonym. */
  stream(): StreamRestorer
  readonly restored: number
  readonly unknown: number
}

export interface StreamRestorer {
  /** Text that may be passed on now. */
  push(delta: string): string
  /** What was held back. */
  flush(): string
}
