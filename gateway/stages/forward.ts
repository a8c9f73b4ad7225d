// Gets the answer. Takes only what transform made, so nothing undecided and nothing unredacted can be sent from here.
import type { Answer, HttpSend } from '../exchange/answer.ts'
import type { Authorizer, Credential } from '../exchange/credential.ts'
import { Failure } from '../exchange/failure.ts'
import { converseFrame, invokeFrame, isEventStream, SseAnswer } from '../upstream/event-stream/as-sse.ts'
import type { ModelSendable } from './transform-model.ts'

export interface HttpClient { send(request: HttpSend, signal?: AbortSignal): Promise<Answer> }

/** An upstream answered, but with a status that another attempt may do better than. The last one is passed on verbatim. */
export class RefusedAnswer extends Failure {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('upstream.refused', `The upstream answered ${answer.status}.`, {
      detail: { upstreamStatus: answer.status }, ...retryAfterOf(answer),
    })
    this.answer = answer
  }
}

const retryAfterOf = (answer: Answer): { retryAfterMs?: number } => {
  const seconds = Number(answer.headers['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}
}

const worthAnotherTry = (status: number): boolean => status === 408 || status === 429 || status >= 500

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
 * Sends one request.
 * @throws RefusedAnswer for statuses that another candidate may answer better; Failure upstream.* when there is no answer, or no credential
 */
export const forward = async (sendable: ModelSendable, client: HttpClient, call: ForwardCall): Promise<Answer> => {
  const { http } = sendable
  const proof = call.authorizer.authorize(call.credential, http)
  const proven = proof instanceof Promise ? await proof : proof
  const answer = await client.send({ ...http, headers: { ...http.headers, ...proven, traceparent: call.traceparent } }, call.signal)
  if (answer.status === 401 || answer.status === 403) call.authorizer.refused(call.credential)
  if (worthAnotherTry(answer.status)) throw new RefusedAnswer(answer)
  return readable(answer, sendable)
}
