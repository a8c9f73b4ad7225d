// The handshakes of both eras, over whatever transport: what a server says about itself, checked. It decides no fallback (mcp-probe.ts does).
import { Failure } from '../exchange/failure.ts'
import type { McpCall, McpReply } from '../exchange/mcp.ts'
import type { McpEra } from '../exchange/operation.ts'
import { legacyVersions, metaKeys, modernVersions } from '../exchange/mcp-wire.ts'

export interface McpHello {
  readonly era: McpEra
  readonly protocolVersion: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly serverInfo: Readonly<Record<string, unknown>>
  readonly instructions: string | null
}

/** A transport that can send requests before the handshake is over. */
export interface McpWire {
  readonly server: string
  /** Requests are written in this dialect from now on. */
  speak(era: McpEra, protocolVersion: string | null): void
  request(call: McpCall): Promise<McpReply>
  /** Sends a notification; resolves when the server has taken it, or cannot. */
  notified(method: string): Promise<void>
}

export interface Handshake {
  /** Version of the gateway, for clientInfo. */
  readonly version: string
  readonly timeoutMs: number
  /** JSON text of what the client behind us can be asked. */
  readonly capabilities: string
}

export const clientInfoText = (version: string): string => JSON.stringify({ name: 'portcullis', title: 'Portcullis MCP gateway', version })

/** A plain call without caller, token or notifications. */
export const ownCall = (method: string, params: string | null, timeoutMs: number): McpCall =>
  ({ method, params, signal: null, timeoutMs, onNotification: null, caller: null })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const recordOr = (value: unknown): Readonly<Record<string, unknown>> => isRecord(value) ? value : {}

/** The parsed `result` or `error` of a reply. */
export const payloadOf = (reply: McpReply): Readonly<Record<string, unknown>> => recordOr(recordOr(reply.document.value)[reply.kind])

const refusal = (server: string, what: string): Failure =>
  new Failure('upstream.protocol', `MCP server "${server}" ${what}.`, { detail: { server } })

const textOrNull = (value: unknown): string | null => typeof value === 'string' ? value : null

/** Extensions are of the stateless era. */
const withoutExtensions = (capabilities: string): string =>
  capabilities.includes('"extensions"') ? JSON.stringify({ ...JSON.parse(capabilities) as object, extensions: undefined }) : capabilities

/**
 * Performs initialize and notifications/initialized.
 * @throws Failure upstream.protocol when the server refuses or speaks no revision that we do
 */
export const initialize = async (wire: McpWire, { version, timeoutMs, capabilities }: Handshake): Promise<McpHello> => {
  wire.speak('legacy', null)
  const params = `{"protocolVersion":"${legacyVersions[0]}","capabilities":${withoutExtensions(capabilities)},"clientInfo":${clientInfoText(version)}}`
  const reply = await wire.request(ownCall('initialize', params, timeoutMs))
  const payload = payloadOf(reply)
  if (reply.kind === 'error') throw refusal(wire.server, `refused initialize with JSON-RPC error ${String(Number(payload['code']))}`)
  const protocolVersion = payload['protocolVersion']
  if (!(legacyVersions as readonly unknown[]).includes(protocolVersion)) throw refusal(wire.server, 'answered initialize with a protocol version that the gateway does not speak')
  const hello: McpHello = {
    era: 'legacy', protocolVersion: protocolVersion as string,
    capabilities: recordOr(payload['capabilities']), serverInfo: recordOr(payload['serverInfo']), instructions: textOrNull(payload['instructions']),
  }
  wire.speak('legacy', hello.protocolVersion)
  // Waited for: over HTTP a request could otherwise overtake it, and strict servers would refuse that request.
  await wire.notified('notifications/initialized')
  return hello
}

/** Sends server/discover in the newest modern revision. The reply may be anything. */
export const discover = (wire: McpWire, timeoutMs: number): Promise<McpReply> => {
  wire.speak('modern', modernVersions[0])
  return wire.request(ownCall('server/discover', null, timeoutMs))
}

/** The newest of the listed versions that we speak in the modern era. */
export const mutualModern = (supported: unknown): string | undefined =>
  Array.isArray(supported) ? modernVersions.find(version => supported.includes(version)) : undefined

/**
 * Reads a DiscoverResult.
 * @throws Failure upstream.protocol when no modern revision is shared
 */
export const readDiscovery = (wire: McpWire, payload: Readonly<Record<string, unknown>>): McpHello => {
  const protocolVersion = mutualModern(payload['supportedVersions'])
  if (protocolVersion === undefined) throw refusal(wire.server, 'supports no MCP revision that the gateway speaks')
  wire.speak('modern', protocolVersion)
  return {
    era: 'modern', protocolVersion, capabilities: recordOr(payload['capabilities']),
    serverInfo: recordOr(recordOr(payload['_meta'])[metaKeys.serverInfo]), instructions: textOrNull(payload['instructions']),
  }
}
