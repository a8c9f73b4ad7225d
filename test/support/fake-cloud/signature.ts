// Checks AWS signatures as AWS does, from the documentation and on its own: it shares no code with the gateway's signer, so that a common
// mistake cannot hide. A request that is wrong in any covered byte is refused.
import { createHmac, createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Signed {
  readonly method: string
  /** Path and query as they came. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Account {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly region: string
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
const mac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest()

/** Percent-encodes each byte that is not unreserved; "%" itself included, so that what was encoded once is encoded twice. */
const encodedAgain = (text: string): string => [...Buffer.from(text, 'latin1')].map(byte => {
  const character = String.fromCharCode(byte)
  return /[A-Za-z0-9._~/-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}).join('')

const form = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
const toleranceMs = 15 * 60_000

interface Scope { readonly keyId: string; readonly day: string; readonly region: string; readonly service: string; readonly names: string; readonly signature: string }

const scopeOf = (authorization = ''): Scope | null => {
  const [whole, keyId = '', day = '', region = '', service = '', names = '', signature = ''] = form.exec(authorization) ?? []
  return whole === undefined ? null : { keyId, day, region, service, names, signature }
}

/** Who, when, and over what: everything but the signature itself. */
const scopeProblem = ({ day, keyId, names, region, service }: Scope, headers: IncomingHttpHeaders, account: Account, nowMs: number): string | null => {
  if (keyId !== account.accessKeyId || headers['x-amz-security-token'] !== account.sessionToken) return 'The security token included in the request is invalid.'
  if (region !== account.region || service !== 'bedrock') return `Credential should be scoped to ${account.region}/bedrock.`
  const at = String(headers['x-amz-date'])
  const atMs = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!at.startsWith(day) || !(Math.abs(nowMs - atMs) < toleranceMs)) return 'Signature expired.'
  const missing = ['host', 'x-amz-date', ...account.sessionToken === undefined ? [] : ['x-amz-security-token']].find(needed => !names.split(';').includes(needed))
  return missing === undefined ? null : `${missing} is not signed.`
}

/** What AWS would say is wrong, or null. */
export const signatureProblem = ({ body, headers, method, path }: Signed, account: Account, nowMs = Date.now()): string | null => {
  const scope = scopeOf(headers.authorization)
  if (scope === null) return 'The request has no signature.'
  const problem = scopeProblem(scope, headers, account, nowMs)
  if (problem !== null) return problem
  const { day, names, region, service, signature } = scope
  const at = String(headers['x-amz-date'])
  const signed = names.split(';')
  const question = path.indexOf('?')
  const [plain, query] = question === -1 ? [path, ''] : [path.slice(0, question), path.slice(question + 1)]
  const canonical = [method, encodedAgain(plain), query.split('&').sort().join('&'), ...signed.map(name => `${name}:${String(headers[name]).trim()}`), '', names, sha256(body)].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', at, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n')
  const key = mac(mac(mac(mac(`AWS4${account.secretAccessKey}`, day), region), service), 'aws4_request')
  return timingSafeEqual(mac(key, toSign), Buffer.from(signature, 'hex')) ? null : 'The request signature we calculated does not match the signature you provided.'
}
