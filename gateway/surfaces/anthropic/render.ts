// Our own failures and model list in Anthropic's shapes.
import type { Failure } from '../../exchange/failure.ts'
import type { ModelListEntry, RenderedFailure } from '../model-surface.ts'
import { failureHeaders, failureText } from '../render-failure.ts'

// Error types of the published API by status; clients branch on the type.
const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error', 405: 'invalid_request_error', 413: 'request_too_large',
  429: 'rate_limit_error', 503: 'overloaded_error', 504: 'timeout_error',
}

export const anthropicErrorType = (status: number): string => types[status] ?? 'api_error'

/** SDKs answer this, and no other 404, with the whole conversation. */
const threadNotFound = { error_code: 'thread_not_found' }

const errorOf = (failure: Failure, exchangeId: string): string => JSON.stringify({
  type: 'error',
  error: { type: anthropicErrorType(failure.row.http), message: failureText(failure, exchangeId), ...failure.code === 'request.thread' ? { details: threadNotFound } : {} },
  request_id: exchangeId,
})

export const renderAnthropicFailure = (failure: Failure, exchangeId: string): RenderedFailure =>
  ({ status: failure.row.http, headers: failureHeaders(failure, exchangeId), body: errorOf(failure, exchangeId) })

export const renderAnthropicFailureEvent = (failure: Failure, exchangeId: string): Buffer =>
  Buffer.from(`\n\nevent: error\ndata: ${errorOf(failure, exchangeId)}\n\n`)

const modelOf = ({ created, id }: ModelListEntry): object => ({ type: 'model', id, display_name: id, created_at: new Date(created * 1000).toISOString() })

export const renderAnthropicModel = (entry: ModelListEntry): string => JSON.stringify(modelOf(entry))

export const renderAnthropicModelList = (entries: readonly ModelListEntry[]): string => JSON.stringify({
  data: entries.map(modelOf),
  has_more: false,
  first_id: entries[0]?.id ?? null,
  last_id: entries.at(-1)?.id ?? null,
})
