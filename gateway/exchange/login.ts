// What is kept of the gateway's own login at an MCP server. All of it is secret: it is sealed at rest and reaches no log, audit or error.

/** The gateway as one authorization server knows it. */
export interface KeptClient {
  /** By the operator's configuration (its secret is not kept here), by a published document, or by registration on the spot. */
  readonly known: 'configured' | 'document' | 'registered'
  readonly id: string
  readonly secret: string | null
  /** Seconds since the epoch; null for secrets without an end. */
  readonly secretExpiresAtS: number | null
  readonly authMethod: string | null
  /** A registration is good for this callback only. */
  readonly redirectUri: string
}

export interface KeptTokens {
  /** The authorization server that they come from, and the only one that sees the refresh token again. */
  readonly issuer: string
  readonly access: string
  readonly refresh: string | null
  /** Asked for and granted, space-delimited; null where none was named. */
  readonly asked: string | null
  readonly granted: string | null
  readonly expiresAtMs: number | null
  /** When the login was made; renewals do not change it. */
  readonly sinceMs: number
}

export interface KeptLogin {
  /** The server's address when it was made: tokens go to no other. */
  readonly url: string
  /** Where the server publishes its metadata, if it said so. */
  readonly metadataUrl: string | null
  /** By issuer: what one authorization server knows is no business of another. */
  readonly clients: Readonly<Record<string, KeptClient>>
  readonly tokens: KeptTokens | null
}

/** Synchronous: it is read on every request to a server. */
export interface LoginStore {
  load(server: string): KeptLogin | null
  /** @throws the file system's error */
  save(server: string, login: KeptLogin): void
}
