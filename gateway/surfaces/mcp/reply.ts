// Writes the answer to one request: plain JSON when the answer comes first, an event stream as soon as something else has to be said
// before it. Result texts are passed on as they are.
import { eventStreamHeaders, eventText, keepAliveText, notificationText, requestText, type ResponseSink } from './event-stream.ts'

export interface ReplyOptions {
  readonly response: ResponseSink
  /** JSON text of the request's id. */
  readonly idText: string
  /** False for a client whose Accept header lacks text/event-stream: it gets JSON, and no notifications. */
  readonly acceptsEvents: boolean
  /** Silence after which the stream is opened and kept alive, in milliseconds; at most 15 000 (proxies cut at 30 s and 60 s). */
  readonly heartbeatMs?: number
  /** Sent with the head, e.g. mcp-session-id. */
  readonly headers?: Readonly<Record<string, string>>
}

const longestHeartbeatMs = 15_000

/** Does the client take event streams? Clients must list both types; many old ones send a wildcard. */
export const acceptsEventStream = (accept: string | undefined): boolean =>
  accept === undefined || accept.includes('text/event-stream') || accept.includes('*/*') || accept.includes('text/*')

export const resultText = (idText: string, result: string): string => `{"jsonrpc":"2.0","id":${idText},"result":${result}}`
export const errorText = (idText: string | null, error: string): string => `{"jsonrpc":"2.0","id":${idText ?? 'null'},"error":${error}}`

export class McpReplyWriter {
  readonly #response: ResponseSink
  readonly #idText: string
  readonly #acceptsEvents: boolean
  readonly #headers: Readonly<Record<string, string>>
  readonly #heartbeatMs: number
  #heartbeat: NodeJS.Timeout | null = null
  #streaming = false
  #over = false

  constructor(options: ReplyOptions) {
    this.#response = options.response
    this.#idText = options.idText
    this.#acceptsEvents = options.acceptsEvents
    this.#headers = options.headers ?? {}
    this.#heartbeatMs = Math.min(options.heartbeatMs ?? longestHeartbeatMs, longestHeartbeatMs)
    if (this.#acceptsEvents) this.#beatLater()
  }

  /** True once the head of an event stream has left: the HTTP status can no longer change. */
  get streaming(): boolean { return this.#streaming }

  /** `params` is JSON text. Dropped after the answer, and for clients that take no event stream. */
  notify(method: string, params: string | null): void {
    if (this.#over || !this.#acceptsEvents) return
    this.#openStream()
    this.#response.write(eventText(notificationText(method, params)))
  }

  /** Sends a request to the client, on the stream of its own. @returns false where the client takes no stream, or is gone */
  request(idText: string, method: string, params: string | null): boolean {
    if (this.#over || !this.#acceptsEvents || this.#response.destroyed) return false
    this.#openStream()
    this.#response.write(eventText(requestText(idText, method, params)))
    return true
  }

  /** `result` is JSON text. */
  result(result: string): void { this.message(resultText(this.#idText, result), 200) }

  /** `error` is the JSON text of an error object. The status counts only while nothing was sent. */
  error(error: string, httpStatus = 200): void { this.message(errorText(this.#idText, error), httpStatus) }

  /** Ends the exchange with a whole JSON-RPC message. Later calls do nothing. */
  message(text: string, httpStatus: number): void {
    if (this.#over) return
    this.stop()
    const response = this.#response
    if (response.destroyed || response.writableEnded) return
    if (this.#streaming) {
      response.end(eventText(text))
      return
    }
    response.writeHead(httpStatus, { ...this.#headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
    response.end(text)
  }

  /** Stops the heartbeat without answering (the client left, or somebody else answers). */
  stop(): void {
    this.#over = true
    if (this.#heartbeat !== null) clearTimeout(this.#heartbeat)
  }

  #openStream(): void {
    if (this.#streaming) return
    this.#streaming = true
    this.#response.writeHead(200, { ...this.#headers, ...eventStreamHeaders })
    this.#response.flushHeaders()
  }

  #beatLater(): void {
    this.#heartbeat = setTimeout(() => {
      if (this.#response.destroyed || this.#response.writableEnded) return
      this.#openStream()
      this.#response.write(keepAliveText)
      this.#beatLater()
    }, this.#heartbeatMs)
    this.#heartbeat.unref()
  }
}

/** The answer to a notification or a response: accepted, nothing to say. */
export const replyAccepted = (response: ResponseSink): void => {
  response.writeHead(202, { 'content-length': '0' })
  response.end()
}
