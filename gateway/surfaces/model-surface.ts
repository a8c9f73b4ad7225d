// What a model dialect is to the rest of the gateway: bytes to operation, answer bytes to answer bytes, failures to its own errors.
import type { Provider } from '../../registry/provider.ts'
import type { ModelAnswerFacts, Restorer } from '../exchange/answer.ts'
import type { Edit, JsonDocument, StringLeaf } from '../exchange/document.ts'
import type { Failure } from '../exchange/failure.ts'
import type { Dialect, ModelOperation } from '../exchange/operation.ts'

/** Request headers as node:http gives them: lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * What may happen to a string of a request. "rewrite": scanned and redacted. "watch": scanned for labels, never changed, because it is
 * signed or matched by the provider. "ignore": owned by the protocol (ids, roles, types, images), neither scanned nor changed.
 */
export type LeafUse = 'rewrite' | 'watch' | 'ignore'

/** `text` restores in plain text, `json` in text that is JSON source (streamed tool arguments), where values need escapes. */
export interface AnswerRestorers { readonly text: Restorer; readonly json: Restorer }

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
  /** Name of the error where a header tells it (AWS), not the body. */
  readonly errorName?: string | null
}

export interface AnswerCodec {
  /** Bytes to pass on now, the chunk itself where nothing is edited. @throws Failure upstream.protocol */
  push(chunk: Buffer): Buffer | null
  end(): Buffer | null
  facts(): ModelAnswerFacts
}

export interface RenderedFailure { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

export interface ModelListEntry {
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
}

export interface ModelSurface {
  readonly dialect: Dialect
  /**
   * @param path path and query as sent.
   * @throws Failure request.malformed naming the field.
   */
  read(name: ModelOperation['name'], path: string, headers: RequestHeaders, document: JsonDocument): ModelOperation
  /** A session id that this dialect's clients are known to send, or null. Caller-controlled: it may partition, never authorise. */
  sessionHint(headers: RequestHeaders, document: JsonDocument): string | null
  /** The edits that the dialect itself needs for a destination. They touch no string that `leafUse` lets be rewritten. */
  readonly modelEdits: (operation: ModelOperation, upstreamModel: string, provider?: Provider) => Edit[]
  /** True when modelEdits asks for usage that the caller did not ask for. */
  stripsUsage(operation: ModelOperation): boolean
  leafUse(leaf: StringLeaf): LeafUse
  /** leafUse is "ignore". */
  readonly skipLeaf: (leaf: StringLeaf) => boolean
  answerCodec(options: AnswerCodecOptions): AnswerCodec
  renderFailure(failure: Failure, exchangeId: string): RenderedFailure
  /** For a stream that has begun; starts with a blank line, which ends whatever event was under way. */
  renderFailureEvent(failure: Failure, exchangeId: string): Buffer
  renderModelList(entries: readonly ModelListEntry[]): string
}
