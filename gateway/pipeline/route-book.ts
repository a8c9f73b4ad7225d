// What routing remembers of conversations: who answered last, what the provider's cache should hold, what switches have cost, and how well
// the last answers went. In memory only, bounded, and without a word of what was said.
import type { LastAnswer } from '../../router/escalation.ts'

export interface ConversationPast {
  /** Candidate of the last answer. */
  readonly last: string
  /** Tokens of the prompt that its provider's cache should hold. */
  readonly cachedTokens: number
  readonly atMs: number
  readonly stayUsd: number
  readonly switchUsd: number
  readonly escalation: number
  readonly lastAnswer: LastAnswer
  /** Mark of the last question, and the number of messages that it came with. */
  readonly mark: number
  readonly length: number
}

const looked = 256

/** A number by which a text is known again; long texts are told apart by their ends and their length. */
export const textMark = (text: string): number => {
  let mark = text.length ^ 0x811c9dc5
  const head = Math.min(text.length, looked)
  for (let at = 0; at < head; at += 1) mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193)
  for (let at = Math.max(head, text.length - looked); at < text.length; at += 1) mark = Math.imul(mark ^ text.charCodeAt(at), 0x01000193)
  return mark >>> 0
}

const maxConversations = 20_000

/** Least recently used conversations are forgotten first; a forgotten one starts anew. */
export class RouteBook {
  readonly #pasts = new Map<string, ConversationPast>()
  readonly #most: number

  constructor(most: number = maxConversations) { this.#most = most }

  get size(): number { return this.#pasts.size }

  of(conversation: string): ConversationPast | null { return this.#pasts.get(conversation) ?? null }

  note(conversation: string, past: ConversationPast): void {
    this.#pasts.delete(conversation)
    if (this.#pasts.size >= this.#most) {
      const [oldest] = this.#pasts.keys()
      if (oldest !== undefined) this.#pasts.delete(oldest)
    }
    this.#pasts.set(conversation, past)
  }
}
