// Servers without which an endpoint is of no use: each is kept connected and asked again and again whether it is there. It decides
// nothing about a call; it only knows who is missing.
import { asFailure, Failure } from '../exchange/failure.ts'
import type { McpConnection, McpOwner } from '../exchange/mcp.ts'
import { ownCall } from './mcp-hello.ts'
import type { McpPool } from './mcp-pool.ts'

export interface RequiredOptions {
  readonly pool: McpPool
  /** Pause between two questions to a server. */
  readonly everyMs?: number
  /** A server became reachable (null) or unreachable. */
  readonly onChange: (server: string, failure: Failure | null) => void
}

/** The gateway's own place at these servers: no caller shares it. */
const ourselves: McpOwner = { principal: '', session: 'gateway/required', capabilities: '{}' }

const defaultEveryMs = 5000
const answerMs = 10_000

/** Any answer, an error too, says that the server is there. */
const ask = (connection: McpConnection): Promise<unknown> =>
  connection.request(ownCall(connection.era === 'legacy' ? 'ping' : 'server/discover', null, answerMs))

/** Why an endpoint cannot be used without this server. */
export const requiredFailure = (server: string, failure: Failure): Failure => new Failure(
  'upstream.connect', `MCP server "${server}" is required here and cannot be reached. ${failure.message}`,
  { detail: { server, remedy: 'Retry later; an operator should look after the named server, or make it optional.' }, cause: failure, ...failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs } },
)

export class RequiredServers {
  readonly #options: RequiredOptions
  /** `undefined`: not answered yet since it became required. */
  readonly #states = new Map<string, Failure | null | undefined>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #closed = false

  constructor(options: RequiredOptions) { this.#options = options }

  /** Takes the required servers of a generation. */
  update(servers: readonly string[]): void {
    for (const known of [...this.#states.keys()]) {
      if (servers.includes(known)) continue
      this.#states.delete(known)
      clearTimeout(this.#timers.get(known))
      this.#timers.delete(known)
    }
    for (const server of servers) {
      if (this.#states.has(server)) continue
      this.#states.set(server, undefined)
      void this.#check(server)
    }
  }

  /** One sentence about the first server that is missing, for readiness; null when all are there. */
  get missing(): string | null {
    for (const [server, state] of this.#states) {
      if (state !== null) return state === undefined ? `the required MCP server "${server}" has not answered yet` : `the required MCP server "${server}" cannot be reached: ${state.message}`
    }
    return null
  }

  /** @throws Failure upstream.connect where one of the servers behind an endpoint is required and known to be missing */
  check(servers: readonly string[]): void {
    if (this.#states.size === 0) return
    for (const server of servers) {
      const state = this.#states.get(server)
      if (state !== null && state !== undefined) throw requiredFailure(server, state)
    }
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  async #check(server: string): Promise<void> {
    let state: Failure | null = null
    try {
      await ask(await this.#options.pool.get(server, ourselves))
    } catch (thrown) {
      state = asFailure(thrown)
    }
    if (this.#closed || !this.#states.has(server)) return
    const before = this.#states.get(server)
    this.#states.set(server, state)
    if ((before === null) !== (state === null)) this.#options.onChange(server, state)
    this.#timers.set(server, setTimeout(() => { void this.#check(server) }, this.#options.everyMs ?? defaultEveryMs).unref())
  }
}
