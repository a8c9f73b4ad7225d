// Every HTTP call to an upstream: undici `dispatch` with handler objects, bytes in, bytes out. It follows no redirect, retries
// nothing, and decides nothing; a failure is named here and judged elsewhere.
import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import type { Answer, HttpSend } from '../exchange/answer.ts'
import { Call } from './http-call.ts'

export interface HttpUpstreamOptions {
  readonly maxConnectionsPerOrigin: number
  /** How long an idle connection is kept, unless the upstream asks for less. */
  readonly keepAliveMs: number
  /** Upper bound for one TCP and TLS handshake; a request's own connectTimeoutMs also counts the time in the queue. */
  readonly handshakeTimeoutMs?: number
  /** Resolves names in place of the system; it may refuse an address. */
  readonly lookup?: LookupFunction
}

export interface HttpUpstream {
  /**
   * Sends a request; the promise resolves when the head of the answer has arrived, whatever its status.
   * @param signal ends the wait for the head; afterwards `Answer.abort` does.
   * @throws Failure upstream.connect (nothing was answered), upstream.timeout (no head in time), upstream.protocol (not HTTP, or an
   * encoding that was not asked for), or the signal's reason.
   */
  send(request: HttpSend, signal?: AbortSignal): Promise<Answer>
  /** Waits for calls under way, then closes the connections. */
  close(): Promise<void>
  /** Breaks calls under way off. */
  destroy(): Promise<void>
}

const defaultHandshakeTimeoutMs = 10_000

/** Makes the pool of upstream connections; one per process, so that connections outlive a reload of the configuration. */
export const createHttpUpstream = (options: HttpUpstreamOptions): HttpUpstream => {
  const agent = new Agent({
    connections: options.maxConnectionsPerOrigin,
    keepAliveTimeout: options.keepAliveMs,
    keepAliveMaxTimeout: options.keepAliveMs,
    connectTimeout: options.handshakeTimeoutMs ?? defaultHandshakeTimeoutMs,
    // Times are watched per call (http-call.ts): undici's own are coarse and also run while we hold an answer back.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...options.lookup === undefined ? {} : { connect: { lookup: options.lookup } },
  })
  return {
    send: (request, signal) => new Promise((resolve, reject) => {
      const call = new Call(request, { resolve, reject }, signal)
      if (call.over) return
      agent.dispatch({
        origin: request.origin, path: request.path, method: request.method, headers: request.headers, body: request.body,
      }, call)
    }),
    close: () => agent.close(),
    destroy: () => agent.destroy(),
  }
}
