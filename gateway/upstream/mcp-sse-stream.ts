// The stream of revision 2024-11-05: its first event says where to POST, every other one is a message. It interprets no message.
import type { Answer } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import { SseSplitter, type SseFrame } from '../exchange/sse.ts'
import { discard, isEventStream } from './mcp-http-answer.ts'

export interface SseEvents {
  /** Path and query for POST, at the origin of the stream. Called once, before any message. */
  endpoint(path: string): void
  message(text: string): void
  /** Once: nothing will come any more. */
  ended(failure: Failure): void
}

/** Another origin would get what we send, credentials included, on a server's word. @throws Failure upstream.protocol */
export const endpointPath = (said: string, stream: URL): string => {
  const endpoint = URL.canParse(said, stream.href) ? new URL(said, stream.href) : null
  if (endpoint?.origin !== stream.origin) throw new Failure('upstream.protocol', 'The server named an endpoint for messages that is not at its own origin.')
  return endpoint.pathname + endpoint.search
}

const closed = (): Failure => new Failure('upstream.connect', 'The server closed its event stream.')

class Reading {
  readonly #events: SseEvents
  readonly #stream: URL
  readonly #splitter = new SseSplitter()
  #hasEndpoint = false
  #over = false

  constructor(stream: URL, events: SseEvents) {
    this.#stream = stream
    this.#events = events
  }

  attach(answer: Answer): void {
    answer.attach({
      data: chunk => {
        try {
          for (const frame of this.#splitter.push(chunk)) this.#take(frame)
        } catch (thrown) {
          answer.abort(thrown instanceof Error ? thrown : closed())
          this.#end(thrown)
        }
        return true
      },
      end: () => { this.#end(closed()) },
      fail: cause => { this.#end(new Failure('upstream.connect', 'The event stream broke off.', { cause })) },
    })
  }

  #take({ data, event }: SseFrame): void {
    if (this.#over || data === null) return
    if (event === 'endpoint' && !this.#hasEndpoint) {
      const path = endpointPath(data, this.#stream)
      this.#hasEndpoint = true
      this.#events.endpoint(path)
    } else if ((event === null || event === 'message') && data !== '') this.#events.message(data)
  }

  #end(thrown: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#events.ended(thrown instanceof Failure ? thrown : new Failure('upstream.connect', 'The event stream broke off.', { cause: thrown }))
  }
}

/** @throws Failure upstream.refused | upstream.protocol for an answer that is no event stream */
export const readSse = (answer: Answer, stream: URL, events: SseEvents): void => {
  if (answer.status === 200 && isEventStream(answer)) {
    new Reading(stream, events).attach(answer)
    return
  }
  discard(answer)
  if (answer.status !== 200) throw new Failure('upstream.refused', `The server answered with HTTP status ${answer.status}.`, { detail: { upstreamStatus: answer.status } })
  throw new Failure('upstream.protocol', 'The server answered without an event stream.')
}
