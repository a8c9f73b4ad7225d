// The data plane's socket: fastify owns parsing of HTTP/1.1, everything after the head is ours (its body parsers never run).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  /** Longest accepted request head in bytes; Node answers 431 above it. */
  readonly maxHeaderBytes: number
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
}

export interface Listener {
  readonly url: string
  /** Stops accepting and closes idle connections; resolves when the last one is gone. */
  close(): Promise<void>
  /** Ends the connections that are still open. */
  destroy(): void
}

const urlOf = (address: AddressInfo): string =>
  `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${String(address.port)}`

/** Binds a listener. @throws the system's error when the address cannot be bound. */
export const listen = async (options: ListenerOptions): Promise<Listener> => {
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    // While closing, fastify would answer 503 in words of its own, unrecorded; admission refuses in the caller's dialect.
    return503OnClosing: false,
    http: { maxHeaderSize: options.maxHeaderBytes },
    // A URL that fastify cannot decode goes the same way as any other: the endpoint table refuses it in the caller's dialect.
    frameworkErrors: (_error, request, reply) => {
      reply.hijack()
      options.handle(request.raw, reply.raw)
    },
  })
  app.addHook('onRequest', (request, reply) => {
    // Hijacking here, before fastify looks at the content type, keeps its own 415 and its body limit out of the way.
    reply.hijack()
    options.handle(request.raw, reply.raw)
  })
  app.setNotFoundHandler(() => undefined)
  await app.listen({ host: options.host, port: options.port })
  const address = app.server.address() as AddressInfo
  return {
    url: urlOf(address),
    close: async () => {
      const closed = app.close()
      app.server.closeIdleConnections()
      await closed
    },
    destroy: () => { app.server.closeAllConnections() },
  }
}
