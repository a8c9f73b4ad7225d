// Which scopes to ask for (2025-11-25 and 2026-07-28, authorization, "Scope Selection Strategy" and "Step-Up Authorization"). Scopes are
// space-delimited; null stands for none.
import type { KeptLogin } from '../../exchange/login.ts'
import type { McpOauth } from '../mcp-server.ts'
import type { Discovered } from './discovery.ts'

export interface ScopeSources {
  /** Of the server's challenge: what the refused request needs. */
  readonly challenged: string | null
  /** Of the operator. */
  readonly configured: readonly string[]
  /** Of the server's metadata. */
  readonly supported: readonly string[] | null
  /** Asked for and granted before, at the same authorization server: a new login replaces the old one and must not lose them. */
  readonly held: string | null
  /** Of the authorization server's metadata. */
  readonly offered: readonly string[] | null
  /** Is a refresh token of any use with this grant? */
  readonly refreshable: boolean
}

const listOf = (scope: string | null): readonly string[] => scope?.split(' ').filter(word => word !== '') ?? []

/** Every scope once, in the order of their first mention. */
export const unionOf = (...scopes: readonly (string | null)[]): string | null => {
  const words = [...new Set(scopes.flatMap(listOf))]
  return words.length === 0 ? null : words.join(' ')
}

/** Is everything of `wanted` in `held`? */
export const covers = (held: string | null, wanted: string | null): boolean => {
  const words = new Set(listOf(held))
  return listOf(wanted).every(word => words.has(word))
}

export const scopesToAsk = (sources: ScopeSources): string | null => {
  const { challenged, configured, held, offered, refreshable, supported } = sources
  // A challenge is exact; what a server supports is only the next best guess, and only where the operator said nothing.
  const wanted = challenged ?? (configured.length > 0 ? null : supported?.join(' ') ?? null)
  const scope = unionOf(held, wanted, configured.join(' '))
  // Alone it would take the place of whatever the authorization server grants by default.
  return scope !== null && refreshable && offered?.includes('offline_access') === true ? unionOf(scope, 'offline_access') : scope
}

/** The same, from what a login has found so far. */
export const scopesFor = ({ oauth, kept, discovered, challenged }: { oauth: McpOauth | null; kept: KeptLogin | null; discovered: Discovered; challenged: string | null }): string | null => {
  const { issuer, metadata, scopesSupported } = discovered
  const held = kept?.tokens?.issuer === issuer ? kept.tokens : null
  return scopesToAsk({
    challenged, configured: oauth?.scopes ?? [], supported: scopesSupported, offered: metadata.scopes_supported ?? null,
    held: held === null ? null : unionOf(held.asked, held.granted),
    refreshable: oauth?.grant !== 'client_credentials' && metadata.grant_types_supported?.includes('refresh_token') !== false,
  })
}
