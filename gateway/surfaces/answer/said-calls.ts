// The tool calls in an answer as the client gets it: with restored arguments, in its own dialect, streamed or whole. It only looks; what it does not
// understand is no call.
import type { SseFrame } from '../../exchange/sse.ts'
import type { SaidCall } from '../../exchange/model-call.ts'
import type { Dialect } from '../../exchange/operation.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { parseFrame } from './stream-codec.ts'

export type OnCall = (call: SaidCall) => void

/** Calls of one answer that are remembered, and the longest arguments and ids. */
const mostCalls = 128
const longestArguments = 4 * 1024 * 1024
const longestId = 128

const arrayOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []
const objectsOf = (value: unknown): JsonObject[] => arrayOf(value).filter(isObject)

/** Models write nothing where a tool takes nothing. Undefined: it is no JSON, and no client could carry it out. */
const parsedArguments = (text: string): unknown => {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Open { id: unknown; name: string; text: string }

/** Words that a frame has where it tells something of calls; in texts their quotes are escaped. */
const telling: Readonly<Record<Dialect, readonly string[]>> = {
  'anthropic': ['"tool_use"', '"input_json_delta"', '"content_block_stop"'],
  'openai': ['"tool_calls"', '"function_call"'],
  'openai-responses': ['"response.output_item.done"'],
  'gemini': ['"functionCall"'],
}

export class SaidCalls {
  readonly #dialect: Dialect
  readonly #onCall: OnCall
  readonly #open = new Map<string, Open>()
  #said = 0

  constructor(dialect: Dialect, onCall: OnCall) {
    this.#dialect = dialect
    this.#onCall = onCall
  }

  frame({ data, raw }: SseFrame): void {
    if (!telling[this.#dialect].some(word => raw.includes(word))) return
    const value = parseFrame(data)
    if (isObject(value)) this.#event(value)
  }

  /** A whole answer, or all elements of one that was told as an array. */
  whole(value: unknown): void {
    for (const answer of Array.isArray(value) ? objectsOf(value) : isObject(value) ? [value] : []) {
      switch (this.#dialect) {
        case 'anthropic': for (const block of objectsOf(answer['content'])) this.#block(block); break
        case 'openai': for (const choice of objectsOf(answer['choices'])) if (isObject(choice['message'])) this.#message(choice['message']); break
        case 'openai-responses': for (const item of objectsOf(answer['output'])) this.#item(item); break
        case 'gemini': this.#candidates(answer)
      }
    }
  }

  /** What a stream left open has been said as well. */
  end(): void { for (const key of [...this.#open.keys()]) this.#close(key) }

  #event(value: JsonObject): void {
    switch (this.#dialect) {
      case 'anthropic': this.#anthropicEvent(value); break
      case 'openai': for (const choice of objectsOf(value['choices'])) this.#choice(choice); break
      case 'openai-responses': if (value['type'] === 'response.output_item.done' && isObject(value['item'])) this.#item(value['item']); break
      case 'gemini': this.#candidates(value)
    }
  }

  #anthropicEvent({ content_block: block, delta, index, type }: JsonObject): void {
    const key = String(index)
    if (type === 'content_block_start' && isObject(block) && block['type'] === 'tool_use') this.#begin(key, block['id'], block['name'], '')
    else if (type === 'content_block_delta' && isObject(delta)) this.#add(key, delta['partial_json'])
    else if (type === 'content_block_stop') this.#close(key)
  }

  #block(block: JsonObject): void { if (block['type'] === 'tool_use') this.#say(block['id'], block['name'], block['input'] ?? {}) }

  #choice({ delta, finish_reason: finished, index }: JsonObject): void {
    const choice = String(index)
    if (isObject(delta)) {
      objectsOf(delta['tool_calls']).forEach((call, at) => { this.#piece(`${choice} ${typeof call['index'] === 'number' ? call['index'] : at}`, call['id'], call['function']) })
      if (delta['function_call'] !== undefined) this.#piece(`${choice} function`, null, delta['function_call'])
    }
    if (typeof finished === 'string') for (const key of [...this.#open.keys()]) if (key.startsWith(`${choice} `)) this.#close(key)
  }

  #piece(key: string, id: unknown, said: unknown): void {
    if (!isObject(said)) return
    if (!this.#open.has(key)) this.#begin(key, id, said['name'], '')
    this.#add(key, said['arguments'])
  }

  #message(message: JsonObject): void {
    for (const call of objectsOf(message['tool_calls'])) if (isObject(call['function'])) this.#sayText(call['id'], call['function']['name'], call['function']['arguments'])
    const single = message['function_call']
    if (isObject(single)) this.#sayText(null, single['name'], single['arguments'])
  }

  /** A namespace is part of the name that the client was given. */
  #item(item: JsonObject): void {
    if (item['type'] !== 'function_call') return
    const { name, namespace } = item
    this.#sayText(item['call_id'], typeof namespace === 'string' && typeof name === 'string' ? `${namespace}__${name}` : name, item['arguments'])
  }

  #candidates(value: JsonObject): void {
    for (const { content } of objectsOf(value['candidates'])) {
      for (const { functionCall: call } of isObject(content) ? objectsOf(content['parts']) : []) if (isObject(call)) this.#say(call['id'], call['name'], call['args'] ?? {})
    }
  }

  #begin(key: string, id: unknown, name: unknown, text: string): void {
    if (typeof name === 'string' && this.#open.size < mostCalls) this.#open.set(key, { id, name, text })
  }

  #add(key: string, text: unknown): void {
    const open = this.#open.get(key)
    if (open === undefined || typeof text !== 'string') return
    if (open.text.length + text.length > longestArguments) this.#open.delete(key)
    else open.text += text
  }

  #close(key: string): void {
    const open = this.#open.get(key)
    this.#open.delete(key)
    if (open !== undefined) this.#sayText(open.id, open.name, open.text)
  }

  #sayText(id: unknown, name: unknown, text: unknown): void {
    const args = typeof text === 'string' ? parsedArguments(text) : text
    if (args !== undefined) this.#say(id, name, args)
  }

  #say(id: unknown, name: unknown, args: unknown): void {
    if (typeof name !== 'string' || this.#said >= mostCalls) return
    this.#said += 1
    this.#onCall({ id: typeof id === 'string' && id !== '' && id.length <= longestId ? id : null, name, args })
  }
}
