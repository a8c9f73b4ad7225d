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

/** A request of a server that belongs to a call: it wants to know something from the caller before it answers. */
export interface ServerQuestion {
  /** The server's own name for it: its JSON-RPC id, or its key among the inputRequests. */
  readonly key: string
  readonly method: string
  /** JSON text of `params`, or null. */
  readonly params: string | null
}

/** `text` is the JSON text of the result or of the error object. */
export interface QuestionAnswer { readonly kind: 'result' | 'error'; readonly text: string }

/** The caller's side of a call: what it can be asked, what it wants to hear of. */
export interface CallerSide {
  /** JSON text of the client capabilities that servers may know of. */
  readonly capabilities: string
  /** For servers that are told with each request; null where the params say it, or nothing is wanted. */
  readonly logLevel: string | null
  /** Rejects when the call ends first. `signal` aborts when the server takes its question back. */
  ask(question: ServerQuestion, signal: AbortSignal): Promise<QuestionAnswer>
}

/** One JSON-RPC request to an upstream. The connection chooses the id (and the progress token on the wire). */
export interface McpCall {
  readonly method: string
  /** JSON text of `params`, or null. */
  readonly params: string | null
  /** Mcp-Param-* headers, made from these params; only the modern era over HTTP sends them. */
  readonly paramHeaders?: Readonly<Record<string, string>>
  /** Aborting sends notifications/cancelled (legacy) or closes the stream (modern), and rejects with Failure client.gone. */
  readonly signal: AbortSignal | null
  /** Longest time without an answer. */
  readonly timeoutMs: number
  /** Where it is there, progress of the call begins `timeoutMs` anew, but never beyond this time in all. */
  readonly limitMs?: number
  /** Called for notifications that belong to this request: `params` is JSON text; progress tokens are mapped back to the caller's. */
  readonly onNotification: ((method: string, params: string | null) => void) | null
  /** Null for calls of our own: servers cannot ask anything then. */
  readonly caller: CallerSide | null
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
  /** Asks a server of the session era to send log messages from this level on, unless it already sends more. Undefined: nothing to wait for. */
  logFrom(level: string): Promise<void> | undefined
  /** Stateless servers: tells of exactly these resources from now on. */
  watch(uris: readonly string[]): void
  close(): Promise<void>
}

/** For whom a connection is kept: principals and their MCP sessions never share one. */
export interface McpOwner {
  readonly principal: string
  readonly session: string
  /** JSON text of what its client can be asked: servers of the session era hear it once, when the connection is opened. */
  readonly capabilities: string
}
