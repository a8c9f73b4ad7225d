// What is asked over MCP? One HTTP request becomes one typed message; methods outside the table go no further. Nothing is decided here.
import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../exchange/failure.ts'
import type { McpOwner } from '../exchange/mcp.ts'
import type { JsonDocument } from '../exchange/document.ts'
import type { McpEra, McpOperation } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { checkJsonHead, readBody } from '../pipeline/read-body.ts'
import type { McpEndpoint, Runtime } from '../pipeline/runtime.ts'
import { handlingOf, unknownMethod, type LocalMethod, type TargetMember } from '../surfaces/mcp/methods.ts'
import { readMessage, type McpNotification, type McpRequest, type McpResponse } from '../surfaces/mcp/read-message.ts'
import { malformed } from '../surfaces/mcp/refusal.ts'
import { acceptsEventStream, McpReplyWriter } from '../surfaces/mcp/reply.ts'
import type { McpSession } from '../surfaces/mcp/session.ts'
import type { McpSessions } from '../surfaces/mcp/sessions.ts'
import type { SealedTask, StateSealer } from '../sessions/sealed-state.ts'
import { writtenName } from '../redaction/written-name.ts'
import { attributes } from '../telemetry/names.ts'
import type { CatalogView } from '../upstream/mcp-catalog-view.ts'
import type { McpCatalog } from '../upstream/mcp-catalog.ts'
import { innerCall, readSearch, searchNameOf } from '../surfaces/mcp/search-tools.ts'
import { isSearched } from './find-tools.ts'
import { principalKey, statelessOwner, type McpContext, type McpReceived, type ReceivedBatch, type ReceivedOperation, type Searching } from './mcp-received.ts'
import { findEntry, operationOf, targetOf } from './mcp-target.ts'
import { openTask } from './task-ids.ts'
import { requiredFailure, type RequiredServers } from '../upstream/mcp-required.ts'

export interface McpReceiving {
  readonly readJson: (bytes: Buffer, limits: { readonly maxDepth: number }) => JsonDocument
  readonly sessions: McpSessions
  readonly catalog: McpCatalog
  readonly sealer: StateSealer
  readonly required: RequiredServers
}

/** The only revision with JSON-RPC batches. */
const batchVersion = '2025-03-26'

/** What we answer ourselves, but from what servers say of themselves. */
const needsServers: ReadonlySet<LocalMethod> = new Set(['initialize', 'server/discover', 'subscriptions/listen'])

const single = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

const unknownTask = (): Failure => new Failure('request.unknown_tool', 'There is no task of this id.', { detail: { field: 'params.taskId' } })

interface Operating { readonly kind: McpOperation['kind']; readonly target: TargetMember | null }
interface Handled { readonly handling: Operating; readonly session: McpSession | null; readonly owner: McpOwner }
type Found = Pick<ReceivedOperation, 'session' | 'owner' | 'view' | 'searching'>

interface Receiver { readonly principal: string; readonly endpoint: string; readonly behind: McpEndpoint | undefined }

class Receiving {
  readonly #exchange: Exchange<Runtime>
  readonly #principal: string
  readonly #endpoint: string
  readonly #behind: McpEndpoint
  readonly #parts: McpReceiving
  readonly #context: McpContext

  constructor(exchange: Exchange<Runtime>, { principal, endpoint, behind }: Receiver, parts: McpReceiving, context: McpContext) {
    if (behind === undefined) throw new Failure('request.unsupported', `There is no MCP server "${endpoint}".`, { detail: { field: 'path', remedy: 'Use /mcp, or /mcp/<server> with a configured or virtual server.' } })
    this.#exchange = exchange
    this.#principal = principal
    this.#endpoint = endpoint
    this.#behind = behind
    this.#parts = parts
    this.#context = context
  }

  async receive(): Promise<McpReceived> {
    const { request } = this.#exchange
    if (request.method !== 'POST') {
      this.#exchange.ledger.method = request.method === 'GET' ? 'stream' : 'end'
      this.#requireSession()
      return { kind: request.method === 'GET' ? 'attach' : 'end', session: this.#session(null) }
    }
    const document = await this.#read()
    if (Array.isArray(document.value) && this.#takesBatches()) return this.#batch(document, document.value)
    const message = readMessage(document, request.headers)
    if (message.kind === 'request') return this.#request(message)
    this.#exchange.ledger.method = message.kind
    return { kind: 'accepted', take: message.kind === 'notification' ? this.#cancels(message) : this.#answers(message) }
  }

  /** Some clients of the session era never send the id that they were given; they are served without what needs a session. */
  get #hasSession(): boolean { return this.#exchange.request.headers['mcp-session-id'] !== undefined }

  /** Streams and ends belong to sessions. */
  #requireSession(): void {
    if (!this.#hasSession) throw new Failure('request.method', 'Without a session this endpoint takes POST.', { detail: { field: 'method', allow: 'POST' } })
  }

  async #read(): Promise<JsonDocument> {
    const { request, runtime, ledger } = this.#exchange
    const { given } = this.#exchange
    if (given === null) checkJsonHead(request)
    const bytes = given === null ? await readBody(request, runtime.config.limits.body_bytes) : Buffer.from(given)
    ledger.bytesIn = bytes.length
    return this.#parts.readJson(bytes, { maxDepth: runtime.config.limits.json_depth })
  }

  /** One revision has batches; no message of a batch is one. */
  #takesBatches(): boolean {
    const { given, request } = this.#exchange
    return given === null && single(request.headers, 'mcp-session-id') !== undefined && this.#session(null).protocolVersion === batchVersion
  }

  #batch(document: JsonDocument, messages: readonly unknown[]): ReceivedBatch {
    const most = this.#exchange.runtime.config.limits.batch
    this.#exchange.ledger.method = 'batch'
    if (messages.length === 0) throw malformed('A batch must hold at least one message.', '')
    if (messages.length > most) throw malformed(`A batch may hold ${most} messages (limits.batch).`, '')
    return {
      kind: 'batch', texts: messages.map((_message, index) => {
        const span = document.locate([index])
        return span === undefined ? 'null' : document.text.slice(span.start, span.end)
      }),
    }
  }

  #session(idText: string | null): McpSession {
    const { headers } = this.#exchange.request
    return this.#parts.sessions.find({
      id: single(headers, 'mcp-session-id'), principal: this.#principal, endpoint: this.#endpoint, versionHeader: single(headers, 'mcp-protocol-version'), idText,
    })
  }

  #cancels({ document, era, method }: McpNotification): (() => void) | null {
    if (era !== 'legacy' || method !== 'notifications/cancelled') return null
    const span = document.locate(['params', 'requestId'])
    if (span === undefined || !this.#hasSession) return null
    const session = this.#session(null)
    return () => { session.cancel(document.text.slice(span.start, span.end)) }
  }

  /** The answer to what a server had asked. */
  #answers({ document, idText, payload }: McpResponse): (() => void) | null {
    if (!this.#hasSession) return null
    const session = this.#session(null)
    return () => { session.answered(idText, { kind: payload.kind, text: document.text.slice(payload.start, payload.end) }) }
  }

  async #request(message: McpRequest): Promise<McpReceived> {
    const { era, idText, method } = message
    Object.assign(this.#context, { idText, era, method })
    const handling = handlingOf(era, method)
    if (handling === undefined) {
      this.#exchange.ledger.method = '_OTHER'
      throw unknownMethod(era, idText)
    }
    this.#describe(message)
    if (this.#exchange.given !== null && method === 'initialize') throw malformed('initialize must not be part of a batch.', 'method', idText)
    if (handling.handling === 'operation' || needsServers.has(handling.method)) this.#parts.required.check(this.#behind.servers)
    if (handling.handling === 'local') {
      const needsSession = era === 'legacy' && handling.method !== 'initialize' && this.#hasSession
      return { kind: 'local', method: handling.method, message, session: needsSession ? this.#session(idText) : null }
    }
    const session = era === 'legacy' && this.#hasSession ? this.#session(idText) : null
    const owner = session?.owner ?? statelessOwner(this.#principal, this.#endpoint, message)
    return this.#operation(message, { handling, session, owner })
  }

  async #operation(given: McpRequest, { handling, session, owner }: Handled): Promise<ReceivedOperation> {
    const viewed = this.#parts.catalog.view(owner, this.#behind.servers, this.#behind.exposing)
    const view = viewed instanceof Promise ? await viewed : viewed
    const searching = this.#searching(given, view)
    const found = { session, owner, view, searching }
    if (searching === null) return this.#meant(given, handling, found)
    if (searching.search !== null) return this.#find(given, found)
    return this.#meant(searching.through === null ? given : innerCall(given, this.#readInner), handling, found)
  }

  readonly #readInner = (text: string): JsonDocument => this.#parts.readJson(Buffer.from(text), { maxDepth: this.#exchange.runtime.config.limits.json_depth })

  #meant(message: McpRequest, handling: Operating, found: Found): ReceivedOperation {
    const { ledger } = this.#exchange
    const { owner, view } = found
    const named = handling.target === null ? null : targetOf(message, handling.target)
    this.#context.target = named
    const task = handling.target === 'taskId' && named !== null ? this.#task(named, owner, message.era) : null
    const target = task?.tool ?? named
    ledger.action = handling.kind
    ledger.target = { name: target, server: null }
    const writer = this.#writer(message)
    if (view.failed.length > 0) this.#checkFailed(view)
    const entry = target === null ? null : findEntry(view, message, target)
    if (task !== null && task.server !== entry?.server) throw unknownTask()
    if (entry !== null) ledger.target = { name: target, server: entry.server }
    return {
      kind: 'operation', message, ...found, entry, writer, endpoint: this.#endpoint,
      operation: operationOf(message, handling.kind, entry, { target, task: task === null || named === null ? null : { exposed: named, own: task.id } }),
    }
  }

  #writer(message: McpRequest): McpReplyWriter {
    const { ledger, request, response } = this.#exchange
    return this.#context.writer = new McpReplyWriter({
      response, idText: message.idText, acceptsEvents: acceptsEventStream(single(request.headers, 'accept')),
      headers: { 'x-portcullis-exchange': this.#exchange.id, 'x-portcullis-trace': ledger.trace },
    })
  }

  /** @throws Failure request.malformed */
  #searching(message: McpRequest, view: CatalogView): Searching | null {
    const { search: rule } = this.#behind
    if (rule === null || !isSearched(view, rule)) return null
    const name = searchNameOf(message)
    return name === 'find_tools' ? { rule, search: readSearch(message), through: null } : { rule, search: null, through: name }
  }

  /** Looking for tools is listing them. */
  #find(message: McpRequest, found: Found): ReceivedOperation {
    const { ledger } = this.#exchange
    ledger.action = 'tool.list'
    ledger.target = { name: 'find_tools', server: null }
    return {
      kind: 'operation', message, ...found, entry: null, writer: this.#writer(message), endpoint: this.#endpoint,
      operation: { ...operationOf(message, 'tool.list', null, { target: null, task: null }), name: 'tools/list' },
    }
  }

  /** @throws Failure request.unknown_tool for an id that was not given to this caller */
  #task(exposed: string, owner: McpOwner, era: McpEra): SealedTask {
    const task = openTask(this.#parts.sealer, exposed, { owner, era, endpoint: this.#endpoint })
    if (task === null) throw unknownTask()
    return task
  }

  /** The caller's own connection to a required server may fail where the gateway's does not. */
  #checkFailed({ failed }: CatalogView): void {
    const missing = failed.find(({ server }) => this.#exchange.runtime.mcpServer(server)?.required === true)
    if (missing !== undefined) throw requiredFailure(missing.server, missing.failure)
  }

  #describe(message: McpRequest): void {
    const { ledger, span, request } = this.#exchange
    ledger.method = message.method
    if (!span.sampled) return
    span.rename(message.method)
    span.set(attributes.mcpMethod, writtenName(message.method))
    span.set(attributes.jsonrpcRequestId, writtenName(message.idText).slice(0, 64))
    span.set(attributes.mcpProtocolVersion, writtenName(message.protocolVersion ?? single(request.headers, 'mcp-protocol-version') ?? '2025-03-26'))
  }
}

/** @throws Failure request.* | McpRefusal with the protocol's own code */
export const receiveMcp = (exchange: Exchange<Runtime>, principal: Principal, endpoint: string, parts: McpReceiving, context: McpContext): Promise<McpReceived> =>
  new Receiving(exchange, { principal: principalKey(principal), endpoint, behind: exchange.runtime.mcpEndpoint(endpoint, principal.subject.groups) }, parts, context).receive()
