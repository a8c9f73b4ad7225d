// Message threads (beta message-threads-2026-08-12): the provider holds a conversation under the id of its last answer, and the next request
// brings only what is new. The official SDKs' tool runners work like that without being asked.
import { anthropic } from './anthropic.ts'
import { refuse, type Asked } from './asked.ts'
import type { Answer } from './dialect.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : []

export class MessageThreads {
  readonly #held = new Map<string, Json>()

  /** The request as a whole, whatever part of it the caller sent. @throws Refusal 404 for a thread that is not held, as the API does at any time */
  whole(body: unknown): unknown {
    if (!isObject(body) || !isObject(body['thread'])) return body
    const { thread, ...rest } = body
    if (!isObject(thread) || thread['type'] !== 'continue') return rest
    const held = this.#held.get(String(thread['previous_message_id']))
    if (held === undefined) return refuse('The thread was not found.', { status: 404, details: { error_code: 'thread_not_found' } })
    return { ...held, ...rest, messages: [...listOf(held['messages']), ...listOf(rest['messages'])] }
  }

  /** @param sent the body as it came, @param whole what `whole` made of it */
  keep(sent: unknown, whole: unknown, answer: Answer, asked: Asked): void {
    if (!isObject(sent) || !isObject(sent['thread']) || !isObject(whole)) return
    const { content } = JSON.parse(anthropic.whole(answer, asked)) as { content: unknown }
    this.#held.set(answer.id, { system: whole['system'], tools: whole['tools'], messages: [...listOf(whole['messages']), { role: 'assistant', content }] })
  }
}
