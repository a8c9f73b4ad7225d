// The smallest gateway that the MCP parts make, with a rule instead of a policy: what the pipeline does with them, in one readable place.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Failure } from '../../../gateway/exchange/failure.ts'
import type { McpConnection, McpOwner } from '../../../gateway/exchange/mcp.ts'
import { listMemberOf, listResult } from '../../../gateway/surfaces/mcp/lists.ts'
import { answerDiscover, answerInitialize, answerPing, answerSetLevel } from '../../../gateway/surfaces/mcp/local-answers.ts'
import { handlingOf, notificationHandling, unknownMethod, type LocalMethod } from '../../../gateway/surfaces/mcp/methods.ts'
import { readMessage, type McpNotification, type McpRequest } from '../../../gateway/surfaces/mcp/read-message.ts'
import { renderMcpFailure, type FailureContext } from '../../../gateway/surfaces/mcp/render-failure.ts'
import { acceptsEventStream, McpReplyWriter, replyAccepted } from '../../../gateway/surfaces/mcp/reply.ts'
import type { McpSession } from '../../../gateway/surfaces/mcp/session.ts'
import { McpSessions } from '../../../gateway/surfaces/mcp/sessions.ts'
import { splice } from '../../../gateway/exchange/document.ts'
import { createMcpCatalog, type McpCatalog } from '../../../gateway/upstream/mcp-catalog.ts'
import type { CatalogView } from '../../../gateway/upstream/mcp-catalog-view.ts'
import type { McpPool } from '../../../gateway/upstream/mcp-pool.ts'
import type { CleansUp } from '../../support/scratch-folder.ts'
import { documentOf } from './setup.ts'

export interface SmallGatewayOptions {
  readonly servers: readonly string[]
  /** True: the tool is hidden. */
  readonly hides?: (exposed: string) => boolean
  /** A sentence: the call is denied although the tool is visible. */
  readonly denies?: (exposed: string, args: unknown) => string | null
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

class SmallGateway {
  readonly sessions: McpSessions
  readonly #pool: McpPool
  readonly #catalog: McpCatalog
  readonly #options: SmallGatewayOptions

  constructor(pool: McpPool, options: SmallGatewayOptions) {
    this.#pool = pool
    this.#options = options
    this.#catalog = createMcpCatalog({ pool, log: () => undefined })
    this.sessions = new McpSessions({ onEnded: session => { this.#forget(session.owner) } })
    pool.subscribe({ onListChanged: (_server, owner, kind) => { this.sessions.get(owner.session)?.listChanged(kind) } })
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const context: { -readonly [K in keyof FailureContext]: FailureContext[K] } = { idText: null, era: 'legacy', method: null, target: null, visible: false }
    try {
      if (request.method === 'GET') { this.#session(request, null).attach(response); return }
      if (request.method === 'DELETE') {
        this.sessions.end(this.#session(request, null))
        response.writeHead(204).end()
        return
      }
      const message = readMessage(documentOf((await buffer(request)).toString('utf8')), request.headers)
      if (message.kind === 'response') { replyAccepted(response); return }
      if (message.kind === 'notification') { this.#notification(message, request, response); return }
      Object.assign(context, { idText: message.idText, era: message.era, method: message.method })
      await this.#request(message, context, { request, response })
    } catch (thrown) {
      const { body, headers, status } = renderMcpFailure(thrown, context, 'exchange')
      response.writeHead(status, headers).end(body)
    }
  }

  #forget(owner: McpOwner): void {
    this.#catalog.forget(owner)
    void this.#pool.close(owner)
  }

  #session(request: IncomingMessage, idText: string | null): McpSession {
    return this.sessions.find({ id: header(request, 'mcp-session-id'), principal: 'p', endpoint: '', versionHeader: header(request, 'mcp-protocol-version'), idText })
  }

  #notification(message: McpNotification, request: IncomingMessage, response: ServerResponse): void {
    if (message.era === 'legacy' && notificationHandling(message.method) === 'cancelled') {
      const span = message.document.locate(['params', 'requestId'])
      if (span !== undefined) this.#session(request, null).cancel(message.document.text.slice(span.start, span.end))
    }
    replyAccepted(response)
  }

  async #upstreams(owner: McpOwner): Promise<McpConnection[]> {
    const settled = await Promise.allSettled(this.#options.servers.map(async server => this.#pool.get(server, owner)))
    return settled.flatMap(one => one.status === 'fulfilled' ? [one.value] : [])
  }

  async #request(message: McpRequest, context: { target: string | null; visible: boolean }, { request, response }: { request: IncomingMessage; response: ServerResponse }): Promise<void> {
    const { era, idText, method } = message
    const handling = handlingOf(era, method)
    if (handling === undefined) throw unknownMethod(era, idText)
    const isFirst = handling.handling === 'local' && handling.method === 'initialize'
    const session = era === 'modern' || isFirst ? null : this.#session(request, idText)
    const owner: McpOwner = session?.owner ?? { principal: 'p', session: 'shared', capabilities: '{}' }
    const upstreams = await this.#upstreams(owner)
    const write = (headers: Record<string, string> = {}): McpReplyWriter =>
      new McpReplyWriter({ response, idText, headers, acceptsEvents: acceptsEventStream(header(request, 'accept')) })
    if (handling.handling === 'local') {
      this.#local(handling.method, { message, session, upstreams, write })
      return
    }
    const view = await this.#catalog.view(owner, this.#options.servers, true)
    const member = listMemberOf(method)
    if (member !== undefined) {
      const entries = { tools: view.tools, prompts: view.prompts, resources: view.resources, resourceTemplates: view.templates }[member]
      write().result(listResult({ member, entries: entries.filter(entry => this.#options.hides?.(entry.exposedName) !== true), cursor: message.params?.['cursor'], era, idText }))
      return
    }
    await this.#call(message, context, { owner, view, session, response, writer: write() })
  }

  #local(method: LocalMethod, { message, session, upstreams, write }: { message: McpRequest; session: McpSession | null; upstreams: readonly McpConnection[]; write: (headers?: Record<string, string>) => McpReplyWriter }): void {
    if (method === 'initialize') {
      const initialized = answerInitialize(message, upstreams, '0.0.0')
      const opened = this.sessions.open({ principal: 'p', endpoint: '', ...initialized.session })
      write({ 'mcp-session-id': opened.id }).result(initialized.result)
    } else if (method === 'server/discover') write().result(answerDiscover(upstreams, '0.0.0'))
    else if (method === 'logging/setLevel' && session !== null) write().result(answerSetLevel(message, session))
    else write().result(answerPing())
  }

  async #call(message: McpRequest, context: { target: string | null; visible: boolean }, at: { owner: McpOwner; view: CatalogView; session: McpSession | null; response: ServerResponse; writer: McpReplyWriter }): Promise<void> {
    const { document, params, paramsSpan } = message
    const name = String(params?.['name'])
    const tool = at.view.tool(name)
    context.target = name
    context.visible = tool !== undefined && this.#options.hides?.(name) !== true
    try {
      if (tool === undefined || !context.visible) throw new Failure('request.unknown_tool', `There is no tool ${name}.`)
      const denial = this.#options.denies?.(name, params?.['arguments']) ?? null
      if (denial !== null) throw new Failure('policy.denied', denial, { detail: { rule: 'test.rule' } })
      const span = document.locate(['params', 'name'])!
      const text = splice(document.text.slice(paramsSpan!.start, paramsSpan!.end), [{ start: span.start - paramsSpan!.start, end: span.end - paramsSpan!.start, text: JSON.stringify(tool.originalName) }])
      const flight = at.session?.begin(message.idText)
      const gone = new AbortController()
      at.response.once('close', () => { if (!at.response.writableFinished) gone.abort() })
      const connection = await this.#pool.get(tool.server, at.owner)
      const reply = await connection.request({
        method: message.method, params: text, timeoutMs: 10_000, signal: flight === undefined ? gone.signal : AbortSignal.any([flight.signal, gone.signal]),
        onNotification: (method, notification) => { at.writer.notify(method, notification) }, caller: null,
      }).finally(() => flight?.end())
      const payload = reply.document.text.slice(reply.payload.start, reply.payload.end)
      if (reply.kind === 'result') at.writer.result(payload)
      else at.writer.error(payload)
    } catch (thrown) {
      at.writer.message(renderMcpFailure(thrown, { idText: message.idText, era: message.era, method: message.method, ...context }, 'exchange').body, 200)
    }
  }

  close(): void {
    this.sessions.close()
    this.#catalog.close()
  }
}

/** Starts it on a free port of 127.0.0.1; returns the endpoint's URL. */
export const startSmallGateway = async (test: CleansUp, pool: McpPool, options: SmallGatewayOptions): Promise<URL> => {
  const gateway = new SmallGateway(pool, options)
  const server = createServer((request, response) => { void gateway.serve(request, response) })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  test.after(() => {
    gateway.close()
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
}
