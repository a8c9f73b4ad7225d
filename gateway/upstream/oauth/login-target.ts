// At which servers the gateway can log in, and how that stands.
import type { McpOauth, McpServerSpec } from '../mcp-server.ts'

/** A server that can be logged in at. */
export interface LoginTarget { readonly server: string; readonly url: string; readonly oauth: McpOauth | null }

export interface LoginState {
  readonly server: string
  /** `insufficient`: the rights that the server wants were asked for already, and another login would not help. */
  readonly state: 'none' | 'needed' | 'insufficient' | 'connected'
  /** A browser is on its way with a login. */
  readonly awaiting: boolean
  readonly issuer: string | null
  readonly scope: string | null
  readonly since: string | null
  readonly expires: string | null
}

export interface StartedLogin { readonly authorization_url: string; readonly expires: string }

/** Null for servers that are not asked for a login: local ones, and those with a header of the operator's. */
export const loginTargetOf = (spec: McpServerSpec): LoginTarget | null => {
  const { transport } = spec
  if (transport.kind === 'stdio' || transport.headers['authorization'] !== undefined) return null
  return { server: spec.name, url: transport.url, oauth: transport.oauth ?? null }
}

