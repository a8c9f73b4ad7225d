// Our own failures in the shapes of the Responses API.
import type { Failure } from '../../exchange/failure.ts'
import type { RenderedFailure } from '../model-surface.ts'
import { openaiErrorType } from '../openai/render.ts'
import { failureHeaders, failureText } from '../render-failure.ts'

/** Clients look for OpenAI's own word to start over with the whole conversation. */
const codeOf = (failure: Failure): string => failure.code === 'request.previous_response' ? 'previous_response_not_found' : failure.code

const errorOf = (failure: Failure, exchangeId: string): object => ({
  message: failureText(failure, exchangeId),
  type: failure.code === 'budget.exhausted' ? 'insufficient_quota' : openaiErrorType(failure.row.http),
  param: failure.detail.field ?? null,
  code: codeOf(failure),
})

export const renderResponsesFailure = (failure: Failure, exchangeId: string): RenderedFailure =>
  ({ status: failure.row.http, headers: failureHeaders(failure, exchangeId), body: JSON.stringify({ error: errorOf(failure, exchangeId) }) })

/**
 * The event `error`. The official SDKs throw at it, whether its members stand in `error` or beside the type (they read either). Its sequence
 * number is added where it is known how far the stream came.
 */
export const renderResponsesFailureEvent = (failure: Failure, exchangeId: string): Buffer => {
  const error = errorOf(failure, exchangeId)
  return Buffer.from(`\n\nevent: error\ndata: ${JSON.stringify({ ...error, type: 'error', error })}\n\n`)
}
