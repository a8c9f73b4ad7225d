// Our own failures and model list in Gemini's shapes: google.rpc.Status as JSON.
import type { Failure } from '../../exchange/failure.ts'
import type { ModelListEntry, RenderedFailure } from '../model-surface.ts'
import { failureHeaders, failureText } from '../render-failure.ts'

// google.rpc.Code by HTTP status; clients branch on it.
const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 405: 'UNIMPLEMENTED', 409: 'ABORTED', 413: 'OUT_OF_RANGE', 429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED', 500: 'INTERNAL', 502: 'UNAVAILABLE', 503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED', 529: 'UNAVAILABLE',
}

export const geminiStatus = (status: number): string => statuses[status] ?? (status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION')

const type = (name: string): string => `type.googleapis.com/google.rpc.${name}`

const detailsOf = (failure: Failure, exchangeId: string): object[] => {
  const { field, rule } = failure.detail
  return [
    { '@type': type('ErrorInfo'), reason: failure.code.toUpperCase().replaceAll('.', '_'), domain: 'portcullis', metadata: { code: failure.code, exchange: exchangeId, ...rule === undefined ? {} : { rule } } },
    ...field === undefined || failure.row.http !== 400 ? [] : [{ '@type': type('BadRequest'), fieldViolations: [{ field, description: failure.message }] }],
    ...failure.retryAfterMs === undefined ? [] : [{ '@type': type('RetryInfo'), retryDelay: `${Math.ceil(failure.retryAfterMs / 1000)}s` }],
  ]
}

const errorOf = (failure: Failure, exchangeId: string): string => JSON.stringify({
  error: { code: failure.row.http, message: failureText(failure, exchangeId), status: geminiStatus(failure.row.http), details: detailsOf(failure, exchangeId) },
})

export const renderGeminiFailure = (failure: Failure, exchangeId: string): RenderedFailure =>
  ({ status: failure.row.http, headers: failureHeaders(failure, exchangeId), body: errorOf(failure, exchangeId) })

/** The official SDKs throw when an event is an error; nothing follows. */
export const renderGeminiFailureEvent = (failure: Failure, exchangeId: string): Buffer =>
  Buffer.from(`\n\ndata: ${errorOf(failure, exchangeId)}\n\n`)

const modelOf = ({ context, embeddings, id, maxOutputTokens }: ModelListEntry): object => ({
  name: `models/${id}`, baseModelId: id, version: '', displayName: id, description: '',
  ...context === undefined ? {} : { inputTokenLimit: context }, ...maxOutputTokens === undefined ? {} : { outputTokenLimit: maxOutputTokens },
  supportedGenerationMethods: ['generateContent', 'countTokens', ...embeddings === true ? ['embedContent', 'batchEmbedContents'] : []],
})

/** One page: there is never a nextPageToken. */
export const renderGeminiModelList = (entries: readonly ModelListEntry[]): string => JSON.stringify({ models: entries.map(modelOf) })

export const renderGeminiModel = (entry: ModelListEntry): string => JSON.stringify(modelOf(entry))
