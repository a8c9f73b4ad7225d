// What the gateway answers itself: initialize, server/discover, ping, logging/setLevel. It promises clients only what it carries.
import { legacyVersions, metaKeys, modernVersions, rpcCodes, tasksExtension } from '../../exchange/mcp-wire.ts'
import type { McpEra } from '../../exchange/operation.ts'
import type { McpRequest } from './read-message.ts'
import { McpRefusal } from './refusal.ts'
import { logLevels, type LogLevel, type McpSession, type SessionInit } from './session.ts'

/** What an upstream said about itself; McpConnection fits. */
export interface UpstreamHello {
  readonly server: string
  readonly era: McpEra
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly instructions: string | null
}

/** Revisions offered to clients of the legacy era; 2024-11-05 had another transport. */
export const offeredLegacyVersions: readonly string[] = legacyVersions.filter(version => version !== '2024-11-05')

const listKinds = ['tools', 'resources', 'prompts'] as const
const longestInstructions = 8192

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The union of what the upstreams offer, limited to what we carry. Tools are always there: a server that is down now may bring its own
 * later, and then the client is told.
 */
export const mergeCapabilities = (upstreams: readonly UpstreamHello[], era: McpEra): Readonly<Record<string, unknown>> => {
  const has = (name: string): boolean => upstreams.some(({ capabilities }) => capabilities[name] !== undefined)
  const merged: Record<string, unknown> = {}
  for (const kind of listKinds) if (kind === 'tools' || has(kind)) merged[kind] = { listChanged: true }
  const tellsOfUpdates = ({ capabilities: { resources } }: UpstreamHello): boolean => isRecord(resources) && resources['subscribe'] === true
  if (upstreams.some(tellsOfUpdates)) merged['resources'] = { listChanged: true, subscribe: true }
  if (has('completions')) merged['completions'] = {}
  if (has('logging')) merged['logging'] = {}
  return { ...merged, ...taskCapabilities(upstreams, era) }
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((found, key) => isRecord(found) ? found[key] : undefined, value)

/** Each era has its own tasks, and they are not bridged: a server of the other era is not told of them and answers when it is done. */
const taskCapabilities = (upstreams: readonly UpstreamHello[], era: McpEra): Readonly<Record<string, unknown>> => {
  const own = upstreams.filter(upstream => upstream.era === era)
  if (era === 'modern') return own.some(({ capabilities }) => at(capabilities, 'extensions', tasksExtension) !== undefined) ? { extensions: { [tasksExtension]: {} } } : {}
  if (!own.some(({ capabilities }) => at(capabilities, 'tasks', 'requests', 'tools', 'call') !== undefined)) return {}
  return { tasks: { ...own.some(({ capabilities }) => at(capabilities, 'tasks', 'cancel') !== undefined) ? { cancel: {} } : {}, requests: { tools: { call: {} } } } }
}

/** Servers' own words, each under its name, so that a model can tell who says what. Null when nobody says anything. */
export const mergeInstructions = (upstreams: readonly UpstreamHello[]): string | null => {
  const parts = upstreams.flatMap(({ instructions, server }) => {
    const text = instructions?.trim() ?? ''
    return text === '' ? [] : [`## ${server}\n${text.length > longestInstructions ? `${text.slice(0, longestInstructions)} …` : text}`]
  })
  return parts.length === 0 ? null : parts.join('\n\n')
}

const serverInfo = (version: string): Readonly<Record<string, string>> => ({ name: 'portcullis', title: 'Portcullis MCP gateway', version })

const withInstructions = (upstreams: readonly UpstreamHello[]): { readonly instructions?: string } => {
  const instructions = mergeInstructions(upstreams)
  return instructions === null ? {} : { instructions }
}

const invalidParams = (message: string, field: string, idText: string): McpRefusal => new McpRefusal(message, {
  code: 'request.malformed', rpcCode: rpcCodes.invalidParams, httpStatus: 200, idText, detail: { field },
})

export interface Initialized {
  /** JSON text of the result. */
  readonly result: string
  /** For McpSessions.open, together with principal and endpoint. */
  readonly session: Pick<SessionInit, 'protocolVersion' | 'clientInfo' | 'clientCapabilities'>
}

/**
 * Answers initialize: the client's version if it is offered, else our newest.
 * @param version of the gateway.
 * @throws McpRefusal -32602 when params are not what the protocol asks for
 */
export const answerInitialize = (request: McpRequest, upstreams: readonly UpstreamHello[], version: string): Initialized => {
  const { capabilities, clientInfo, protocolVersion: wanted } = request.params ?? {}
  if (typeof wanted !== 'string') throw invalidParams('initialize needs params.protocolVersion.', 'params.protocolVersion', request.idText)
  if (!isRecord(capabilities)) throw invalidParams('initialize needs params.capabilities.', 'params.capabilities', request.idText)
  if (!isRecord(clientInfo)) throw invalidParams('initialize needs params.clientInfo.', 'params.clientInfo', request.idText)
  const protocolVersion = offeredLegacyVersions.includes(wanted) ? wanted : legacyVersions[0]
  const result = JSON.stringify({
    protocolVersion, capabilities: mergeCapabilities(upstreams, 'legacy'), serverInfo: serverInfo(version), ...withInstructions(upstreams),
  })
  return { result, session: { protocolVersion, clientInfo, clientCapabilities: capabilities } }
}

/** JSON text of the DiscoverResult (2026-07-28, server/discover). */
export const answerDiscover = (upstreams: readonly UpstreamHello[], version: string): string => JSON.stringify({
  resultType: 'complete', supportedVersions: modernVersions, capabilities: mergeCapabilities(upstreams, 'modern'), ...withInstructions(upstreams),
  _meta: { [metaKeys.serverInfo]: serverInfo(version) }, ttlMs: 0, cacheScope: 'private',
})

/** JSON text of the result of ping. */
export const answerPing = (): string => '{}'

/**
 * Answers logging/setLevel by noting the level in the session.
 * @throws McpRefusal -32602 for a level that the protocol does not know
 */
export const answerSetLevel = (request: McpRequest, session: McpSession): string => {
  const level = request.params?.['level']
  if (!(logLevels as readonly unknown[]).includes(level)) throw invalidParams(`params.level must be one of ${logLevels.join(', ')}.`, 'params.level', request.idText)
  session.logLevel = level as LogLevel
  return '{}'
}
