// How a Failure reads to an MCP client. A denial is never an HTTP error (clients take a 403 for a broken transport): a hidden tool does
// not exist, a visible one answers a result with isError that the model can read and act on.
import { asFailure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import { rpcCodes } from '../../exchange/mcp-wire.ts'
import type { McpEra } from '../../exchange/operation.ts'
import { eventText } from './event-stream.ts'
import { McpRefusal } from './refusal.ts'
import { errorText, resultText } from './reply.ts'

export interface FailureContext {
  /** JSON text of the request's id; null before it was read. */
  readonly idText: string | null
  readonly era: McpEra
  /** JSON-RPC method; null before it was read. */
  readonly method: string | null
  /** Tool, prompt or resource as the caller named it. */
  readonly target: string | null
  /** May the caller see the target in a list? Unless it is known that he may, denials say that it does not exist. */
  readonly visible: boolean
}

export interface RenderedMcpFailure { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

/** Failures that concern the HTTP exchange, whatever was asked in it. */
const httpLevel: ReadonlySet<FailureCode> = new Set(['auth.missing', 'auth.invalid', 'auth.origin', 'request.too_large', 'request.method'])
/** Failures that would tell that a hidden thing exists. */
const denials: ReadonlySet<FailureCode> = new Set(['policy.denied', 'policy.approval_required', 'content.blocked'])

const longestTarget = 200
const shown = (target: string | null): string => target === null ? '' : target.length > longestTarget ? `${target.slice(0, longestTarget)}…` : target

/** Messages are written by us; this only keeps the joint of two sentences readable. */
const sentence = (text: string): string => /[.!?]$/.test(text) ? text : `${text}.`

const dataOf = (failure: Failure, exchange: string): Record<string, unknown> => ({
  code: failure.code,
  ...failure.detail.rule === undefined ? {} : { rule: failure.detail.rule },
  ...failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs },
  exchange,
})

interface RpcError { readonly code: number; readonly message: string; readonly data: Readonly<Record<string, unknown>> }

/** The answer for what the caller must not know to exist: the same as for what does not. */
const unknownTarget = (context: FailureContext, exchange: string): RpcError => {
  const { era, method, target } = context
  const data = { code: 'request.unknown_tool', exchange }
  if (method?.startsWith('resources/') === true) {
    return { code: era === 'legacy' ? rpcCodes.resourceNotFound : rpcCodes.invalidParams, message: 'Resource not found', data: { ...data, uri: target } }
  }
  const noun = method?.startsWith('tasks/') === true ? 'task' : method === 'prompts/get' ? 'prompt' : method === 'completion/complete' ? 'reference' : 'tool'
  return { code: rpcCodes.invalidParams, message: `Unknown ${noun}: ${shown(target)}`, data }
}

const rpcCodeOf = (failure: Failure, context: FailureContext): number => {
  if (failure instanceof McpRefusal) return failure.rpcCode
  // What could not be read has neither id nor field; what was read but is wrong names its field.
  if (failure.code === 'request.malformed' && context.idText === null && failure.detail.field === undefined) return rpcCodes.parse
  return failure.row.jsonrpc ?? rpcCodes.invalidRequest
}

const rpcError = (failure: Failure, context: FailureContext, exchange: string): RpcError => ({
  code: rpcCodeOf(failure, context),
  message: failure instanceof McpRefusal ? failure.message : `${sentence(failure.message)} ${failure.remedy}`,
  data: { ...failure instanceof McpRefusal ? failure.data : {}, ...dataOf(failure, exchange) },
})

const httpStatus = (failure: Failure, idText: string | null): number => {
  if (failure instanceof McpRefusal) return failure.httpStatus
  return httpLevel.has(failure.code) || idText === null ? failure.row.http : 200
}

const headersFor = (failure: Failure, status: number): Record<string, string> => ({
  'content-type': 'application/json',
  ...status === 401 ? { 'www-authenticate': 'Bearer' } : {},
  ...status === 405 && failure.detail['allow'] !== undefined ? { allow: String(failure.detail['allow']) } : {},
  ...status !== 200 && failure.retryAfterMs !== undefined ? { 'retry-after': String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000))) } : {},
})

/** What a model reads: which rule, why, and what would help. */
const denialText = (failure: Failure, exchange: string): string => {
  const { approvalClass, rule } = failure.detail
  const by = rule === undefined ? 'Refused by policy' : `Refused by policy rule ${rule}`
  const approval = approvalClass === undefined ? '' : ` It needs an approval of class "${approvalClass}".`
  return `${by}: ${sentence(failure.message)}${approval} ${failure.remedy} (exchange ${exchange})`
}

const denialResult = (failure: Failure, context: FailureContext, exchange: string): string => JSON.stringify({
  content: [{ type: 'text', text: denialText(failure, exchange) }], isError: true,
  ...context.era === 'modern' ? { resultType: 'complete' } : {},
  _meta: { 'portcullis/denial': dataOf(failure, exchange) },
})

/** Renders a failure as a whole HTTP answer with a JSON-RPC message as its body. */
export const renderMcpFailure = (thrown: unknown, context: FailureContext, exchange: string): RenderedMcpFailure => {
  const failure = asFailure(thrown)
  const idText = (failure instanceof McpRefusal ? failure.idText : null) ?? context.idText
  const hidden = failure.code === 'request.unknown_tool' || (denials.has(failure.code) && context.target !== null && !context.visible)
  if (hidden && idText !== null) {
    return { status: 200, headers: headersFor(failure, 200), body: errorText(idText, JSON.stringify(unknownTarget(context, exchange))) }
  }
  if (denials.has(failure.code) && context.method === 'tools/call' && idText !== null) {
    return { status: 200, headers: headersFor(failure, 200), body: resultText(idText, denialResult(failure, context, exchange)) }
  }
  const status = httpStatus(failure, idText)
  return { status, headers: headersFor(failure, status), body: errorText(idText, JSON.stringify(rpcError(failure, context, exchange))) }
}

export interface McpFailureRenderer {
  renderFailure(failure: Failure, exchangeId: string): RenderedMcpFailure
  renderFailureEvent(failure: Failure, exchangeId: string): Buffer
}

/** The renderer of one exchange, in the shape that every dialect offers. `context` is read when it is needed, so it may grow meanwhile. */
export const mcpFailureRenderer = (context: () => FailureContext): McpFailureRenderer => ({
  renderFailure: (failure, exchangeId) => renderMcpFailure(failure, context(), exchangeId),
  renderFailureEvent: (failure, exchangeId) => Buffer.from(eventText(renderMcpFailure(failure, context(), exchangeId).body)),
})
