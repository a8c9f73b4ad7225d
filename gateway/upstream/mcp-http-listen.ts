// The long-lived stream on which a server announces changes: GET in the legacy era, subscriptions/listen in the modern one. It comes
// back after a cut, with growing pauses, and gives up for good when the server says that it offers none.
import type { Answer } from '../exchange/answer.ts'
import { discard, isEventStream, readMessages } from './mcp-http-answer.ts'

export interface Standing {
  open(lastEventId: string | null): Promise<Answer>
  message(text: string): void
}

const firstPauseMs = 1000
const longestPauseMs = 60_000

export class StandingStream {
  readonly #standing: Standing
  #answer: Answer | null = null
  #timer: NodeJS.Timeout | null = null
  #pauseMs = firstPauseMs
  #eventId: string | null = null
  #stopped = false

  #first: Promise<void> = Promise.resolve()

  constructor(standing: Standing) { this.#standing = standing }

  start(): void {
    this.#first = this.#standing.open(this.#eventId).then(answer => { this.#opened(answer) }, () => { this.#again() })
  }

  /** Resolves with the server's answer, whatever it is, or after this time. */
  async opened(patienceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, patienceMs) })
    await Promise.race([this.#first, late]).finally(() => { clearTimeout(timer) })
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#answer?.abort(new Error('the connection is closing'))
  }

  #opened(answer: Answer): void {
    if (this.#stopped) {
      answer.abort(new Error('the connection is closing'))
      return
    }
    if (answer.status !== 200 || !isEventStream(answer)) {
      discard(answer)
      // 5xx passes; anything else (405 by the book) means that there is no such stream.
      if (answer.status >= 500) this.#again()
      return
    }
    this.#answer = answer
    readMessages(answer, {
      message: text => {
        this.#pauseMs = firstPauseMs
        this.#standing.message(text)
      },
      position: (eventId, retryMs) => {
        if (eventId !== null) this.#eventId = eventId
        if (retryMs !== null) this.#pauseMs = Math.min(Math.max(retryMs, 100), longestPauseMs)
      },
      end: () => { this.#again() },
      fail: () => { this.#again() },
    })
  }

  #again(): void {
    if (this.#stopped) return
    this.#answer = null
    this.#timer = setTimeout(() => { this.start() }, this.#pauseMs)
    this.#timer.unref()
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }
}
