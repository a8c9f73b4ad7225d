// From a server's description to a connection that has said hello: probe or known era, handshake, deadline. Nothing is left running
// when it fails.
import { Failure } from '../exchange/failure.ts'
import { closedFailure, type ConnectionDeps, type PooledConnection } from './mcp-connection.ts'
import { initialize, type Handshake, type McpHello } from './mcp-hello.ts'
import { McpHttpConnection, type HttpClient } from './mcp-http.ts'
import { greet, probeEra, type EraMemory } from './mcp-probe.ts'
import { McpSseConnection } from './mcp-sse.ts'
import { McpStdioConnection } from './mcp-stdio.ts'

export interface OpenDeps extends ConnectionDeps {
  readonly http: HttpClient
  readonly eras: EraMemory
}

const longestStdioProbeMs = 5000

const construct = (deps: OpenDeps): PooledConnection => {
  const { transport } = deps.spec
  if (transport.kind === 'stdio') return new McpStdioConnection(deps, transport)
  const isSse = transport.kind === 'sse' || deps.eras.get(deps.spec.name)?.isSse === true
  return isSse ? new McpSseConnection(deps, transport, deps.http) : new McpHttpConnection(deps, transport, deps.http)
}

/** With these a server says that it does not know streamable HTTP (2025-03-26, transports, "Backwards Compatibility"). */
const olderTransport = new Set([400, 404, 405])

/** Events of a connection that is still being opened go nowhere but to the request that waits. */
const whileOpening = (deps: OpenDeps, isOpen: () => boolean): OpenDeps => ({
  ...deps, events: { ...deps.events, onBroken: failure => { if (isOpen()) deps.events.onBroken(failure) } },
})

const handshakeOf = (deps: OpenDeps): Handshake => ({ version: deps.version, timeoutMs: deps.spec.connectTimeoutMs, capabilities: deps.capabilities })

class Opening {
  readonly #deps: OpenDeps
  #connection: PooledConnection
  #open = false
  #abandoned = false
  #fellBack = false

  constructor(deps: OpenDeps) {
    this.#deps = whileOpening(deps, () => this.#open)
    this.#connection = construct(this.#deps)
  }

  async run(): Promise<PooledConnection> {
    const { eras, spec } = this.#deps
    try {
      const hello = await this.#hello()
      // The deadline passed while a second process was on its way.
      if (this.#abandoned) throw closedFailure(spec.name)
      if (spec.era === 'auto' || this.#fellBack) eras.set(spec.name, hello.era, this.#connection instanceof McpSseConnection)
      await this.#connection.ready(hello)
      this.#open = true
      return this.#connection
    } catch (thrown) {
      // A remembered verdict that no longer works must not be trusted again.
      eras.forget(spec.name)
      await this.abandon()
      throw thrown
    }
  }

  abandon(): Promise<void> {
    this.#abandoned = true
    return this.#connection.close()
  }

  async #hello(): Promise<McpHello> {
    const { eras, spec } = this.#deps
    const handshake = handshakeOf(this.#deps)
    const { kind: transport } = spec.transport
    if (transport === 'sse') return initialize(this.#connection, handshake)
    const known = spec.era === 'auto' ? eras.get(spec.name)?.era : spec.era
    if (known === 'modern') return greet(this.#connection, known, handshake)
    if (known === 'legacy') return this.#initialize(handshake)
    const probeTimeoutMs = transport === 'http' ? spec.connectTimeoutMs : Math.min(longestStdioProbeMs, spec.connectTimeoutMs / 2)
    const verdict = await probeEra(this.#connection, { ...handshake, transport, probeTimeoutMs })
    if (verdict.era === 'modern') return verdict.hello
    return this.#initializeAfterProbe(handshake)
  }

  /** A server that refuses the POST may be one of revision 2024-11-05, whose GET says where to send messages. */
  async #initialize(handshake: Handshake): Promise<McpHello> {
    try {
      return await initialize(this.#connection, handshake)
    } catch (thrown) {
      const { http, spec: { name, transport } } = this.#deps
      const mayBeOlder = transport.kind === 'http' && this.#connection instanceof McpHttpConnection && thrown instanceof Failure
        && thrown.code === 'upstream.refused' && olderTransport.has(thrown.detail.upstreamStatus ?? 0)
      if (!mayBeOlder || this.#abandoned) throw thrown
      await this.#connection.close()
      this.#connection = new McpSseConnection(this.#deps, transport, http)
      this.#fellBack = true
      try {
        return await initialize(this.#connection, handshake)
      } catch (older) {
        this.#deps.log(name, 'connect', `the server offers no HTTP+SSE transport either: ${older instanceof Error ? older.message : ''}`)
        throw thrown
      }
    }
  }

  /** The probed process may have ended of the question; a fresh one is not asked again. */
  async #initializeAfterProbe(handshake: Handshake): Promise<McpHello> {
    try {
      return await this.#initialize(handshake)
    } catch (thrown) {
      if (this.#deps.spec.transport.kind !== 'stdio' || !(thrown instanceof Failure) || thrown.detail['exited'] !== true) throw thrown
      await this.#connection.close()
      this.#connection = construct(this.#deps)
      return initialize(this.#connection, handshake)
    }
  }
}

/**
 * Opens a connection within spec.connectTimeoutMs.
 * @throws Failure upstream.connect | upstream.timeout | upstream.protocol | upstream.refused
 */
export const openConnection = async (deps: OpenDeps): Promise<PooledConnection> => {
  const { name, connectTimeoutMs } = deps.spec
  const opening = new Opening(deps)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('upstream.timeout', `MCP server "${name}" did not complete its handshake within ${connectTimeoutMs} ms.`, { detail: { server: name } }))
      void opening.abandon()
    }, connectTimeoutMs)
  })
  try {
    return await Promise.race([opening.run(), late])
  } finally {
    clearTimeout(timer)
  }
}
