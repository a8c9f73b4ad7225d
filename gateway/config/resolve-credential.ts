// A provider's credential with its references resolved. What it needs from files and the environment is looked for now, so that a
// configuration that cannot work is refused when it is loaded.
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { isAbsolute, resolve } from 'node:path'
import type { CredentialRef } from '../../registry/credential.ts'
import { isPrivateHost, type Provider } from '../../registry/provider.ts'
import type { SecretRef } from '../../registry/secret-ref.ts'
import { noCredential, type AwsKeys, type AwsSource, type Credential, type TokenSource } from '../exchange/credential.ts'
import type { ConfigProblem } from './config-error.ts'

/** What resolving needs of its surroundings; problems are collected, and values that belong to one are never used. */
export interface Resolving {
  readonly environment: NodeJS.ProcessEnv
  readonly base: string
  readonly problems: ConfigProblem[]
  resolve(ref: SecretRef, path: string): string
}

const note = (by: Resolving, path: string, problem: string, example?: string): void => {
  by.problems.push({ path, problem, ...example === undefined ? {} : { example } })
}

const ownHeaders: Readonly<Record<string, string>> = { anthropic: 'x-api-key', gemini: 'x-goog-api-key' }

/** A key travels in one header, and which one depends on who reads it. */
const keyHeaders = ({ dialect, hosting }: Provider, key: string): Readonly<Record<string, string>> => {
  if (hosting.kind === 'azure') return Object.freeze({ 'api-key': key })
  const name = hosting.kind === 'direct' ? ownHeaders[dialect] : undefined
  return Object.freeze(name === undefined ? { authorization: `Bearer ${key}` } : { [name]: key })
}

/** Credentials are asked for over TLS, but on this machine or the network that the clouds' metadata services are on. */
const isSafe = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { hostname, protocol } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && isPrivateHost(hostname))
}

const keyOf = (pem: string): KeyObject | null => {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : null
  } catch {
    return null
  }
}

const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

const serviceAccount = (ref: SecretRef, path: string, by: Resolving): TokenSource | null => {
  const before = by.problems.length
  const given = objectIn(by.resolve(ref, path))
  if (by.problems.length > before) return null
  const { client_email: email, private_key: pem, private_key_id: id, token_uri: uri, type } = given
  const privateKey = typeof pem === 'string' ? keyOf(pem) : null
  const tokenUri = typeof uri === 'string' ? uri : 'https://oauth2.googleapis.com/token'
  if (type !== 'service_account' || typeof email !== 'string' || privateKey === null) note(by, path, 'is not the JSON key of a service account (`type: service_account` with client_email and an RSA private_key)', 'a key made by: gcloud iam service-accounts keys create')
  else if (!isSafe(tokenUri)) note(by, path, 'the token_uri of the key is not an https URL')
  else return { kind: 'google-service-account', email, privateKey, keyId: typeof id === 'string' ? id : null, tokenUri }
  return null
}

const required = (by: Resolving, name: string, path: string): string => {
  const value = by.environment[name]
  if (value === undefined || value === '') note(by, path, `the environment variable ${name} is not set`, `export ${name}=… before the gateway starts`)
  return value ?? ''
}

const keysIn = (by: Resolving, path: string): AwsKeys => ({
  accessKeyId: required(by, 'AWS_ACCESS_KEY_ID', path), secretAccessKey: required(by, 'AWS_SECRET_ACCESS_KEY', path), sessionToken: by.environment['AWS_SESSION_TOKEN'] ?? null,
})

const containerIn = (by: Resolving, path: string): AwsSource => {
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN: token, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } = by.environment
  const url = relative !== undefined ? `http://169.254.170.2${relative}` : required(by, 'AWS_CONTAINER_CREDENTIALS_FULL_URI', path)
  if (url !== '' && !isSafe(url)) note(by, path, 'AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this machine or its network')
  return { kind: 'container', url, token: token ?? null, tokenFile: tokenFile ?? null }
}

const awsDomain = (region: string): string => region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'

const awsSource = (kind: Extract<CredentialRef, { aws: unknown }>['aws'], region: string, path: string, by: Resolving): AwsSource => {
  switch (kind) {
    case 'environment': return { kind: 'keys', keys: keysIn(by, path) }
    case 'container': return containerIn(by, path)
    case 'instance': return { kind: 'instance', endpoint: metadataAt(by, path, 'AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://169.254.169.254') }
    case 'web_identity': return {
      kind: 'web-identity', roleArn: required(by, 'AWS_ROLE_ARN', path), tokenFile: required(by, 'AWS_WEB_IDENTITY_TOKEN_FILE', path),
      sessionName: by.environment['AWS_ROLE_SESSION_NAME'] ?? 'portcullis', endpoint: metadataAt(by, path, 'AWS_ENDPOINT_URL_STS', `https://sts.${region}.${awsDomain(region)}`),
    }
  }
}

/** Endpoints that the clouds' own tools take from the environment. */
const metadataAt = (by: Resolving, path: string, name: string, otherwise: string): string => {
  const url = by.environment[name] ?? otherwise
  if (!isSafe(url)) note(by, path, `${name} is neither https nor an address of this machine or its network`)
  return url.replace(/\/+$/, '')
}

const googleMetadata = (path: string, by: Resolving): TokenSource => {
  const host = by.environment['GCE_METADATA_HOST'] ?? 'metadata.google.internal'
  const endpoint = `http://${host}`
  if (!isSafe(endpoint)) note(by, path, 'GCE_METADATA_HOST is not an address of this machine or its network')
  return { kind: 'google-metadata', endpoint }
}

const entraClient = ({ authority, client_id, client_secret, scope, tenant }: Extract<CredentialRef, { entra_client: unknown }>['entra_client'], path: string, by: Resolving): TokenSource => {
  if (!isSafe(authority)) note(by, `${path}.authority`, 'must be an https URL', 'authority: "https://login.microsoftonline.com"')
  return {
    kind: 'entra-client', url: `${authority.replace(/\/+$/, '')}/${tenant}/oauth2/v2.0/token`, clientId: client_id, clientSecret: by.resolve(client_secret, `${path}.client_secret`), scope,
  }
}

/** @param path of the credential in the configuration, for problems. */
export const resolveCredential = (provider: Provider, ref: CredentialRef, path: string, by: Resolving): Credential => {
  const { hosting, id } = provider
  const token = (source: TokenSource | null): Credential => source === null ? noCredential : { kind: 'token', provider: id, source }
  const aws = (source: AwsSource): Credential => hosting.kind === 'bedrock' ? { kind: 'aws', provider: id, region: hosting.region, source } : noCredential
  if ('env' in ref || 'file' in ref) return { kind: 'headers', headers: keyHeaders(provider, by.resolve(ref, path)) }
  if ('command' in ref) return hosting.kind === 'bedrock' ? aws({ kind: 'command', command: ref.command }) : token({ kind: 'command', command: ref.command })
  if ('google' in ref) return token(googleMetadata(`${path}.google`, by))
  if ('google_service_account' in ref) return token(serviceAccount(ref.google_service_account, `${path}.google_service_account`, by))
  if ('entra_client' in ref) return token(entraClient(ref.entra_client, `${path}.entra_client`, by))
  if ('aws_keys' in ref) {
    const { access_key_id: access, secret_access_key: secret, session_token: session } = ref.aws_keys
    const at = `${path}.aws_keys`
    return aws({ kind: 'keys', keys: {
      accessKeyId: by.resolve(access, `${at}.access_key_id`), secretAccessKey: by.resolve(secret, `${at}.secret_access_key`), sessionToken: session === null ? null : by.resolve(session, `${at}.session_token`),
    } })
  }
  if ('aws_profile' in ref) return aws({ kind: 'profile', name: ref.aws_profile.name, file: isAbsolute(ref.aws_profile.file) ? ref.aws_profile.file : resolve(by.base, ref.aws_profile.file) })
  return aws(awsSource(ref.aws, hosting.kind === 'bedrock' ? hosting.region : '', `${path}.aws`, by))
}
