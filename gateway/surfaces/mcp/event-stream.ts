// Server-sent events towards a client: frames by concatenation, a comment as heartbeat, nothing buffered.

/** The part of node's ServerResponse that this surface uses. */
export interface ResponseSink {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly destroyed: boolean
  /** Goes with the head, whoever writes it. One message among several has no head of its own. */
  setHeader?(name: string, value: string): unknown
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown
  flushHeaders(): void
  write(text: string): boolean
  end(text?: string): unknown
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}

export const eventStreamHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx and its relatives would hold events back.
  'x-accel-buffering': 'no',
}

/** One event. JSON texts may be pretty-printed, and every line of an event needs its own field. */
export const eventText = (json: string): string =>
  `event: message\ndata: ${json.includes('\n') || json.includes('\r') ? json.replace(/\r\n|\n|\r/g, '\ndata: ') : json}\n\n`

export const keepAliveText = ': keep-alive\n\n'

export const notificationText = (method: string, params: string | null): string =>
  `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${params === null ? '' : `,"params":${params}`}}`

export const requestText = (idText: string, method: string, params: string | null): string =>
  `{"jsonrpc":"2.0","id":${idText},"method":${JSON.stringify(method)}${params === null ? '' : `,"params":${params}`}}`
