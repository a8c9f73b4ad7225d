// Access tokens (RFC 6749): from a Google service account (RFC 7523), Google's metadata server, Microsoft Entra ID, or a program.
import { sign } from 'node:crypto'
import type { TokenSource } from '../../exchange/credential.ts'
import { askCommand, askHttp, noCredentialFrom, objectIn, type Http } from './ask.ts'
import type { Fresh } from './perishable.ts'

export interface Means { readonly http: Http; readonly clock: () => number; readonly environment: NodeJS.ProcessEnv }

/** Where nobody says how long a token lives. Short, so that one that is used up is not used for long. */
const unknownLifeMs = 10 * 60_000
const jwtLifeS = 3600
const scope = 'https://www.googleapis.com/auth/cloud-platform'

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

type ServiceAccount = Extract<TokenSource, { kind: 'google-service-account' }>

/** The assertion that Google exchanges for a token ("Using OAuth 2.0 for server to server applications"). */
export const assertionOf = ({ email, keyId, privateKey, tokenUri }: ServiceAccount, nowMs: number): string => {
  const issuedS = Math.floor(nowMs / 1000)
  const head = base64url({ alg: 'RS256', typ: 'JWT', ...keyId === null ? {} : { kid: keyId } })
  const claims = base64url({ iss: email, scope, aud: tokenUri, iat: issuedS, exp: issuedS + jwtLifeS })
  return `${head}.${claims}.${sign('sha256', Buffer.from(`${head}.${claims}`), privateKey).toString('base64url')}`
}

/** `expires_in` in seconds; `expiry` (kubectl, gcloud) and `expiresOn` (az) as dates. */
const lifeOf = (answer: Readonly<Record<string, unknown>>, nowMs: number): number => {
  const seconds = Number(answer['expires_in'])
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  const date = [answer['expiry'], answer['expiresOn'], answer['expires_on']].find(value => typeof value === 'string')
  const at = date === undefined ? NaN : Date.parse(date)
  return Number.isFinite(at) ? at - nowMs : unknownLifeMs
}

/** Tokens stand in a header: what cannot stand there is none. */
const isToken = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value)

const tokenIn = (provider: string, text: string, nowMs: number): Fresh<string> => {
  const answer = objectIn(provider, text)
  const token = [answer['access_token'], answer['accessToken'], answer['token']].find(isToken)
  if (token === undefined) throw noCredentialFrom(provider, 'what hands it out answered without an access token')
  return { value: token, expiresMs: nowMs + lifeOf(answer, nowMs) }
}

const form = (fields: Readonly<Record<string, string>>): { method: 'POST'; headers: Record<string, string>; body: string } =>
  ({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }, body: new URLSearchParams(fields).toString() })

const printed = (provider: string, text: string, nowMs: number): Fresh<string> => {
  if (text.startsWith('{')) return tokenIn(provider, text, nowMs)
  if (!isToken(text)) throw noCredentialFrom(provider, 'the command printed something that is not a token')
  return { value: text, expiresMs: nowMs + unknownLifeMs }
}

/** @throws Failure upstream.* naming the provider */
export const askToken = async (source: TokenSource, provider: string, { clock, environment, http }: Means): Promise<Fresh<string>> => {
  switch (source.kind) {
    case 'google-service-account': return tokenIn(provider, await askHttp(http, provider, {
      url: source.tokenUri, ...form({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertionOf(source, clock()) }),
    }), clock())
    case 'google-metadata': return tokenIn(provider, await askHttp(http, provider, {
      url: `${source.endpoint}/computeMetadata/v1/instance/service-accounts/default/token`, method: 'GET', headers: { 'metadata-flavor': 'Google' },
    }), clock())
    case 'entra-client': return tokenIn(provider, await askHttp(http, provider, {
      url: source.url, ...form({ grant_type: 'client_credentials', client_id: source.clientId, client_secret: source.clientSecret, scope: source.scope }),
    }), clock())
    case 'command': return printed(provider, await askCommand(provider, source.command, environment), clock())
  }
}
