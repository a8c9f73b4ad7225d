// Gemini streams. Every event is a whole answer that holds the next parts. What a restorer holds of a candidate's text is put where the text
// ends: into the same part, or into an event of its own before a call or the finish.
import type { Edit, JsonDocument } from '../../exchange/document.ts'
import type { SseFrame } from '../../exchange/sse.ts'
import { modelEdit, restoringEdits, withoutTokens } from '../answer/json-codec.ts'
import type { AnswerNotes } from '../answer/notes.ts'
import { OpenTexts, parseFrame, readFrame, rebuiltFrame, unreadFrame, type StreamDialect } from '../answer/stream-codec.ts'
import type { AnswerCodecOptions } from '../model-surface.ts'
import { isObject, type JsonObject } from '../request-fields.ts'
import { candidatesOf, learnGemini, partRestoreMode, shownText, thoughtText } from './answer.ts'

interface Where { readonly candidate: number; readonly mode: Mode }

type Mode = 'text' | 'reasoning'

const keyOf = ({ candidate, mode }: Where): string => `${candidate} ${mode}`

/** What a part says, aloud or to itself; null for calls and the like. */
const saidIn = (part: unknown): { readonly mode: Mode; readonly text: string } | null => {
  const shown = shownText(part)
  if (shown !== null) return { mode: 'text', text: shown }
  const thought = thoughtText(part)
  return thought === null ? null : { mode: 'reasoning', text: thought }
}

export class GeminiStream implements StreamDialect {
  readonly #options: AnswerCodecOptions
  readonly #notes: AnswerNotes
  readonly #texts: OpenTexts<Where>
  readonly #rename: boolean
  /** Members that every event of this answer repeats, for the events that we add. */
  #envelope: JsonObject = {}

  constructor(options: AnswerCodecOptions, notes: AnswerNotes) {
    this.#options = options
    this.#notes = notes
    this.#texts = new OpenTexts(options.restorers)
    this.#rename = options.operation.requested !== options.upstreamModel
  }

  observe(frame: SseFrame): void {
    const { raw } = frame
    if (this.#notes.model === null || this.#notes.complete || raw.includes('"finishReason"') || raw.includes('"blockReason"') || raw.includes('"functionCall"')) learnGemini(parseFrame(frame.data), this.#notes)
  }

  edit(frame: SseFrame): string {
    const { data, raw } = frame
    if (data === null) return raw
    const document = readFrame(data)
    if (document === null || !isObject(document.value)) return unreadFrame(frame, this.#options.restorers)
    const { value } = document
    learnGemini(value, this.#notes)
    const { operation, restorers } = this.#options
    const edits = this.#rename ? modelEdit(document, ['modelVersion'], operation.requested) : []
    if (restorers === null) return rebuiltFrame(frame, data, edits)
    this.#remember(value)
    // An error ends the answer: what is held goes out before it.
    let before = isObject(value['error']) ? this.flush() : ''
    candidatesOf(value).forEach((candidate, at) => { if (isObject(candidate)) before += this.#candidate(document, at, candidate, edits) })
    edits.push(...restoringEdits(document, restorers, partRestoreMode), ...withoutTokens(document, restorers))
    return before + rebuiltFrame(frame, data, edits)
  }

  flush(): string { return this.#synthesised(this.#texts.closeAll()) }

  #remember({ modelVersion, responseId }: JsonObject): void {
    if (Object.keys(this.#envelope).length > 0) return
    const shown = this.#rename ? this.#options.operation.requested : modelVersion
    this.#envelope = { ...modelVersion === undefined ? {} : { modelVersion: shown }, ...responseId === undefined ? {} : { responseId } }
  }

  /** Collects the edits of one candidate's texts; returns the events that must go before the frame. */
  #candidate(document: JsonDocument, at: number, candidate: JsonObject, edits: Edit[]): string {
    const index = typeof candidate['index'] === 'number' ? candidate['index'] : at
    const { content, finishReason } = candidate
    const parts: readonly unknown[] = isObject(content) && Array.isArray(content['parts']) ? content['parts'] : []
    const ends = typeof finishReason === 'string'
    let before = ''
    parts.forEach((part, position) => {
      const said = saidIn(part)
      // Only at the beginning something else can be held here: later text is closed by the one before.
      if (position === 0) before = this.#close(index, said?.mode)
      if (said === null) return
      const { mode, text } = said
      const where = { candidate: index, mode }
      const next = parts[position + 1]
      const isLast = next === undefined ? ends : saidIn(next)?.mode !== mode
      const passed = (this.#texts.push(keyOf(where), mode, where, text) ?? text) + (isLast ? this.#texts.close(keyOf(where)) : '')
      const span = passed === text ? undefined : document.locate(['candidates', at, 'content', 'parts', position, 'text'])
      if (span !== undefined) edits.push({ ...span, text: JSON.stringify(passed) })
    })
    return ends ? before + this.#close(index) : before
  }

  /** @param except what goes on */
  #close(index: number, except?: Mode): string {
    return this.#synthesised(this.#texts.closeAll(({ candidate, mode }) => candidate === index && mode !== except))
  }

  #synthesised(left: readonly { readonly where: Where; readonly held: string }[]): string {
    return left.map(({ where, held }) => `data: ${JSON.stringify({
      candidates: [{ content: { parts: [{ text: held, ...where.mode === 'reasoning' ? { thought: true } : {} }], role: 'model' }, index: where.candidate }], ...this.#envelope,
    })}\n\n`).join('')
  }
}
