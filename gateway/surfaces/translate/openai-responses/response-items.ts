// The output items of a response that is being told: blocks become messages, reasoning and calls. Texts that follow each other are parts of
// one message.
import { randomUUID } from 'node:crypto'
import { carry, isCarried } from '../../carried.ts'
import { ownId } from '../../openai-responses/request-edits.ts'
import type { JsonObject } from '../../request-fields.ts'
import type { BlockStart } from '../events.ts'
import { inputOfArguments, type CallerTool } from './caller-tools.ts'

export interface Said {
  /** Tools that the caller calls otherwise than the model does. */
  readonly tools: ReadonlyMap<string, CallerTool>
}

type Status = 'completed' | 'incomplete'

interface Part { readonly kind: 'text' | 'refusal'; readonly index: number; text: string; open: boolean }
interface Message { readonly type: 'message'; readonly id: string; readonly index: number; readonly parts: Part[]; over: boolean; status: Status | 'in_progress' }
interface Reasoning { readonly type: 'reasoning'; readonly id: string; readonly index: number; text: string; encrypted: string | null; status: Status | 'in_progress' }
interface Call { readonly type: 'call'; readonly id: string; readonly index: number; readonly callId: string; readonly tool: CallerTool; text: string; status: Status | 'in_progress' }
type Item = Message | Reasoning | Call

type Place = { readonly item: Message; readonly part: Part } | { readonly item: Reasoning | Call }

const newId = (prefix: string): string => `${prefix}_${ownId}${randomUUID().replaceAll('-', '')}`

const partJson = ({ kind, text }: Part): JsonObject => kind === 'text' ? { type: 'output_text', annotations: [], logprobs: [], text } : { type: 'refusal', refusal: text }

const summaryPart = (text: string): JsonObject => ({ type: 'summary_text', text })

const callArguments = ({ text, status }: Call): string => text === '' && status === 'completed' ? '{}' : text

const callJson = (item: Call): JsonObject => {
  const { callId, id, status, text, tool: { custom, name, namespace } } = item
  const called = { status, call_id: callId, name, ...namespace === null ? {} : { namespace } }
  const isOver = status !== 'in_progress'
  return custom
    ? { id, type: 'custom_tool_call', ...called, input: isOver ? inputOfArguments(text) : '' }
    : { id, type: 'function_call', ...called, arguments: isOver ? callArguments(item) : '' }
}

const itemJson = (item: Item): JsonObject => {
  switch (item.type) {
    case 'message': return { id: item.id, type: 'message', status: item.status, role: 'assistant', content: item.status === 'in_progress' ? [] : item.parts.map(partJson) }
    case 'reasoning': return {
      id: item.id, type: 'reasoning', summary: item.text === '' || item.status === 'in_progress' ? [] : [summaryPart(item.text)], ...item.encrypted === null ? {} : { encrypted_content: item.encrypted },
    }
    case 'call': return callJson(item)
  }
}

export class ResponseItems {
  readonly #said: Said
  readonly #event: (type: string, data: object) => string
  readonly #items: Item[] = []
  readonly #places = new Map<number, Place>()

  /** @param event makes the next event of the stream */
  constructor(said: Said, event: (type: string, data: object) => string) {
    this.#said = said
    this.#event = event
  }

  get output(): readonly JsonObject[] { return this.#items.map(itemJson) }

  open(block: number, start: BlockStart): string {
    if (start.kind === 'text' || start.kind === 'refusal') return this.#openPart(block, start.kind)
    const ended = this.#endMessage()
    const index = this.#items.length
    const item: Reasoning | Call = start.kind === 'thinking'
      ? { type: 'reasoning', id: newId('rs'), index, text: '', encrypted: null, status: 'in_progress' }
      : this.#call(start, index)
    this.#items.push(item)
    this.#places.set(block, { item })
    return ended + this.#added(item)
  }

  delta(block: number, text: string): string {
    const place = this.#places.get(block)
    if (place === undefined) return ''
    if ('part' in place) {
      place.part.text += text
      return this.#event(place.part.kind === 'text' ? 'response.output_text.delta' : 'response.refusal.delta', { ...inPart(place), delta: text, ...place.part.kind === 'text' ? { logprobs: [] } : {} })
    }
    const { item } = place
    const first = item.text === ''
    item.text += text
    if (item.type === 'reasoning') {
      return (first ? this.#event('response.reasoning_summary_part.added', { ...inSummary(item), part: summaryPart('') }) : '')
        + this.#event('response.reasoning_summary_text.delta', { ...inSummary(item), delta: text })
    }
    // The free text of a custom tool comes inside of JSON here: it is told when that is whole.
    return item.tool.custom ? '' : this.#event('response.function_call_arguments.delta', { ...inItem(item), delta: text })
  }

  sign(block: number, signature: string): string {
    const item = this.#places.get(block)?.item
    if (item?.type === 'reasoning') item.encrypted = (item.encrypted ?? '') + signature
    return ''
  }

  close(block: number, status: Status = 'completed'): string {
    const place = this.#places.get(block)
    this.#places.delete(block)
    if (place === undefined) return ''
    if ('part' in place) return this.#closePart(place) + (place.item.over ? this.#endMessage(place.item) : '')
    return place.item.type === 'reasoning' ? this.#closeReasoning(place.item, status) : this.#closeCall(place.item, status)
  }

  /** The answer is over, whatever was still open. */
  closeAll(status: Status): string {
    let out = ''
    for (const block of [...this.#places.keys()]) out += this.close(block, status)
    return out + this.#endMessage(this.#message, status)
  }

  #call({ id, name }: Extract<BlockStart, { kind: 'tool-call' }>, index: number): Call {
    const tool = this.#said.tools.get(name) ?? { name, namespace: null, custom: false }
    return { type: 'call', id: newId(tool.custom ? 'ctc' : 'fc'), index, callId: id, tool, text: '', status: 'in_progress' }
  }

  get #message(): Message | null {
    return this.#items.findLast((item): item is Message => item.type === 'message' && item.status === 'in_progress') ?? null
  }

  #openPart(block: number, kind: 'text' | 'refusal'): string {
    let out = ''
    let item = this.#message
    if (item === null || item.over) {
      item = { type: 'message', id: newId('msg'), index: this.#items.length, parts: [], over: false, status: 'in_progress' }
      this.#items.push(item)
      out = this.#added(item)
    }
    const part: Part = { kind, index: item.parts.length, text: '', open: true }
    item.parts.push(part)
    const place = { item, part }
    this.#places.set(block, place)
    return out + this.#event('response.content_part.added', { ...inPart(place), part: partJson(part) })
  }

  #closePart(place: { readonly item: Message; readonly part: Part }): string {
    const { part } = place
    part.open = false
    const said = part.kind === 'text'
      ? this.#event('response.output_text.done', { ...inPart(place), text: part.text, logprobs: [] })
      : this.#event('response.refusal.done', { ...inPart(place), refusal: part.text })
    return said + this.#event('response.content_part.done', { ...inPart(place), part: partJson(part) })
  }

  /** Something else begins: the message is over as soon as its parts are. */
  #endMessage(message = this.#message, status: Status = 'completed'): string {
    if (message === null) return ''
    message.over = true
    return message.parts.some(part => part.open) ? '' : this.#done(message, status)
  }

  #closeReasoning(item: Reasoning, status: Status): string {
    // What is another provider's secret already is passed on as it is.
    if (item.encrypted !== null && !isCarried(item.encrypted)) item.encrypted = carry('anthropic', item.encrypted, item.text)
    const said = item.text === '' ? '' : this.#event('response.reasoning_summary_text.done', { ...inSummary(item), text: item.text })
      + this.#event('response.reasoning_summary_part.done', { ...inSummary(item), part: summaryPart(item.text) })
    return said + this.#done(item, status)
  }

  #closeCall(item: Call, status: Status): string {
    item.status = status
    if (!item.tool.custom) return this.#event('response.function_call_arguments.done', { ...inItem(item), name: item.tool.name, arguments: callArguments(item) }) + this.#done(item, status)
    const input = inputOfArguments(item.text)
    return this.#event('response.custom_tool_call_input.delta', { ...inItem(item), delta: input }) + this.#event('response.custom_tool_call_input.done', { ...inItem(item), input }) + this.#done(item, status)
  }

  #added(item: Item): string { return this.#event('response.output_item.added', { output_index: item.index, item: itemJson(item) }) }

  #done(item: Item, status: Status): string {
    item.status = status
    return this.#event('response.output_item.done', { output_index: item.index, item: itemJson(item) })
  }
}

const inItem = ({ id, index }: Item): JsonObject => ({ item_id: id, output_index: index })
const inPart = ({ item, part }: { readonly item: Message; readonly part: Part }): JsonObject => ({ ...inItem(item), content_index: part.index })
const inSummary = (item: Reasoning): JsonObject => ({ ...inItem(item), summary_index: 0 })
