// Which connection? The route table chose the server when the message was read; here is the owner's own connection to it.
import { Failure } from '../exchange/failure.ts'
import { joinLabels, type Labels } from '../exchange/labels.ts'
import type { McpConnection } from '../exchange/mcp.ts'
import type { SpanHandle } from '../exchange/trace.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { McpServerFacts, Runtime } from '../pipeline/runtime.ts'
import { attributes } from '../telemetry/names.ts'
import type { CatalogEntry } from '../upstream/mcp-catalog-view.ts'
import type { McpPool } from '../upstream/mcp-pool.ts'
import type { DecidedMcp } from './decide-mcp.ts'

export interface McpRoute {
  readonly connection: McpConnection
  /** Client span of the call. */
  readonly span: SpanHandle
  /** The server's and the tool's or resource's, for everything that comes back. */
  readonly labels: Labels
  readonly timeoutMs: number
  readonly limitMs: number
}

const untrusted: Labels = Object.freeze({ labels: Object.freeze(['untrusted']), sensitivity: 'public' })

/** A server's own hints add labels; that it says nothing, or the opposite, takes none away. */
const labelsOfEntry = (facts: McpServerFacts, { annotations, kind, originalName }: CatalogEntry, target: string | null): Labels => {
  // What a template stands for is labelled by its own URI.
  const declared = facts.labelsOf(kind === 'template' ? 'resource' : kind, kind === 'template' ? target ?? originalName : originalName)
  return annotations['openWorldHint'] === true ? joinLabels(declared, untrusted) : declared
}

/** @throws Failure request.unknown_tool | upstream.* */
export const routeMcp = async (exchange: Exchange<Runtime>, { permit: { operation }, received: { entry, owner, message } }: DecidedMcp, pool: McpPool): Promise<McpRoute> => {
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
  return { connection, span, labels: labelsOfEntry(facts, entry, operation.target), timeoutMs: facts.timeoutOf(isTool ? entry.originalName : null), limitMs: facts.callLimitMs }
}
