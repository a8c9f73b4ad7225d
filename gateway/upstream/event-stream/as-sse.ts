// A model's answer in AWS event-stream framing, as the server-sent events that every codec reads. Claude behind InvokeModel wraps its own
// events; Converse has events of its own, which keep their names.
import type { Answer, ByteSink } from '../../exchange/answer.ts'
import { asFailure, Failure } from '../../exchange/failure.ts'
import { EventStreamSplitter, type EventMessage } from './event-stream.ts'

export const isEventStream = (answer: Answer): boolean => answer.headers['content-type']?.startsWith('application/vnd.amazon.eventstream') === true

const jsonOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

const frame = (event: string, data: string): string => `event: ${event}\ndata: ${data.replace(/\r\n|\n|\r/g, '\ndata: ')}\n\n`

/** Names stand in a line of their own. */
const printable = (name: string): string => /^[\w.-]{1,80}$/.test(name) ? name : 'unknown'

/** What went wrong inside the stream: an exception that the API models, or an error of the transport. Null for an event. */
const exceptionIn = ({ headers, payload }: EventMessage): { readonly name: string; readonly message: string } | null => {
  const type = headers[':message-type']
  if (type !== 'exception' && type !== 'error') return null
  const said = jsonOf(payload.toString())['message']
  return { name: printable(headers[':exception-type'] ?? headers[':error-code'] ?? 'error'), message: typeof said === 'string' ? said : headers[':error-message'] ?? 'The model\'s stream failed.' }
}

const anthropicTypes: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error', validationException: 'invalid_request_error', serviceUnavailableException: 'overloaded_error', modelTimeoutException: 'timeout_error',
}

/** Events of InvokeModelWithResponseStream: the model's own JSON, base64 in a JSON. */
export const invokeFrame = (message: EventMessage): string => {
  const failed = exceptionIn(message)
  if (failed !== null) return frame('error', JSON.stringify({ type: 'error', error: { type: anthropicTypes[failed.name] ?? 'api_error', message: failed.message } }))
  const { bytes } = jsonOf(message.payload.toString())
  if (message.headers[':event-type'] !== 'chunk' || typeof bytes !== 'string') return ''
  const text = Buffer.from(bytes, 'base64').toString()
  const type = /^\{"type":"(\w+)"/.exec(text)?.[1] ?? jsonOf(text)['type']
  return typeof type === 'string' ? frame(printable(type), text) : ''
}

/** Events of ConverseStream, by their own names; exceptions as well. */
export const converseFrame = (message: EventMessage): string => {
  const failed = exceptionIn(message)
  if (failed !== null) return frame(failed.name, JSON.stringify({ message: failed.message }))
  const event = message.headers[':event-type']
  return event === undefined ? '' : frame(printable(event), message.payload.toString())
}

/** The same answer, told as server-sent events. */
export class SseAnswer implements Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly #inner: Answer
  readonly #frameOf: (message: EventMessage) => string
  readonly #splitter = new EventStreamSplitter()
  #over = false

  constructor(inner: Answer, frameOf: (message: EventMessage) => string) {
    this.#inner = inner
    this.#frameOf = frameOf
    this.status = inner.status
    this.headers = { ...inner.headers, 'content-type': 'text/event-stream' }
  }

  attach(sink: ByteSink): void {
    this.#inner.attach({
      data: chunk => this.#over || this.#data(chunk, sink),
      end: () => {
        if (this.#over) return
        if (this.#splitter.midMessage) sink.fail(new Failure('upstream.protocol', 'The upstream broke its answer off inside an event.'))
        else sink.end()
      },
      fail: thrown => { if (!this.#over) sink.fail(thrown) },
    })
  }

  resume(): void { this.#inner.resume() }
  abort(reason: Error): void { this.#inner.abort(reason) }

  #data(chunk: Buffer, sink: ByteSink): boolean {
    let text = ''
    try {
      for (const message of this.#splitter.push(chunk)) text += this.#frameOf(message)
    } catch (thrown) {
      this.#over = true
      const failure = asFailure(thrown)
      this.#inner.abort(failure)
      // What came whole before the fault has been said already, or is said now.
      if (text !== '') sink.data(Buffer.from(text))
      sink.fail(failure)
      return true
    }
    return text === '' || sink.data(Buffer.from(text))
  }
}
