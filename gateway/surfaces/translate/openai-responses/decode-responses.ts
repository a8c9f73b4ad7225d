// Responses as events: a stream or a whole answer (API reference, "Streaming events"). Texts are taken from their deltas; what is done is
// looked at only for what no delta said.
import { Failure } from '../../../exchange/failure.ts'
import type { Usage } from '../../../exchange/answer.ts'
import { carry } from '../../carried.ts'
import { usageOfResponse } from '../../openai-responses/answer.ts'
import type { JsonObject } from '../../request-fields.ts'
import type { AnswerDecoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { objectOf, objectsOf, parsedObject, textOf } from '../members.ts'

interface Block { readonly block: number; readonly kind: BlockStart['kind']; text: string; parts: number }

const stopReasons: Readonly<Record<string, StopReason>> = { max_output_tokens: 'length', content_filter: 'filtered' }

/** Where a text of an item is: reasoning is one text, whatever its parts. */
const keyOf = (value: JsonObject, kind: BlockStart['kind']): string => {
  const item = textOf(value['item_id']) ?? String(value['output_index'])
  return kind === 'text' || kind === 'refusal' ? `${item} ${String(value['content_index'])}` : item
}

const kinds: Readonly<Record<string, BlockStart['kind']>> = {
  'response.output_text.delta': 'text', 'response.refusal.delta': 'refusal', 'response.function_call_arguments.delta': 'tool-call',
  'response.reasoning_summary_text.delta': 'thinking', 'response.reasoning_text.delta': 'thinking',
}

export class ResponsesDecoder implements AnswerDecoder {
  readonly #open = new Map<string, Block>()
  #blocks = 0
  #called = false
  #refused = false
  #usage: Usage | null = null
  #over = false

  frame(_event: string | null, data: string): readonly AnswerEvent[] {
    const value = this.#over ? null : parsedObject(data)
    const type = textOf(value?.['type'])
    if (value === null || type === null) return []
    switch (type) {
      case 'response.created': return [this.#start(objectOf(value['response']))]
      case 'response.output_item.added': return this.#added(value, objectOf(value['item']))
      case 'response.content_part.added': return this.#part(value, objectOf(value['part']))
      case 'response.reasoning_summary_part.added': return this.#nextThought(value)
      case 'response.output_item.done': return this.#done(value, objectOf(value['item']))
      case 'response.completed': case 'response.incomplete': return this.#stop(objectOf(value['response']))
      case 'response.failed': return this.#error(objectOf(objectOf(value['response'])['error']))
      case 'error': return this.#error({ ...value, ...objectOf(value['error']) })
      default: return this.#delta(value, kinds[type])
    }
  }

  /** @throws Failure upstream.protocol for a response that failed */
  whole(value: unknown): readonly AnswerEvent[] {
    const response = objectOf(value)
    if (response['status'] === 'failed') throw new Failure('upstream.protocol', `The provider reported an error in its answer: ${textOf(objectOf(response['error'])['code']) ?? 'unknown'}.`)
    const events: AnswerEvent[] = [this.#start(response)]
    objectsOf(response['output']).forEach((item, index) => {
      const where = { output_index: index, item_id: textOf(item['id']) ?? String(index) }
      events.push(...this.#added(where, item), ...this.#done(where, item))
    })
    return [...events, ...this.#stop(response)]
  }

  end(): readonly AnswerEvent[] { return [] }

  #start(response: JsonObject): AnswerEvent { return { type: 'start', id: textOf(response['id']), model: textOf(response['model']), usage: null } }

  #opened(key: string, start: BlockStart): AnswerEvent {
    const block = this.#blocks
    this.#blocks += 1
    this.#open.set(key, { block, kind: start.kind, text: '', parts: 1 })
    return { type: 'open', block, start }
  }

  #added(value: JsonObject, item: JsonObject): AnswerEvent[] {
    if (item['type'] !== 'function_call') return []
    this.#called = true
    const id = textOf(item['call_id']) ?? textOf(item['id']) ?? ''
    return [this.#opened(keyOf({ ...value, item_id: item['id'] }, 'tool-call'), { kind: 'tool-call', id, name: textOf(item['name']) ?? '' })]
  }

  #part(value: JsonObject, part: JsonObject): AnswerEvent[] {
    const kind = part['type'] === 'output_text' ? 'text' : part['type'] === 'refusal' ? 'refusal' : null
    return kind === null ? [] : [this.#opened(keyOf(value, kind), { kind })]
  }

  #nextThought(value: JsonObject): AnswerEvent[] {
    const known = this.#open.get(keyOf(value, 'thinking'))
    return known === undefined ? [] : [this.#said(known, '\n\n')]
  }

  #said(block: Block, text: string): AnswerEvent {
    block.text += text
    return { type: 'delta', block: block.block, text }
  }

  #delta(value: JsonObject, kind: BlockStart['kind'] | undefined): AnswerEvent[] {
    const text = textOf(value['delta'])
    if (kind === undefined || text === null || text === '') return []
    return this.#text(keyOf(value, kind), kind, text)
  }

  /** Servers that leave out what announces a part are understood all the same; a call without its name is not. */
  #text(key: string, kind: BlockStart['kind'], text: string): AnswerEvent[] {
    const events: AnswerEvent[] = []
    if (!this.#open.has(key)) {
      if (kind === 'tool-call') return []
      events.push(this.#opened(key, { kind }))
    }
    const block = this.#open.get(key)
    if (block !== undefined) events.push(this.#said(block, text))
    return events
  }

  #closed(key: string): AnswerEvent[] {
    const known = this.#open.get(key)
    this.#open.delete(key)
    if (known?.kind === 'refusal') this.#refused = true
    return known === undefined ? [] : [{ type: 'close', block: known.block }]
  }

  /** What is done is whole: a text that no delta said is said now. */
  #done(value: JsonObject, item: JsonObject): AnswerEvent[] {
    const where = { ...value, item_id: item['id'] ?? value['item_id'] }
    switch (item['type']) {
      case 'message': return objectsOf(item['content']).flatMap((part, at) => {
        const kind = part['type'] === 'refusal' ? 'refusal' as const : 'text' as const
        const key = keyOf({ ...where, content_index: at }, kind)
        return [...this.#rest(key, kind, textOf(part['text']) ?? textOf(part['refusal']) ?? ''), ...this.#closed(key)]
      })
      case 'function_call': {
        const key = keyOf(where, 'tool-call')
        return [...this.#rest(key, 'tool-call', textOf(item['arguments']) ?? ''), ...this.#closed(key)]
      }
      case 'reasoning': return this.#thought(keyOf(where, 'thinking'), item)
      default: return []
    }
  }

  #rest(key: string, kind: BlockStart['kind'], whole: string): AnswerEvent[] {
    const said = this.#open.get(key)?.text ?? ''
    return said === '' && whole !== '' ? this.#text(key, kind, whole) : []
  }

  #thought(key: string, item: JsonObject): AnswerEvent[] {
    const shown = [...objectsOf(item['summary']), ...objectsOf(item['content'])].map(part => textOf(part['text']) ?? '').join('\n\n')
    const events = this.#rest(key, 'thinking', shown)
    const secret = textOf(item['encrypted_content'])
    if (secret !== null && !this.#open.has(key)) events.push(this.#opened(key, { kind: 'thinking' }))
    const known = this.#open.get(key)
    if (secret !== null && known !== undefined) events.push({ type: 'signature', block: known.block, signature: carry('openai-responses', secret, known.text, textOf(item['id'])) })
    return [...events, ...this.#closed(key)]
  }

  #stop(response: JsonObject): AnswerEvent[] {
    this.#over = true
    this.#usage = usageOfResponse(response)
    const events = [...this.#open.keys()].flatMap(key => this.#closed(key))
    const why = textOf(objectOf(response['incomplete_details'])['reason'])
    const natural: StopReason = this.#called ? 'tool-calls' : this.#refused ? 'refusal' : 'end'
    return [...events, { type: 'stop', reason: response['status'] === 'incomplete' ? stopReasons[why ?? ''] ?? 'length' : natural, sequence: null, usage: this.#usage }]
  }

  #error(error: JsonObject): AnswerEvent[] {
    this.#over = true
    return [{ type: 'error', message: textOf(error['message']) ?? 'The provider reported an error.', kind: textOf(error['type']) === 'error' ? textOf(error['code']) : textOf(error['type']) ?? textOf(error['code']) }]
  }
}
