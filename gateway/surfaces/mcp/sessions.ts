// Sessions of legacy MCP clients. An id alone opens nothing: it is bound to the principal and the endpoint that it was made for.
import { randomUUID } from 'node:crypto'
import { legacyVersions, rpcCodes } from '../../exchange/mcp-wire.ts'
import { McpRefusal } from './refusal.ts'
import { McpSession, type SessionInit } from './session.ts'

export interface SessionsOptions {
  readonly nowMs?: () => number
  /** Idle time after which a session ends, in milliseconds. */
  readonly ttlMs?: number
  /** Most sessions; above it the one that was idle longest ends. */
  readonly max?: number
  /** Pause between keep-alive comments on a GET stream. */
  readonly heartbeatMs?: number
  /** A session ended, for whatever reason: its upstream connections and catalogs have to go. */
  readonly onEnded?: (session: McpSession) => void
}

export interface SessionLookup {
  /** Header mcp-session-id. */
  readonly id: string | undefined
  /** The same principal key as at open(). */
  readonly principal: string
  /** "" for /mcp, else the server name of /mcp/<server>. */
  readonly endpoint: string
  /** Header mcp-protocol-version. */
  readonly versionHeader: string | undefined
  /** For the refusal. */
  readonly idText: string | null
}

const defaultTtlMs = 24 * 3_600_000
const defaultMax = 10_000
const sweepMs = 60_000

const refuse = (message: string, httpStatus: 400 | 404, idText: string | null): McpRefusal => new McpRefusal(message, {
  code: 'request.session', rpcCode: httpStatus === 404 ? -32001 : rpcCodes.invalidRequest, httpStatus, idText, detail: { field: 'mcp-session-id' },
})

export class McpSessions {
  readonly #options: SessionsOptions
  readonly #nowMs: () => number
  readonly #sessions = new Map<string, McpSession>()
  readonly #sweeper: NodeJS.Timeout

  constructor(options: SessionsOptions = {}) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
    this.#sweeper = setInterval(() => { this.sweep() }, sweepMs)
    this.#sweeper.unref()
  }

  get size(): number { return this.#sessions.size }

  open(init: SessionInit): McpSession {
    if (this.#sessions.size >= (this.#options.max ?? defaultMax)) this.#endOldest()
    // A UUID of version 4 has 122 random bits from the system's generator: nobody guesses it, and guessing would not help (see find).
    const session = new McpSession(randomUUID(), init, this.#nowMs(), this.#options.heartbeatMs)
    this.#sessions.set(session.id, session)
    return session
  }

  /**
   * The caller's session. Unknown ids and other principals' ids get the same answer.
   * @throws McpRefusal 400 where the id is missing or the version header is wrong, 404 where the client should initialize again
   */
  find({ endpoint, id, idText, principal, versionHeader }: SessionLookup): McpSession {
    checkVersionHeader(versionHeader, idText)
    if (id === undefined) throw refuse('The Mcp-Session-Id header is missing; start with initialize.', 400, idText)
    const session = this.#sessions.get(id)
    if (session === undefined || session.principal !== principal || session.endpoint !== endpoint) throw refuse('Session not found; start a new one with initialize.', 404, idText)
    const now = this.#nowMs()
    if (now - session.lastUsedMs >= this.#ttlMs && !session.isBusy) {
      this.end(session)
      throw refuse('Session not found; start a new one with initialize.', 404, idText)
    }
    session.lastUsedMs = now
    return session
  }

  /** Ends a session (DELETE, expiry): its requests are aborted, its stream is closed. */
  end(session: McpSession): void {
    if (!this.#sessions.delete(session.id)) return
    session.end()
    this.#options.onEnded?.(session)
  }

  /** All sessions, for fanning out what concerns every client. */
  all(): IterableIterator<McpSession> { return this.#sessions.values() }
  get(id: string): McpSession | undefined { return this.#sessions.get(id) }

  sweep(): void {
    const now = this.#nowMs()
    for (const session of this.#sessions.values()) if (now - session.lastUsedMs >= this.#ttlMs && !session.isBusy) this.end(session)
  }

  close(): void {
    clearInterval(this.#sweeper)
    for (const session of [...this.#sessions.values()]) this.end(session)
  }

  get #ttlMs(): number { return this.#options.ttlMs ?? defaultTtlMs }

  #endOldest(): void {
    let oldest: McpSession | null = null
    for (const session of this.#sessions.values()) if (oldest === null || session.lastUsedMs < oldest.lastUsedMs) oldest = session
    if (oldest !== null) this.end(oldest)
  }
}

/** Absent means 2025-03-26, which had no such header; any other text must be a version that we speak. */
const checkVersionHeader = (version: string | undefined, idText: string | null): void => {
  if (version === undefined || (legacyVersions as readonly string[]).includes(version)) return
  throw new McpRefusal(`Bad Request: unsupported MCP-Protocol-Version (supported: ${legacyVersions.join(', ')}).`, {
    code: 'request.malformed', rpcCode: rpcCodes.invalidRequest, httpStatus: 400, idText, detail: { field: 'mcp-protocol-version' },
  })
}
