// Azure OpenAI for tests: deployments by the v1 API or by a dated version, an api-key or a token of Entra ID, whose endpoint is here too.
// Loopback only.
import { openai } from './fake-provider/openai.ts'
import { refuse } from './fake-provider/asked.ts'
import { answerTo, json, startCloud, type CloudRequest, type FakeCloud, type Served } from './fake-cloud/cloud.ts'

export interface FakeAzureOptions {
  readonly apiKey: string
  readonly deployments: readonly string[]
  /** Accepted dated version; the v1 API is always there. */
  readonly apiVersion: string
  readonly client: { readonly tenant: string; readonly id: string; readonly secret: string }
}

const v1 = '/openai/v1/chat/completions'
const dated = /^\/openai\/deployments\/([^/]+)\/chat\/completions\?api-version=([\w-]+)$/

const deploymentOf = ({ json: body, path }: CloudRequest, { apiVersion }: FakeAzureOptions): string => {
  if (path === v1) return String(body['model'])
  const [, deployment = '', version] = dated.exec(path) ?? []
  if (version !== apiVersion) refuse('Resource not found', { status: 404 })
  return decodeURIComponent(deployment)
}

export const startFakeAzure = (options: FakeAzureOptions): Promise<FakeCloud & { readonly tokens: readonly string[] }> => {
  const tokens: string[] = []
  const handOut = ({ body, path }: CloudRequest): Served => {
    const { id, secret, tenant } = options.client
    const form = new URLSearchParams(body.toString())
    const fits = path === `/${tenant}/oauth2/v2.0/token` && form.get('client_id') === id && form.get('client_secret') === secret && form.get('scope') === 'https://cognitiveservices.azure.com/.default' && form.get('grant_type') === 'client_credentials'
    if (!fits) return json(401, { error: 'invalid_client', error_description: `AADSTS7000215: Invalid client secret provided: ${form.get('client_secret') ?? ''}` })
    tokens.push(`entra-token-secret-${tokens.length}`)
    return json(200, { token_type: 'Bearer', expires_in: 3599, access_token: tokens.at(-1) })
  }
  return startCloud({
    serve: (request, next) => {
      if (request.path.endsWith('/oauth2/v2.0/token')) return handOut(request)
      const { authorization, 'api-key': key } = request.headers
      if (key !== options.apiKey && !tokens.includes(authorization?.replace(/^Bearer /, '') ?? '')) return refuse('Access denied due to invalid subscription key or wrong API endpoint.', { status: 401, code: '401' })
      const deployment = deploymentOf(request, options)
      if (!options.deployments.includes(deployment)) refuse('The API deployment for this resource does not exist.', { status: 404, code: 'DeploymentNotFound' })
      const asked = openai.read(request.json, request.path)
      const reply = next(asked)
      if (reply.kind === 'error') return json(reply.status, { error: { code: reply.name, message: reply.message } }, reply.headers)
      const answer = answerTo(asked, reply, { answer: 'chatcmpl-azure', call: 'call_azure' })
      if (!asked.stream) return { ...json(200, openai.whole(answer, asked)), delivery: reply }
      return { status: 200, headers: { 'content-type': 'text/event-stream' }, parts: openai.events(answer, asked), stream: true, delivery: reply }
    },
    refused: ({ error }) => json(error.status, { error: { code: error.code ?? String(error.status), message: error.message } }),
  }).then(cloud => ({ ...cloud, tokens }))
}
