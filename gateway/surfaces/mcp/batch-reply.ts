// One HTTP response for several messages (2025-03-26, transports): one JSON array, or one event stream as soon as any of them has something to
// say before its answer. Each message answers into a sink of its own and knows nothing of the others.
import { eventStreamHeaders, eventText, type ResponseSink } from './event-stream.ts'

class Element implements ResponseSink {
  headersSent = false
  writableEnded = false
  readonly #batch: BatchReply
  #isStream = false

  constructor(batch: BatchReply) { this.#batch = batch }

  get destroyed(): boolean { return this.#batch.isGone }

  /** The status of one message among several is in its text. */
  writeHead(_status: number, headers: Readonly<Record<string, string>>): void {
    this.headersSent = true
    this.#isStream = headers['content-type'] === eventStreamHeaders['content-type']
    if (this.#isStream) this.#batch.openStream()
  }

  flushHeaders(): void { /* the head of all is sent by the batch */ }
  write(events: string): boolean { return this.#batch.write(events) }

  end(text = ''): void {
    if (this.writableEnded) return
    this.writableEnded = true
    this.#batch.answered(text, this.#isStream)
  }

  once(_event: 'close', listener: () => void): void { this.#batch.onGone(listener) }
  destroy(): void { this.#batch.destroy() }
}

export class BatchReply {
  readonly #response: ResponseSink
  readonly #headers: Readonly<Record<string, string>>
  readonly #listeners: (() => void)[] = []
  /** Answers that wait for the last one. */
  #texts: string[] = []
  #open: number
  #streaming = false

  /** @param count messages that will end their sinks, with or without an answer */
  constructor(response: ResponseSink, count: number, headers: Readonly<Record<string, string>>) {
    this.#response = response
    this.#headers = headers
    this.#open = count
    response.once('close', () => { for (const listener of this.#listeners) listener() })
  }

  get isGone(): boolean { return this.#response.destroyed }

  element(): ResponseSink { return new Element(this) }

  onGone(listener: () => void): void { this.#listeners.push(listener) }
  destroy(): void { this.#response.destroy() }
  write(events: string): boolean { return this.#response.write(events) }

  openStream(): void {
    if (this.#streaming) return
    this.#streaming = true
    this.#response.writeHead(200, { ...this.#headers, ...eventStreamHeaders })
    this.#response.flushHeaders()
    for (const text of this.#texts.splice(0)) this.write(eventText(text))
  }

  /** @param isEvent the text is an event already; "" says nothing: a notification or a response was taken */
  answered(text: string, isEvent: boolean): void {
    this.#open -= 1
    if (text !== '') {
      if (isEvent) this.write(text)
      else if (this.#streaming) this.write(eventText(text))
      else this.#texts.push(text)
    }
    if (this.#open === 0 && !this.isGone) this.#finish()
  }

  #finish(): void {
    if (this.#streaming) {
      this.#response.end()
      return
    }
    const body = this.#texts.length === 0 ? '' : `[${this.#texts.join(',')}]`
    this.#response.writeHead(body === '' ? 202 : 200, {
      ...this.#headers, ...body === '' ? {} : { 'content-type': 'application/json' }, 'content-length': String(Buffer.byteLength(body)),
    })
    this.#response.end(body)
  }
}
