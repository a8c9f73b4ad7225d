// Notes the tool calls of an answer while it passes, before the client has them: whoever reads the last piece of a call may carry it out at once.
import type { ModelAnswerFacts } from '../exchange/answer.ts'
import type { Dialect } from '../exchange/operation.ts'
import { SseSplitter } from '../exchange/sse.ts'
import { SaidCalls, type OnCall } from '../surfaces/answer/said-calls.ts'
import type { Codec } from './respond.ts'

export interface Noting {
  readonly dialect: Dialect
  /** Told as events; otherwise the answer is looked at when it is whole. */
  readonly events: boolean
  /** Longest whole answer that is looked at, bytes. */
  readonly mostBytes: number
  readonly onCall: OnCall
}

/** Passes everything on as it is. */
export class CallNotingCodec implements Codec {
  readonly #codec: Codec
  readonly #calls: SaidCalls
  readonly #noting: Noting
  readonly #splitter = new SseSplitter()
  #held: Buffer[] = []
  #bytes = 0
  readonly form?: NonNullable<Codec['form']>

  constructor(codec: Codec, noting: Noting) {
    this.#codec = codec
    this.#noting = noting
    this.#calls = new SaidCalls(noting.dialect, noting.onCall)
    if (codec.form !== undefined) this.form = codec.form
  }

  push(chunk: Buffer): Buffer | null { return this.#seen(this.#codec.push(chunk)) }

  end(): Buffer | null {
    const last = this.#seen(this.#codec.end())
    if (this.#noting.events) {
      // Some servers leave the last blank line out.
      if (this.#splitter.midFrame) this.#frames('\n\n')
      this.#calls.end()
    } else this.#whole()
    return last
  }

  facts(): ModelAnswerFacts { return this.#codec.facts() }

  #seen(out: Buffer | null): Buffer | null {
    if (out === null) return null
    if (this.#noting.events) this.#frames(out)
    else if (this.#bytes <= this.#noting.mostBytes) {
      this.#held.push(out)
      this.#bytes += out.length
    }
    return out
  }

  #frames(out: Buffer | string): void { for (const frame of this.#splitter.push(out)) this.#calls.frame(frame) }

  #whole(): void {
    const bytes = this.#held
    this.#held = []
    if (this.#bytes > this.#noting.mostBytes) return
    try {
      this.#calls.whole(JSON.parse(Buffer.concat(bytes).toString()))
    } catch {
      // What is no JSON asks for nothing.
    }
  }
}
