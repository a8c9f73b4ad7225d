// A provider's error body, said in the caller's dialect; status and text stay what they were.
import type { ModelAnswerFacts } from '../../exchange/answer.ts'
import type { Dialect } from '../../exchange/operation.ts'
import { anthropicErrorType } from '../anthropic/render.ts'
import { geminiStatus } from '../gemini/render.ts'
import type { AnswerCodec } from '../model-surface.ts'
import { openaiErrorType } from '../openai/render.ts'
import { saidError } from './error-body.ts'

const renderers: Readonly<Record<Dialect, (status: number, message: string, code: string | null) => object>> = {
  openai: (status, message, code) => ({ error: { message, type: openaiErrorType(status), param: null, code } }),
  'openai-responses': (status, message, code) => ({ error: { message, type: openaiErrorType(status), param: null, code } }),
  anthropic: (status, message) => ({ type: 'error', error: { type: anthropicErrorType(status), message } }),
  gemini: (status, message) => ({ error: { code: status, message, status: geminiStatus(status) } }),
}

/** @param name of the error, where a header told it. */
export const translateError = (body: string, status: number, to: Dialect, name: string | null = null): string => {
  const said = saidError(body)
  return JSON.stringify(renderers[to](status, said.message ?? `The provider answered with HTTP status ${status}.`, said.name ?? name))
}

/** The codec of an answer whose status says that it is an error. */
export class ErrorCodec implements AnswerCodec {
  readonly #status: number
  readonly #to: Dialect
  readonly #name: string | null
  #chunks: Buffer[] = []
  #size = 0

  constructor(status: number, to: Dialect, name: string | null = null) {
    this.#status = status
    this.#to = to
    this.#name = name
  }

  push(chunk: Buffer): null {
    this.#size += chunk.length
    if (this.#size <= 64 * 1024) this.#chunks.push(chunk)
    return null
  }

  end(): Buffer {
    const body = Buffer.concat(this.#chunks).toString()
    this.#chunks = []
    return Buffer.from(translateError(body, this.#status, this.#to, this.#name))
  }

  facts(): ModelAnswerFacts { return { id: null, model: null, finishReasons: [], usage: null, restored: 0, unknownPlaceholders: 0, cut: false } }
}
