// Gemini answers as events: a stream or a whole answer (API reference, "GenerateContentResponse"). Only the first candidate is read; a
// translated request asks for one.
import { hash, randomUUID } from 'node:crypto'
import type { Usage } from '../../../exchange/answer.ts'
import { geminiUsage } from '../../gemini/answer.ts'
import { markSignature } from '../../carried.ts'
import { isObject, type JsonObject } from '../../request-fields.ts'
import type { AnswerDecoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { listOf, objectOf, objectsOf, parsedObject, textOf } from '../members.ts'

const stopReasons: Readonly<Record<string, StopReason>> = {
  STOP: 'end', MAX_TOKENS: 'length', SAFETY: 'filtered', RECITATION: 'filtered', LANGUAGE: 'filtered', BLOCKLIST: 'filtered', PROHIBITED_CONTENT: 'filtered', SPII: 'filtered',
  IMAGE_SAFETY: 'filtered', IMAGE_PROHIBITED_CONTENT: 'filtered', IMAGE_RECITATION: 'filtered', MODEL_ARMOR: 'filtered',
}

/** Ends without an answer that no other dialect has a word for: silence would look like one. */
const failed = /^(?:MALFORMED_FUNCTION_CALL|UNEXPECTED_TOOL_CALL|TOO_MANY_TOOL_CALLS|MISSING_THOUGHT_SIGNATURE|MALFORMED_RESPONSE|OTHER)$/

export class ContentDecoder implements AnswerDecoder {
  #started = false
  #blocks = 0
  /** The block of running text, by what it is. */
  #text: { readonly kind: 'text' | 'thinking'; readonly block: number } | null = null
  #calls = 0
  #answerId: string | null = null
  #finish: string | null = null
  #blocked = false
  #usage: Usage | null = null
  #over = false

  frame(_event: string | null, data: string): readonly AnswerEvent[] {
    const value = this.#over ? null : parsedObject(data)
    if (value === null) return []
    return isObject(value['error']) ? this.#error(textOf(value['error']['message'])) : this.#chunk(value)
  }

  whole(value: unknown): readonly AnswerEvent[] { return [...this.#chunk(objectOf(value)), ...this.#stop()] }

  /** The end of the stream is the end of the answer, if a reason was told why. */
  end(): readonly AnswerEvent[] { return this.#over || (this.#finish === null && !this.#blocked) ? [] : this.#stop() }

  #chunk(value: JsonObject): AnswerEvent[] {
    const events: AnswerEvent[] = []
    this.#usage = geminiUsage(value['usageMetadata']) ?? this.#usage
    if (!this.#started) {
      this.#started = true
      this.#answerId = textOf(value['responseId'])
      events.push({ type: 'start', id: this.#answerId, model: textOf(value['modelVersion']), usage: (this.#usage?.input ?? 0) > 0 ? this.#usage : null })
    }
    this.#blocked ||= textOf(objectOf(value['promptFeedback'])['blockReason']) !== null
    const candidate = objectOf(listOf(value['candidates'])[0])
    for (const part of objectsOf(objectOf(candidate['content'])['parts'])) this.#part(part, events)
    this.#finish = textOf(candidate['finishReason']) ?? this.#finish
    return events
  }

  #part(part: JsonObject, events: AnswerEvent[]): void {
    const signature = textOf(part['thoughtSignature'])
    const text = textOf(part['text'])
    if (isObject(part['functionCall'])) this.#call(part['functionCall'], signature, events)
    // Parts that a translated request cannot cause (files, code that ran) are nobody's.
    else if (text !== null && text !== '') this.#say(part['thought'] === true ? 'thinking' : 'text', text, events)
    if (signature !== null && signature !== '' && part['thought'] === true && this.#text?.kind === 'thinking') {
      events.push({ type: 'signature', block: this.#text.block, signature: markSignature('gemini', signature) })
    }
  }

  #open(start: BlockStart, events: AnswerEvent[]): number {
    const block = this.#blocks
    this.#blocks += 1
    events.push({ type: 'open', block, start })
    return block
  }

  #closeText(events: AnswerEvent[]): void {
    if (this.#text !== null) events.push({ type: 'close', block: this.#text.block })
    this.#text = null
  }

  #say(kind: 'text' | 'thinking', text: string, events: AnswerEvent[]): void {
    if (this.#text?.kind !== kind) {
      this.#closeText(events)
      this.#text = { kind, block: this.#open({ kind }, events) }
    }
    events.push({ type: 'delta', block: this.#text.block, text })
  }

  #call(call: JsonObject, signature: string | null, events: AnswerEvent[]): void {
    this.#closeText(events)
    const start: BlockStart = {
      kind: 'tool-call', id: textOf(call['id']) ?? this.#callId(), name: textOf(call['name']) ?? '',
      ...signature === null || signature === '' ? {} : { signature: markSignature('gemini', signature) },
    }
    this.#calls += 1
    const block = this.#open(start, events)
    events.push({ type: 'delta', block, text: JSON.stringify(objectOf(call['args'])) }, { type: 'close', block })
  }

  /** Older models give their calls no id. The same answer gives the same ones. */
  #callId(): string {
    this.#answerId ??= randomUUID()
    return `call_${hash('sha256', `${this.#answerId} ${this.#calls}`, 'hex').slice(0, 24)}`
  }

  #stop(): AnswerEvent[] {
    if (this.#finish !== null && failed.test(this.#finish)) return this.#error(`The model stopped without an answer (${this.#finish}).`)
    const events: AnswerEvent[] = []
    this.#over = true
    this.#closeText(events)
    const said = this.#blocked ? 'filtered' : stopReasons[this.#finish ?? 'STOP'] ?? 'end'
    events.push({ type: 'stop', reason: said === 'end' && this.#calls > 0 ? 'tool-calls' : said, sequence: null, usage: this.#usage })
    return events
  }

  #error(message: string | null): AnswerEvent[] {
    this.#over = true
    return [{ type: 'error', message: message ?? 'The provider reported an error.', kind: null }]
  }
}
