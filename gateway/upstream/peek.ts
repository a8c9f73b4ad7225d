// Looks at the beginning of an answer that says 200: some providers report an error there, in a body or as the first event of a stream.
// Until something else was seen nothing is passed on, so that such an answer may be tried again. What was looked at is not lost.
import type { Answer, ByteSink } from '../exchange/answer.ts'
import { asFailure, Failure } from '../exchange/failure.ts'
import { SseSplitter } from '../exchange/sse.ts'
import { retryInfoMs } from './retry-after.ts'

/** An answer whose first bytes were read; whoever attaches gets them first. */
class Peeked implements Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly #inner: Answer
  readonly #kept: Buffer[]

  constructor(inner: Answer, kept: Buffer[]) {
    this.status = inner.status
    this.headers = inner.headers
    this.#inner = inner
    this.#kept = kept
  }

  attach(sink: ByteSink): void {
    for (const chunk of this.#kept.splice(0)) sink.data(chunk)
    this.#inner.attach(sink)
  }

  resume(): void { this.#inner.resume() }
  abort(reason: Error): void { this.#inner.abort(reason) }
}

/** What an error in an answer says of itself. */
export interface SaidError { readonly status: number; readonly message: string | null; /** When it may be asked again. */ readonly retryAfterMs?: number | null }

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400, authentication_error: 401, billing_error: 402, permission_error: 403, not_found_error: 404, request_too_large: 413,
  rate_limit_error: 429, rate_limit_exceeded: 429, requests: 429, tokens: 429, insufficient_quota: 429, api_error: 500, server_error: 500, timeout_error: 504, overloaded_error: 529,
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The status that an error of either dialect stands for; 500 where it does not say. */
const statusOf = (error: Readonly<Record<string, unknown>>): number => {
  for (const named of [error['code'], error['status'], error['type']]) {
    if (typeof named === 'number' && named >= 400 && named <= 599) return named
    if (typeof named === 'string' && Object.hasOwn(statuses, named)) return statuses[named] ?? 500
  }
  return 500
}

const delayOf = (error: Readonly<Record<string, unknown>>): Pick<SaidError, 'retryAfterMs'> => {
  const retryAfterMs = retryInfoMs(error)
  return retryAfterMs === null ? {} : { retryAfterMs }
}

/** `{"error": {…}}` as both dialects and most servers write it. An answer beside it makes it none. */
export const errorIn = (text: string): SaidError | null => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(value) || Array.isArray(value['choices']) || Array.isArray(value['content'])) return null
  const { error } = value
  if (typeof error === 'string') return { status: 500, message: error }
  // The Responses API writes the error itself as an event.
  if (error === undefined && value['type'] === 'error') return { status: statusOf(value), message: typeof value['message'] === 'string' ? value['message'] : null }
  return isObject(error) ? { status: statusOf(error), message: typeof error['message'] === 'string' ? error['message'] : null, ...delayOf(error) } : null
}

/** Longest beginning that is looked at, and longest wait for more than pings and comments. */
const longestBytes = 64 * 1024
const longestMs = 2000

/** An answer that begins like this may be an error; nothing else is worth the look. */
const looksLikeError = /^\s*\{\s*"(?:error|type"\s*:\s*"error|object"\s*:\s*"error|code|user_id|request_id|id"\s*:\s*(?:null|"[^"]{0,64}")\s*,\s*"error)"/

interface Watch {
  /** Undefined: more has to be seen. Null: it is an answer. */
  seen(chunk: Buffer): SaidError | null | undefined
  ended(): SaidError | null
}

class BodyWatch implements Watch {
  #text = ''

  seen(chunk: Buffer): null | undefined {
    if (this.#text === '' && chunk.length > 64 && !looksLikeError.test(chunk.toString('latin1', 0, 64))) return null
    this.#text += chunk.toString('latin1')
    return this.#text.length <= longestBytes && (this.#text.length < 64 || looksLikeError.test(this.#text)) ? undefined : null
  }

  ended(): SaidError | null { return errorIn(Buffer.from(this.#text, 'latin1').toString()) }
}

class StreamWatch implements Watch {
  readonly #splitter = new SseSplitter()
  #bytes = 0
  #said = false

  seen(chunk: Buffer): SaidError | null | undefined {
    this.#bytes += chunk.length
    for (const { data, event } of this.#splitter.push(chunk)) {
      // Comments and pings keep a connection alive while a model has said nothing yet.
      if (data === null || event === 'ping') continue
      this.#said = true
      return data.includes('"error"') ? errorIn(data) : null
    }
    return this.#bytes > longestBytes ? null : undefined
  }

  ended(): null {
    if (!this.#said) throw new Failure('upstream.protocol', 'The upstream ended its stream before it said anything.')
    return null
  }
}

export interface PeekResult { readonly answer: Answer; readonly error: SaidError | null }

/**
 * Waits for the beginning of an answer; whatever was seen, the answer that comes of it is whole.
 * @throws Failure upstream.* where it broke off before it began
 */
export const peek = (answer: Answer): Promise<PeekResult> => new Promise((resolve, reject) => {
  const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true
  const watch: Watch = isStream ? new StreamWatch() : new BodyWatch()
  const kept: Buffer[] = []
  let bytes = 0
  let over = false
  const decide = (look: () => SaidError | null | undefined): void => {
    if (over) return
    let error: SaidError | null | undefined
    try {
      error = look()
    } catch (thrown) {
      over = true
      clearTimeout(timer)
      const failure = asFailure(thrown)
      answer.abort(failure)
      reject(failure)
      return
    }
    if (error === undefined) return
    over = true
    clearTimeout(timer)
    resolve({ answer: new Peeked(answer, kept), error })
  }
  const timer = isStream ? setTimeout(decide, longestMs, () => null) : undefined
  answer.attach({
    data: chunk => {
      kept.push(chunk)
      bytes += chunk.length
      decide(() => watch.seen(chunk))
      // What arrives before somebody attaches is kept up to a bound; the rest stays in the socket.
      return bytes < longestBytes
    },
    end: () => { decide(() => watch.ended()) },
    fail: thrown => { decide(() => { throw thrown }) },
  })
})
