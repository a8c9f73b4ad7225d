// One MCP server as the upstream side needs it: complete, with secrets resolved. It is never logged as a whole.

export interface McpStdioTransport {
  readonly kind: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  /** Added to the clean environment; values may be secrets. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string | null
}

/** How to log in at a server, with secrets resolved. */
export interface McpOauth {
  readonly grant: 'authorization_code' | 'client_credentials'
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly clientMetadataUrl: string | null
  readonly issuer: string | null
  readonly scopes: readonly string[]
}

export interface McpHttpTransport {
  /** `http`: streamable HTTP, else what the server falls back to; `sse`: HTTP+SSE of revision 2024-11-05. */
  readonly kind: 'http' | 'sse'
  readonly url: string
  /** Sent with every request, e.g. an Authorization of the gateway's own. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly oauth?: McpOauth
}

export interface McpServerSpec {
  readonly name: string
  readonly transport: McpStdioTransport | McpHttpTransport
  /** `auto` asks the server once and remembers the verdict. */
  readonly era: 'auto' | 'legacy' | 'modern'
  /** From the start of a process or socket to the end of the handshake. */
  readonly connectTimeoutMs: number
  /** A connection that was not used for this long is closed. */
  readonly idleStopMs: number
}

/** Where upstream code reports what an operator may want to see. `text` never holds arguments, results or secrets of ours. */
export type McpLog = (server: string, event: 'stderr' | 'ignored' | 'exit' | 'connect' | 'list', text: string) => void

/** Equal specs may keep their connections over a reload. */
export const sameServer = (a: McpServerSpec, b: McpServerSpec): boolean => JSON.stringify(a) === JSON.stringify(b)
