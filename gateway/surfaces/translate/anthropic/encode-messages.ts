// Events as Anthropic messages. Here blocks come one after the other: while one is open, what belongs to later ones waits.
import type { Usage } from '../../../exchange/answer.ts'
import { anthropicErrorType } from '../../anthropic/render.ts'
import { unsigned } from '../../anthropic/unsigned-thinking.ts'
import type { AnswerEncoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { collect, type CollectedBlock } from '../collect.ts'
import { statusOfKind } from '../error-kind.ts'
import { parsedObject } from '../members.ts'

const stopReasons: Readonly<Record<StopReason, string>> = {
  'end': 'end_turn', 'stop-sequence': 'stop_sequence', 'pause': 'pause_turn', 'length': 'max_tokens', 'context': 'model_context_window_exceeded',
  'tool-calls': 'tool_use', 'refusal': 'refusal', 'filtered': 'refusal',
}

const usageOf = ({ cacheRead, cacheWrite, input, output }: Usage): object => ({
  input_tokens: Math.max(0, input - cacheRead - cacheWrite), cache_creation_input_tokens: cacheWrite, cache_read_input_tokens: cacheRead, output_tokens: output,
})

const event = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`

const emptyBlock = (start: BlockStart): object => {
  switch (start.kind) {
    case 'text': case 'refusal': return { type: 'text', text: '' }
    case 'thinking': return { type: 'thinking', thinking: '', signature: '' }
    case 'tool-call': return { type: 'tool_use', id: start.id, name: start.name, input: {} }
  }
}

const deltaOf = (start: BlockStart, text: string): object => {
  switch (start.kind) {
    case 'text': case 'refusal': return { type: 'text_delta', text }
    case 'thinking': return { type: 'thinking_delta', thinking: text }
    case 'tool-call': return { type: 'input_json_delta', partial_json: text }
  }
}

export interface Said {
  /** The name that the caller asked for. */
  readonly model: string
  /** For answers whose provider gave none. */
  readonly id: string
  /** Our own count, for providers that tell the input only at the end. */
  readonly inputTokens: number
}

interface Block { readonly start: BlockStart; readonly index: number; signed: boolean; waiting: string[]; closed: boolean }

export class MessagesEncoder implements AnswerEncoder {
  readonly #said: Said
  readonly #blocks = new Map<number, Block>()
  #indexes = 0
  /** Blocks of our own are numbered downwards. */
  #made = 0
  /** Index of the block that may speak. */
  #turn = 0

  constructor(said: Said) { this.#said = said }

  stream(said: AnswerEvent): string {
    switch (said.type) {
      case 'start': return this.#start(said)
      case 'open': return this.#open(said.block, said.start)
      case 'delta': return this.#inBlock(said.block, ({ index, start }) => event('content_block_delta', { index, delta: deltaOf(start, said.text) }))
      case 'signature': return this.#sign(said.block, said.signature)
      case 'close': return this.#close(said.block)
      case 'stop': return this.#stop(said)
      case 'error': return event('error', { error: { type: anthropicErrorType(statusOfKind(said.kind)), message: said.message } })
    }
  }

  whole(events: readonly AnswerEvent[]): string {
    const answer = collect(events)
    return JSON.stringify({
      id: answer.id ?? this.#said.id, type: 'message', role: 'assistant', model: this.#said.model, content: answer.blocks.flatMap(blocksOf),
      stop_reason: stopReasons[answer.reason], stop_sequence: answer.sequence, usage: usageOf(answer.usage ?? this.#estimate()),
    })
  }

  #estimate(): Usage { return { input: this.#said.inputTokens, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 } }

  #start({ id, usage }: Extract<AnswerEvent, { type: 'start' }>): string {
    return event('message_start', { message: {
      id: id ?? this.#said.id, type: 'message', role: 'assistant', model: this.#said.model, content: [], stop_reason: null, stop_sequence: null,
      usage: usageOf(usage ?? this.#estimate()),
    } })
  }

  /** A signed call has no place for its signature here: it stands in a thinking block without words before it, which clients bring back. */
  #open(block: number, start: BlockStart): string {
    return this.#signedBefore(start) + this.#begin(block, start)
  }

  #signedBefore(start: BlockStart): string {
    if (start.kind !== 'tool-call' || start.signature === undefined) return ''
    this.#made -= 1
    return this.#begin(this.#made, { kind: 'thinking' }) + this.#sign(this.#made, start.signature) + this.#close(this.#made)
  }

  #begin(block: number, start: BlockStart): string {
    const index = this.#indexes
    this.#indexes += 1
    this.#blocks.set(block, { start, index, signed: false, waiting: [], closed: false })
    return this.#inBlock(block, () => event('content_block_start', { index, content_block: emptyBlock(start) }))
  }

  #inBlock(block: number, say: (block: Block) => string): string {
    const found = this.#blocks.get(block)
    if (found === undefined) return ''
    const text = say(found)
    if (found.index === this.#turn) return text
    found.waiting.push(text)
    return ''
  }

  #sign(block: number, signature: string): string {
    return this.#inBlock(block, found => {
      found.signed = true
      return event('content_block_delta', { index: found.index, delta: { type: 'signature_delta', signature } })
    })
  }

  #close(block: number): string {
    const closing = this.#inBlock(block, found => {
      found.closed = true
      const sign = found.start.kind === 'thinking' && !found.signed ? event('content_block_delta', { index: found.index, delta: { type: 'signature_delta', signature: unsigned } }) : ''
      return sign + event('content_block_stop', { index: found.index })
    })
    return closing === '' ? '' : closing + this.#next()
  }

  /** Lets the blocks speak that waited for their turn. */
  #next(): string {
    let said = ''
    for (;;) {
      this.#turn += 1
      const next = [...this.#blocks.values()].find(({ index }) => index === this.#turn)
      if (next === undefined) return said
      said += next.waiting.join('')
      next.waiting = []
      if (!next.closed) return said
    }
  }

  #stop({ reason, sequence, usage }: Extract<AnswerEvent, { type: 'stop' }>): string {
    return event('message_delta', { delta: { stop_reason: stopReasons[reason], stop_sequence: sequence }, usage: usageOf(usage ?? this.#estimate()) }) + event('message_stop', {})
  }
}

const blocksOf = (block: CollectedBlock): object[] => {
  const { start } = block
  const signed = start.kind === 'tool-call' && start.signature !== undefined ? [{ type: 'thinking', thinking: '', signature: start.signature }] : []
  return [...signed, blockOf(block)]
}

const blockOf = ({ start, text, signature }: CollectedBlock): object => {
  switch (start.kind) {
    case 'text': case 'refusal': return { type: 'text', text }
    case 'thinking': return { type: 'thinking', thinking: text, signature: signature ?? unsigned }
    // What a model wrote as arguments and is no object cannot be said here but as text in one.
    case 'tool-call': return { type: 'tool_use', id: start.id, name: start.name, input: parsedObject(text) ?? { arguments: text } }
  }
}
