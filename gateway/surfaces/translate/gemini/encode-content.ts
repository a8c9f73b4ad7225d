// Events as Gemini answers. Calls come whole here, so their arguments wait until they are; thoughts are shown to those who asked for them.
import type { Usage } from '../../../exchange/answer.ts'
import type { WireDialect } from '../../../../registry/provider.ts'
import { encodeForeign, unsignedCall } from '../../gemini/foreign-thoughts.ts'
import { geminiStatus } from '../../gemini/render.ts'
import { isCarried, markSignature } from '../../carried.ts'
import { collect, type CollectedBlock } from '../collect.ts'
import type { AnswerEncoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { parsedObject } from '../members.ts'

const finishReasons: Readonly<Record<StopReason, string>> = {
  'end': 'STOP', 'stop-sequence': 'STOP', 'pause': 'STOP', 'tool-calls': 'STOP', 'length': 'MAX_TOKENS', 'context': 'MAX_TOKENS', 'refusal': 'SAFETY', 'filtered': 'SAFETY',
}

const usageOf = ({ cacheRead, input, output, reasoning }: Usage): object => ({
  promptTokenCount: input, candidatesTokenCount: Math.max(0, output - reasoning), totalTokenCount: input + output,
  ...cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {}, ...reasoning > 0 ? { thoughtsTokenCount: reasoning } : {},
})

export interface Said {
  /** The name that the caller asked for. */
  readonly model: string
  /** For answers whose provider gave none. */
  readonly id: string
  /** Our own count, for providers that tell none. */
  readonly inputTokens: number
  readonly includeThoughts: boolean
  /** Who signed what is signed. */
  readonly from: WireDialect
}

type Part = Readonly<Record<string, unknown>>

/** Google's own SDKs take an answer without parts for a broken one, and forget it. */
const nothing: readonly Part[] = [{ text: '' }]

/** What a model wrote as arguments and is no object cannot be said here but as text in one. The first call of an answer is signed, here as there. */
const callPart = (start: Extract<BlockStart, { kind: 'tool-call' }>, text: string, isFirst: boolean): Part => ({
  functionCall: { id: start.id, name: start.name, args: parsedObject(text) ?? { arguments: text } }, ...isFirst ? { thoughtSignature: unsignedCall } : {},
})

export class ContentEncoder implements AnswerEncoder {
  readonly #said: Said
  #id: string
  #usage: Usage | null = null
  #calls = 0
  readonly #blocks = new Map<number, { readonly start: BlockStart; args: string }>()

  constructor(said: Said) {
    this.#said = said
    this.#id = said.id
  }

  stream(event: AnswerEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id ?? this.#id
        this.#usage = event.usage
        return ''
      case 'open':
        this.#blocks.set(event.block, { start: event.start, args: '' })
        return ''
      case 'delta': return this.#delta(event.block, event.text)
      case 'signature': return this.#blocks.get(event.block)?.start.kind === 'thinking' ? this.#thought({ text: '', thoughtSignature: this.#signature(event.signature) }) : ''
      case 'close': return this.#close(event.block)
      case 'stop': return this.#chunk(nothing, { finishReason: finishReasons[event.reason] }, usageOf(event.usage ?? this.#counted()))
      case 'error': return `data: ${JSON.stringify({ error: { code: 500, message: event.message, status: geminiStatus(500) } })}\n\n`
    }
  }

  whole(events: readonly AnswerEvent[]): string {
    const answer = collect(events)
    this.#id = answer.id ?? this.#id
    const parts = answer.blocks.flatMap(block => this.#parts(block))
    return JSON.stringify(this.#answer(parts.length === 0 ? nothing : parts, { finishReason: finishReasons[answer.reason] }, usageOf(answer.usage ?? this.#counted())))
  }

  #counted(): Usage { return this.#usage ?? { input: this.#said.inputTokens, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 } }

  #signature(signature: string): string { return encodeForeign(isCarried(signature) ? signature : markSignature(this.#said.from, signature)) }

  #parts({ signature, start, text }: CollectedBlock): Part[] {
    switch (start.kind) {
      case 'text': case 'refusal': return [{ text }]
      case 'tool-call': return [this.#call(start, text)]
      case 'thinking': return this.#said.includeThoughts ? [{ text, thought: true, ...signature === null ? {} : { thoughtSignature: this.#signature(signature) } }] : []
    }
  }

  #delta(block: number, text: string): string {
    const known = this.#blocks.get(block)
    if (known === undefined) return ''
    if (known.start.kind === 'thinking') return this.#thought({ text })
    if (known.start.kind !== 'tool-call') return this.#chunk([{ text }])
    known.args += text
    return ''
  }

  #thought(part: Part): string { return this.#said.includeThoughts ? this.#chunk([{ ...part, thought: true }]) : '' }

  #close(block: number): string {
    const known = this.#blocks.get(block)
    this.#blocks.delete(block)
    return known?.start.kind === 'tool-call' ? this.#chunk([this.#call(known.start, known.args)]) : ''
  }

  #call(start: Extract<BlockStart, { kind: 'tool-call' }>, text: string): Part {
    this.#calls += 1
    return callPart(start, text, this.#calls === 1)
  }

  #chunk(parts: readonly Part[], candidate: object = {}, usage: object | null = null): string { return `data: ${JSON.stringify(this.#answer(parts, candidate, usage))}\n\n` }

  #answer(parts: readonly Part[], candidate: object, usage: object | null): object {
    return {
      candidates: [{ content: { parts, role: 'model' }, ...candidate, index: 0 }], ...usage === null ? {} : { usageMetadata: usage },
      modelVersion: this.#said.model, responseId: this.#id,
    }
  }
}
