// AWS credentials from the places where AWS hands them out (AWS SDKs reference guide, "Standardized credential providers").
import { readFile } from 'node:fs/promises'
import type { AwsKeys, AwsSource } from '../../exchange/credential.ts'
import type { Means } from './access-token.ts'
import { askCommand, askHttp, noCredentialFrom, objectIn } from './ask.ts'
import type { Fresh } from './perishable.ts'

/** A file of long-lived keys may be replaced: it is read again now and then. */
const rereadMs = 10 * 60_000

const textOf = (value: unknown): string | null => typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value) ? value : null

interface Named { readonly id: unknown; readonly secret: unknown; readonly token: unknown; readonly expires: unknown }

const keysOf = (provider: string, { expires, id, secret, token }: Named, otherwiseMs: number): Fresh<AwsKeys> => {
  const accessKeyId = textOf(id)
  const secretAccessKey = textOf(secret)
  if (accessKeyId === null || secretAccessKey === null) throw noCredentialFrom(provider, 'what hands it out answered without an access key')
  // Dates come as text, from STS in JSON as seconds.
  const at = typeof expires === 'number' ? expires * 1000 : typeof expires === 'string' ? Date.parse(expires) : NaN
  return { value: { accessKeyId, secretAccessKey, sessionToken: textOf(token) }, expiresMs: Number.isFinite(at) ? at : otherwiseMs }
}

const inJson = (provider: string, text: string, otherwiseMs: number): Fresh<AwsKeys> => {
  const given = objectIn(provider, text)
  return keysOf(provider, { id: given['AccessKeyId'], secret: given['SecretAccessKey'], token: given['Token'] ?? given['SessionToken'], expires: given['Expiration'] }, otherwiseMs)
}

/** One section of an INI file, its keys in lower case. Exported for its table of tests. */
export const sectionOf = (text: string, name: string): Readonly<Record<string, string>> | null => {
  let section: Record<string, string> | null = null
  let isIn = false
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1]
    if (head !== undefined) {
      isIn = head === name
      if (isIn) section ??= {}
    } else if (isIn && section !== null) {
      const pair = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line)
      if (pair?.[1] !== undefined && pair[2] !== undefined) section[pair[1].toLowerCase()] = pair[2]
    }
  }
  return section
}

const read = async (provider: string, file: string, what: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw noCredentialFrom(provider, `${what} cannot be read`, cause)
  }
}

const ofProfile = async (provider: string, { file, name }: Extract<AwsSource, { kind: 'profile' }>, nowMs: number): Promise<Fresh<AwsKeys>> => {
  const section = sectionOf(await read(provider, file, 'the shared credentials file'), name)
  if (section === null) throw noCredentialFrom(provider, 'the shared credentials file has no such profile')
  return keysOf(provider, { id: section['aws_access_key_id'], secret: section['aws_secret_access_key'], token: section['aws_session_token'], expires: null }, nowMs + rereadMs)
}

const ofWebIdentity = async (provider: string, source: Extract<AwsSource, { kind: 'web-identity' }>, { clock, http }: Means): Promise<Fresh<AwsKeys>> => {
  const token = (await read(provider, source.tokenFile, 'the web identity token')).trim()
  const body = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: source.roleArn, RoleSessionName: source.sessionName, WebIdentityToken: token })
  const text = await askHttp(http, provider, { url: source.endpoint, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }, body: body.toString() })
  const response = objectIn(provider, text)['AssumeRoleWithWebIdentityResponse']
  const result = objectIn(provider, JSON.stringify(response ?? {}))['AssumeRoleWithWebIdentityResult']
  const { Credentials: given } = objectIn(provider, JSON.stringify(result ?? {}))
  return inJson(provider, JSON.stringify(given ?? {}), clock())
}

/** The metadata service, version 2: a session token first, so that a request that was forged on this machine's behalf gets nothing. */
const ofInstance = async (provider: string, endpoint: string, { clock, http }: Means): Promise<Fresh<AwsKeys>> => {
  const session = await askHttp(http, provider, { url: `${endpoint}/latest/api/token`, method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' } })
  const headers = { 'x-aws-ec2-metadata-token': session.trim() }
  const roles = `${endpoint}/latest/meta-data/iam/security-credentials/`
  const role = (await askHttp(http, provider, { url: roles, method: 'GET', headers })).trim().split('\n')[0] ?? ''
  return inJson(provider, await askHttp(http, provider, { url: roles + encodeURIComponent(role), method: 'GET', headers }), clock())
}

const ofContainer = async (provider: string, source: Extract<AwsSource, { kind: 'container' }>, { clock, http }: Means): Promise<Fresh<AwsKeys>> => {
  const token = source.tokenFile === null ? source.token : (await read(provider, source.tokenFile, 'the container\'s authorization token')).trim()
  return inJson(provider, await askHttp(http, provider, { url: source.url, method: 'GET', headers: token === null ? {} : { authorization: token } }), clock())
}

/** @throws Failure upstream.* naming the provider */
export const askAwsKeys = async (source: AwsSource, provider: string, means: Means): Promise<Fresh<AwsKeys>> => {
  switch (source.kind) {
    case 'keys': return { value: source.keys, expiresMs: Infinity }
    case 'profile': return ofProfile(provider, source, means.clock())
    case 'container': return ofContainer(provider, source, means)
    case 'web-identity': return ofWebIdentity(provider, source, means)
    case 'instance': return ofInstance(provider, source.endpoint, means)
    case 'command': return inJson(provider, await askCommand(provider, source.command, means.environment), means.clock() + rereadMs)
  }
}
