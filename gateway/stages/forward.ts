// Gets the answer. Takes only what transform made, so nothing undecided and nothing unredacted can be sent from here.
import type { Answer, HttpSend } from '../exchange/answer.ts'
import type { Authorizer, Credential } from '../exchange/credential.ts'
import { Failure } from '../exchange/failure.ts'
import { converseFrame, invokeFrame, isEventStream, SseAnswer } from '../upstream/event-stream/as-sse.ts'
import { peek } from '../upstream/peek.ts'
import { retryAfterMs } from '../upstream/retry-after.ts'
import type { ModelSendable } from './transform-model.ts'

export interface HttpClient { send(request: HttpSend, signal?: AbortSignal): Promise<Answer> }

/** What a refusal is about: the provider's state or limits, the key that we sent, or the model's being there at all. */
export type RefusalKind = 'busy' | 'limited' | 'credential' | 'missing'

/** An upstream answered, but with a status or an error that another attempt may do better than. The last one is passed on verbatim. */
export class RefusedAnswer extends Failure {
  readonly answer: Answer
  /** What was sent to get it. */
  readonly sendable: ModelSendable
  readonly kind: RefusalKind
  /** The provider says that asking it again is of no use. */
  readonly isFinal: boolean

  /** @param saidMs when to come back, where the error itself says it */
  constructor(sent: { readonly answer: Answer; readonly sendable: ModelSendable }, kind: RefusalKind, status: number, saidMs: number | null = null) {
    const { answer, sendable } = sent
    const waitMs = saidMs ?? retryAfterMs(status, answer.headers, Date.now())
    super('upstream.refused', `The upstream answered ${status}.`, { detail: { upstreamStatus: status }, ...waitMs === null ? {} : { retryAfterMs: waitMs } })
    this.answer = answer
    this.sendable = sendable
    this.kind = kind
    this.isFinal = answer.headers['x-should-retry'] === 'false'
  }
}

/** Which refusals another attempt may do better than. What is the request's own fault is the same everywhere. */
const kindOf = (status: number): RefusalKind | null => {
  if (status === 429) return 'limited'
  if (status === 401 || status === 402 || status === 403) return 'credential'
  if (status === 404) return 'missing'
  return status === 408 || status === 409 || status === 425 || status >= 500 ? 'busy' : null
}

export interface ForwardCall {
  readonly signal?: AbortSignal
  readonly traceparent: string
  /** The credential of this destination: signatures are made per attempt, at the time of sending. */
  readonly credential: Credential
  readonly authorizer: Authorizer
}

/** Bedrock streams in a framing of its own; from here on they are streams like any other. */
const readable = (answer: Answer, { choice: { candidate } }: ModelSendable): Answer =>
  isEventStream(answer) ? new SseAnswer(answer, candidate.provider.dialect === 'bedrock' ? converseFrame : invokeFrame) : answer

/**
 * Sends one request, and sees its answer begin: an error that stands in a body or event of status 200 counts as the status it names.
 * @throws RefusedAnswer for what another attempt may answer better; Failure upstream.* when there is no answer, or no credential
 */
export const forward = async (sendable: ModelSendable, client: HttpClient, call: ForwardCall): Promise<Answer> => {
  const { http } = sendable
  const proof = call.authorizer.authorize(call.credential, http)
  const proven = proof instanceof Promise ? await proof : proof
  const answer = readable(await client.send({ ...http, headers: { ...http.headers, ...proven, traceparent: call.traceparent } }, call.signal), sendable)
  if (answer.status === 401 || answer.status === 403) call.authorizer.refused(call.credential)
  if (answer.status >= 300) {
    const kind = kindOf(answer.status)
    if (kind !== null) throw new RefusedAnswer({ answer, sendable }, kind, answer.status)
    return answer
  }
  const seen = await peek(answer)
  const kind = seen.error === null ? null : kindOf(seen.error.status)
  if (seen.error !== null && kind !== null) throw new RefusedAnswer({ answer: seen.answer, sendable }, kind, seen.error.status, seen.error.retryAfterMs ?? null)
  return seen.answer
}
