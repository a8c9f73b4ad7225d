// Answers of the Converse API as events: ConverseStream's events by their names, or a whole answer (Amazon Bedrock API reference). Exceptions
// inside a stream come as events whose name ends in "Exception".
import type { Usage } from '../../../exchange/answer.ts'
import { Failure } from '../../../exchange/failure.ts'
import type { JsonObject } from '../../request-fields.ts'
import type { AnswerDecoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { numberOf, objectOf, objectsOf, parsedObject, textOf } from '../members.ts'
import { converseUsage } from './usage.ts'

const stopReasons: Readonly<Record<string, StopReason>> = {
  end_turn: 'end', tool_use: 'tool-calls', max_tokens: 'length', stop_sequence: 'stop-sequence', guardrail_intervened: 'filtered', content_filtered: 'filtered',
  model_context_window_exceeded: 'context',
}
/** The model said something that Bedrock could not read; nobody else can either. */
const malformed: ReadonlySet<string> = new Set(['malformed_model_output', 'malformed_tool_use'])

/** In the words that callers' SDKs know. */
const errorKinds: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error', validationException: 'invalid_request_error', serviceUnavailableException: 'overloaded_error', modelTimeoutException: 'timeout_error',
}

interface Delta { readonly kind: 'text' | 'thinking' | 'tool-call'; readonly text: string; readonly signature: string | null }

const deltaOf = (delta: JsonObject): Delta | null => {
  const text = textOf(delta['text'])
  if (text !== null) return { kind: 'text', text, signature: null }
  const input = textOf(objectOf(delta['toolUse'])['input'])
  if (input !== null) return { kind: 'tool-call', text: input, signature: null }
  const reasoning = objectOf(delta['reasoningContent'])
  const thought = textOf(reasoning['text'])
  const signature = textOf(reasoning['signature'])
  return thought === null && signature === null ? null : { kind: 'thinking', text: thought ?? '', signature }
}

export class ConverseDecoder implements AnswerDecoder {
  readonly #open = new Map<number, number>()
  #blocks = 0
  #reason: string | null = null
  #sequence: string | null = null
  #usage: Usage | null = null
  #over = false

  frame(event: string | null, data: string): readonly AnswerEvent[] {
    const value = this.#over ? null : parsedObject(data)
    if (value === null) return []
    const index = numberOf(value['contentBlockIndex']) ?? 0
    switch (event) {
      case 'messageStart': return [{ type: 'start', id: null, model: null, usage: null }]
      case 'contentBlockStart': return this.#started(index, objectOf(objectOf(value['start'])['toolUse']))
      case 'contentBlockDelta': return this.#delta(index, objectOf(value['delta']))
      case 'contentBlockStop': return this.#closed(index)
      case 'messageStop': {
        this.#reason = textOf(value['stopReason']) ?? 'end_turn'
        this.#sequence = textOf(objectOf(value['additionalModelResponseFields'])['stop_sequence'])
        return []
      }
      // Comes last, and holds what budgets settle with.
      case 'metadata': {
        this.#usage = converseUsage(value['usage'])
        return this.#reason === null ? [] : this.#stop()
      }
      default: return event?.endsWith('Exception') === true || event === 'error' ? this.#failed(event, textOf(value['message'])) : []
    }
  }

  /** @throws Failure upstream.protocol where the model's output could not be read */
  whole(value: unknown): readonly AnswerEvent[] {
    const answer = objectOf(value)
    this.#reason = textOf(answer['stopReason']) ?? 'end_turn'
    if (malformed.has(this.#reason)) throw new Failure('upstream.protocol', `The model's answer could not be read by its provider (${this.#reason}).`)
    this.#usage = converseUsage(answer['usage'])
    this.#sequence = textOf(objectOf(answer['additionalModelResponseFields'])['stop_sequence'])
    const events: AnswerEvent[] = [{ type: 'start', id: null, model: null, usage: this.#usage }]
    objectsOf(objectOf(objectOf(answer['output'])['message'])['content']).forEach((block, index) => { events.push(...this.#whole(block, index)) })
    return [...events, ...this.#stop()]
  }

  /** A stream whose stop was seen is whole, even if what it cost was not told. */
  end(): readonly AnswerEvent[] { return this.#over || this.#reason === null ? [] : this.#stop() }

  #whole(block: JsonObject, index: number): AnswerEvent[] {
    const called = objectOf(block['toolUse'])
    if (textOf(called['name']) !== null) {
      return [...this.#started(index, called), ...this.#delta(index, { toolUse: { input: JSON.stringify(called['input'] ?? {}) } }), ...this.#closed(index)]
    }
    const reasoning = objectOf(objectOf(block['reasoningContent'])['reasoningText'])
    return [...this.#delta(index, textOf(reasoning['text']) === null ? block : { reasoningContent: reasoning }), ...this.#closed(index)]
  }

  #opened(index: number, start: BlockStart): AnswerEvent {
    const block = this.#blocks
    this.#blocks += 1
    this.#open.set(index, block)
    return { type: 'open', block, start }
  }

  /** Only calls of tools are announced; text and reasoning begin with their first piece. */
  #started(index: number, called: JsonObject): AnswerEvent[] {
    const name = textOf(called['name'])
    return name === null ? [] : [this.#opened(index, { kind: 'tool-call', id: textOf(called['toolUseId']) ?? `tooluse_${index}`, name })]
  }

  #delta(index: number, said: JsonObject): AnswerEvent[] {
    const delta = deltaOf(said)
    if (delta === null) return []
    const events: AnswerEvent[] = []
    // Arguments of a call that nobody announced belong to nobody.
    if (!this.#open.has(index)) {
      if (delta.kind === 'tool-call' || (delta.text === '' && delta.signature === null)) return []
      events.push(this.#opened(index, { kind: delta.kind }))
    }
    const block = this.#open.get(index) ?? 0
    if (delta.text !== '') events.push({ type: 'delta', block, text: delta.text })
    if (delta.signature !== null && delta.signature !== '') events.push({ type: 'signature', block, signature: delta.signature })
    return events
  }

  #closed(index: number): AnswerEvent[] {
    const block = this.#open.get(index)
    this.#open.delete(index)
    return block === undefined ? [] : [{ type: 'close', block }]
  }

  #stop(): AnswerEvent[] {
    const reason = this.#reason ?? 'end_turn'
    if (malformed.has(reason)) return this.#failed('malformed', `The model's answer could not be read by its provider (${reason}).`)
    this.#over = true
    const events = [...this.#open.values()].map((block): AnswerEvent => ({ type: 'close', block }))
    this.#open.clear()
    return [...events, { type: 'stop', reason: stopReasons[reason] ?? 'end', sequence: this.#sequence, usage: this.#usage }]
  }

  #failed(name: string, message: string | null): AnswerEvent[] {
    this.#over = true
    return [{ type: 'error', message: message ?? 'The provider reported an error.', kind: errorKinds[name] ?? 'api_error' }]
  }
}
