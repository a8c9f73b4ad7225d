// An answer of which nothing passes before remote detectors have looked at it: each chunk waits until they have said of every text in it, up to
// there, what they found. Chunks keep their order, and nothing is waited for where the detectors know everything.
import type { Answer, ByteSink } from '../exchange/answer.ts'
import { asFailure } from '../exchange/failure.ts'
import type { AnswerAhead, Need } from '../redaction/answer-ahead.ts'
import type { AnswerRestorers } from '../surfaces/model-surface.ts'
import type { Codec } from './respond.ts'

export interface Ahead {
  readonly texts: AnswerAhead
  /** Of the codec that reads ahead. */
  readonly restorers: AnswerRestorers
  /** Asked whenever detectors have answered. @throws Failure where what they did not look at may not pass */
  readonly check: () => void
  /** Time that nothing but a detector was waited for, milliseconds. */
  readonly waited: (ms: number) => void
}

/** Bytes that wait, before texts that have not come to the end of a sentence are looked at as they are. */
const mostWaiting = 1024 * 1024

/** A chunk that ends in the middle of a sentence would keep back the sentences before it: events of a stream wait each for itself. */
const byEvents = (chunk: Buffer): readonly Buffer[] => {
  const pieces: Buffer[] = []
  let from = 0
  for (let end = chunk.indexOf('\n\n'); end !== -1 && end + 2 < chunk.length; end = chunk.indexOf('\n\n', from)) {
    pieces.push(chunk.subarray(from, end + 2))
    from = end + 2
  }
  pieces.push(from === 0 ? chunk : chunk.subarray(from))
  return pieces
}

/** @param chunk null: the end */
interface Waiting { readonly chunk: Buffer | null; needs: readonly Need[] }

export class AnswerLookedAhead implements Answer {
  readonly #answer: Answer
  readonly #reader: Codec
  readonly #ahead: Ahead
  #sink: ByteSink | null = null
  #isAttached = false
  #waiting: Waiting[] = []
  #bytes = 0
  /** The sink asked for a pause. */
  #isPaused = false
  /** The answer was asked for one. */
  #hasPaused = false
  #isOver = false
  #endedMs = 0

  /** @param reader reads the answer as the caller's codec will, with `ahead.restorers` */
  constructor(answer: Answer, reader: Codec, ahead: Ahead) {
    this.#answer = answer
    this.#reader = reader
    this.#ahead = ahead
  }

  get status(): number { return this.#answer.status }
  get headers(): Readonly<Record<string, string>> { return this.#answer.headers }

  attach(sink: ByteSink): void {
    this.#sink = sink
    if (this.#isAttached) return
    this.#isAttached = true
    this.#answer.attach({ data: chunk => this.#data(chunk), end: () => { this.#end() }, fail: thrown => { this.#fail(thrown) } })
  }

  resume(): void {
    this.#isPaused = false
    this.#release()
    this.#resumeAnswer()
  }

  abort(reason: Error): void {
    this.#forget()
    this.#answer.abort(reason)
  }

  #data(chunk: Buffer): boolean {
    for (const piece of byEvents(chunk)) {
      if (this.#isOver) return true
      this.#bytes += piece.length
      this.#read(piece, () => { this.#reader.push(piece) })
    }
    this.#hasPaused = this.#isPaused || this.#bytes > mostWaiting
    return !this.#hasPaused
  }

  #end(): void {
    if (this.#isOver) return
    this.#endedMs = performance.now()
    this.#read(null, () => { this.#reader.end() })
  }

  #read(chunk: Buffer | null, read: () => void): void {
    const { texts } = this.#ahead
    try {
      read()
      if (this.#bytes > mostWaiting) texts.cutNow()
      const asked = texts.ask()
      this.#waiting.push({ chunk, needs: texts.needs() })
      if (asked === null) this.#goOn()
      else asked.then(() => { this.#goOn() }).catch((thrown: unknown) => { this.#stop(thrown) })
    } catch (thrown) {
      this.#stop(thrown)
    }
  }

  #goOn(): void {
    if (this.#isOver) return
    this.#ahead.check()
    this.#release()
    this.#resumeAnswer()
  }

  #release(): void {
    for (let first = this.#waiting[0]; first !== undefined && !this.#isPaused && !this.#isOver; first = this.#waiting[0]) {
      if (first.needs.some(({ text, upTo }) => text.seenTo < upTo)) return
      this.#waiting.shift()
      if (first.chunk === null) this.#complete()
      else {
        this.#bytes -= first.chunk.length
        this.#isPaused = this.#sink?.data(first.chunk) === false
      }
    }
  }

  #complete(): void {
    this.#isOver = true
    this.#ahead.waited(performance.now() - this.#endedMs)
    this.#sink?.end()
  }

  #resumeAnswer(): void {
    if (!this.#hasPaused || this.#isPaused || this.#isOver || this.#bytes > mostWaiting) return
    this.#hasPaused = false
    this.#answer.resume()
  }

  #forget(): void {
    this.#isOver = true
    this.#waiting = []
  }

  /** What may not pass ends the answer; what waits with it does not pass either. */
  #stop(thrown: unknown): void {
    if (this.#isOver) return
    const failure = asFailure(thrown)
    this.#forget()
    this.#answer.abort(failure)
    this.#sink?.fail(failure)
  }

  #fail(thrown: Error): void {
    if (this.#isOver) return
    this.#forget()
    this.#sink?.fail(thrown)
  }
}
