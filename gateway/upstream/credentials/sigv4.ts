// AWS Signature Version 4 (AWS General Reference, "Create a signed AWS API request"): headers for one request at one moment. Pure.
import { createHmac, hash } from 'node:crypto'
import type { AuthorizedRequest, AwsKeys } from '../../exchange/credential.ts'

const algorithm = 'AWS4-HMAC-SHA256'

/** RFC 3986: encodeURIComponent leaves five characters that AWS wants encoded. */
const encoded = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** Every segment is encoded once more than on the wire; services other than S3 ask for it. */
const canonicalPath = (path: string): string => path === '' ? '/' : path.split('/').map(encoded).join('/')

const canonicalQuery = (query: string): string => query === '' ? '' : query.split('&').map(pair => {
  const at = pair.indexOf('=')
  const [name, value] = at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
  return [encoded(decodeURIComponent(name)), encoded(decodeURIComponent(value))] as const
}).sort(([a, x], [b, y]) => a === b ? (x < y ? -1 : x > y ? 1 : 0) : a < b ? -1 : 1).map(pair => pair.join('=')).join('&')

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** "20260131T010203Z". */
export const amzDate = (atMs: number): string => new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '')

export interface SigningScope { readonly region: string; readonly service: string; readonly atMs: number }

/** Only these are covered: whatever stands between us and AWS may add or change others. */
const isSigned = (name: string): boolean => name === 'content-type' || name === 'host' || name.startsWith('x-amz')

/** What is signed, line by line; tests compare it with the documented examples. */
export const canonicalRequest = (request: AuthorizedRequest, headers: Readonly<Record<string, string>>): { readonly text: string; readonly signedHeaders: string } => {
  const [path = '', query = ''] = request.path.split('?', 2)
  const names = Object.keys(headers).filter(isSigned).sort()
  const lines = names.map(name => `${name}:${(headers[name] ?? '').trim().replace(/ {2,}/g, ' ')}\n`).join('')
  const signedHeaders = names.join(';')
  const text = [request.method, canonicalPath(path), canonicalQuery(query), lines, signedHeaders, hash('sha256', request.body ?? '', 'hex')].join('\n')
  return { text, signedHeaders }
}

const signingKey = (keys: AwsKeys, date: string, { region, service }: SigningScope): Buffer =>
  hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, date), region), service), 'aws4_request')

/**
 * Signs a request as it will be sent: its path encoded already, its headers with lower-case names.
 * @returns the headers to add
 */
export const signV4 = (request: AuthorizedRequest, keys: AwsKeys, scope: SigningScope): Record<string, string> => {
  const at = amzDate(scope.atMs)
  const date = at.slice(0, 8)
  const added: Record<string, string> = { 'x-amz-date': at, ...keys.sessionToken === null ? {} : { 'x-amz-security-token': keys.sessionToken } }
  const { text, signedHeaders } = canonicalRequest(request, { ...request.headers, ...added, host: new URL(request.origin).host })
  const credentialScope = `${date}/${scope.region}/${scope.service}/aws4_request`
  const toSign = [algorithm, at, credentialScope, hash('sha256', text, 'hex')].join('\n')
  const signature = hmac(signingKey(keys, date, scope), toSign).toString('hex')
  added.authorization = `${algorithm} Credential=${keys.accessKeyId}/${credentialScope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return added
}
