// What routing remembers of conversations: who answered last, what the provider's cache should hold, what switches have cost, and how well
// the last answers went. In memory only, bounded, and without a word of what was said.
import { FairMap } from '../exchange/fair-map.ts'
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

/** Callers choose what stands behind their tenant and key. */
const ownerIn = (conversation: string): string => {
  const at = conversation.indexOf('/', conversation.indexOf('/') + 1)
  return at < 0 ? conversation : conversation.slice(0, at)
}

const maxConversations = 20_000

/** Whoever has most conversations loses the one that it used least recently; a forgotten one starts anew. */
export class RouteBook {
  readonly #pasts: FairMap<ConversationPast>

  constructor(most: number = maxConversations) { this.#pasts = new FairMap(most) }

  get size(): number { return this.#pasts.size }

  of(conversation: string): ConversationPast | null { return this.#pasts.get(conversation) ?? null }

  /** @param conversation its session, `<tenant>/<key>/…`, and what tells it apart there */
  note(conversation: string, past: ConversationPast): void { this.#pasts.put(ownerIn(conversation), conversation, past) }
}
