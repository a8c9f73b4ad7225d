// What is asked, as a closed union: the surfaces make these from bytes, every later stage reads them and changes nothing.
import type { JsonDocument } from './document.ts'

export { actionKinds, type ActionKind } from '../../policies/engine/contract.ts'

/** Wire dialect of a model exchange. Same dialect in and out is byte-faithful passthrough. */
export type Dialect = 'openai' | 'openai-responses' | 'anthropic' | 'gemini'

/** What a model must offer to answer this request. */
export interface ModelNeeds {
  readonly tools: boolean
  readonly vision: boolean
  /** Estimate of input tokens (characters / 4, rounded up). */
  readonly inputTokens: number
  /** Upper bound of output tokens as sent by the caller, or null. */
  readonly maxOutputTokens: number | null
  /** Answers that are asked for at once, each of which may be that long; absent: one. */
  readonly choices?: number
  /** Service tier that the caller asks for, which may cost more than the list price; absent: none. */
  readonly serviceTier?: string
}

/** Something that the request only names, because a provider keeps it: nobody else can answer. */
export interface HeldElsewhere {
  /** The caller's field that names it. */
  readonly field: string
  readonly id: string
  /** Provider that is known to keep it, or null. */
  readonly provider: string | null
}

export interface ModelOperation {
  readonly kind: 'model.call' | 'model.embed'
  /** Endpoint name: chat.completions, responses, messages, messages.count_tokens, embeddings; Gemini's methods, of which generateContent may stream. */
  readonly name: 'chat.completions' | 'responses' | 'messages' | 'messages.count_tokens' | 'embeddings' | 'generateContent' | 'countTokens' | 'embedContent' | 'batchEmbedContents'
  readonly dialect: Dialect
  /** The name that the caller wrote into `model`, or into the path where it stands there. */
  readonly requested: string
  readonly stream: boolean
  /** How a stream is told where the dialect has two ways; absent: as events. */
  readonly streamForm?: 'sse' | 'json-array'
  readonly needs: ModelNeeds
  readonly document: JsonDocument
  /** Path and query behind the provider's base URL, e.g. "/v1/messages?beta=true". */
  readonly path: string
  /** Caller headers that the dialect's contract lists for forwarding, lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Null or absent where the request says everything itself. */
  readonly held?: HeldElsewhere | null
  /** The response that the caller goes on from, where its conversation has been put into the document. */
  readonly previous?: string | null
}

export interface ModelListOperation {
  readonly kind: 'model.list'
  readonly name: 'models'
  readonly dialect: Dialect
}

export type McpEra = 'legacy' | 'modern'

export interface McpOperation {
  /** `tool.task`: a later word about a call that the server carries out in its own time. */
  readonly kind: 'tool.list' | 'tool.call' | 'tool.task' | 'resource.list' | 'resource.read' | 'prompt.list' | 'prompt.get' | 'completion'
  /** JSON-RPC method. */
  readonly name: string
  readonly era: McpEra
  /** Configured server that the route table chose; null for merged lists. */
  readonly server: string | null
  /** Exposed name (server__tool or the original in single-server mode) and the upstream's own; resource URI or prompt name likewise. */
  readonly target: string | null
  readonly originalName: string | null
  /** The task that is meant: its id as the caller knows it, and the server's own. Null where none is. */
  readonly task: { readonly exposed: string; readonly own: string } | null
  /** Tool or prompt arguments as sent; null where there are none. */
  readonly args: Readonly<Record<string, unknown>> | null
  /** The whole JSON-RPC message. */
  readonly document: JsonDocument
}

export type Operation = ModelOperation | ModelListOperation | McpOperation

/** Providers charge nothing for counting. */
export const isCharged = ({ name }: Pick<ModelOperation, 'name'>): boolean => name !== 'messages.count_tokens' && name !== 'countTokens'
