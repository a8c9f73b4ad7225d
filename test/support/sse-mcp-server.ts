// A real server of revision 2024-11-05: the 1.x SDK behind its own HTTP+SSE transport. Its one door knows GET (a new stream) and POST with
// a session id; what it does not know it answers as the SDK's examples do.
/* eslint-disable @typescript-eslint/no-deprecated -- the transport is deprecated, and that is what this server is for */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { z } from 'zod'

export interface SseMcpServer {
  readonly url: string
  /** `METHOD path` of every request. */
  readonly requests: readonly string[]
  readonly cancelled: readonly number[]
  /** Pings that the client answered. */
  readonly pings: () => number
  /** Open streams. */
  readonly streams: () => number
  /** Forgets its sessions; the streams stay open, as behind a balancer. */
  loseSessions(): void
  /** Cuts every stream. */
  cut(): void
  close(): Promise<void>
}

class Site {
  readonly transports = new Map<string, SSEServerTransport>()
  readonly responses = new Set<ServerResponse>()
  readonly requests: string[] = []
  readonly cancelled: number[] = []
  pings = 0

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    this.requests.push(`${request.method ?? ''} ${url.pathname}`)
    if (request.method === 'GET' && url.pathname === '/sse') await this.#greet(response)
    else if (request.method === 'POST' && url.pathname === '/messages') {
      const transport = this.transports.get(url.searchParams.get('sessionId') ?? '')
      if (transport === undefined) response.writeHead(400).end('No transport found for sessionId')
      else await transport.handlePostMessage(request, response)
    } else response.writeHead(url.pathname === '/sse' ? 405 : 404).end()
  }

  async #greet(response: ServerResponse): Promise<void> {
    const transport = new SSEServerTransport('/messages', response)
    this.transports.set(transport.sessionId, transport)
    this.responses.add(response)
    response.once('close', () => {
      this.transports.delete(transport.sessionId)
      this.responses.delete(response)
    })
    await this.#server().connect(transport)
  }

  #server(): McpServer {
    const mcp = new McpServer({ name: 'sse', version: '1.0.0' }, { capabilities: { logging: {} } })
    const text = (said: string): { content: { type: 'text'; text: string }[] } => ({ content: [{ type: 'text', text: said }] })
    mcp.registerTool('echo', { inputSchema: { said: z.string() } }, ({ said }) => text(said))
    mcp.registerTool('slow', { inputSchema: { ms: z.number() } }, async ({ ms }, { requestId, signal }) => {
      signal.addEventListener('abort', () => { this.cancelled.push(Number(requestId)) })
      await new Promise(resolve => { setTimeout(resolve, ms).unref() })
      return text('done')
    })
    mcp.registerTool('progress', { inputSchema: { steps: z.number() } }, async ({ steps }, { _meta, sendNotification }) => {
      for (let progress = 1; progress <= steps; progress += 1) await sendNotification({ method: 'notifications/progress', params: { progressToken: _meta?.progressToken ?? 0, progress } })
      return text('reported')
    })
    mcp.registerTool('ask', { inputSchema: {} }, async () => {
      await mcp.server.ping()
      this.pings += 1
      const { action } = await mcp.server.elicitInput({ message: 'Go on?', requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } } })
      return text(action)
    })
    return mcp
  }
}

export const startSseMcpServer = async (): Promise<SseMcpServer> => {
  const site = new Site()
  const server = createServer((request, response) => { site.handle(request, response).catch(() => { response.destroy() }) })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const cut = (): void => { for (const response of site.responses) response.destroy() }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`,
    requests: site.requests, cancelled: site.cancelled, pings: () => site.pings, streams: () => site.responses.size,
    loseSessions: () => { site.transports.clear() }, cut,
    close: () => new Promise(resolve => {
      cut()
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}
