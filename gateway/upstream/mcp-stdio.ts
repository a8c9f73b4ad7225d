// An MCP server as a child process: newline-delimited JSON-RPC on its standard streams. When the process ends, every caller knows at once.
import { Failure } from '../exchange/failure.ts'
import type { McpCall, McpReply, QuestionAnswer } from '../exchange/mcp.ts'
import { McpChild, type ChildExit } from './mcp-child.ts'
import { closedFailure, ConnectionBase, type ConnectionDeps, type PooledConnection } from './mcp-connection.ts'
import type { McpHello } from './mcp-hello.ts'
import { named } from './mcp-http-exchange.ts'
import { readIncoming, writeCancelled, writeNotification, writeRequest, writeResponse } from './mcp-message.ts'
import { rewriteParams, type OutgoingParams } from './mcp-params.ts'
import type { McpStdioTransport } from './mcp-server.ts'

const exitText = (server: string, exit: ChildExit, answering: boolean): string => {
  if (!exit.started) return `MCP server "${server}" could not be started (${exit.why ?? 'unknown reason'}).`
  const how = exit.signal === null ? `exited with code ${String(exit.code)}` : `was ended by ${exit.signal}`
  return `MCP server "${server}" ${how}${answering ? ' while answering' : ''}; it is being restarted.`
}

export class McpStdioConnection extends ConnectionBase implements PooledConnection {
  readonly #child: McpChild
  #broken: Failure | null = null
  #closing = false
  /** The request on which the server announces changes. */
  #listenId: number | null = null

  constructor(deps: ConnectionDeps, transport: McpStdioTransport) {
    super(deps)
    this.#child = new McpChild(transport, deps.children, {
      line: text => { this.#line(text) },
      stderr: text => { deps.log(this.server, 'stderr', text) },
      gone: exit => { this.#gone(exit) },
      unreadable: thrown => { this.#break(named(this.server, thrown)) },
    })
  }

  /** Process id, for health and tests. */
  get pid(): number | undefined { return this.#child.pid }

  request(call: McpCall): Promise<McpReply> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    const id = this.pending.nextId()
    let params: OutgoingParams
    try {
      params = rewriteParams({ method: call.method, params: call.params, token: id, envelope: this.envelopeFor(call.caller) }, this.deps.readJson)
    } catch (thrown) {
      return Promise.reject(named(this.server, thrown))
    }
    const pending = this.pending.begin(id, call)
    if (pending.ended) return pending.promise
    pending.callerToken = params.callerToken
    pending.abandon = why => { if (call.method !== 'initialize') this.#write(writeCancelled(id, why)) }
    if (!this.#write(writeRequest(id, call.method, params.text))) {
      pending.reject(new Failure('upstream.connect', `MCP server "${this.server}" has stopped reading its input.`, { detail: { server: this.server } }))
    }
    return pending.promise
  }

  notify(method: string, params: string | null): void {
    const rewritten = rewriteParams({ method, params, token: 0, envelope: this.envelopeFor(null) }, this.deps.readJson)
    this.#write(writeNotification(method, rewritten.text))
  }

  notified(method: string): Promise<void> {
    this.notify(method, null)
    return Promise.resolve()
  }

  ready(hello: McpHello): Promise<void> {
    this.hello = hello
    this.relisten()
    return Promise.resolve()
  }

  protected override relisten(): void {
    const before = this.#listenId
    this.#listenId = null
    // Servers of the session era announce changes on the same channel without being asked.
    if (this.spoken === 'modern' && this.announcesAnything) this.#listen()
    if (before !== null) this.#write(writeCancelled(before, 'another subscription takes its place'))
  }

  #listen(): void {
    const method = 'subscriptions/listen'
    const id = this.pending.nextId()
    const params = rewriteParams({ method, params: this.listenParams, token: id, envelope: this.envelopeFor(null) }, this.deps.readJson)
    this.#listenId = id
    // Not a pending call: it stays open for good, and its end says nothing.
    this.#write(writeRequest(id, method, params.text))
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#broken ??= closedFailure(this.server)
      this.pending.failAll(this.#broken)
    }
    await this.#child.stop()
  }

  protected override respond(idText: string, answer: QuestionAnswer): void { this.#write(writeResponse(idText, answer)) }

  /** The JSON texts come from strict reads and may be pretty-printed; a newline inside would be two messages. */
  #write(message: string): boolean {
    return this.#child.write(message.includes('\n') || message.includes('\r') ? message.replace(/[\r\n]+/g, ' ') : message)
  }

  #line(text: string): void {
    let incoming: ReturnType<typeof readIncoming>
    try {
      incoming = readIncoming(this.server, text, this.deps.readJson)
    } catch {
      // Many servers print to stdout by mistake. Its content stays out of the log: it may be a result.
      this.deps.log(this.server, 'ignored', `a line of ${text.length} characters on stdout that is not JSON-RPC`)
      return
    }
    if (incoming.kind === 'reply') this.pending.get(incoming.id)?.resolve(incoming.reply)
    else this.deliver(incoming, null)
  }

  #gone(exit: ChildExit): void {
    const answering = this.pending.size > 0
    const failure = new Failure('upstream.connect', exitText(this.server, exit, answering), { detail: { server: this.server, exited: exit.started } })
    if (!this.#closing) this.deps.log(this.server, 'exit', failure.message)
    this.#break(failure)
  }

  #break(failure: Failure): void {
    if (this.#broken !== null) {
      this.pending.failAll(this.#broken)
      return
    }
    this.#broken = failure
    this.pending.failAll(failure)
    this.deps.events.onBroken(failure)
  }
}
