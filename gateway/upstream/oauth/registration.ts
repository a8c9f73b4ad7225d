// As whom does the gateway log in? Registered beforehand, else by a published metadata document, else registered on the spot; and never with
// what another authorization server gave it.
import type { FetchLike, OAuthClientInformationMixed } from '@modelcontextprotocol/client'
import { Failure } from '../../exchange/failure.ts'
import type { KeptClient, KeptLogin } from '../../exchange/login.ts'
import type { McpOauth } from '../mcp-server.ts'
import type { Discovered } from './discovery.ts'
import { step } from './oauth-failure.ts'
import { oauthSdk } from './sdk.ts'

export interface Registering {
  readonly oauth: McpOauth | null
  readonly discovered: Discovered
  readonly kept: KeptLogin | null
  readonly redirectUri: string
  readonly scope: string | null
  readonly fetch: FetchLike
  readonly nowMs: number
}

const clientOf = (known: KeptClient['known'], id: string, secret: string | null, redirectUri: string): KeptClient =>
  ({ known, id, secret, secretExpiresAtS: null, authMethod: null, redirectUri })

/** What the SDK wants to know of a client. */
export const informationOf = (client: KeptClient): OAuthClientInformationMixed => ({
  client_id: client.id, redirect_uris: [client.redirectUri],
  ...client.secret === null ? {} : { client_secret: client.secret },
  ...client.authMethod === null ? {} : { token_endpoint_auth_method: client.authMethod },
})

/** The operator's client, unless the server now names an authorization server that it was not registered at. */
const registeredBefore = (id: string, { oauth, kept, discovered, redirectUri }: Registering): KeptClient => {
  const others = Object.keys(kept?.clients ?? {}).filter(issuer => issuer !== discovered.issuer && kept?.clients[issuer]?.id === id)
  if (oauth?.issuer === null && others.length > 0) {
    throw new Failure('upstream.refused', `The server names another authorization server (${discovered.issuer}) than the one that the configured client was used at.`, {
      detail: { remedy: 'If the change is meant, register a client there, configure it, and set oauth.issuer of the server.' },
    })
  }
  return clientOf('configured', id, oauth?.clientSecret ?? null, redirectUri)
}

const isUsable = (client: KeptClient | undefined, { redirectUri, nowMs }: Registering): client is KeptClient =>
  client?.known === 'registered' && client.redirectUri === redirectUri && (client.secretExpiresAtS === null || client.secretExpiresAtS * 1000 > nowMs)

// Deprecated by the newest revision in favour of published documents, and still the only way that most authorization servers know.
const register = async ({ discovered, redirectUri, scope, fetch }: Registering): Promise<KeptClient> => {
  const { registerClient } = await oauthSdk()
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const information = await step('Registering at the authorization server', () => registerClient(discovered.issuer, {
    metadata: discovered.metadata, fetchFn: fetch, ...scope === null ? {} : { scope },
    clientMetadata: {
      client_name: 'Portcullis MCP gateway', redirect_uris: [redirectUri], application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    },
  }))
  const expires = information.client_secret_expires_at
  return {
    known: 'registered', id: information.client_id, secret: information.client_secret ?? null, secretExpiresAtS: expires === undefined || expires === 0 ? null : expires,
    authMethod: information.token_endpoint_auth_method ?? null, redirectUri,
  }
}

/** A login with this client noted. The secret of a configured one stays where the operator put it. */
export const withClient = (login: KeptLogin, issuer: string, client: KeptClient): KeptLogin =>
  ({ ...login, clients: { ...login.clients, [issuer]: client.known === 'configured' ? { ...client, secret: null } : client } })

/** @throws Failure upstream.refused, with what the operator can do, where there is no way to become a client */
export const clientFor = async (registering: Registering): Promise<KeptClient> => {
  const { oauth, discovered: { issuer, metadata }, kept, redirectUri } = registering
  if (oauth !== null && oauth.clientId !== null) return registeredBefore(oauth.clientId, registering)
  if (oauth !== null && oauth.clientMetadataUrl !== null && metadata.client_id_metadata_document_supported === true) return clientOf('document', oauth.clientMetadataUrl, null, redirectUri)
  const known = kept?.clients[issuer]
  if (isUsable(known, registering)) return known
  if (metadata.registration_endpoint !== undefined) return register(registering)
  throw new Failure('upstream.refused', `The authorization server ${issuer} does not register clients by itself.`, {
    detail: { remedy: `Register the gateway there with the callback ${redirectUri}, and set oauth.client_id (and client_secret) of the server.` },
  })
}
