// New tokens without a human: by refresh token, or with the client's own credentials. The way is found anew each time, since the server may have
// moved to another authorization server, which must not see what the old one gave.
import type { FetchLike } from '@modelcontextprotocol/client'
import { Failure } from '../../exchange/failure.ts'
import type { KeptLogin, KeptTokens } from '../../exchange/login.ts'
import type { McpOauth } from '../mcp-server.ts'
import type { Challenge } from './challenge.ts'
import { discover } from './discovery.ts'
import { ownTokens, refresh, type TokenRequest } from './login-steps.ts'
import { oauthErrorOf } from './oauth-failure.ts'
import { clientFor, withClient } from './registration.ts'
import { scopesFor } from './scopes.ts'

export interface Renewing {
  readonly url: string
  readonly oauth: McpOauth | null
  readonly kept: KeptLogin
  /** What the server wanted when it refused the old token; null where that has only come of age. */
  readonly challenge: Challenge | null
  readonly fetch: FetchLike
  readonly nowMs: number
}

export type Renewal =
  | { readonly kind: 'renewed'; readonly login: KeptLogin; readonly tokens: KeptTokens }
  /** Somebody has to log in; `login` is what is left. */
  | { readonly kind: 'over'; readonly login: KeptLogin }
  /** The authorization server gave no clear answer. */
  | { readonly kind: 'later' }

const without = (clients: KeptLogin['clients'], issuer: string): KeptLogin['clients'] =>
  Object.fromEntries(Object.entries(clients).filter(([known]) => known !== issuer))

const refreshed = async (request: TokenRequest, held: KeptTokens, kept: KeptLogin): Promise<Renewal> => {
  try {
    const tokens = await refresh(request, held)
    return { kind: 'renewed', tokens, login: { ...withClient(kept, held.issuer, request.client), tokens } }
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    const word = await oauthErrorOf(thrown)
    if (word === null) return { kind: 'later' }
    return { kind: 'over', login: { ...kept, tokens: null, clients: word === 'invalid_client' ? without(kept.clients, held.issuer) : kept.clients } }
  }
}

const byItself = async (request: TokenRequest, kept: KeptLogin): Promise<Renewal> => {
  const tokens = await ownTokens(request)
  return { kind: 'renewed', tokens, login: { ...withClient(kept, tokens.issuer, request.client), tokens } }
}

/** @throws Failure upstream.* where a step fails for another reason than that the login is over */
export const renew = async ({ url, oauth, kept, challenge, fetch, nowMs }: Renewing): Promise<Renewal> => {
  const discovered = await discover({ url, metadataUrl: challenge?.metadataUrl ?? kept.metadataUrl, oauth, fetch })
  const redirectUri = kept.clients[discovered.issuer]?.redirectUri ?? ''
  const client = (): ReturnType<typeof clientFor> => clientFor({ oauth, discovered, kept, redirectUri, scope: null, fetch, nowMs })
  if (oauth?.grant === 'client_credentials') {
    return byItself({ discovered, client: await client(), fetch, nowMs, asked: scopesFor({ oauth, kept, discovered, challenged: challenge?.scope ?? null }) }, kept)
  }
  const held = kept.tokens
  if (held?.issuer !== discovered.issuer) return { kind: 'over', login: kept }
  return refreshed({ discovered, client: await client(), fetch, nowMs, asked: held.asked }, held, kept)
}
