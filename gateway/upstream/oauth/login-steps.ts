// The steps of a login that talk to an authorization server: to the browser and back, renewing, and getting tokens without a human. They keep
// nothing; logins.ts does.
import type { AuthorizationServerMetadata, FetchLike, OAuthTokens } from '@modelcontextprotocol/client'
import { Failure } from '../../exchange/failure.ts'
import type { KeptClient, KeptTokens } from '../../exchange/login.ts'
import type { Discovered } from './discovery.ts'
import { step } from './oauth-failure.ts'
import { informationOf } from './registration.ts'
import { oauthSdk } from './sdk.ts'

/** A login between its two halves: the browser is away with the state. */
export interface Awaited {
  readonly server: string
  readonly url: string
  readonly metadataUrl: string | null
  readonly discovered: Discovered
  readonly client: KeptClient
  readonly verifier: string
  readonly asked: string | null
}

export interface TokenRequest {
  readonly discovered: Discovered
  readonly client: KeptClient
  readonly asked: string | null
  readonly fetch: FetchLike
  readonly nowMs: number
}

/** What comes back in the browser's address. */
export interface Returned { readonly code: string | null; readonly iss: string | null; readonly error: string | null }

const issParameter = (metadata: AuthorizationServerMetadata): boolean => metadata.authorization_response_iss_parameter_supported === true

const keptTokens = (tokens: OAuthTokens, { discovered, asked, nowMs }: TokenRequest): KeptTokens => {
  const { access_token: access, token_type: type, expires_in: expiresIn, refresh_token: refresh, scope } = tokens
  // It becomes a header; and a token of another type would need more than a header.
  if (type.toLowerCase() !== 'bearer' || !/^[\x21-\x7e]{1,16384}$/.test(access)) {
    throw new Failure('upstream.protocol', 'The authorization server issued a token that is no bearer token.')
  }
  return {
    issuer: discovered.issuer, access, refresh: refresh ?? null, asked, granted: scope ?? asked,
    sinceMs: nowMs, expiresAtMs: expiresIn === undefined ? null : nowMs + expiresIn * 1000,
  }
}

/** The address for the operator's browser, and the secret that only the second half knows. */
export const authorizationUrl = async (request: Omit<TokenRequest, 'nowMs' | 'fetch'>, state: string): Promise<{ readonly url: string; readonly verifier: string }> => {
  const { startAuthorization } = await oauthSdk()
  const { discovered: { issuer, metadata, resource }, client, asked } = request
  const { authorizationUrl: url, codeVerifier } = await step('Starting the login', () => startAuthorization(issuer, {
    metadata, clientInformation: informationOf(client), redirectUrl: client.redirectUri, state, resource, ...asked === null ? {} : { scope: asked },
  }))
  return { url: url.href, verifier: codeVerifier }
}

/** Redeems the code. The issuer is checked first, errors included: an answer of somebody else means nothing (RFC 9207). */
export const redeem = async (awaited: Awaited, returned: Returned, fetch: FetchLike, nowMs: number): Promise<KeptTokens> => {
  const { exchangeAuthorization, validateAuthorizationResponseIssuer } = await oauthSdk()
  const { discovered, client, verifier, asked } = awaited
  const { issuer, metadata, resource } = discovered
  await step('The login', () => {
    validateAuthorizationResponseIssuer({ iss: returned.iss ?? undefined, expectedIssuer: metadata.issuer, issParameterSupported: issParameter(metadata) })
    return Promise.resolve()
  })
  const { code } = returned
  if (code === null) {
    const word = /^[a-z_]{1,40}$/.exec(returned.error ?? '')?.[0] ?? 'an error'
    throw new Failure('upstream.refused', `The authorization server did not grant the login: it answered ${word}.`)
  }
  const tokens = await step('Redeeming the login', () => exchangeAuthorization(issuer, {
    metadata, clientInformation: informationOf(client), authorizationCode: code, codeVerifier: verifier, redirectUri: client.redirectUri, resource, fetchFn: fetch,
    ...returned.iss === null ? {} : { iss: returned.iss },
  }))
  return keptTokens(tokens, { discovered, client, asked, fetch, nowMs })
}

/** @throws the SDK's own error where the authorization server refuses: the caller has to know whether the login is over. */
export const refresh = async (request: TokenRequest, held: KeptTokens): Promise<KeptTokens> => {
  const { refreshAuthorization } = await oauthSdk()
  const { discovered: { issuer, metadata, resource }, client, fetch } = request
  const tokens = await refreshAuthorization(issuer, { metadata, clientInformation: informationOf(client), refreshToken: held.refresh ?? '', resource, fetchFn: fetch })
  const renewed = keptTokens(tokens, request)
  return { ...renewed, sinceMs: held.sinceMs, granted: tokens.scope ?? held.granted }
}

/** The client credentials grant: tokens for the client itself. */
export const ownTokens = async (request: TokenRequest): Promise<KeptTokens> => {
  const { ClientCredentialsProvider, fetchToken } = await oauthSdk()
  const { discovered: { issuer, metadata, resource }, client, asked, fetch } = request
  const provider = new ClientCredentialsProvider({ clientId: client.id, clientSecret: client.secret ?? '', expectedIssuer: issuer })
  const tokens = await step('Getting a token with the client\'s credentials', () =>
    fetchToken(provider, issuer, { metadata, resource, fetchFn: fetch, ...asked === null ? {} : { scope: asked } }))
  return keptTokens(tokens, request)
}
