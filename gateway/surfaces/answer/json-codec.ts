// Codec for answers that are one JSON. Where nothing is edited the bytes pass as they come and a copy is read at the end, for usage only.
import type { ModelAnswerFacts } from '../../exchange/answer.ts'
import { splice, type Edit, type JsonDocument, type StringLeaf } from '../../exchange/document.ts'
import { Failure } from '../../exchange/failure.ts'
import type { ModelOperation } from '../../exchange/operation.ts'
import { readJson } from '../json/read-json.ts'
import type { AnswerCodec, AnswerCodecOptions, AnswerRestorers } from '../model-surface.ts'
import { AnswerNotes } from './notes.ts'

/**
 * How placeholders in a string of an answer become values again. "json": the string holds JSON source. "reasoning": they stay, because
 * reasoning goes back as it came; it is looked at where answers are inspected.
 */
export type RestoreMode = 'text' | 'json' | 'reasoning' | 'leave'

export interface JsonAnswerDialect {
  readonly learn: (value: unknown, notes: AnswerNotes) => void
  readonly restoreMode: (leaf: StringLeaf, document: JsonDocument) => RestoreMode
  /** Further edits that follow from those that restored and hid. */
  readonly afterwards?: (document: JsonDocument, edits: readonly Edit[]) => Edit[]
  /** Where the answer names its model. Default: `model`. */
  readonly modelPath?: readonly string[]
}

/** Deep enough for any tool argument; the same strictness as for requests. */
export const answerLimits = { maxDepth: 256 } as const

// A whole answer is bounded by its model's output limit; embeddings of a large batch are the largest thing there is.
const maxAnswerBytes = 64 * 1024 * 1024

/** Tokens say the same as the text, in pieces in which nothing is found. */
const tokenMembers: ReadonlySet<string> = new Set(['logprobs', 'logprobsResult'])

const tokenEdits = (document: JsonDocument): Edit[] => {
  const edits: Edit[] = []
  const visit = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, member] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key]
      if (!tokenMembers.has(key)) visit(member, at)
      else if (typeof member === 'object' && member !== null) {
        const span = document.locate(at)
        if (span !== undefined) edits.push({ ...span, text: Array.isArray(member) ? '[]' : 'null' })
      }
    }
  }
  visit(document.value, [])
  return edits
}

/** Takes out what repeats a text token by token, where inspecting may have changed the text. */
export const withoutTokens = (document: JsonDocument, { hides }: AnswerRestorers): Edit[] =>
  hides === true && document.text.includes('"logprobs') ? tokenEdits(document) : []

/** Edits that restore placeholders in the leaves that `mode` lets be restored, and hide what inspecting hides. */
export const restoringEdits = (document: JsonDocument, restorers: AnswerRestorers, mode: (leaf: StringLeaf, document: JsonDocument) => RestoreMode): Edit[] => {
  const edits: Edit[] = []
  for (const leaf of document.strings) {
    const { value } = leaf
    if (restorers.reasoning === undefined && !restorers.text.mayHold(value) && !restorers.json.mayHold(value)) continue
    const how = mode(leaf, document)
    if (how === 'leave') continue
    const restored = restorers[how]?.text(value, leaf.key) ?? value
    if (restored !== value) edits.push({ start: leaf.start, end: leaf.end, text: JSON.stringify(restored) })
  }
  return edits
}

/** The edit that gives the requested name back, where the upstream was asked by another one. */
export const modelEdit = (document: JsonDocument, path: readonly string[], requested: string): Edit[] => {
  const span = document.locate(path)
  return span === undefined ? [] : [{ ...span, text: JSON.stringify(requested) }]
}

/** True when bytes of the answer may change. */
export const mayEdit = ({ operation, upstreamModel, restorers, stripUsage }: AnswerCodecOptions): boolean =>
  restorers !== null || operation.requested !== upstreamModel || stripUsage

const carriesText = ({ name }: ModelOperation): boolean => name === 'chat.completions' || name === 'messages' || name === 'responses' || name === 'generateContent'

export class JsonCodec implements AnswerCodec {
  readonly #options: AnswerCodecOptions
  readonly #dialect: JsonAnswerDialect
  readonly #editing: boolean
  readonly #notes = new AnswerNotes()
  #chunks: Buffer[] = []
  #size = 0

  constructor(options: AnswerCodecOptions, dialect: JsonAnswerDialect) {
    this.#options = options
    this.#dialect = dialect
    this.#editing = options.operation.requested !== options.upstreamModel || (options.restorers !== null && carriesText(options.operation))
  }

  push(chunk: Buffer): Buffer | null {
    this.#size += chunk.length
    if (this.#size <= maxAnswerBytes) this.#chunks.push(chunk)
    else if (this.#editing) throw new Failure('upstream.protocol', `The upstream's answer is longer than ${maxAnswerBytes} bytes.`)
    else this.#chunks = []
    return this.#editing ? null : chunk
  }

  end(): Buffer | null {
    const chunks = this.#chunks
    this.#chunks = []
    this.#notes.complete = true
    const only = chunks[0]
    if (only === undefined) return null
    const bytes = chunks.length === 1 ? only : Buffer.concat(chunks)
    if (this.#editing) return this.#edited(bytes)
    try {
      this.#dialect.learn(JSON.parse(bytes.toString()), this.#notes)
    } catch {
      // The bytes have passed already; an answer that is not JSON teaches nothing.
    }
    return null
  }

  facts(): ModelAnswerFacts { return this.#notes.facts(this.#options.restorers) }

  #edited(bytes: Buffer): Buffer {
    const document = readAnswer(bytes)
    this.#dialect.learn(document.value, this.#notes)
    const { operation, upstreamModel, restorers } = this.#options
    const edits = operation.requested === upstreamModel ? [] : modelEdit(document, this.#dialect.modelPath ?? ['model'], operation.requested)
    if (restorers !== null) {
      edits.push(...restoringEdits(document, restorers, this.#dialect.restoreMode), ...withoutTokens(document, restorers))
      edits.push(...this.#dialect.afterwards?.(document, edits) ?? [])
    }
    return edits.length === 0 ? bytes : Buffer.from(splice(document.text, edits))
  }
}

const readAnswer = (bytes: Buffer): JsonDocument => {
  try {
    return readJson(bytes, answerLimits)
  } catch (thrown) {
    throw new Failure('upstream.protocol', 'The upstream answered something that is not strict JSON.', { cause: thrown })
  }
}

/** Passes everything and learns nothing: error statuses, and answers of a type that is no JSON. */
export class VerbatimCodec implements AnswerCodec {
  push(chunk: Buffer): Buffer { return chunk }
  end(): null { return null }

  facts(): ModelAnswerFacts {
    return { id: null, model: null, finishReasons: [], usage: null, restored: 0, unknownPlaceholders: 0, cut: false }
  }
}
