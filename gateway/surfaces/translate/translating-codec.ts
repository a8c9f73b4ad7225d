// Answers of a provider that speaks another dialect than the caller: decoded to events, said again, then handed to the caller's own codec,
// which restores placeholders as in any other answer.
import type { ModelAnswerFacts, Usage } from '../../exchange/answer.ts'
import { Failure } from '../../exchange/failure.ts'
import { SseSplitter } from '../../exchange/sse.ts'
import { readJson } from '../json/read-json.ts'
import { answerLimits } from '../answer/json-codec.ts'
import type { AnswerCodec } from '../model-surface.ts'
import type { AnswerDecoder, AnswerEncoder, AnswerEvent, StopReason } from './events.ts'

export interface TranslatingParts {
  readonly decoder: AnswerDecoder
  readonly encoder: AnswerEncoder
  /** The caller's dialect. */
  readonly inner: AnswerCodec
  readonly stream: boolean
  /** The caller's own names of tools by those that the provider was told, where they differ. */
  readonly names: ReadonlyMap<string, string> | null
}

class Facts {
  id: string | null = null
  model: string | null = null
  usage: Usage | null = null
  reason: StopReason | null = null

  learn(events: readonly AnswerEvent[]): void {
    for (const event of events) {
      if (event.type === 'start') {
        this.id = event.id
        this.model = event.model
        this.usage = event.usage
      } else if (event.type === 'stop') {
        this.reason = event.reason
        this.usage = event.usage ?? this.usage
      }
    }
  }
}

const asEvents = { event: (event: Buffer): Buffer => event, tail: '' }

const brokenOff: AnswerEvent = { type: 'error', message: 'The model\'s answer broke off.', kind: null }

export class TranslatingCodec implements AnswerCodec {
  readonly #parts: TranslatingParts
  readonly #facts = new Facts()
  readonly #splitter = new SseSplitter()
  #chunks: Buffer[] = []
  /** An error was said, by the provider or by us. */
  #failed = false

  constructor(parts: TranslatingParts) { this.#parts = parts }

  push(chunk: Buffer): Buffer | null {
    if (!this.#parts.stream) {
      this.#chunks.push(chunk)
      return null
    }
    const out = this.#frames(chunk)
    return out === '' ? null : this.#parts.inner.push(Buffer.from(out))
  }

  end(): Buffer | null {
    const { decoder, inner, stream } = this.#parts
    const text = stream ? this.#lastFrame() + this.#say(decoder.end()) + this.#brokenOff() : this.#whole()
    const passed = text === '' ? null : inner.push(Buffer.from(text))
    const rest = inner.end()
    return passed === null ? rest : rest === null ? passed : Buffer.concat([passed, rest])
  }

  /** As the caller's own stream has it. */
  get form(): { event(event: Buffer): Buffer; readonly tail: string } { return this.#parts.inner.form ?? asEvents }

  facts(): ModelAnswerFacts {
    const { id, model, reason, usage } = this.#facts
    const { restored, toldTokens, toolCalls, unknownPlaceholders } = this.#parts.inner.facts()
    return { id, model, usage, restored, unknownPlaceholders, ...toolCalls === undefined ? {} : { toolCalls }, ...toldTokens === undefined ? {} : { toldTokens }, finishReasons: reason === null ? [] : [reason], cut: reason === null }
  }

  #named(event: AnswerEvent): AnswerEvent {
    if (event.type !== 'open' || event.start.kind !== 'tool-call') return event
    const name = this.#parts.names?.get(event.start.name)
    return name === undefined ? event : { ...event, start: { ...event.start, name } }
  }

  #frames(chunk: Buffer | string): string {
    let out = ''
    for (const { data, event } of this.#splitter.push(chunk)) if (data !== null) out += this.#say(this.#parts.decoder.frame(event, data))
    return out
  }

  /** Some servers leave the last blank line out. */
  #lastFrame(): string { return this.#splitter.midFrame ? this.#frames('\n\n') : '' }

  #say(events: readonly AnswerEvent[]): string {
    this.#facts.learn(events)
    let out = ''
    for (const event of events) {
      if (event.type === 'error') this.#failed = true
      out += this.#parts.encoder.stream(this.#named(event))
    }
    return out
  }

  #brokenOff(): string { return this.#facts.reason !== null || this.#failed ? '' : this.#say([brokenOff]) }

  #whole(): string {
    const bytes = Buffer.concat(this.#chunks)
    this.#chunks = []
    let value: unknown
    try {
      ({ value } = readJson(bytes, answerLimits))
    } catch (thrown) {
      throw new Failure('upstream.protocol', 'The upstream answered something that is not strict JSON.', { cause: thrown })
    }
    const events = this.#parts.decoder.whole(value)
    const error = events.find(event => event.type === 'error')
    if (error !== undefined) throw new Failure('upstream.protocol', error.message)
    this.#facts.learn(events)
    return this.#parts.encoder.whole(events.map(event => this.#named(event)))
  }
}
