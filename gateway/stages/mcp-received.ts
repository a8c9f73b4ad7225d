// What receiving makes of an HTTP request over MCP, and for whom it came.
import type { ToolSearch } from '../../registry/tool-search.ts'
import type { McpOwner } from '../exchange/mcp.ts'
import { metaKeys } from '../exchange/mcp-wire.ts'
import type { McpOperation } from '../exchange/operation.ts'
import type { Principal } from '../exchange/principal.ts'
import { carriedCapabilities } from '../surfaces/mcp/client-capabilities.ts'
import type { LocalMethod } from '../surfaces/mcp/methods.ts'
import type { McpRequest } from '../surfaces/mcp/read-message.ts'
import type { FailureContext } from '../surfaces/mcp/render-failure.ts'
import type { McpReplyWriter } from '../surfaces/mcp/reply.ts'
import type { Search, SearchName } from '../surfaces/mcp/search-tools.ts'
import type { McpSession } from '../surfaces/mcp/session.ts'
import type { CatalogEntry, CatalogView } from '../upstream/mcp-catalog-view.ts'

/** What a failure's text depends on; grows while the message is read. `writer` is there once an answer may have begun. */
export type McpContext = { -readonly [Field in keyof FailureContext]: FailureContext[Field] } & { writer: McpReplyWriter | null }

export const newMcpContext = (): McpContext => ({ idText: null, era: 'legacy', method: null, target: null, visible: false, writer: null })

/** An operation with everything that deciding, routing and answering it needs. */
export interface ReceivedOperation {
  readonly kind: 'operation'
  readonly operation: McpOperation
  readonly message: McpRequest
  readonly session: McpSession | null
  readonly owner: McpOwner
  readonly view: CatalogView
  /** Null for lists. */
  readonly entry: CatalogEntry | null
  readonly writer: McpReplyWriter
  /** "" for /mcp, else what stands behind it. */
  readonly endpoint: string
  /** Where tools are looked for: how, and what this message has to do with it. */
  readonly searching: Searching | null
}

export interface Searching {
  readonly rule: ToolSearch
  /** find_tools; null for every other message. */
  readonly search: Search | null
  /** Through which of our tools this call came, or null. */
  readonly through: Exclude<SearchName, 'find_tools'> | null
}

/** Several messages in one body, each to become an exchange of its own. */
export interface ReceivedBatch { readonly kind: 'batch'; readonly texts: readonly string[] }

export type McpReceived =
  | { readonly kind: 'attach' | 'end'; readonly session: McpSession }
  /** Carried out when it is recorded; null where it changes nothing. */
  | { readonly kind: 'accepted'; readonly take: (() => void) | null }
  | { readonly kind: 'local'; readonly method: LocalMethod; readonly message: McpRequest; readonly session: McpSession | null }
  | ReceivedOperation
  | ReceivedBatch

export const principalKey = ({ subject, key }: Principal): string => `${subject.tenant}/${key}`

/** For whom connections are kept where there are no sessions: servers may tell clients of different abilities different things. */
export const statelessOwner = (principal: string, endpoint: string, { era, params }: McpRequest): McpOwner => {
  if (era === 'legacy') return { principal, session: `sessionless/${endpoint}`, capabilities: '{}' }
  const meta = params?.['_meta'] as Readonly<Record<string, unknown>> | undefined
  const capabilities = carriedCapabilities(meta?.[metaKeys.clientCapabilities])
  return { principal, session: `modern/${endpoint}/${capabilities}`, capabilities }
}
