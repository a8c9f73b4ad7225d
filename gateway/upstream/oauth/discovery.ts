// From a server to its authorization server: protected resource metadata (RFC 9728), then authorization server metadata (RFC 8414, OpenID
// discovery). What is found is checked against where it was found; a mismatch ends it.
import type { AuthorizationServerMetadata, FetchLike } from '@modelcontextprotocol/client'
import { Failure } from '../../exchange/failure.ts'
import type { McpOauth } from '../mcp-server.ts'
import { step } from './oauth-failure.ts'
import { isSecure } from './reachable.ts'
import { oauthSdk } from './sdk.ts'

export interface Discovered {
  /** The server's own name for itself: what tokens are asked for, letter by letter. */
  readonly resource: string
  readonly scopesSupported: readonly string[] | null
  readonly issuer: string
  readonly metadata: AuthorizationServerMetadata
}

export interface DiscoverOptions {
  readonly url: string
  /** Where the server said that its metadata is; null to look in the well-known places. */
  readonly metadataUrl: string | null
  readonly oauth: McpOauth | null
  readonly fetch: FetchLike
}

const refused = (message: string, remedy: string): Failure => new Failure('upstream.refused', message, { detail: { remedy } })

const resourceOf = async ({ url, metadataUrl, fetch }: DiscoverOptions) => {
  const { checkResourceAllowed, discoverOAuthProtectedResourceMetadata, resourceUrlFromServerUrl } = await oauthSdk()
  const resource = await step('Reading the protected resource metadata of the server', () =>
    discoverOAuthProtectedResourceMetadata(url, metadataUrl === null ? {} : { resourceMetadataUrl: metadataUrl }, fetch))
  // Tokens for somebody else's resource must not be had in our name, nor sent to this server.
  const fits = URL.canParse(resource.resource) && checkResourceAllowed({ requestedResource: resourceUrlFromServerUrl(url), configuredResource: resource.resource })
  if (!fits) throw refused('The metadata of the server is that of another resource.', 'Correct the url of the server; it has to be the address that the server itself goes by.')
  return resource
}

const checkMetadata = (metadata: AuthorizationServerMetadata, oauth: McpOauth | null): void => {
  for (const endpoint of [metadata.authorization_endpoint, metadata.token_endpoint, metadata.registration_endpoint]) {
    if (endpoint !== undefined && !(URL.canParse(endpoint) && isSecure(new URL(endpoint)))) throw refused('The authorization server has an endpoint that is neither https nor loopback.', 'The authorization server has to be repaired.')
  }
  // Without S256 a code that leaks can be redeemed by whoever has it ("Authorization Code Protection").
  if (oauth?.grant !== 'client_credentials' && metadata.code_challenge_methods_supported?.includes('S256') !== true) {
    throw refused('The authorization server does not say that it supports PKCE with S256, which is required.', 'The authorization server has to be repaired.')
  }
}

/** @throws Failure upstream.* where anything is missing, unreachable or does not fit together */
export const discover = async (options: DiscoverOptions): Promise<Discovered> => {
  const { fetch, oauth } = options
  const { discoverAuthorizationServerMetadata } = await oauthSdk()
  const resource = await resourceOf(options)
  const named = resource.authorization_servers ?? []
  const issuer = oauth?.issuer ?? named[0]
  if (issuer === undefined || !named.includes(issuer)) {
    throw refused(oauth?.issuer == null ? 'The metadata of the server names no authorization server.' : 'The server does not name the configured issuer as its authorization server.', 'Compare oauth.issuer of the server with authorization_servers in its metadata.')
  }
  const metadata = await step('Reading the metadata of the authorization server', () => discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch }))
  if (metadata === undefined) throw refused('The authorization server publishes no metadata.', 'The authorization server has to be repaired.')
  checkMetadata(metadata, oauth)
  return { resource: resource.resource, scopesSupported: resource.scopes_supported ?? null, issuer: metadata.issuer, metadata }
}
