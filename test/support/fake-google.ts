// Google Cloud for tests: a token endpoint that verifies the JWT of a service account with its public key, a metadata server, and Claude and
// Gemini on Vertex AI, which takes only tokens that were handed out here. Loopback only.
import { generateKeyPairSync, verify } from 'node:crypto'
import { readCountTokens, readMessages } from './fake-provider/anthropic-request.ts'
import { anthropic } from './fake-provider/anthropic.ts'
import { refuse, tokensOf } from './fake-provider/asked.ts'
import { countTokens, embedContent } from './fake-provider/gemini-request.ts'
import { gemini } from './fake-provider/gemini.ts'
import { answerTo, json, startCloud, type CloudRequest, type FakeCloud, type Served } from './fake-cloud/cloud.ts'

export interface FakeGoogle extends FakeCloud {
  /** The JSON key of the service account; its token_uri leads here. */
  readonly serviceAccountKey: string
  /** Tokens that were handed out. */
  readonly tokens: readonly string[]
  /** From now on the token endpoint refuses. */
  refuseTokens(): void
}

export interface FakeGoogleOptions { readonly project: string; readonly location: string; readonly betas?: readonly string[]; readonly expiresInS?: number }

const claimsOf = (jwt: string, key: string): Readonly<Record<string, unknown>> | null => {
  const [head = '', body = '', signature = ''] = jwt.split('.')
  if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) return null
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string }
  return alg === 'RS256' ? JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown> : null
}

const refusedGrant = (error: string): Served => json(400, { error, error_description: 'Invalid JWT Signature.' })

const model = /^\/v1\/projects\/([^/]+)\/locations\/([^/]+)\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/

const predict = ({ headers, json: body, path }: CloudRequest, options: FakeGoogleOptions, next: Parameters<Parameters<typeof startCloud>[0]['serve']>[1]): Served => {
  const [, project, location, name = '', operation] = model.exec(path) ?? []
  if (project !== options.project || location !== options.location) return refuse(`Not found: ${path}`, { status: 404 })
  const { anthropic_version: version, ...rest } = body
  if (version !== 'vertex-2023-10-16') refuse('anthropic_version: Field required')
  if (headers['anthropic-version'] !== undefined) refuse('anthropic-version: unexpected header')
  const betas = headers['anthropic-beta'] === undefined ? [] : String(headers['anthropic-beta']).split(',')
  if (betas.some(beta => !(options.betas ?? []).includes(beta))) refuse('Unexpected value(s) for the `anthropic-beta` header')
  if (name === 'count-tokens') return json(200, { input_tokens: tokensOf(readCountTokens(rest)) })
  if ('model' in rest) refuse('model: Extra inputs are not permitted')
  const asked = readMessages({ ...rest, model: decodeURIComponent(name) })
  if (asked.stream !== (operation === 'streamRawPredict')) refuse('stream does not fit the operation')
  const reply = next(asked)
  if (reply.kind === 'error') return json(reply.status, { error: { code: reply.status, message: reply.message, status: reply.name } }, reply.headers)
  const answer = answerTo(asked, reply, { answer: 'msg_vrtx_', call: 'toolu_vrtx_' })
  if (!asked.stream) return { ...json(200, anthropic.whole(answer, asked)), delivery: reply }
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, parts: anthropic.events(answer, asked), stream: true, delivery: reply }
}

const geminiModel = /^\/v1\/projects\/([^/]+)\/locations\/([^/]+)\/publishers\/google\/models\/([^/:]+):(\w+)(\?alt=sse)?$/

/** What Gemini's own API takes and Vertex refuses as an unknown name. */
const foreign = (body: unknown): string | null => {
  if (Array.isArray(body)) return body.map(foreign).find(found => found !== null) ?? null
  if (typeof body !== 'object' || body === null) return null
  for (const [key, value] of Object.entries(body)) {
    if (/^function_?(?:call|response)$/i.test(key) && typeof value === 'object' && value !== null && 'id' in value) return key
    const inner = foreign(value)
    if (inner !== null) return inner
  }
  return null
}

const generate = ({ json: body, path }: CloudRequest, options: FakeGoogleOptions, next: Parameters<Parameters<typeof startCloud>[0]['serve']>[1]): Served => {
  const [, project, location, , method = ''] = geminiModel.exec(path) ?? []
  if (project !== options.project || location !== options.location) return refuse(`Not found: ${path}`, { status: 404 })
  const where = foreign(body)
  if (where !== null) refuse(`Invalid JSON payload received. Unknown name "id" at '${where}': Cannot find field.`)
  for (const name of ['model', 'generateContentRequest', 'generate_content_request', 'serviceTier', 'service_tier']) if (name in body) refuse(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`)
  if (method === 'countTokens') return json(200, countTokens(body))
  if (method === 'embedContent') return json(200, embedContent(body, path))
  if (method !== 'generateContent' && method !== 'streamGenerateContent') return refuse(`Not found: ${path}`, { status: 404 })
  const asked = gemini.read(body, path)
  const reply = next(asked)
  if (reply.kind === 'error') return json(reply.status, { error: { code: reply.status, message: reply.message, status: reply.name, details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12s' }] } }, reply.headers)
  const answer = answerTo(asked, reply, { answer: 'vrtx', call: 'unused' })
  // Calls have no ids here.
  const bare = (text: string): string => text.replaceAll(/"id": ?"unused[^"]*",\s*/g, '')
  if (!asked.stream) return { ...json(200, bare(gemini.whole(answer, asked))), delivery: reply }
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, parts: gemini.events(answer, asked).map(bare), stream: true, delivery: reply }
}

export const startFakeGoogle = async (options: FakeGoogleOptions): Promise<FakeGoogle> => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
  const tokens: string[] = []
  let refusing = false
  const email = 'gateway@my-project.iam.gserviceaccount.com'
  const handOut = (): Served => {
    tokens.push(`ya29.token-secret-${tokens.length}`)
    return json(200, { access_token: tokens.at(-1), expires_in: options.expiresInS ?? 3600, token_type: 'Bearer' })
  }
  const exchange = ({ body }: CloudRequest): Served => {
    const form = new URLSearchParams(body.toString())
    if (refusing || form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return refusedGrant('invalid_grant')
    const claims = claimsOf(form.get('assertion') ?? '', publicKey)
    const nowS = Date.now() / 1000
    const fits = claims !== null && claims['iss'] === email && claims['aud'] === `${cloud.url}/token` && claims['scope'] === 'https://www.googleapis.com/auth/cloud-platform'
      && Number(claims['iat']) <= nowS + 1 && Number(claims['exp']) > nowS && Number(claims['exp']) - Number(claims['iat']) <= 3600
    return fits ? handOut() : refusedGrant('invalid_grant')
  }
  const cloud = await startCloud({
    serve: (request, next) => {
      if (request.path === '/token') return exchange(request)
      if (request.path === '/computeMetadata/v1/instance/service-accounts/default/token') return request.headers['metadata-flavor'] === 'Google' ? handOut() : refuse('Missing Metadata-Flavor:Google header.', { status: 403 })
      const given = request.headers.authorization?.replace(/^Bearer /, '')
      if (given === undefined || !tokens.includes(given)) refuse('Request had invalid authentication credentials.', { status: 401 })
      return request.path.includes('/publishers/google/') ? generate(request, options, next) : predict(request, options, next)
    },
    refused: ({ error }, { path }) => json(error.status, path.includes('/publishers/google/')
      ? gemini.errorBody(error, '')
      : { type: 'error', error: { type: error.status === 401 ? 'authentication_error' : 'invalid_request_error', message: error.message } }),
  })
  return {
    ...cloud, tokens, refuseTokens: () => { refusing = true },
    serviceAccountKey: JSON.stringify({ type: 'service_account', project_id: options.project, private_key_id: 'k1', private_key: privateKey, client_email: email, token_uri: `${cloud.url}/token` }),
  }
}
