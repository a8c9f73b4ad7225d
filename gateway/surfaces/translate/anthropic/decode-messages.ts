// Anthropic messages as events: a stream or a whole answer (API reference, "Streaming Messages").
import { anthropicUsage, mergeUsage, type RawUsage } from '../../anthropic/answer.ts'
import type { JsonObject } from '../../request-fields.ts'
import type { AnswerDecoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { numberOf, objectOf, objectsOf, parsedObject, textOf } from '../members.ts'

const stopReasons: Readonly<Record<string, StopReason>> = {
  end_turn: 'end', max_tokens: 'length', stop_sequence: 'stop-sequence', tool_use: 'tool-calls', pause_turn: 'pause', refusal: 'refusal', model_context_window_exceeded: 'context',
}

/** Blocks that a translated request cannot cause are nobody's. */
const startOf = (block: JsonObject): BlockStart | null => {
  switch (block['type']) {
    case 'text': return { kind: 'text' }
    case 'thinking': return { kind: 'thinking' }
    case 'tool_use': return { kind: 'tool-call', id: textOf(block['id']) ?? '', name: textOf(block['name']) ?? '' }
    default: return null
  }
}

export class MessagesDecoder implements AnswerDecoder {
  #usage: RawUsage = {}
  readonly #open = new Map<number, number>()
  #blocks = 0
  #reason: StopReason = 'end'
  #sequence: string | null = null
  #over = false

  frame(_event: string | null, data: string): readonly AnswerEvent[] {
    const value = this.#over ? null : parsedObject(data)
    if (value === null) return []
    switch (value['type']) {
      case 'message_start': return this.#start(objectOf(value['message']))
      case 'content_block_start': return this.#opened(numberOf(value['index']) ?? -1, objectOf(value['content_block']))
      case 'content_block_delta': return this.#delta(numberOf(value['index']) ?? -1, objectOf(value['delta']))
      case 'content_block_stop': return this.#closed(numberOf(value['index']) ?? -1)
      case 'message_delta': return this.#finished(objectOf(value['delta']), value['usage'])
      case 'message_stop': return this.#stop()
      case 'error': return this.#error(objectOf(value['error']))
      default: return []
    }
  }

  whole(value: unknown): readonly AnswerEvent[] {
    const message = objectOf(value)
    const events = this.#start(message)
    objectsOf(message['content']).forEach((block, index) => {
      events.push(...this.#opened(index, block), ...this.#closed(index))
    })
    return [...events, ...this.#finished(message, null), ...this.#stop()]
  }

  end(): readonly AnswerEvent[] { return [] }

  #start(message: JsonObject): AnswerEvent[] {
    this.#usage = mergeUsage({}, message['usage'])
    return [{ type: 'start', id: textOf(message['id']), model: textOf(message['model']), usage: anthropicUsage(this.#usage) }]
  }

  #opened(index: number, content: JsonObject): AnswerEvent[] {
    const start = startOf(content)
    if (start === null) return []
    const block = this.#blocks
    this.#blocks += 1
    this.#open.set(index, block)
    const events: AnswerEvent[] = [{ type: 'open', block, start }]
    const text = textOf(content['text']) ?? textOf(content['thinking']) ?? (Object.keys(objectOf(content['input'])).length > 0 ? JSON.stringify(content['input']) : '')
    if (text !== '') events.push({ type: 'delta', block, text })
    const signature = textOf(content['signature'])
    if (signature !== null && signature !== '') events.push({ type: 'signature', block, signature })
    return events
  }

  #delta(index: number, delta: JsonObject): AnswerEvent[] {
    const block = this.#open.get(index)
    if (block === undefined) return []
    const signature = textOf(delta['signature'])
    if (signature !== null) return [{ type: 'signature', block, signature }]
    const text = textOf(delta['text']) ?? textOf(delta['partial_json']) ?? textOf(delta['thinking'])
    return text === null || text === '' ? [] : [{ type: 'delta', block, text }]
  }

  #closed(index: number): AnswerEvent[] {
    const block = this.#open.get(index)
    this.#open.delete(index)
    return block === undefined ? [] : [{ type: 'close', block }]
  }

  #finished(delta: JsonObject, usage: unknown): AnswerEvent[] {
    this.#usage = mergeUsage(this.#usage, usage)
    this.#reason = stopReasons[textOf(delta['stop_reason']) ?? ''] ?? this.#reason
    this.#sequence = textOf(delta['stop_sequence']) ?? this.#sequence
    return []
  }

  #stop(): AnswerEvent[] {
    this.#over = true
    return [{ type: 'stop', reason: this.#reason, sequence: this.#sequence, usage: anthropicUsage(this.#usage) }]
  }

  #error(error: JsonObject): AnswerEvent[] {
    this.#over = true
    return [{ type: 'error', message: textOf(error['message']) ?? 'The provider reported an error.', kind: textOf(error['type']) }]
  }
}
