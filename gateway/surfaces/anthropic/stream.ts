// Anthropic message streams. Content blocks come one after the other; what a restorer holds back is sent as a delta of its block before
// the block stops. Thinking and signature deltas pass untouched.
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import type { SseFrame } from '../../exchange/sse.ts'
import { modelEdit, restoringEdits } from '../answer/json-codec.ts'
import type { AnswerNotes } from '../answer/notes.ts'
import { OpenTexts, parseFrame, readFrame, rebuiltFrame, unreadFrame, type StreamDialect } from '../answer/stream-codec.ts'
import type { AnswerCodecOptions } from '../model-surface.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { unsigned } from './unsigned-thinking.ts'
import { anthropicUsage, blockRestoreMode, learnBlock, mergeUsage, type RawUsage } from './answer.ts'

/** Deltas whose text is restored: which member holds it, and how. */
const deltaTexts = {
  text_delta: { member: 'text', mode: 'text' },
  input_json_delta: { member: 'partial_json', mode: 'json' },
  thinking_delta: { member: 'thinking', mode: 'reasoning' },
} as const
type DeltaType = keyof typeof deltaTexts

interface Where { readonly index: number; readonly type: DeltaType }

const isDeltaType = (type: unknown): type is DeltaType => typeof type === 'string' && Object.hasOwn(deltaTexts, type)
const keyOf = ({ index, type }: Where): string => `${index} ${type}`
const nothing: readonly Edit[] = []

export class AnthropicStream implements StreamDialect {
  readonly #options: AnswerCodecOptions
  readonly #notes: AnswerNotes
  readonly #texts: OpenTexts<Where>
  #usage: RawUsage = {}
  /** Thinking as it came and as it was passed on: where they differ its signature is worth nothing. */
  readonly #thought = new Map<number, { told: string; passed: string }>()

  constructor(options: AnswerCodecOptions, notes: AnswerNotes) {
    this.#options = options
    this.#notes = notes
    this.#texts = new OpenTexts(options.restorers)
  }

  observe(frame: SseFrame): void {
    // Nearly all frames are deltas; only the frames around the blocks tell something, and the first one of a tool call.
    const { raw } = frame
    const tells = raw.startsWith('event: content_block_') ? raw.startsWith('event: content_block_start') && raw.includes('"tool_use"') : raw.includes('"message_')
    if (tells) this.#learn(parseFrame(frame.data))
  }

  edit(frame: SseFrame): string {
    const { data, raw } = frame
    if (data === null) return raw
    const document = readFrame(data)
    if (document === null || !isObject(document.value)) return unreadFrame(frame, this.#options.restorers)
    const { value } = document
    this.#learn(value)
    return this.#before(value) + rebuiltFrame(frame, data, this.#edits(document, value))
  }

  flush(): string { return this.#synthesised() }

  #learn(value: unknown): void {
    if (!isObject(value)) return
    const { message, delta, type } = value
    if (type === 'message_start' && isObject(message)) {
      this.#notes.named(message['id'], message['model'])
      this.#count(message['usage'])
    } else if (type === 'message_delta') {
      if (isObject(delta)) this.#notes.finished(delta['stop_reason'])
      this.#count(value['usage'])
    } else if (type === 'content_block_start') {
      learnBlock(value['content_block'], this.#notes)
    } else if (type === 'message_stop') {
      this.#notes.complete = true
    }
  }

  #count(usage: unknown): void {
    if (!isObject(usage)) return
    this.#usage = mergeUsage(this.#usage, usage)
    this.#notes.usage = anthropicUsage(this.#usage)
  }

  /** Events for texts that this event ends. */
  #before(value: JsonObject): string {
    // A thought is over when it is signed.
    const isOver = value['type'] === 'content_block_stop' || (isObject(value['delta']) && value['delta']['type'] === 'signature_delta')
    if (isOver) return this.#synthesised(({ index }) => index === value['index'])
    return value['type'] === 'message_delta' || value['type'] === 'message_stop' ? this.#synthesised() : ''
  }

  #edits(document: JsonDocument, value: JsonObject): readonly Edit[] {
    const { operation, upstreamModel, restorers } = this.#options
    const renamed = value['type'] === 'message_start' && operation.requested !== upstreamModel ? modelEdit(document, ['message', 'model'], operation.requested) : nothing
    if (restorers === null) return renamed
    // Errors quote what they did not like.
    if (value['type'] === 'error') return restoringEdits(document, restorers, ({ key }) => key === 'message' ? 'text' : 'leave')
    if (value['type'] === 'message_start') return [...renamed, ...restoringEdits(document, restorers, ({ key, path }) => path[1] === 'content' ? blockRestoreMode(key, path.slice(3)) : 'leave')]
    // Whole results of the provider's own tools come in one piece.
    if (value['type'] === 'content_block_start') return restoringEdits(document, restorers, ({ key, path }) => blockRestoreMode(key, path.slice(1)))
    return value['type'] === 'content_block_delta' ? this.#deltaEdits(document, value) : nothing
  }

  #deltaEdits(document: JsonDocument, value: JsonObject): readonly Edit[] {
    const { delta, index } = value
    if (!isObject(delta) || typeof index !== 'number') return nothing
    const { type } = delta
    // Citations, and whatever a later model says in one piece.
    if (type !== 'signature_delta' && !isDeltaType(type) && this.#options.restorers !== null) return restoringEdits(document, this.#options.restorers, ({ key, path }) => blockRestoreMode(key, path.slice(1)))
    if (type === 'signature_delta') return this.#signatureEdits(document, index)
    if (!isDeltaType(type)) return nothing
    const { member, mode } = deltaTexts[type]
    const text = delta[member]
    if (typeof text !== 'string') return nothing
    const where = { index, type }
    const passed = this.#texts.push(keyOf(where), mode, where, text) ?? text
    if (mode === 'reasoning') this.#compare(index, text, passed)
    const span = passed === text ? undefined : document.locate(['delta', member])
    return span === undefined ? nothing : [{ ...span, text: JSON.stringify(passed) }]
  }

  #compare(index: number, told: string, passed: string): void {
    if (this.#options.restorers?.hides !== true) return
    const before = this.#thought.get(index)
    this.#thought.set(index, { told: (before?.told ?? '') + told, passed: (before?.passed ?? '') + passed })
  }

  #signatureEdits(document: JsonDocument, index: number): readonly Edit[] {
    const thought = this.#thought.get(index)
    const span = thought === undefined || thought.told === thought.passed ? undefined : document.locate(['delta', 'signature'])
    return span === undefined ? nothing : [{ ...span, text: JSON.stringify(unsigned) }]
  }

  #synthesised(which?: (where: Where) => boolean): string {
    return this.#texts.closeAll(which).map(({ where: { index, type }, held }) => {
      if (type === 'thinking_delta') this.#compare(index, '', held)
      const data = { type: 'content_block_delta', index, delta: { type, [deltaTexts[type].member]: held } }
      return `event: content_block_delta\ndata: ${JSON.stringify(data)}\n\n`
    }).join('')
  }
}
