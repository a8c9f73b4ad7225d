// What both dialects say about a failure: status, headers, and one text with the rule and the remedy in it.
import type { Failure } from '../exchange/failure.ts'

const millisecondsPerSecond = 1000

/** One text for a human or a model: what happened, which rule said so, what to do, and the names to look it up by. */
export const failureText = (failure: Failure, exchangeId: string): string => {
  const { rule, approvalClass } = failure.detail
  const names = [failure.code, ...(rule === undefined ? [] : [`rule ${rule}`]), ...(approvalClass === undefined ? [] : [`approval class ${approvalClass}`]), `exchange ${exchangeId}`]
  return `${failure.message} ${failure.remedy} (portcullis ${names.join(', ')})`
}

export const failureHeaders = (failure: Failure, exchangeId: string): Record<string, string> => {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-portcullis-exchange': exchangeId }
  if (failure.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(failure.retryAfterMs / millisecondsPerSecond))
  if (failure.row.http === 401) headers['www-authenticate'] = 'Bearer realm="portcullis"'
  const { allow } = failure.detail
  if (failure.row.http === 405 && allow !== undefined) headers.allow = String(allow)
  // Both official SDKs obey this over the status: they would retry a spent budget at once, twice.
  if (failure.code === 'budget.exhausted') headers['x-should-retry'] = 'false'
  return headers
}
