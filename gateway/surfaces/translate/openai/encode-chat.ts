// Events as OpenAI chat completions. Reasoning goes where the servers of this dialect put it (reasoning_content); OpenAI itself shows none.
import type { Usage } from '../../../exchange/answer.ts'
import { signatureBy } from '../../carried.ts'
import { openaiErrorType } from '../../openai/render.ts'
import type { AnswerEncoder, AnswerEvent, StopReason } from '../events.ts'
import { collect, type Collected } from '../collect.ts'
import { statusOfKind } from '../error-kind.ts'

const finishReasons: Readonly<Record<StopReason, string>> = {
  'end': 'stop', 'stop-sequence': 'stop', 'pause': 'stop', 'length': 'length', 'context': 'length', 'tool-calls': 'tool_calls', 'refusal': 'content_filter', 'filtered': 'content_filter',
}

const usageOf = ({ cacheRead, input, output, reasoning }: Usage): object => ({
  prompt_tokens: input, completion_tokens: output, total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cacheRead }, completion_tokens_details: { reasoning_tokens: reasoning },
})

/** Where Google's own chat completions put the signature of a call: clients that keep calls as they came bring it back. */
const signatureOf = (signature: string | undefined): object => {
  const own = signatureBy('gemini', signature)
  return own === null ? {} : { extra_content: { google: { thought_signature: own } } }
}

export interface Said {
  /** The name that the caller asked for. */
  readonly model: string
  /** For answers whose provider gave none. */
  readonly id: string
  readonly createdS: number
  readonly includeUsage: boolean
}

export class ChatEncoder implements AnswerEncoder {
  readonly #said: Said
  #id: string
  /** Blocks to what the caller reads of them: a member of the delta, or the place of a tool call. */
  readonly #blocks = new Map<number, { readonly member: 'content' | 'reasoning_content' | 'refusal' } | { readonly call: number }>()
  #calls = 0

  constructor(said: Said) {
    this.#said = said
    this.#id = said.id
  }

  stream(event: AnswerEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id ?? this.#id
        return this.#chunk({ role: 'assistant', content: '' })
      case 'open': return this.#open(event)
      case 'delta': return this.#delta(event.block, event.text)
      case 'signature': case 'close': return ''
      case 'stop': return this.#stop(event)
      case 'error': return `data: ${JSON.stringify({ error: { message: event.message, type: openaiErrorType(statusOfKind(event.kind)), param: null, code: null } })}\n\n`
    }
  }

  whole(events: readonly AnswerEvent[]): string {
    const answer = collect(events)
    const { id, usage } = answer
    return JSON.stringify({
      id: id ?? this.#id, object: 'chat.completion', created: this.#said.createdS, model: this.#said.model,
      choices: [{ index: 0, message: messageOf(answer), logprobs: null, finish_reason: finishReasons[answer.reason] }],
      ...usage === null ? {} : { usage: usageOf(usage) },
    })
  }

  #open({ block, start }: Extract<AnswerEvent, { type: 'open' }>): string {
    if (start.kind !== 'tool-call') {
      this.#blocks.set(block, { member: start.kind === 'thinking' ? 'reasoning_content' : start.kind === 'refusal' ? 'refusal' : 'content' })
      return ''
    }
    const call = this.#calls
    this.#calls += 1
    this.#blocks.set(block, { call })
    return this.#chunk({ tool_calls: [{ index: call, id: start.id, type: 'function', function: { name: start.name, arguments: '' }, ...signatureOf(start.signature) }] })
  }

  #delta(block: number, text: string): string {
    const place = this.#blocks.get(block)
    if (place === undefined) return ''
    return this.#chunk('call' in place ? { tool_calls: [{ index: place.call, function: { arguments: text } }] } : { [place.member]: text })
  }

  #stop({ reason, usage }: Extract<AnswerEvent, { type: 'stop' }>): string {
    const last = this.#chunk({}, finishReasons[reason])
    const counted = this.#said.includeUsage && usage !== null ? `data: ${JSON.stringify({ ...this.#envelope(), choices: [], usage: usageOf(usage) })}\n\n` : ''
    return `${last}${counted}data: [DONE]\n\n`
  }

  #envelope(): object { return { id: this.#id, object: 'chat.completion.chunk', created: this.#said.createdS, model: this.#said.model } }

  #chunk(delta: object, finish: string | null = null): string {
    // Where usage was asked for, every chunk has the member, null until the last ("stream_options").
    const usage = this.#said.includeUsage ? { usage: null } : {}
    return `data: ${JSON.stringify({ ...this.#envelope(), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...usage })}\n\n`
  }
}

const messageOf = ({ blocks }: Collected): object => {
  const texts = (kind: 'text' | 'thinking' | 'refusal'): string | null => {
    const found = blocks.filter(({ start }) => start.kind === kind).map(({ text }) => text)
    return found.length === 0 ? null : found.join('')
  }
  const calls = blocks.flatMap(({ start, text }) => start.kind === 'tool-call' ? [{ id: start.id, type: 'function', function: { name: start.name, arguments: text === '' ? '{}' : text }, ...signatureOf(start.signature) }] : [])
  const reasoning = texts('thinking')
  return { role: 'assistant', content: texts('text'), refusal: texts('refusal'), ...reasoning === null ? {} : { reasoning_content: reasoning }, ...calls.length === 0 ? {} : { tool_calls: calls } }
}
