// OpenAI chat completions as events: chunks or a whole answer (API reference, "The chat completion chunk object"). Only the first choice is
// read; a translated request asks for one.
import type { Usage } from '../../../exchange/answer.ts'
import { Failure } from '../../../exchange/failure.ts'
import { usageIn, withServiceTier } from '../../openai/answer.ts'
import { isObject, type JsonObject } from '../../request-fields.ts'
import type { AnswerDecoder, AnswerEvent, BlockStart, StopReason } from '../events.ts'
import { listOf, numberOf, objectOf, parsedObject, textOf } from '../members.ts'

const stopReasons: Readonly<Record<string, StopReason>> = {
  stop: 'end', length: 'length', tool_calls: 'tool-calls', function_call: 'tool-calls', content_filter: 'filtered',
  // Together; Mistral.
  eos: 'end', model_length: 'length',
}
/** The server gave up, and says so as if it were an end: OpenRouter and Mistral, DeepSeek, vLLM. */
const failures: ReadonlySet<string> = new Set(['error', 'insufficient_system_resource', 'abort'])

/** Some servers of this dialect say "stop" after tool calls. */
const reasonOf = (said: string, hasCalls: boolean): StopReason => {
  const reason = stopReasons[said] ?? 'end'
  return reason === 'end' && hasCalls ? 'tool-calls' : reason
}

interface Call { readonly id: string | null; readonly block: number; text: string; open: boolean }

const reasoningOf = (delta: JsonObject): string | null => textOf(delta['reasoning_content']) ?? textOf(delta['reasoning'])

export class ChatDecoder implements AnswerDecoder {
  #started = false
  #blocks = 0
  /** The block of running text, by what it is. */
  #text: { readonly kind: 'text' | 'thinking' | 'refusal'; readonly block: number } | null = null
  readonly #calls = new Map<number, Call>()
  #finish: string | null = null
  #usage: Usage | null = null
  #over = false

  frame(_event: string | null, data: string): readonly AnswerEvent[] {
    if (this.#over) return []
    if (data === '[DONE]') return this.#stop()
    const value = parsedObject(data)
    if (value === null) return []
    const { error } = value
    if (isObject(error)) return this.#error(textOf(error['message']), textOf(error['type']))
    if (typeof error === 'string') return this.#error(error, null)
    return this.#chunk(value, objectOf(objectOf(listOf(value['choices'])[0])['delta']))
  }

  /** @throws Failure upstream.protocol for an error that came as an answer */
  whole(value: unknown): readonly AnswerEvent[] {
    const answer = objectOf(value)
    // OpenRouter answers 200 when a model fails after it was chosen.
    if (isObject(answer['error']) && listOf(answer['choices']).length === 0) throw new Failure('upstream.protocol', 'The provider reported an error in place of an answer.')
    const { message } = objectOf(listOf(answer['choices'])[0])
    return [...this.#chunk(answer, objectOf(message)), ...this.#stop()]
  }

  /** Some servers end without [DONE]; a finish reason says that the answer is whole. */
  end(): readonly AnswerEvent[] { return this.#over || this.#finish === null ? [] : this.#stop() }

  #chunk(value: JsonObject, delta: JsonObject): AnswerEvent[] {
    const events: AnswerEvent[] = []
    if (!this.#started) {
      this.#started = true
      events.push({ type: 'start', id: textOf(value['id']), model: textOf(value['model']), usage: null })
    }
    this.#usage = withServiceTier(usageIn(value), value['service_tier']) ?? this.#usage
    this.#say('thinking', reasoningOf(delta), events)
    this.#say('text', textOf(delta['content']), events)
    this.#say('refusal', textOf(delta['refusal']), events)
    listOf(delta['tool_calls']).forEach((call, at) => { if (isObject(call)) this.#call(call, at, events) })
    this.#finish = textOf(objectOf(listOf(value['choices'])[0])['finish_reason']) ?? this.#finish
    return events
  }

  #open(start: BlockStart, events: AnswerEvent[]): number {
    const block = this.#blocks
    this.#blocks += 1
    events.push({ type: 'open', block, start })
    return block
  }

  #closeText(events: AnswerEvent[]): void {
    if (this.#text !== null) events.push({ type: 'close', block: this.#text.block })
    this.#text = null
  }

  #say(kind: 'text' | 'thinking' | 'refusal', text: string | null, events: AnswerEvent[]): void {
    if (text === null || text === '') return
    if (this.#text?.kind !== kind) {
      this.#closeText(events)
      this.#text = { kind, block: this.#open({ kind }, events) }
    }
    events.push({ type: 'delta', block: this.#text.block, text })
  }

  #call(call: JsonObject, at: number, events: AnswerEvent[]): void {
    const given = textOf(call['id'])
    const id = given === '' ? null : given
    const index = this.#indexOf(call, id, at)
    const called = objectOf(call['function'])
    let known = this.#calls.get(index)
    if (known === undefined) {
      this.#closeText(events)
      this.#closeWholeCalls(events)
      const start: BlockStart = { kind: 'tool-call', id: id ?? `call_${index}`, name: textOf(called['name']) ?? '' }
      this.#calls.set(index, known = { id, block: this.#open(start, events), text: '', open: true })
    }
    const text = textOf(called['arguments'])
    if (text === null || text === '' || !known.open) return
    known.text += text
    events.push({ type: 'delta', block: known.block, text })
  }

  /** Servers leave the index out, or give all calls the same: then ids and names tell where a call begins. */
  #indexOf(call: JsonObject, id: string | null, at: number): number {
    const told = numberOf(call['index'])
    const mine = [...this.#calls].find(([, one]) => id !== null && one.id === id)?.[0]
    if (mine !== undefined) return mine
    const last = Math.max(-1, ...this.#calls.keys())
    const begins = id !== null || (told === null && textOf(objectOf(call['function'])['name']) !== null)
    if (!begins) return told ?? (last === -1 ? at : last)
    const wanted = told ?? at
    return this.#calls.has(wanted) && (told === null || this.#calls.get(wanted)?.id !== null) ? last + 1 : wanted
  }

  /** Calls come side by side. One whose arguments are a whole object cannot go on, so those who say one after the other need not wait. */
  #closeWholeCalls(events: AnswerEvent[]): void {
    for (const call of this.#calls.values()) {
      if (!call.open || parsedObject(call.text) === null || call.text === '') continue
      call.open = false
      events.push({ type: 'close', block: call.block })
    }
  }

  #stop(): AnswerEvent[] {
    const events: AnswerEvent[] = []
    if (this.#finish !== null && failures.has(this.#finish)) return this.#error(`The provider gave up (${this.#finish}).`, null)
    this.#over = true
    this.#closeText(events)
    for (const call of this.#calls.values()) if (call.open) events.push({ type: 'close', block: call.block })
    events.push({ type: 'stop', reason: reasonOf(this.#finish ?? 'stop', this.#calls.size > 0), sequence: null, usage: this.#usage })
    return events
  }

  #error(message: string | null, kind: string | null): AnswerEvent[] {
    this.#over = true
    return [{ type: 'error', message: message ?? 'The provider reported an error.', kind }]
  }
}
