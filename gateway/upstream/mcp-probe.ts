// Finds out which era a server speaks, once, and remembers it with a date. Only an answer is evidence: a server that is down, busy or
// wants credentials has said nothing about its era.
import { Failure } from '../exchange/failure.ts'
import { legacyVersions, rpcCodes } from '../exchange/mcp-wire.ts'
import type { McpEra } from '../exchange/operation.ts'
import { discover, initialize, mutualModern, payloadOf, readDiscovery, type Handshake, type McpHello, type McpWire } from './mcp-hello.ts'

export interface EraVerdict {
  readonly era: McpEra
  /** It speaks the HTTP+SSE transport only. */
  readonly isSse: boolean
  readonly atMs: number
}

/** Verdicts per server. Servers are upgraded while we run, so each verdict has an end. */
export class EraMemory {
  readonly #verdicts = new Map<string, EraVerdict>()
  readonly #nowMs: () => number
  readonly #maxAgeMs: number

  constructor(nowMs: () => number, maxAgeMs = 3_600_000) {
    this.#nowMs = nowMs
    this.#maxAgeMs = maxAgeMs
  }

  get(server: string): EraVerdict | undefined {
    const verdict = this.#verdicts.get(server)
    return verdict !== undefined && this.#nowMs() - verdict.atMs < this.#maxAgeMs ? verdict : undefined
  }

  set(server: string, era: McpEra, isSse = false): void { this.#verdicts.set(server, { era, isSse, atMs: this.#nowMs() }) }
  forget(server: string): void { this.#verdicts.delete(server) }
}

export interface Probe extends Handshake {
  /** On stdio a legacy server may stay silent or exit; on HTTP silence says nothing. */
  readonly transport: 'stdio' | 'http'
  readonly probeTimeoutMs: number
}

export type ProbeResult = { readonly era: 'modern'; readonly hello: McpHello } | { readonly era: 'legacy' }

const legacy: ProbeResult = { era: 'legacy' }

/** HTTP statuses with which servers of the legacy era turn an unknown request away. */
const legacyStatuses = new Set([400, 404, 405, 406, 415, 422, 501])

const recognisedModern = new Set<unknown>([rpcCodes.headerMismatch, rpcCodes.missingClientCapability, rpcCodes.unsupportedVersion])

const judgeError = async (wire: McpWire, error: Readonly<Record<string, unknown>>, probe: Probe): Promise<ProbeResult> => {
  const { code, data } = error
  if (!recognisedModern.has(code)) return legacy
  const supported = (data as { supported?: unknown } | undefined)?.supported
  if (mutualModern(supported) !== undefined) {
    const again = await discover(wire, probe.timeoutMs)
    if (again.kind === 'result') return { era: 'modern', hello: readDiscovery(wire, payloadOf(again)) }
  } else if (Array.isArray(supported) && legacyVersions.some(version => supported.includes(version))) return legacy
  throw new Failure('upstream.protocol', `MCP server "${wire.server}" speaks a modern MCP revision that the gateway does not.`, { detail: { server: wire.server } })
}

const judgeThrown = (thrown: unknown, transport: Probe['transport']): ProbeResult => {
  if (!(thrown instanceof Failure)) throw thrown
  const { code, detail } = thrown
  if (transport === 'http') {
    if (code === 'upstream.refused' && legacyStatuses.has(detail.upstreamStatus ?? 0)) return legacy
    throw thrown
  }
  // Some servers exit on any request before initialize. A command that never started has said nothing.
  if (code === 'upstream.timeout' || (code === 'upstream.connect' && detail['exited'] === true)) return legacy
  throw thrown
}

/**
 * Asks server/discover first (2026-07-28, "Backward Compatibility" of both transports).
 * @throws Failure where the era stays unknown
 */
export const probeEra = async (wire: McpWire, probe: Probe): Promise<ProbeResult> => {
  try {
    const reply = await discover(wire, probe.probeTimeoutMs)
    const payload = payloadOf(reply)
    if (reply.kind === 'error') return await judgeError(wire, payload, probe)
    return Array.isArray(payload['supportedVersions']) ? { era: 'modern', hello: readDiscovery(wire, payload) } : legacy
  } catch (thrown) {
    return judgeThrown(thrown, probe.transport)
  }
}

/** The handshake of an era that is known. */
export const greet = async (wire: McpWire, era: McpEra, handshake: Handshake): Promise<McpHello> => {
  if (era === 'legacy') return initialize(wire, handshake)
  const reply = await discover(wire, handshake.timeoutMs)
  if (reply.kind === 'result') return readDiscovery(wire, payloadOf(reply))
  throw new Failure('upstream.protocol', `MCP server "${wire.server}" refused server/discover.`, { detail: { server: wire.server } })
}
