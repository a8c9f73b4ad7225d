// The fake server over streamable HTTP on 127.0.0.1: sessions and a GET stream in the legacy era, mirrored headers in the modern one.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { FakeMcp, type FakeMcpOptions } from './core.ts'

export interface FakeMcpHttpOptions extends FakeMcpOptions {
  /** `auto` opens an event stream only when something precedes the answer. */
  readonly events?: 'auto' | 'always'
  /** Every answer gets this status instead, while it returns one. */
  readonly status?: () => number | null
  /** What an unknown session is answered with. */
  readonly lostSession?: 'by the book' | 'like the SDK example'
  /** Events carry ids, and the stream is closed before the answer; the client has to come back with GET. */
  readonly polling?: boolean
  /** A free one by default. */
  readonly port?: number
}

export interface FakeMcpHttp {
  readonly url: string
  readonly fake: FakeMcp
  readonly sessions: ReadonlySet<string>
  /** HTTP methods received, in order. */
  readonly methods: readonly string[]
  /** Open GET and listen streams. */
  readonly streams: ReadonlySet<ServerResponse>
  loseSessions(): void
  /** Sends a message on every open GET or listen stream. */
  announce(message: unknown): void
  close(): Promise<void>
}

const event = (text: string, id?: string): string => `${id === undefined ? '' : `id: ${id}\n`}data: ${text}\n\n`
const sseHead = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }

class Site {
  readonly fake: FakeMcp
  readonly sessions = new Set<string>()
  readonly methods: string[] = []
  readonly streams = new Set<ServerResponse>()
  readonly #options: FakeMcpHttpOptions
  /** Answers that wait for a client to resume. */
  readonly #parked = new Map<string, Promise<string | null>>()

  constructor(options: FakeMcpHttpOptions) {
    this.#options = options
    this.fake = new FakeMcp(options)
  }

  announce(message: unknown): void { for (const stream of this.streams) stream.write(event(JSON.stringify(message))) }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.methods.push(request.method ?? '')
    const status = this.#options.status?.() ?? null
    if (status !== null) { response.writeHead(status).end(); return }
    if (request.method === 'GET') { await this.#get(request, response); return }
    if (request.method === 'DELETE') {
      this.sessions.delete(String(request.headers['mcp-session-id']))
      response.writeHead(200).end()
      return
    }
    await this.#post(request, response)
  }

  async #get(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.fake.era === 'modern') { response.writeHead(405).end(); return }
    response.writeHead(200, sseHead)
    response.flushHeaders()
    const parked = this.#parked.get(String(request.headers['last-event-id']))
    if (parked !== undefined) {
      response.end(event(await parked ?? '', 'last'))
      return
    }
    this.#stand(response)
  }

  #stand(response: ServerResponse): void {
    this.streams.add(response)
    response.once('close', () => this.streams.delete(response))
  }

  async #post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request)
    const message = JSON.parse(body) as { id?: unknown; method?: string; params?: Record<string, unknown> }
    const modern = this.fake.isModern(message)
    if (!modern && this.#turnedAway(message, request, response)) return
    if (modern && this.fake.era !== 'legacy') {
      const wrong = this.#wrongMirror(message, request)
      if (wrong !== null) {
        this.#json(response, 400, JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32020, message: `Header mismatch: ${wrong}` } }))
        return
      }
      if (message.method === 'subscriptions/listen') {
        this.fake.received.push({ method: message.method, id: message.id, params: message.params, headers: request.headers })
        response.writeHead(200, sseHead)
        response.write(event(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: { _meta: { 'io.modelcontextprotocol/subscriptionId': message.id } } })))
        this.#stand(response)
        return
      }
    }
    await this.#answer(body, message, modern, { request, response })
  }

  async #answer(body: string, message: { id?: unknown; method?: string }, modern: boolean, { request, response }: { request: IncomingMessage; response: ServerResponse }): Promise<void> {
    const open = (): void => { if (!response.headersSent) response.writeHead(200, sseHead) }
    const gone = new AbortController()
    response.once('close', () => { if (modern && !response.writableFinished) gone.abort() })
    const answering = this.fake.handle(body, request.headers, {
      related: text => { open(); response.write(event(text)) },
      unrelated: text => { for (const stream of this.streams) stream.write(event(text)) },
    }, gone.signal)
    if (this.#options.polling === true && message.method === 'tools/call') {
      const id = randomUUID()
      this.#parked.set(id, answering)
      open()
      response.end(`id: ${id}\nretry: 10\ndata: \n\n`)
      return
    }
    const answer = await answering
    if (message.method === 'initialize') this.#newSession(response)
    if (answer === null) {
      if (response.headersSent) response.end()
      else if (message.id === undefined || message.method === undefined) response.writeHead(202).end()
      return
    }
    if (this.#options.events === 'always' && !modern) open()
    if (response.headersSent) response.end(event(answer))
    else this.#json(response, modern && answer.includes('"code":-32601') ? 404 : 200, answer)
  }

  #newSession(response: ServerResponse): void {
    const id = randomUUID()
    this.sessions.add(id)
    response.setHeader('mcp-session-id', id)
  }

  /** Legacy requests need a session, except the first. */
  #turnedAway(message: { id?: unknown; method?: string }, request: IncomingMessage, response: ServerResponse): boolean {
    if (message.method === 'initialize' || this.sessions.has(String(request.headers['mcp-session-id']))) return false
    if (this.#options.lostSession === 'like the SDK example') {
      this.#json(response, 400, JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'Bad Request: No valid session ID provided' } }))
    } else this.#json(response, 404, JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } }))
    return true
  }

  #wrongMirror(message: { method?: string; params?: Record<string, unknown> }, request: IncomingMessage): string | null {
    const { headers } = request
    const meta = message.params?.['_meta'] as Record<string, unknown>
    if (headers['mcp-protocol-version'] !== meta['io.modelcontextprotocol/protocolVersion']) return 'MCP-Protocol-Version'
    if (headers['mcp-method'] !== message.method) return 'Mcp-Method'
    const name = message.method === 'resources/read' ? message.params?.['uri'] : message.method === 'tools/call' || message.method === 'prompts/get' ? message.params?.['name'] : undefined
    const sent = String(headers['mcp-name'] ?? '')
    const decoded = sent.startsWith('=?base64?') ? Buffer.from(sent.slice(9, -2), 'base64').toString('utf8') : sent
    return name !== undefined && decoded !== name ? 'Mcp-Name' : null
  }

  #json(response: ServerResponse, status: number, body: string): void { response.writeHead(status, { 'content-type': 'application/json' }).end(body) }
}

/** Starts the fake on a free port of 127.0.0.1. */
export const startFakeMcpHttp = async (options: FakeMcpHttpOptions = {}): Promise<FakeMcpHttp> => {
  const site = new Site(options)
  const server = createServer((request, response) => { void site.serve(request, response) })
  await new Promise<void>(resolve => { server.listen(options.port ?? 0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`, fake: site.fake, sessions: site.sessions, methods: site.methods, streams: site.streams,
    loseSessions: () => { site.sessions.clear() },
    announce: message => { site.announce(message) },
    close: () => new Promise(resolve => {
      server.closeAllConnections()
      server.close(() => { resolve() })
    }),
  }
}
