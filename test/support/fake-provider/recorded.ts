// What the fake provider remembers of a request, and what a test may set about how requests are answered.
import type { IncomingHttpHeaders } from 'node:http'
import type { Asked } from './asked.ts'
import type { Reply } from './reply.ts'

export type Endpoint = 'chat.completions' | 'responses' | 'embeddings' | 'messages' | 'messages.count_tokens' | 'generateContent' | 'countTokens' | 'embedContent' | 'models' | 'unknown'

export interface RecordedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  readonly endpoint: Endpoint
  readonly dialect: 'openai' | 'openai-responses' | 'anthropic' | 'gemini'
  readonly headers: IncomingHttpHeaders
  /** Body bytes as sent. */
  readonly body: Buffer
  /** Parsed body; undefined when there is none or it is no JSON. */
  readonly json: unknown
  /** What was understood; null for endpoints without a prompt and for refused requests. */
  asked: Asked | null
  /** Status that was answered; 0 while nothing was. */
  status: number
  /** When its last byte had come, in milliseconds since the epoch. */
  readonly receivedAtMs: number
  /** When the last byte of the answer was handed over; 0 while that is to come. */
  finishedAtMs: number
  /** The caller closed the connection before the answer was complete. */
  callerLeft: boolean
}

export interface FakeProviderOptions {
  /** When set, other keys get the dialect's 401. */
  readonly apiKey?: string | null
  /** Known models; others get the dialect's 404. Default: every name is served, and a small list is offered. */
  readonly models?: readonly string[]
  /** Decides the reply to a POST; null or undefined leaves it to the echo agent. The queue is asked first. */
  readonly reply?: (request: RecordedRequest) => Reply | null | undefined | Promise<Reply | null | undefined>
  /** Default 0, a free one. */
  readonly port?: number
}
