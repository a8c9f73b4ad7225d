// What both transports share: the hello, the envelope, and what happens to messages that answer nobody's request.
import { Failure } from '../exchange/failure.ts'
import type { McpConnection, ReadJson } from '../exchange/mcp.ts'
import type { McpEra } from '../exchange/operation.ts'
import { clientInfoText, type McpHello, type McpWire } from './mcp-hello.ts'
import type { Incoming } from './mcp-message.ts'
import type { Envelope } from './mcp-params.ts'
import { PendingCalls, progressIdOf, type PendingCall } from './mcp-pending.ts'
import type { McpLog, McpServerSpec } from './mcp-server.ts'

/** A request of the server to us. Returns JSON text of the result, or null to refuse (a seam: nothing but ping is bridged yet). */
export type OnServerRequest = (method: string, params: string | null) => Promise<string> | null

export interface ConnectionEvents {
  /** Notifications that belong to no request of ours: list_changed, log messages on stdio, resource updates. */
  readonly onNotification: (method: string, params: string | null) => void
  readonly onServerRequest: OnServerRequest
  /** The connection ended by itself; it is of no use any more. */
  readonly onBroken: (failure: Failure) => void
}

export interface ConnectionDeps {
  readonly spec: McpServerSpec
  readonly readJson: ReadJson
  readonly log: McpLog
  readonly events: ConnectionEvents
  /** Version of the gateway, for clientInfo. */
  readonly version: string
}

/** A connection as the pool keeps it. */
export interface PooledConnection extends McpConnection, McpWire {
  readonly server: string
  /** Requests without an answer. */
  readonly pendingCount: number
  /** Resolves once nothing is pending. */
  idle(): Promise<void>
  /** Called once with the outcome of the handshake; starts listening for list changes. */
  ready(hello: McpHello): void
}

/** These concern the session, on whatever stream they come. */
const unrelated = /^notifications\/(?:(?:tools|resources|prompts)\/list_changed|resources\/updated)$/

export abstract class ConnectionBase implements McpWire {
  readonly server: string
  protected readonly deps: ConnectionDeps
  protected readonly pending: PendingCalls
  /** Null in the legacy era. */
  protected envelope: Envelope | null = null
  protected hello: McpHello | null = null
  protected spoken: McpEra = 'legacy'

  constructor(deps: ConnectionDeps) {
    this.deps = deps
    this.server = deps.spec.name
    this.pending = new PendingCalls(deps.spec.name)
  }

  abstract request(call: Parameters<McpWire['request']>[0]): ReturnType<McpWire['request']>
  abstract notify(method: string, params: string | null): void
  abstract notified(method: string): Promise<void>
  /** Sends the answer to a request of the server. */
  protected abstract respond(idText: string, result: string | null): void

  get era(): McpEra { return this.spoken }
  get protocolVersion(): string { return this.hello?.protocolVersion ?? '' }
  get capabilities(): Readonly<Record<string, unknown>> { return this.hello?.capabilities ?? {} }
  get serverInfo(): Readonly<Record<string, unknown>> { return this.hello?.serverInfo ?? {} }
  get instructions(): string | null { return this.hello?.instructions ?? null }
  get pendingCount(): number { return this.pending.size }
  idle(): Promise<void> { return this.pending.idle() }

  speak(era: McpEra, protocolVersion: string | null): void {
    this.spoken = era
    this.envelope = era === 'legacy' ? null : {
      protocolVersion: JSON.stringify(protocolVersion), clientInfo: clientInfoText(this.deps.version), clientCapabilities: '{}',
    }
  }

  /** Which kinds of list_changed the server said it would send. */
  protected get announcedKinds(): readonly ('tools' | 'resources' | 'prompts')[] {
    return (['tools', 'resources', 'prompts'] as const).filter(kind =>
      (this.capabilities[kind] as { listChanged?: unknown } | undefined)?.listChanged === true)
  }

  /** Will the server say anything of its own accord? */
  protected get announcesAnything(): boolean {
    return this.announcedKinds.length > 0 || this.spoken === 'legacy' && (this.capabilities['resources'] as { subscribe?: unknown } | undefined)?.subscribe === true
  }

  /** Params of subscriptions/listen for everything that the server announced. */
  protected get listenParams(): string {
    return JSON.stringify({ notifications: Object.fromEntries(this.announcedKinds.map(kind => [`${kind}ListChanged`, true])) })
  }

  /**
   * Delivers what is not a reply.
   * @param origin the request on whose own stream the message came; null on a shared channel.
   */
  protected deliver(incoming: Exclude<Incoming, { kind: 'reply' }>, origin: PendingCall | null): void {
    if (incoming.kind === 'request') {
      this.#serve(incoming.idText, incoming.method, incoming.params)
      return
    }
    const { method, params, document } = incoming
    if (method === 'notifications/progress') {
      // Tokens on the wire are our request ids: whatever a server invents reaches nobody.
      this.pending.get(progressIdOf(document))?.notify(method, params, document)
    } else if (origin === null || unrelated.test(method)) this.deps.events.onNotification(method, params)
    else origin.notify(method, params, document)
  }

  #serve(idText: string, method: string, params: string | null): void {
    if (method === 'ping') {
      this.respond(idText, '{}')
      return
    }
    const answer = this.deps.events.onServerRequest(method, params)
    if (answer === null) {
      this.deps.log(this.server, 'ignored', `refused the server's request ${JSON.stringify(method)}`)
      this.respond(idText, null)
    } else answer.then(result => this.respond(idText, result), () => this.respond(idText, null))
  }
}

export const closedFailure = (server: string): Failure =>
  new Failure('upstream.connect', `The connection to MCP server "${server}" was closed.`, { detail: { server } })
