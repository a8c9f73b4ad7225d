// Codec for answers that are event streams. Where nothing is edited every chunk passes untouched and at once; otherwise whole frames do.
import type { ModelAnswerFacts, StreamRestorer } from '../../exchange/answer.ts'
import { splice, type Edit, type JsonDocument } from '../../exchange/document.ts'
import { Failure } from '../../exchange/failure.ts'
import { SseSplitter, type SseFrame } from '../../exchange/sse.ts'
import { readJson } from '../json/read-json.ts'
import type { AnswerCodec, AnswerCodecOptions, AnswerRestorers } from '../model-surface.ts'
import { answerLimits, mayEdit } from './json-codec.ts'
import { AnswerNotes } from './notes.ts'

/** One dialect's knowledge of its events. One instance per answer. */
export interface StreamDialect {
  /** Learns from a frame that passes untouched. */
  observe(frame: SseFrame): void
  /** The text to send instead of a frame; "" takes it out. Learns as well. */
  edit(frame: SseFrame): string
  /** What restorers still hold, as events of the dialect. */
  flush(): string
  /** An event that we add, as one that follows what has come: where events are numbered. */
  ours?(event: Buffer): Buffer
}

/** Length of an event around the text in it, at the most: an event that says anything holds one token or more, and what is longer about one for four characters. */
const around = { 'anthropic': 140, 'gemini': 500, 'openai': 400, 'openai-responses': 400 } as const
const charactersPerToken = 4
const blankLine = '\n\n'

/** What begins, ends, or keeps a connection open says no text; Responses also says every text again when it is done. */
const saysText = (raw: string): boolean => raw.startsWith('data:') || (raw.startsWith('event: ') && raw.slice(0, raw.indexOf('\n')).trimEnd().endsWith('delta'))

export class StreamCodec implements AnswerCodec {
  readonly #splitter = new SseSplitter()
  readonly #dialect: StreamDialect
  readonly #notes: AnswerNotes
  readonly #restorers: AnswerRestorers | null
  readonly #editing: boolean
  readonly #around: number
  readonly form?: NonNullable<AnswerCodec['form']>

  constructor(options: AnswerCodecOptions, makeDialect: (options: AnswerCodecOptions, notes: AnswerNotes) => StreamDialect) {
    this.#notes = new AnswerNotes()
    this.#dialect = makeDialect(options, this.#notes)
    this.#restorers = options.restorers
    this.#editing = mayEdit(options)
    this.#around = around[options.operation.dialect]
    const dialect = this.#dialect
    if (dialect.ours !== undefined) this.form = { event: event => dialect.ours?.(event) ?? event, tail: '' }
  }

  push(chunk: Buffer): Buffer | null {
    const wasMidFrame = this.#splitter.midFrame
    const frames = this.#splitter.push(chunk)
    for (const { raw } of frames) if (saysText(raw)) this.#notes.toldTokens += Math.max(1, (raw.length - this.#around) / charactersPerToken)
    if (!this.#editing) {
      for (const frame of frames) this.#dialect.observe(frame)
      return chunk
    }
    let out = ''
    let untouched = !wasMidFrame && !this.#splitter.midFrame
    for (const frame of frames) {
      const edited = this.#dialect.edit(frame)
      untouched &&= edited === frame.raw
      out += edited
    }
    if (untouched) return chunk
    return out === '' ? null : Buffer.from(out)
  }

  end(): Buffer | null {
    const rest = this.#splitter.end()
    if (!this.#editing) return null
    const last = rest === '' ? '' : this.#unended(rest)
    const held = this.#dialect.flush()
    const out = held === '' && last === rest + blankLine ? rest : last + held
    return out === '' ? null : Buffer.from(out)
  }

  /** An event without its blank line is one all the same: many clients read line by line, and some servers leave it out. */
  #unended(rest: string): string {
    let out = ''
    for (const frame of this.#splitter.push(rest + blankLine)) out += this.#dialect.edit(frame)
    return out
  }

  facts(): ModelAnswerFacts { return this.#notes.facts(this.#restorers) }
}

/** The JSON of a frame, or null where it is none: such a frame passes as it came. */
export const readFrame = (data: string): JsonDocument | null => {
  try {
    return readJson(data, answerLimits)
  } catch {
    return null
  }
}

const done = '[DONE]'

/**
 * A frame whose data is no object of strict JSON passes as it came, unless something is to be hidden in it: a client may read what we cannot.
 * @throws Failure upstream.protocol
 */
export const unreadFrame = ({ data, raw }: SseFrame, restorers: AnswerRestorers | null): string => {
  if (restorers?.hides !== true || data === null || data.trim() === '' || data === done) return raw
  throw new Failure('upstream.protocol', 'The upstream sent an event that is not strict JSON, and policy wants its answers looked at.')
}

/** The value of a frame that is only looked at. */
export const parseFrame = (data: string | null): unknown => {
  if (data === null) return null
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}

const dataLine = /(?:^\ufeff?|[\r\n])data: ?/

/** Where the first line of data begins behind its name. A comment or an id may say the same text before it. */
const dataAt = (raw: string): number => {
  const found = dataLine.exec(raw)
  return found === null ? raw.length : found.index + found[0].length
}

/** The frame with its data edited; everything else in it stays. */
export const rebuiltFrame = (frame: SseFrame, data: string, edits: readonly Edit[]): string => {
  if (edits.length === 0) return frame.raw
  const edited = splice(data, edits)
  const at = dataAt(frame.raw)
  if (frame.raw.startsWith(data, at)) return frame.raw.slice(0, at) + edited + frame.raw.slice(at + data.length)
  // Data over several lines is put together again line by line.
  const fields = [...(frame.event === null ? [] : [`event: ${frame.event}`]), ...(frame.id === null ? [] : [`id: ${frame.id}`])]
  return `${[...fields, ...edited.split('\n').map(line => `data: ${line}`)].join('\n')}\n\n`
}

/** The restorers of all the texts that one answer streams side by side, in the order in which they began. */
export class OpenTexts<Where> {
  readonly #open = new Map<string, { readonly where: Where; readonly restorer: StreamRestorer }>()
  readonly #restorers: AnswerRestorers | null

  constructor(restorers: AnswerRestorers | null) { this.#restorers = restorers }

  /** Feeds a delta; returns what may be passed on, or null where nothing is restored. */
  push(key: string, mode: 'text' | 'json' | 'reasoning', where: Where, delta: string): string | null {
    const restorer = this.#restorers?.[mode]
    if (restorer === undefined) return null
    let text = this.#open.get(key)
    if (text === undefined) this.#open.set(key, text = { where, restorer: restorer.stream() })
    return text.restorer.push(delta)
  }

  /** Ends one text; returns what was held. */
  close(key: string): string {
    const held = this.#open.get(key)?.restorer.flush() ?? ''
    this.#open.delete(key)
    return held
  }

  /** Ends every text that `which` names; returns those that held something. */
  closeAll(which: (where: Where) => boolean = () => true): { readonly where: Where; readonly held: string }[] {
    const left: { where: Where; held: string }[] = []
    for (const [key, { where }] of this.#open) {
      if (!which(where)) continue
      const held = this.close(key)
      if (held !== '') left.push({ where, held })
    }
    return left
  }
}
