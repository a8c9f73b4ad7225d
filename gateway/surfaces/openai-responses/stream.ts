// Responses streams. What the deltas said is said again as a whole when a part, an item and the response are done: placeholders are
// restored in all of them. What a restorer holds back goes out as a delta of its own before its text is done, and the events after it count on.
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import type { SseFrame } from '../../exchange/sse.ts'
import { modelEdit, restoringEdits, withoutTokens } from '../answer/json-codec.ts'
import { restoredBy, unknownTo, type AnswerNotes } from '../answer/notes.ts'
import { OpenTexts, parseFrame, readFrame, rebuiltFrame, unreadFrame, type StreamDialect } from '../answer/stream-codec.ts'
import type { AnswerCodecOptions, AnswerRestorers } from '../model-surface.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { learnItem, learnResponse, responsesRestoreMode } from './answer.ts'

/** Deltas of texts, each with how its text is written. `.done` in place of `.delta` ends it. */
const deltaModes: Readonly<Record<string, 'text' | 'json'>> = {
  'response.output_text': 'text', 'response.refusal': 'text', 'response.reasoning_summary_text': 'text', 'response.reasoning_text': 'text',
  'response.function_call_arguments': 'json', 'response.mcp_call_arguments': 'json', 'response.custom_tool_call_input': 'text',
  'response.code_interpreter_call_code': 'text', 'response.audio.transcript': 'text',
}

/** A text within the stream, with the members that place it. */
interface Where { readonly kind: string; readonly place: JsonObject }

const placing = ['item_id', 'output_index', 'content_index', 'summary_index'] as const

const whereOf = (kind: string, value: JsonObject): Where => ({ kind, place: Object.fromEntries(placing.filter(member => value[member] !== undefined).map(member => [member, value[member]])) })
const keyOf = ({ kind, place }: Where): string => `${kind} ${JSON.stringify(place)}`

const ends: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])
const itemDone = 'response.output_item.done'
const telling: ReadonlySet<string> = new Set([...ends, 'response.created', 'response.failed', itemDone])

const eventLine = 'event: '

/** Most servers say the type in the first line as well; then the data need not be read. */
const typeOf = ({ data, raw }: SseFrame): string => {
  if (raw.startsWith(eventLine)) return raw.slice(eventLine.length, raw.indexOf('\n')).trim()
  const read = parseFrame(data)
  return isObject(read) && typeof read['type'] === 'string' ? read['type'] : ''
}

export class ResponsesStream implements StreamDialect {
  readonly #options: AnswerCodecOptions
  readonly #notes: AnswerNotes
  readonly #texts: OpenTexts<Where>
  readonly #rename: boolean
  readonly #mode: ReturnType<typeof responsesRestoreMode>
  /** Events of ours so far: the numbers of all later ones grow by it. */
  #added = 0
  /** Of the last event that had one; none is read where nothing is edited. */
  #number = -1
  #unread: string | null = null

  constructor(options: AnswerCodecOptions, notes: AnswerNotes) {
    this.#options = options
    this.#notes = notes
    this.#texts = new OpenTexts(options.restorers)
    this.#mode = responsesRestoreMode(options)
    this.#rename = options.operation.requested !== options.upstreamModel
  }

  observe(frame: SseFrame): void {
    this.#unread = frame.data ?? this.#unread
    const type = typeOf(frame)
    if (telling.has(type)) this.#learn(type, parseFrame(frame.data))
  }

  edit(frame: SseFrame): string {
    const { data, raw } = frame
    if (data === null) return raw
    const document = readFrame(data)
    if (document === null || !isObject(document.value)) return unreadFrame(frame, this.#options.restorers)
    const { value } = document
    const type = typeof value['type'] === 'string' ? value['type'] : frame.event ?? ''
    if (telling.has(type)) this.#learn(type, value)
    const before = this.#before(type, value)
    return before + rebuiltFrame(frame, data, [...this.#renumbered(document, value), ...this.#edits(document, type, value)])
  }

  flush(): string { return this.#synthesised(this.#texts.closeAll()) }

  /** Every event has a number, the event `error` as well (API reference, "Streaming events"). */
  ours(event: Buffer): Buffer {
    const read = parseFrame(this.#unread)
    const last = isObject(read) && typeof read['sequence_number'] === 'number' ? read['sequence_number'] : this.#number
    return Buffer.from(event.toString().replace(/\}\n\n$/, `,"sequence_number":${last + this.#added + 1}}\n\n`))
  }

  #learn(type: string, value: unknown): void {
    if (!isObject(value)) return
    if (type === itemDone) learnItem(value['item'], this.#notes)
    learnResponse(value['response'], this.#notes)
    if (ends.has(type)) this.#notes.complete = true
  }

  /** Events for texts that this event ends. */
  #before(type: string, value: JsonObject): string {
    if (this.#options.restorers === null || type.endsWith('.delta')) return ''
    if (type === 'response.failed' || ends.has(type)) return this.flush()
    if (!type.endsWith('.done')) return ''
    const item = isObject(value['item']) ? value['item']['id'] : null
    return this.#synthesised(this.#texts.closeAll(({ place }) => place['item_id'] === item
      || (place['item_id'] === value['item_id'] && place['content_index'] === value['content_index'] && place['summary_index'] === value['summary_index'])))
  }

  #renumbered(document: JsonDocument, { sequence_number: number }: JsonObject): Edit[] {
    if (typeof number !== 'number') return []
    this.#number = number
    const span = this.#added === 0 ? undefined : document.locate(['sequence_number'])
    return span === undefined ? [] : [{ ...span, text: String(number + this.#added) }]
  }

  #edits(document: JsonDocument, type: string, value: JsonObject): Edit[] {
    const { operation, restorers } = this.#options
    const named = this.#rename && isObject(value['response']) ? modelEdit(document, ['response', 'model'], operation.requested) : []
    if (restorers === null) return named
    named.push(...withoutTokens(document, restorers))
    const mode = type.endsWith('.delta') ? deltaModes[type.slice(0, -'.delta'.length)] : undefined
    if (mode === undefined) return [...named, ...this.#repeated(document, type, restorers)]
    const { delta } = value
    if (typeof delta !== 'string') return named
    const where = whereOf(type.slice(0, -'.delta'.length), value)
    const passed = this.#texts.push(keyOf(where), mode, where, delta) ?? delta
    const span = passed === delta ? undefined : document.locate(['delta'])
    return span === undefined ? named : [{ ...span, text: JSON.stringify(passed) }]
  }

  #repeated(document: JsonDocument, type: string, restorers: AnswerRestorers): Edit[] {
    const before = { restored: restoredBy(restorers), unknown: unknownTo(restorers) }
    const edits = restoringEdits(document, restorers, this.#mode)
    if (ends.has(type)) this.#notes.restoredInWhole = { restored: restoredBy(restorers) - before.restored, unknown: unknownTo(restorers) - before.unknown }
    return edits
  }

  #synthesised(left: readonly { readonly where: Where; readonly held: string }[]): string {
    return left.map(({ where: { kind, place }, held }) => {
      this.#added += 1
      const type = `${kind}.delta`
      // It takes the number of the event that follows, whose own moves on.
      const data = { type, ...place, delta: held, ...kind === 'response.output_text' ? { logprobs: [] } : {}, sequence_number: this.#number + this.#added }
      return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
    }).join('')
  }
}
