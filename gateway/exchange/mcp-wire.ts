// Constants of the MCP wire that both sides of the gateway need: revisions, reserved names, error codes. No behaviour beyond look-ups.

/** Revisions with an initialize handshake, newest first. */
export const legacyVersions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const
/** Revisions that carry version and capabilities in every request, newest first. */
export const modernVersions = ['2026-07-28'] as const

export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const

/** What begins like this in `_meta` is the protocol's own, and of the stateless era. */
export const reservedMeta = 'io.modelcontextprotocol/'

/** Extension of the stateless era, and member of `_meta` of the session era, for calls that take their own time. */
export const tasksExtension = 'io.modelcontextprotocol/tasks'
export const relatedTask = 'io.modelcontextprotocol/related-task'

/** Members of params with which a stateless client goes on where a server had asked (2026-07-28, "Multi Round-Trip Requests"). */
export const retryMembers = ['inputResponses', 'requestState'] as const

/** JSON-RPC 2.0 and the codes that MCP reserves (2026-07-28, basic/index, "Error Codes"). */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  resourceNotFound: -32002,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedVersion: -32022,
} as const

/** The member of `params` that the Mcp-Name header mirrors (2026-07-28, transports/streamable-http, "Standard Request Headers"). */
const nameFields: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri', 'tasks/get': 'taskId', 'tasks/update': 'taskId', 'tasks/cancel': 'taskId',
})

/** Null for methods that have no Mcp-Name header. */
export const mcpNameField = (method: string): string | null => nameFields[method] ?? null

const base64Prefix = '=?base64?'
const base64Suffix = '?='

const isSentinel = (value: string): boolean => value.startsWith(base64Prefix) && value.endsWith(base64Suffix)

/** Writes a value so that it survives as a header ("Value Encoding"): plain where it is visible ASCII, else marked base64. */
export const encodeHeaderValue = (value: string): string => {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !isSentinel(value)
  return plain ? value : base64Prefix + Buffer.from(value, 'utf8').toString('base64') + base64Suffix
}

/** Reads such a header; null when its base64 is not canonical or not UTF-8. */
export const decodeHeaderValue = (value: string): string | null => {
  if (!isSentinel(value)) return value
  const encoded = value.slice(base64Prefix.length, -base64Suffix.length)
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return null
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null
}
