// Says it in the caller's own dialect: passes an answer on as it arrives, and completes it only when the record is written.
import type { ServerResponse } from 'node:http'
import type { Answer, ModelAnswerFacts } from '../exchange/answer.ts'
import { asFailure, Failure, failureTable, type FailureCode } from '../exchange/failure.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Noted } from '../pipeline/idempotency-book.ts'

/** Bytes in, bytes out, and what was learnt from them (surfaces/ implements one per dialect). */
export interface Codec {
  push(chunk: Buffer): Buffer | null
  end(): Buffer | null
  facts(): ModelAnswerFacts
  /** For streams that are not told as events: how an event that we add is said, and what ends the stream. */
  readonly form?: { event(event: Buffer): Buffer; readonly tail: string }
}

export interface Rendered { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer }

/** How a dialect reports failures, before and after the first byte. */
export interface FailureRenderer {
  renderFailure(failure: Failure, exchangeId: string): Rendered
  renderFailureEvent(failure: Failure, exchangeId: string): Buffer
}

export interface Response {
  readonly exchange: Exchange<unknown, ServerResponse>
  readonly answer: Answer
  readonly codec: Codec
  /** What has to be there before more of the answer leaves, or null. The answer fails where it rejects. */
  readonly kept?: () => Promise<void> | null
  readonly renderer: FailureRenderer
  /** Headers to send; content-length is never among them. */
  readonly headers: Readonly<Record<string, string>>
  /** Streams are flushed as they arrive; anything else is held until complete, so that its cost can go in a header. */
  readonly stream: boolean
  /** It says that the upstream could not, whatever its status. */
  readonly isRefusal?: boolean
  /** Where the answer is noted, so that it can be given again. */
  readonly noted?: Noted | null
  /** Longest answer in bytes that is held as a whole. */
  readonly maxHeldBytes: number
  /** Runs once with what was learnt, before the record; returns headers that only the end knows (cost). */
  readonly finished: (facts: ModelAnswerFacts) => Readonly<Record<string, string>>
}

const auditFailure = (): Failure => new Failure('audit.unavailable', 'The audit record could not be written.')

/** Sends a failure to a caller who has not been sent anything yet, after recording it. */
export const respondFailure = (exchange: Exchange<unknown, ServerResponse>, failure: Failure, renderer: Pick<FailureRenderer, 'renderFailure'>): void => {
  const { response } = exchange
  const rendered = renderer.renderFailure(failure, exchange.id)
  exchange.record(rendered.status, failure.code, error => {
    if (response.destroyed || response.headersSent) {
      response.end()
      return
    }
    const shown = error === undefined ? rendered : renderer.renderFailure(auditFailure(), exchange.id)
    response.writeHead(shown.status, {
      ...shown.headers, 'content-length': String(Buffer.byteLength(shown.body)),
      // What is left of an unread body must not be taken for the next request.
      ...(exchange.request.complete ? {} : { connection: 'close' }),
    })
    response.end(shown.body)
  })
}

const concat = (parts: readonly Buffer[]): Buffer => parts.length === 1 ? parts[0] as Buffer : Buffer.concat(parts)

class Sending {
  readonly #to: Response
  readonly #out: ServerResponse
  #held: Buffer[] = []
  #holds = false
  #received = 0

  constructor(response: Response) {
    this.#to = response
    this.#out = response.exchange.response
  }

  start(): void {
    const { answer, exchange, headers, stream } = this.#to
    exchange.onGone(reason => {
      answer.abort(reason)
      // What was delivered until now has been paid for.
      this.#to.finished({ ...this.#to.codec.facts(), cut: true })
    })
    if (stream) {
      this.#out.writeHead(answer.status, headers)
      this.#out.flushHeaders()
      this.#to.noted?.begin(answer.status, headers)
      this.#out.on('drain', () => { answer.resume() })
      // Where the work goes on without its caller nothing drains any more.
      if (this.#to.noted != null) this.#out.on('close', () => { if (!exchange.recorded) answer.resume() })
    }
    answer.attach({ data: chunk => this.#data(chunk), end: () => { this.#end() }, fail: thrown => { this.#fail(asFailure(thrown)) } })
  }

  #data(chunk: Buffer): boolean {
    const { codec, exchange, stream } = this.#to
    if (stream) exchange.ledger.firstChunkMs ??= performance.now() - exchange.ledger.startedMs
    this.#received += chunk.length
    let out: Buffer | null
    try {
      if (!stream && this.#received > this.#to.maxHeldBytes) {
        throw new Failure('upstream.protocol', `The upstream's answer is longer than ${this.#to.maxHeldBytes} bytes.`, { detail: { field: 'limits.answer_bytes' } })
      }
      out = codec.push(chunk)
    } catch (thrown) {
      const failure = asFailure(thrown)
      this.#to.answer.abort(failure)
      this.#fail(failure)
      return true
    }
    if (out === null || out.length === 0) return true
    exchange.ledger.bytesOut += out.length
    if (stream) {
      this.#to.noted?.push(out)
      return this.#holds || (this.#to.kept?.() ?? null) !== null ? this.#hold(out) : exchange.gone || this.#out.write(out)
    }
    this.#held.push(out)
    return true
  }

  /** Of a stream: until what has to be kept is kept. */
  #hold(out: Buffer): boolean {
    this.#held.push(out)
    if (this.#holds) return true
    this.#holds = true
    this.#once(() => { this.#holds = false })
    return true
  }

  /** Goes on once everything is kept, and what a stream held has left. */
  #once(goOn: () => void): void {
    const waiting = this.#to.kept?.() ?? null
    if (waiting === null) {
      if (this.#to.stream) for (const out of this.#held.splice(0)) if (!this.#to.exchange.gone) this.#out.write(out)
      goOn()
      return
    }
    waiting.then(() => { this.#once(goOn) }, (thrown: unknown) => {
      const failure = asFailure(thrown)
      this.#to.answer.abort(failure)
      this.#fail(failure)
    })
  }

  #end(): void {
    let last: Buffer | null
    try {
      last = this.#to.codec.end()
    } catch (thrown) {
      this.#fail(asFailure(thrown))
      return
    }
    this.#once(() => { this.#complete(last) })
  }

  #complete(last: Buffer | null): void {
    const { codec, exchange, answer, stream, headers, finished } = this.#to
    // The caller left while we waited.
    if (exchange.recorded) return
    let late: Readonly<Record<string, string>>
    let failure: FailureCode | null
    try {
      const facts = codec.facts()
      failure = facts.cut && this.#to.isRefusal !== true ? 'upstream.protocol' : answer.status >= 400 || this.#to.isRefusal === true ? 'upstream.refused' : null
      late = finished(facts)
    } catch (thrown) {
      this.#fail(asFailure(thrown))
      return
    }
    if (last !== null) exchange.ledger.bytesOut += last.length
    if (failure === null && exchange.gone) failure = 'client.gone'
    if (failure === null || failure === 'client.gone') this.#note(last, { ...headers, ...late })
    exchange.record(failure === 'client.gone' ? failureTable[failure].http : answer.status, failure, error => {
      if (error !== undefined && !stream) {
        this.#sendFailure(auditFailure())
      } else if (stream) {
        // The chain could not take the record: the stream must not look complete.
        if (error !== undefined) this.#out.write(this.#event(auditFailure()))
        if (last === null || last.length === 0) this.#out.end()
        else this.#out.end(last)
      } else {
        if (last !== null && last.length > 0) this.#held.push(last)
        const body = this.#held.length === 0 ? Buffer.alloc(0) : concat(this.#held)
        this.#out.writeHead(answer.status, { ...headers, ...late, 'content-length': String(body.length) })
        this.#out.end(body)
      }
    })
  }

  /** What was said until now, completed: from here on it can be asked for again. */
  #note(last: Buffer | null, headers: Readonly<Record<string, string>>): void {
    const { answer, noted, stream } = this.#to
    if (noted == null || answer.status >= 300) return
    if (!stream) {
      noted.begin(answer.status, headers)
      for (const chunk of this.#held) noted.push(chunk)
    }
    if (last !== null) noted.push(last)
    noted.keep()
  }

  #sendFailure(failure: Failure): void {
    const rendered = this.#to.renderer.renderFailure(failure, this.#to.exchange.id)
    this.#out.writeHead(rendered.status, { ...rendered.headers, 'content-length': String(Buffer.byteLength(rendered.body)) })
    this.#out.end(rendered.body)
  }

  #fail(failure: Failure): void {
    const { exchange, renderer, stream, codec, finished } = this.#to
    if (exchange.recorded) return
    finished({ ...codec.facts(), cut: true })
    if (!stream) {
      respondFailure(exchange, failure, renderer)
      return
    }
    const event = this.#event(failure)
    const last = codec.form === undefined ? event : Buffer.concat([event, Buffer.from(codec.form.tail)])
    exchange.record(this.#out.statusCode, failure.code, () => this.#out.end(last))
  }

  #event(failure: Failure): Buffer {
    const { codec, exchange, renderer } = this.#to
    const event = renderer.renderFailureEvent(failure, exchange.id)
    return codec.form === undefined ? event : codec.form.event(event)
  }
}

/** Passes a model answer on. Returns at once; the exchange ends when the answer does. */
export const respond = (response: Response): void => { new Sending(response).start() }
