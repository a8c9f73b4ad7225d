// Events as a Responses stream or a whole response. Every item is announced, filled and done, every event has its number, and the response
// is said again as a whole at the end (API reference, "Streaming events").
import type { Usage } from '../../../exchange/answer.ts'
import type { JsonObject } from '../../request-fields.ts'
import type { AnswerEncoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { ResponseItems, type Said } from './response-items.ts'

/** Null: completed. */
const incompleteReasons: Readonly<Record<StopReason, string | null>> = {
  'end': null, 'stop-sequence': null, 'pause': null, 'tool-calls': null, 'refusal': null, 'length': 'max_output_tokens', 'context': 'max_output_tokens', 'filtered': 'content_filter',
}

const usageOf = ({ cacheRead, cacheWrite, input, output, reasoning }: Usage): object => ({
  input_tokens: input, input_tokens_details: { cached_tokens: cacheRead, ...cacheWrite === 0 ? {} : { cache_write_tokens: cacheWrite } },
  output_tokens: output, output_tokens_details: { reasoning_tokens: reasoning }, total_tokens: input + output,
})

/** What a response repeats of its request, with the API's own defaults. */
const echo = (request: JsonObject, previous: string | null): JsonObject => ({
  background: false, instructions: request['instructions'] ?? null, max_output_tokens: request['max_output_tokens'] ?? null, max_tool_calls: null,
  metadata: request['metadata'] ?? {}, parallel_tool_calls: request['parallel_tool_calls'] ?? true, previous_response_id: previous,
  reasoning: request['reasoning'] ?? { effort: null, summary: null }, service_tier: 'default', store: request['store'] ?? true, temperature: request['temperature'] ?? null,
  text: request['text'] ?? { format: { type: 'text' } }, tool_choice: request['tool_choice'] ?? 'auto', tools: request['tools'] ?? [], top_p: request['top_p'] ?? null,
  truncation: request['truncation'] ?? 'disabled',
})

export interface Told extends Said {
  /** The name that the caller asked for. */
  readonly model: string
  readonly id: string
  readonly createdS: number
  readonly request: JsonObject
  /** The response that this one goes on from. */
  readonly previous: string | null
}

type Ended = { readonly status: 'completed' | 'in_progress' } | { readonly status: 'incomplete'; readonly reason: string } | { readonly status: 'failed'; readonly message: string; readonly code: string }

/** Codes of failed responses are a closed list; most errors of providers are not on it. */
const codeOf = (kind: string | null): string => kind === 'rate_limit_error' || kind === 'rate_limit_exceeded' ? 'rate_limit_exceeded' : 'server_error'

export class ResponsesEncoder implements AnswerEncoder {
  readonly #told: Told
  readonly #items: ResponseItems
  #number = 0
  #usage: Usage | null = null
  #started = false

  constructor(told: Told) {
    this.#told = told
    this.#items = new ResponseItems(told, (type, data) => this.#event(type, data))
  }

  stream(event: AnswerEvent): string {
    switch (event.type) {
      case 'start': return this.#start()
      case 'open': return this.#open(event.block, event.start)
      case 'delta': return this.#items.delta(event.block, event.text)
      case 'signature': return this.#items.sign(event.block, event.signature)
      case 'close': return this.#items.close(event.block)
      case 'stop': return this.#stop(event)
      case 'error': return this.#start() + this.#items.closeAll('incomplete') + this.#end({ status: 'failed', message: event.message, code: codeOf(event.kind) })
    }
  }

  whole(events: readonly AnswerEvent[]): string {
    let ended: Ended = { status: 'completed' }
    for (const event of events) {
      this.stream(event)
      if (event.type === 'stop') ended = endOf(event.reason)
    }
    return JSON.stringify(this.#response(ended))
  }

  #start(): string {
    if (this.#started) return ''
    this.#started = true
    const response = this.#response({ status: 'in_progress' })
    return this.#event('response.created', { response }) + this.#event('response.in_progress', { response })
  }

  #open(block: number, start: BlockStart): string { return this.#items.open(block, start) }

  #stop({ reason, usage }: Extract<AnswerEvent, { type: 'stop' }>): string {
    this.#usage = usage
    const ended = endOf(reason)
    return this.#start() + this.#items.closeAll(ended.status === 'incomplete' ? 'incomplete' : 'completed') + this.#end(ended)
  }

  #end(ended: Ended): string { return this.#event(`response.${ended.status}`, { response: this.#response(ended) }) }

  #event(type: string, data: object): string {
    const numbered = JSON.stringify({ type, ...data, sequence_number: this.#number })
    this.#number += 1
    return `event: ${type}\ndata: ${numbered}\n\n`
  }

  #response(ended: Ended): object {
    const { createdS, id, model, previous, request } = this.#told
    return {
      id, object: 'response', created_at: createdS, status: ended.status,
      error: ended.status === 'failed' ? { code: ended.code, message: ended.message } : null,
      incomplete_details: ended.status === 'incomplete' ? { reason: ended.reason } : null,
      ...echo(request, previous), model, output: ended.status === 'in_progress' ? [] : this.#items.output,
      usage: this.#usage === null ? null : usageOf(this.#usage), ...userOf(request),
    }
  }
}

const userOf = ({ prompt_cache_key: cacheKey, safety_identifier: safety, user }: JsonObject): JsonObject => ({
  ...user === undefined ? {} : { user }, ...safety === undefined ? {} : { safety_identifier: safety }, ...cacheKey === undefined ? {} : { prompt_cache_key: cacheKey },
})

const endOf = (reason: StopReason): Ended => {
  const why = incompleteReasons[reason]
  return why === null ? { status: 'completed' } : { status: 'incomplete', reason: why }
}
