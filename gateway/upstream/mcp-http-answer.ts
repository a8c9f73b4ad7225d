// Takes the JSON-RPC messages out of an HTTP answer, whether it is one JSON text or an event stream. It interprets none of them.
import { isUtf8 } from 'node:buffer'
import type { Answer } from '../exchange/answer.ts'
import { Failure } from '../exchange/failure.ts'
import { SseSplitter } from '../exchange/sse.ts'

export interface MessageSink {
  /** A throw ends the reading with fail(). */
  message(text: string): void
  /** An event carried an id: the stream could be resumed behind it. `retryMs` is null unless the server asked for a delay. */
  position(eventId: string | null, retryMs: number | null): void
  end(): void
  fail(thrown: unknown): void
}

export const answerBytesLimit = 64 * 1024 * 1024

const tooLarge = (): Failure => new Failure('upstream.protocol', `The MCP server sent an answer larger than ${answerBytesLimit} bytes.`)

const asText = (chunks: readonly Buffer[]): string => {
  const bytes = chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks)
  if (!isUtf8(bytes)) throw new Failure('upstream.protocol', 'The MCP server sent an answer that is not UTF-8.')
  return bytes.toString('utf8')
}

const readJsonBody = (answer: Answer, sink: MessageSink): void => {
  const chunks: Buffer[] = []
  let size = 0
  answer.attach({
    data: chunk => {
      size += chunk.length
      if (size > answerBytesLimit) {
        answer.abort(tooLarge())
        sink.fail(tooLarge())
        return false
      }
      chunks.push(chunk)
      return true
    },
    end: () => {
      try {
        if (size > 0) sink.message(asText(chunks))
      } catch (thrown) {
        sink.fail(thrown)
        return
      }
      sink.end()
    },
    fail: thrown => { sink.fail(thrown) },
  })
}

const retryOf = (raw: string): number | null => {
  if (!raw.includes('retry:')) return null
  const match = /^retry: ?(\d{1,6})$/m.exec(raw)
  return match === null ? null : Number(match[1])
}

const readEvents = (answer: Answer, sink: MessageSink): void => {
  const splitter = new SseSplitter()
  answer.attach({
    data: chunk => {
      try {
        for (const frame of splitter.push(chunk)) {
          const retryMs = retryOf(frame.raw)
          if (frame.id !== null || retryMs !== null) sink.position(frame.id, retryMs)
          if (frame.data !== null && frame.data !== '') sink.message(frame.data)
        }
      } catch (thrown) {
        answer.abort(thrown instanceof Error ? thrown : tooLarge())
        sink.fail(thrown)
      }
      return true
    },
    end: () => { sink.end() },
    fail: thrown => { sink.fail(thrown) },
  })
}

const mediaType = (answer: Answer): string => (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

export const isEventStream = (answer: Answer): boolean => mediaType(answer) === 'text/event-stream'

/** Starts reading. An answer of another media type fails. */
export const readMessages = (answer: Answer, sink: MessageSink): void => {
  if (isEventStream(answer)) readEvents(answer, sink)
  else if (mediaType(answer) === 'application/json') readJsonBody(answer, sink)
  else {
    const failure = new Failure('upstream.protocol', 'The MCP server answered with a media type that is neither JSON nor an event stream.')
    answer.abort(failure)
    sink.fail(failure)
  }
}

/** Throws an answer away that nobody reads. */
export const discard = (answer: Answer): void => { answer.attach({ data: () => true, end: () => undefined, fail: () => undefined }) }
