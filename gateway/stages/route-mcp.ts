// Which connection? The route table chose the server when the message was read; here is the owner's own connection to it.
import { Failure } from '../exchange/failure.ts'
import type { Labels } from '../exchange/labels.ts'
import type { McpConnection } from '../exchange/mcp.ts'
import type { SpanHandle } from '../exchange/trace.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Runtime } from '../pipeline/runtime.ts'
import { attributes } from '../telemetry/names.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'
import type { DecidedMcp } from './decide-mcp.ts'

export interface McpRoute {
  readonly connection: McpConnection
  /** Client span of the call. */
  readonly span: SpanHandle
  /** The server's, for everything that comes back. */
  readonly labels: Labels
  readonly timeoutMs: number
  readonly limitMs: number
}

/** @throws Failure request.unknown_tool | upstream.* */
export const routeMcp = async (exchange: Exchange<Runtime>, { received: { entry, owner, message } }: DecidedMcp, pool: McpPool): Promise<McpRoute> => {
  if (entry === null) throw new Failure('request.unknown_tool', 'Nothing of this name is there.')
  if (entry.failure !== undefined) throw entry.failure
  const facts = exchange.runtime.mcpServer(entry.server)
  if (facts === undefined) throw new Failure('upstream.connect', `MCP server "${entry.server}" is no longer configured.`, { detail: { server: entry.server } })
  const found = pool.get(entry.server, owner)
  const connection = found instanceof Promise ? await found : found
  const isTool = entry.kind === 'tool'
  const isNamed = isTool || entry.kind === 'prompt'
  exchange.span.rename(isNamed ? `${message.method} ${entry.exposedName}` : message.method)
  if (isTool && exchange.span.sampled) {
    exchange.span.set(attributes.operationName, 'execute_tool')
    exchange.span.set(attributes.toolName, entry.exposedName)
  }
  const span = exchange.span.child(isNamed ? `${message.method} ${entry.originalName}` : message.method, 'client', {
    [attributes.mcpMethod]: message.method, [attributes.serverAddress]: entry.server, [attributes.mcpProtocolVersion]: connection.protocolVersion,
    ...isTool ? { [attributes.operationName]: 'execute_tool', [attributes.toolName]: entry.originalName } : {},
  })
  return { connection, span, labels: facts.labels, timeoutMs: facts.timeoutOf(isTool ? entry.originalName : null), limitMs: facts.callLimitMs }
}
