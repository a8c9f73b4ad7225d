// Our own failures and model list in OpenAI's shapes.
import type { Failure, FailureCode } from '../../exchange/failure.ts'
import type { ModelListEntry, RenderedFailure } from '../model-surface.ts'
import { failureHeaders, failureText } from '../render-failure.ts'

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'invalid_request_error', 405: 'invalid_request_error', 413: 'invalid_request_error', 429: 'rate_limit_error',
}

export const openaiErrorType = (status: number): string => types[status] ?? 'server_error'

/** Clients know these by their type. */
const ownTypes: Readonly<Partial<Record<FailureCode, string>>> = { 'budget.exhausted': 'insufficient_quota', 'request.idempotency': 'idempotency_error' }

const errorOf = (failure: Failure, exchangeId: string): string => JSON.stringify({
  error: {
    message: failureText(failure, exchangeId),
    type: ownTypes[failure.code] ?? openaiErrorType(failure.row.http),
    param: failure.detail.field ?? null,
    code: failure.code,
  },
})

export const renderOpenaiFailure = (failure: Failure, exchangeId: string): RenderedFailure =>
  ({ status: failure.row.http, headers: failureHeaders(failure, exchangeId), body: errorOf(failure, exchangeId) })

/** The official SDKs throw when a chunk has an `error` member; no [DONE] follows. */
export const renderOpenaiFailureEvent = (failure: Failure, exchangeId: string): Buffer =>
  Buffer.from(`\n\ndata: ${errorOf(failure, exchangeId)}\n\n`)

const modelOf = ({ created, id }: ModelListEntry): object => ({ id, object: 'model', created, owned_by: 'portcullis' })

export const renderOpenaiModelList = (entries: readonly ModelListEntry[]): string => JSON.stringify({ object: 'list', data: entries.map(modelOf) })

export const renderOpenaiModel = (entry: ModelListEntry): string => JSON.stringify(modelOf(entry))
