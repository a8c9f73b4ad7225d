// Amazon Bedrock's runtime for tests: verifies every signature (or API key), speaks InvokeModel for Claude and Converse for all models, in
// one piece and as binary event streams, and refuses what Bedrock refuses. Loopback only.
import { readMessages } from './fake-provider/anthropic-request.ts'
import { anthropic } from './fake-provider/anthropic.ts'
import { Refusal, refuse, type Asked } from './fake-provider/asked.ts'
import type { AnswerReply } from './fake-provider/reply.ts'
import { answerTo, json, startCloud, type CloudError, type CloudRequest, type FakeCloud, type Served } from './fake-cloud/cloud.ts'
import { chunk } from './fake-cloud/event-frames.ts'
import { converseEvents, wholeConverse } from './fake-cloud/converse.ts'
import { readConverse } from './fake-cloud/converse-request.ts'
import { signatureProblem, type Account } from './fake-cloud/signature.ts'

export interface FakeBedrockOptions {
  readonly account: Account
  /** A Bedrock API key, accepted as a bearer token in place of a signature. */
  readonly apiKey?: string
  /** Betas that are known; a request with another is refused, as the real service does. */
  readonly betas?: readonly string[]
}

const names: Readonly<Record<number, string>> = { 400: 'ValidationException', 403: 'AccessDeniedException', 404: 'ResourceNotFoundException', 429: 'ThrottlingException' }

const failed = ({ headers = {}, message, name, status }: Omit<CloudError, 'kind'>): Served =>
  json(status, { message }, { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`, 'x-amzn-requestid': 'fake-request', ...headers })

const admit = ({ account, apiKey }: FakeBedrockOptions, request: CloudRequest): void => {
  if (apiKey !== undefined && request.headers.authorization === `Bearer ${apiKey}`) return
  const problem = signatureProblem(request, account)
  if (problem !== null) refuse(problem, { status: 403 })
}

/** The body as Claude's own API has it; Bedrock takes model and stream from the path, and a version of its own. */
const invoked = ({ json: body }: CloudRequest, model: string, stream: boolean, betas: readonly string[]): Asked => {
  const { anthropic_beta: beta, anthropic_version: version, ...rest } = body
  if (version !== 'bedrock-2023-05-31') refuse('anthropic_version: Field required')
  for (const extra of ['model', 'stream', 'service_tier', 'inference_geo']) if (extra in rest) refuse(`${extra}: Extra inputs are not permitted`)
  if (beta !== undefined && (!Array.isArray(beta) || beta.some(one => !betas.includes(String(one))))) refuse('invalid beta flag')
  if (/"(?:scope|eager_input_streaming|input_examples)":/.test(JSON.stringify([rest['system'], rest['tools']]))) refuse('tools.0.custom: Extra inputs are not permitted')
  return { ...readMessages({ ...rest, model }), stream }
}

const saidByClaude = (asked: Asked, reply: AnswerReply): Served => {
  const answer = answerTo(asked, reply, { answer: 'msg_bdrk_', call: 'toolu_bdrk_' })
  if (!asked.stream) return { ...json(200, anthropic.whole(answer, asked), { 'x-amzn-bedrock-input-token-count': '1' }), delivery: reply }
  const parts = anthropic.events(answer, asked).map(text => chunk(/data: (.*)\n/.exec(text)?.[1] ?? ''))
  return { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-bedrock-content-type': 'application/json' }, parts, stream: true, delivery: reply }
}

const saidByConverse = (asked: Asked, reply: AnswerReply): Served => {
  const answer = answerTo(asked, reply, { answer: 'c', call: 'tooluse_' })
  if (!asked.stream) return { ...json(200, wholeConverse(answer)), delivery: reply }
  return { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' }, parts: converseEvents(answer), stream: true, delivery: reply }
}

const operation = /^\/model\/([^/?]+)\/(invoke|invoke-with-response-stream|converse|converse-stream)$/

export const startFakeBedrock = (options: FakeBedrockOptions): Promise<FakeCloud> => startCloud({
  serve: (request, next) => {
    admit(options, request)
    const [, model, name] = operation.exec(request.path) ?? []
    if (model === undefined || name === undefined || request.method !== 'POST') return refuse('Unknown operation', { status: 404 })
    const stream = name.endsWith('stream')
    const converse = name.startsWith('converse')
    const asked = converse ? readConverse(request.json, decodeURIComponent(model), stream) : invoked(request, decodeURIComponent(model), stream, options.betas ?? [])
    const reply = next(asked)
    if (reply.kind === 'error') return failed(reply)
    return converse ? saidByConverse(asked, reply) : saidByClaude(asked, reply)
  },
  refused: ({ error }) => failed({ status: error.status, name: names[error.status] ?? 'InternalServerException', message: error.message }),
})

export { Refusal }
