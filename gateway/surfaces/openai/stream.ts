// OpenAI chat completion streams. Texts of several choices and tool calls run side by side, so each has its own restorer; what one
// holds back is sent as a delta of its own before the choice finishes.
import type { Edit, JsonDocument, StringLeaf } from '../../exchange/document.ts'
import type { SseFrame } from '../../exchange/sse.ts'
import { modelEdit, restoringEdits, withoutTokens } from '../answer/json-codec.ts'
import type { AnswerNotes } from '../answer/notes.ts'
import { OpenTexts, parseFrame, readFrame, rebuiltFrame, unreadFrame, type StreamDialect } from '../answer/stream-codec.ts'
import type { AnswerCodecOptions, AnswerRestorers } from '../model-surface.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { learnOpenai, openaiRestoreMode, reasoningFields } from './answer.ts'

const done = '[DONE]'

/** A text within the stream: a field of a choice's delta, or the arguments of one of its tool calls. */
type Field = 'content' | 'refusal' | typeof reasoningFields[number] | 'arguments' | 'input' | 'function_call' | 'transcript'
interface Where { readonly choice: number; readonly field: Field; readonly tool: number }

const modeOf = (field: Field): 'text' | 'json' | 'reasoning' => {
  if (field === 'arguments' || field === 'function_call') return 'json'
  return field === 'reasoning' || field === 'reasoning_content' ? 'reasoning' : 'text'
}

const keyOf = ({ choice, field, tool }: Where): string => `${choice} ${field} ${tool}`

const deltaFor = ({ field, tool }: Where, text: string): JsonObject => {
  if (field === 'arguments') return { tool_calls: [{ index: tool, function: { arguments: text } }] }
  if (field === 'input') return { tool_calls: [{ index: tool, custom: { input: text } }] }
  if (field === 'transcript') return { audio: { transcript: text } }
  if (field === 'function_call') return { function_call: { arguments: text } }
  return { [field]: text }
}

const arrayOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []
const indexOf = (value: JsonObject, position: number): number => typeof value['index'] === 'number' ? value['index'] : position

/** True when the member is there and not null: most chunks say `"usage":null,"finish_reason":null`. Keys inside texts have escaped quotes. */
const hasMember = (raw: string, quotedKey: string): boolean => {
  // Several choices in one chunk have a finish_reason each.
  for (let at = raw.indexOf(quotedKey); at !== -1; at = raw.indexOf(quotedKey, at)) {
    at += quotedKey.length
    while (raw.charCodeAt(at) === 0x20 || raw.charCodeAt(at) === 0x3a) at += 1
    if (raw.charCodeAt(at) !== 0x6e) return true
  }
  return false
}

/** Only the first piece of a call has a name; in arguments quotes are escaped. */
const beginsCall = (raw: string): boolean => raw.includes('"tool_calls"') && raw.includes('"name"')

export class OpenaiStream implements StreamDialect {
  readonly #options: AnswerCodecOptions
  readonly #notes: AnswerNotes
  readonly #texts: OpenTexts<Where>
  readonly #rename: boolean
  /** Members that every chunk of this answer repeats, for the deltas that we add. */
  #envelope: JsonObject = {}

  constructor(options: AnswerCodecOptions, notes: AnswerNotes) {
    this.#options = options
    this.#notes = notes
    this.#texts = new OpenTexts(options.restorers)
    this.#rename = options.operation.requested !== options.upstreamModel
  }

  observe(frame: SseFrame): void {
    const { raw } = frame
    if (raw.includes(done) && frame.data === done) this.#notes.complete = true
    else if (this.#notes.model === null || hasMember(raw, '"usage"') || hasMember(raw, '"finish_reason"') || beginsCall(raw)) this.#learn(parseFrame(frame.data))
  }

  edit(frame: SseFrame): string {
    const { data, raw } = frame
    if (data === null) return raw
    if (data === done) {
      this.#notes.complete = true
      return this.flush() + raw
    }
    if (!this.#rename && this.#options.restorers === null) return this.#withoutUsageChunk(frame)
    const document = readFrame(data)
    if (document === null || !isObject(document.value)) return unreadFrame(frame, this.#options.restorers)
    this.#learn(document.value)
    this.#remember(document.value)
    const edits = this.#rename ? modelEdit(document, ['model'], this.#options.operation.requested) : []
    const choices = arrayOf(document.value['choices'])
    let before = ''
    choices.forEach((choice, at) => { if (isObject(choice)) before += this.#choice(document, at, choice, edits) })
    if (this.#options.restorers !== null) edits.push(...this.#whole(document, this.#options.restorers))
    if (this.#isExtra(document.value)) return ''
    return before + rebuiltFrame(frame, data, edits)
  }

  /** Some servers leave [DONE] out: where finish reason and usage were told, nothing else could come. */
  #learn(value: unknown): void {
    learnOpenai(value, this.#notes)
    if (this.#notes.isFinished && this.#notes.usage !== null) this.#notes.complete = true
  }

  flush(): string { return this.#synthesised(this.#texts.closeAll()) }

  /** The chunk that exists only because we asked for usage. */
  #isExtra({ choices, usage }: JsonObject): boolean {
    return this.#options.stripUsage && isObject(usage) && Array.isArray(choices) && choices.length === 0
  }

  /** The common case: nothing to restore or rename, so only frames that speak of usage are read. */
  #withoutUsageChunk(frame: SseFrame): string {
    this.observe(frame)
    if (!hasMember(frame.raw, '"usage"')) return frame.raw
    const value = parseFrame(frame.data)
    return isObject(value) && this.#isExtra(value) ? '' : frame.raw
  }

  #remember({ id, created, model, system_fingerprint }: JsonObject): void {
    if (id === undefined || this.#envelope['id'] === id) return
    const shown = this.#rename ? this.#options.operation.requested : model
    this.#envelope = { id, object: 'chat.completion.chunk', created, model: shown, system_fingerprint }
  }

  /** Collects the edits of one choice; returns the events that must go before the frame. */
  #choice(document: JsonDocument, at: number, choice: JsonObject, edits: Edit[]): string {
    if (this.#options.restorers === null) return ''
    const index = indexOf(choice, at)
    const finishes = typeof choice['finish_reason'] === 'string'
    const { delta } = choice
    if (isObject(delta)) {
      for (const [where, path, text] of deltaTexts(delta, index)) {
        const passed = (this.#texts.push(keyOf(where), modeOf(where.field), where, text) ?? text)
          + (finishes ? this.#texts.close(keyOf(where)) : '')
        const span = passed === text ? undefined : document.locate(['choices', at, 'delta', ...path])
        if (span !== undefined) edits.push({ ...span, text: JSON.stringify(passed) })
      }
    }
    return finishes ? this.#synthesised(this.#texts.closeAll(where => where.choice === index)) : ''
  }

  /** What comes in one piece: sources of what was said, and whatever else a server adds. */
  #whole(document: JsonDocument, restorers: AnswerRestorers): Edit[] {
    return [...withoutTokens(document, restorers), ...restoringEdits(document, restorers, leaf => isDelta(leaf.path) ? 'leave' : openaiRestoreMode(leaf))]
  }

  #synthesised(left: readonly { readonly where: Where; readonly held: string }[]): string {
    return left.map(({ where, held }) => `data: ${JSON.stringify({
      ...this.#envelope, choices: [{ index: where.choice, delta: deltaFor(where, held), finish_reason: null }],
    })}\n\n`).join('')
  }
}

const whole: ReadonlySet<unknown> = new Set(['content', 'refusal', ...reasoningFields])

/** Is it one of the texts that `deltaTexts` lists? */
const isDelta = (path: StringLeaf['path']): boolean => {
  // choices.#.delta and what is inside
  if (path[2] !== 'delta') return false
  const [field, inside, kind, member] = path.slice(3)
  if (field === 'tool_calls') return (kind === 'function' && member === 'arguments') || (kind === 'custom' && member === 'input')
  return (path.length === 4 && whole.has(field)) || (field === 'audio' && inside === 'transcript') || (field === 'function_call' && inside === 'arguments')
}

type DeltaText = readonly [where: Where, path: readonly (string | number)[], text: string]

/** Every text that a delta carries, with its place in the delta. */
const deltaTexts = (delta: JsonObject, choice: number): DeltaText[] => {
  const texts: DeltaText[] = []
  for (const field of ['content', 'refusal', ...reasoningFields] as const) {
    const text = delta[field]
    if (typeof text === 'string') texts.push([{ choice, field, tool: -1 }, [field], text])
  }
  const { audio } = delta
  if (isObject(audio) && typeof audio['transcript'] === 'string') texts.push([{ choice, field: 'transcript', tool: -1 }, ['audio', 'transcript'], audio['transcript']])
  arrayOf(delta['tool_calls']).forEach((call, at) => {
    if (!isObject(call)) return
    for (const [kind, member] of [['function', 'arguments'], ['custom', 'input']] as const) {
      const said = call[kind]
      const text = isObject(said) ? said[member] : null
      if (typeof text === 'string') texts.push([{ choice, field: member, tool: indexOf(call, at) }, ['tool_calls', at, kind, member], text])
    }
  })
  const legacy = delta['function_call']
  if (isObject(legacy) && typeof legacy['arguments'] === 'string') {
    texts.push([{ choice, field: 'function_call', tool: -1 }, ['function_call', 'arguments'], legacy['arguments']])
  }
  return texts
}
