// A Gemini stream as callers without `alt=sse` get it: one JSON array that grows by an element per event. The elements are the events' own
// bytes; only what stands between them differs.
import type { ModelAnswerFacts } from '../../exchange/answer.ts'
import { SseSplitter } from '../../exchange/sse.ts'
import { parseFrame } from '../answer/stream-codec.ts'
import type { AnswerCodec } from '../model-surface.ts'

export class JsonArrayCodec implements AnswerCodec {
  readonly #inner: AnswerCodec
  readonly #splitter = new SseSplitter()
  #begun = false

  /** @param inner makes the events. */
  constructor(inner: AnswerCodec) { this.#inner = inner }

  push(chunk: Buffer): Buffer | null { return this.#elements(this.#inner.push(chunk)) }

  end(): Buffer {
    const last = this.#elements(this.#inner.end())
    // Some servers leave the last blank line out; what was cut in the middle is no element.
    const rest = this.#splitter.midFrame ? this.#elements(Buffer.from('\n\n'), true) : null
    const parts = [last, rest, Buffer.from(this.#begun ? this.form.tail : '[]\n')].filter(part => part !== null)
    return Buffer.concat(parts)
  }

  facts(): ModelAnswerFacts { return this.#inner.facts() }

  readonly form = {
    event: (event: Buffer): Buffer => {
      this.#splitter.end()
      return this.#elements(event) ?? Buffer.alloc(0)
    },
    tail: '\n]\n',
  }

  #elements(events: Buffer | null, onlyWhole = false): Buffer | null {
    if (events === null) return null
    let out = ''
    for (const { data } of this.#splitter.push(events)) {
      if (data === null || (onlyWhole && parseFrame(data) === null)) continue
      out += (this.#begun ? ',\n' : '[') + data
      this.#begun = true
    }
    return out === '' ? null : Buffer.from(out)
  }
}
