// What the pipeline, the MCP surface and the MCP upstreams agree on. Messages travel as JSON text with spans, never re-serialised whole.
import type { JsonDocument, Span } from './document.ts'
import type { McpEra } from './operation.ts'

/** The strict reader (surfaces/json), handed to upstreams by assemble. @throws Failure request.malformed */
export type ReadJson = (text: string) => JsonDocument

/** One JSON-RPC answer as it came from an upstream. */
export interface McpReply {
  readonly kind: 'result' | 'error'
  readonly document: JsonDocument
  /** Span of `result` or `error` inside document.text. */
  readonly payload: Span
}

/** One JSON-RPC request to an upstream. The connection chooses the id (and the progress token on the wire). */
export interface McpCall {
  readonly method: string
  /** JSON text of `params`, or null. */
  readonly params: string | null
  /** Aborting sends notifications/cancelled (legacy) or closes the stream (modern), and rejects with Failure client.gone. */
  readonly signal: AbortSignal | null
  readonly timeoutMs: number
  /** Called for notifications that belong to this request: `params` is JSON text; progress tokens are mapped back to the caller's. */
  readonly onNotification: ((method: string, params: string | null) => void) | null
}

/** A live connection to one MCP server on behalf of one owner. */
export interface McpConnection {
  readonly server: string
  readonly era: McpEra
  readonly protocolVersion: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly serverInfo: Readonly<Record<string, unknown>>
  readonly instructions: string | null
  /** @throws Failure upstream.connect | upstream.timeout | upstream.protocol | client.gone. A JSON-RPC error is a reply, not a throw. */
  request(call: McpCall): Promise<McpReply>
  notify(method: string, params: string | null): void
  close(): Promise<void>
}

/** For whom a connection is kept: principals and their MCP sessions never share one. */
export interface McpOwner { readonly principal: string; readonly session: string }
