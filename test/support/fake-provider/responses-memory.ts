// Responses that the fake provider keeps, so that a later request can go on from one of them, as the real API does.
import type { Answer } from './dialect.ts'
import { refuse } from './asked.ts'
import { itemsOf } from './responses.ts'
import { readResponse, type AskedResponse, type Item } from './responses-request.ts'

export class ResponsesMemory {
  readonly #kept = new Map<string, readonly Item[]>()
  readonly #items = new Set<string>()

  /** @throws Refusal */
  read(body: unknown): AskedResponse {
    const previous = typeof body === 'object' && body !== null && 'previous_response_id' in body ? body.previous_response_id : null
    const before = typeof previous === 'string' ? this.#kept.get(previous) : []
    if (before === undefined) return refuse(`Previous response with id '${String(previous)}' not found.`, { param: 'previous_response_id', code: 'previous_response_not_found' })
    return readResponse(body, before, this.#items)
  }

  keep(answer: Answer, asked: AskedResponse): void {
    if (!asked.store) return
    const items = itemsOf(answer, asked)
    for (const { id } of items) this.#items.add(String(id))
    this.#kept.set(answer.id, [...asked.items, ...items as unknown as readonly Item[]])
  }
}
