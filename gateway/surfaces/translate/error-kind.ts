// What a provider calls an error that it reports within a stream, as the HTTP status that it would have had: each dialect has its own words for those.

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400, authentication_error: 401, permission_error: 403, not_found_error: 404, request_too_large: 413,
  rate_limit_error: 429, rate_limit_exceeded: 429, requests: 429, tokens: 429, insufficient_quota: 429, overloaded_error: 503, timeout_error: 504,
}

/** 500 for what nobody knows: the stream had begun, so the request itself was good. */
export const statusOfKind = (kind: string | null): number => statuses[kind ?? ''] ?? 500
