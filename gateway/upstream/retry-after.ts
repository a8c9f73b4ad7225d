// When a provider wants to be asked again, from whatever header it says it in. Times in milliseconds from now; null where it says nothing.

type Headers = Readonly<Record<string, string>>

/** Nobody is believed to know longer than this. */
const longestMs = 24 * 3600 * 1000

const bounded = (milliseconds: number): number | null => Number.isFinite(milliseconds) ? Math.min(Math.max(0, milliseconds), longestMs) : null

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** "1s", "6m0s", "20ms", "1h2m3.5s" as OpenAI writes durations; a bare number is seconds. */
export const durationMs = (text: string): number | null => {
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return bounded(Number(text) * 1000)
  let sum = 0
  let rest = text
  while (rest !== '') {
    const part = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)/.exec(rest)
    if (part === null) return null
    sum += Number(part[1]) * (units[part[2] ?? ''] ?? 0)
    rest = rest.slice(part[0].length)
  }
  return text === '' ? null : bounded(sum)
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
const retryAfter = (value: string, nowMs: number): number | null => {
  const seconds = durationMs(value.trim())
  if (seconds !== null) return seconds
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : bounded(at - nowMs)
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Google's way to say it (google.rpc.RetryInfo): in the details of the error, not in a header. */
export const retryInfoMs = ({ details }: Json): number | null => {
  if (!Array.isArray(details)) return null
  for (const detail of details.slice(0, 16) as readonly unknown[]) {
    if (isObject(detail) && typeof detail['retryDelay'] === 'string' && detail['retryDelay'].length < 32) return durationMs(detail['retryDelay'])
  }
  return null
}

const limitHeader = /^(x-ratelimit|anthropic-ratelimit)-(?:(reset|remaining)-([a-z-]+)|([a-z-]+)-(reset|remaining))$/

interface Limit { resetMs: number | null; isUsedUp: boolean }

/** `x-ratelimit-reset-requests: 1s` and `anthropic-ratelimit-requests-reset: 2026-…Z`, each with how much of that limit is left. */
const limitsOf = (headers: Headers, nowMs: number): Limit[] => {
  const limits = new Map<string, Limit>()
  for (const name in headers) {
    const found = limitHeader.exec(name)
    const value = headers[name]
    if (found === null || value === undefined) continue
    const what = `${found[1]} ${found[3] ?? found[4]}`
    const limit = limits.get(what) ?? { resetMs: null, isUsedUp: false }
    if ((found[2] ?? found[5]) === 'remaining') limit.isUsedUp = Number(value) === 0
    else limit.resetMs = retryAfter(value, nowMs)
    limits.set(what, limit)
  }
  return [...limits.values()]
}

/** The reset of the limits that are used up; where none says so, the first reset of all. */
const resetOf = (headers: Headers, nowMs: number): number | null => {
  const limits = limitsOf(headers, nowMs).filter(({ resetMs }) => resetMs !== null)
  if (limits.length === 0) return null
  const usedUp = limits.filter(({ isUsedUp }) => isUsedUp)
  return usedUp.length > 0 ? Math.max(...usedUp.map(({ resetMs }) => resetMs ?? 0)) : Math.min(...limits.map(({ resetMs }) => resetMs ?? 0))
}

/**
 * When to ask again.
 * @param status rate limit headers stand in every answer: only with 429, 503 and 529 do they say when to come back.
 */
export const retryAfterMs = (status: number, headers: Headers, nowMs: number): number | null => {
  const exact = headers['retry-after-ms']
  const milliseconds = exact === undefined || !/^\d{1,15}(?:\.\d{1,9})?$/.test(exact) ? null : bounded(Number(exact))
  if (milliseconds !== null) return milliseconds
  const value = headers['retry-after']
  const told = value === undefined ? null : retryAfter(value, nowMs)
  if (told !== null) return told
  return status === 429 || status === 503 || status === 529 ? resetOf(headers, nowMs) : null
}
