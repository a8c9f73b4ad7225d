// What a model dialect is to the rest of the gateway: bytes to operation, answer bytes to answer bytes, failures to its own errors.
import type { Provider } from '../../registry/provider.ts'
import type { ModelAnswerFacts, Restorer } from '../exchange/answer.ts'
import type { Edit, JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Failure } from '../exchange/failure.ts'
import type { Dialect, ModelOperation } from '../exchange/operation.ts'
import type { Turn } from '../exchange/root.ts'

/** Request headers as node:http gives them: lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * What may happen to a string of a request. "rewrite": scanned and redacted. "watch": scanned for labels, never changed, because it is
 * signed or matched by the provider. "ignore": owned by the protocol (ids, roles, types, images), neither scanned nor changed.
 */
export type LeafUse = 'rewrite' | 'watch' | 'ignore'

/** `text` restores in plain text, `json` in text that is JSON source (streamed tool arguments), where values need escapes. */
export interface AnswerRestorers {
  readonly text: Restorer
  readonly json: Restorer
  /** Where answers are inspected: what looks at texts that are never restored, which are the model's reasoning. */
  readonly reasoning?: Restorer
  /** Inspecting may change what it finds: then nothing may pass that says the same in another form, such as the tokens of a text. */
  readonly hides?: boolean
}

export interface AnswerCodecOptions {
  readonly operation: ModelOperation
  readonly status: number
  /** Content-Type of the answer: decides between a stream and a whole JSON. */
  readonly contentType: string | null
  /** Name that the upstream was asked for; when it is not `operation.requested`, the answer's `model` becomes the latter. */
  readonly upstreamModel: string
  /** Null where nothing can or may be restored. */
  readonly restorers: AnswerRestorers | null
  /** The caller did not ask for the usage chunk of an OpenAI stream: take it out again. */
  readonly stripUsage: boolean
  /** The answer was said anew by the gateway: what it repeats of the request is the caller's own text. */
  readonly translated?: boolean
  /** Name of the error where a header tells it (AWS), not the body. */
  readonly errorName?: string | null
}

export interface AnswerCodec {
  /** Bytes to pass on now, the chunk itself where nothing is edited. @throws Failure upstream.protocol */
  push(chunk: Buffer): Buffer | null
  end(): Buffer | null
  facts(): ModelAnswerFacts
  /** For streams that are not told as events: how an event that we add is said, and what ends the stream. */
  readonly form?: { event(event: Buffer): Buffer; readonly tail: string }
}

export interface RenderedFailure { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

export interface ModelListEntry {
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
  /** Of the largest candidate, in tokens. */
  readonly context?: number
  readonly maxOutputTokens?: number
  readonly embeddings?: boolean
}

/** Where earlier answers are looked up, for one caller. */
export interface ResumeLookup {
  /** The conversation up to and with a response that the gateway keeps; null for all others. */
  readonly items: (responseId: string) => readonly string[] | null
  readonly item: (itemId: string) => string | null
}

export interface Resumed {
  readonly edits: readonly Edit[]
  /** The caller's own items, as the text inside the brackets of a list. */
  readonly own: string
}

export interface ModelSurface {
  readonly dialect: Dialect
  /**
   * @param path path and query as sent.
   * @throws Failure request.malformed naming the field.
   */
  read(name: ModelOperation['name'], path: string, headers: RequestHeaders, document: JsonDocument): ModelOperation
  /** Of a dialect whose requests may go on from earlier answers: the edits that put into one what the gateway keeps. @throws Failure request.malformed */
  readonly resume?: (document: JsonDocument, lookup: ResumeLookup) => Resumed
  /** A session id that this dialect's clients are known to send, or null. Caller-controlled: it may partition, never authorise. */
  sessionHint(headers: RequestHeaders, document: JsonDocument): string | null
  /** Who moved last, a user or a tool loop? Without it the shapes that dialects have in common are looked at (turn/generic-turn.ts). */
  readonly turn?: (document: JsonDocument, headers: RequestHeaders) => Turn
  /** The edits that the dialect itself needs for a destination. They touch no string that `leafUse` lets be rewritten. */
  readonly modelEdits: (operation: ModelOperation, upstreamModel: string, provider?: Provider) => Edit[]
  /** Path and query for a destination, where the dialect names the model there; absent: the operation's own. */
  readonly pathFor?: (operation: ModelOperation, upstreamModel: string) => string
  /** True when modelEdits asks for usage that the caller did not ask for. */
  stripsUsage(operation: ModelOperation): boolean
  /** @param document of the leaf, where its neighbours matter. */
  leafUse(leaf: StringLeaf, document?: JsonDocument): LeafUse
  /** Of a dialect whose clients send a model's reasoning back: which watched strings it is, and what stands in place of a block of it that may not leave. */
  readonly reasoning?: { readonly isReasoning: (leaf: StringLeaf, document: JsonDocument) => boolean; readonly instead: string }
  /** leafUse is "ignore". */
  readonly skipLeaf: (leaf: StringLeaf) => boolean
  answerCodec(options: AnswerCodecOptions): AnswerCodec
  /** Content-Type of a stream for this caller, where it is none of events. */
  streamType?(operation: ModelOperation): string | null
  renderFailure(failure: Failure, exchangeId: string): RenderedFailure
  /** For a stream that has begun; starts with a blank line, which ends whatever event was under way. */
  renderFailureEvent(failure: Failure, exchangeId: string): Buffer
  renderModelList(entries: readonly ModelListEntry[]): string
  renderModel(entry: ModelListEntry): string
}
