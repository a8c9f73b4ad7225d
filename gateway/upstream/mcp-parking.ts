// Calls to servers of the session era that wait for a caller of the stateless one: the server's question is live, the caller comes back
// with the answer in another request, or never.
import { randomUUID } from 'node:crypto'
import { Failure } from '../exchange/failure.ts'
import type { CallerSide, McpCall, McpConnection, McpReply, QuestionAnswer, ServerQuestion } from '../exchange/mcp.ts'

export type CallEvent = { readonly kind: 'reply'; readonly reply: McpReply } | { readonly kind: 'questions'; readonly questions: readonly ServerQuestion[] }

interface Open { readonly question: ServerQuestion; readonly settle: (answer: QuestionAnswer) => void; readonly refuse: (failure: Failure) => void }

/** Servers ask several things in one breath: questions within this time after another are one round. */
const gatherMs = 20

/** One call and the questions that are open in it. */
export class ParkableCall implements CallerSide {
  readonly capabilities: string
  readonly logLevel = null
  readonly server: string
  /** Where notifications go: nowhere between two rounds. */
  onNotification: McpCall['onNotification'] = null
  readonly #open = new Map<string, Open>()
  readonly #stop = new AbortController()
  #outcome: Promise<CallEvent> | null = null
  #gathering: NodeJS.Timeout | null = null
  #asked: (() => void) | null = null

  constructor(server: string, capabilities: string) {
    this.server = server
    this.capabilities = capabilities
  }

  start(connection: McpConnection, call: Pick<McpCall, 'method' | 'params' | 'timeoutMs' | 'limitMs'>): void {
    this.#outcome = connection.request({
      ...call, signal: this.#stop.signal, caller: this, onNotification: (method, params) => { this.onNotification?.(method, params) },
    }).then(reply => ({ kind: 'reply', reply }))
    // Nobody may be waiting when it fails; who waits next is told.
    this.#outcome.catch(() => undefined)
  }

  /** The reply, or the questions that are open. @throws Failure upstream.* | client.gone */
  next(): Promise<CallEvent> {
    const questions = new Promise<CallEvent>(resolve => {
      this.#asked = () => { resolve({ kind: 'questions', questions: [...this.#open.values()].map(({ question }) => question) }) }
      if (this.#open.size > 0 && this.#gathering === null) this.#asked()
    })
    return Promise.race([this.#outcome ?? questions, questions]).finally(() => { this.#asked = null })
  }

  ask(question: ServerQuestion, signal: AbortSignal): Promise<QuestionAnswer> {
    return new Promise((settle, refuse) => {
      this.#open.set(question.key, { question, settle, refuse })
      signal.addEventListener('abort', () => { this.#open.delete(question.key) }, { once: true })
      if (this.#gathering !== null) clearTimeout(this.#gathering)
      this.#gathering = setTimeout(() => {
        this.#gathering = null
        if (this.#open.size > 0) this.#asked?.()
      }, gatherMs)
    })
  }

  /** Gives the server an answer. Keys that it did not ask are ignored. */
  answer(key: string, answer: QuestionAnswer): void {
    this.#open.get(key)?.settle(answer)
    this.#open.delete(key)
  }

  isOpen(key: string): boolean { return this.#open.has(key) }

  cancel(): void {
    this.#stop.abort()
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    for (const { refuse } of this.#open.values()) refuse(new Failure('client.gone', 'The caller did not come back.'))
    this.#open.clear()
  }
}

interface Parked { readonly call: ParkableCall; readonly owner: string; readonly timer: NodeJS.Timeout }

const defaultTtlMs = 300_000
const mostPerOwner = 64

/** The calls that wait. A parked call is taken once. */
export class Parking {
  readonly #parked = new Map<string, Parked>()
  readonly #perOwner = new Map<string, number>()
  readonly #ttlMs: number

  /** @param ttlMs time after which a caller is not expected back */
  constructor(ttlMs = defaultTtlMs) { this.#ttlMs = ttlMs }

  get ttlMs(): number { return this.#ttlMs }
  get size(): number { return this.#parked.size }

  /** @returns the id under which it waits @throws Failure gateway.overloaded */
  park(call: ParkableCall, owner: string): string {
    const count = this.#perOwner.get(owner) ?? 0
    if (count >= mostPerOwner) {
      call.cancel()
      throw new Failure('gateway.overloaded', `${mostPerOwner} calls wait for an answer of this caller already.`, { retryAfterMs: 1000 })
    }
    const id = randomUUID()
    this.#perOwner.set(owner, count + 1)
    const timer = setTimeout(() => { this.take(id, owner)?.cancel() }, this.#ttlMs)
    timer.unref()
    this.#parked.set(id, { call, owner, timer })
    return id
  }

  take(id: string, owner: string): ParkableCall | null {
    const parked = this.#parked.get(id)
    if (parked === undefined || parked.owner !== owner) return null
    this.#parked.delete(id)
    clearTimeout(parked.timer)
    const left = (this.#perOwner.get(owner) ?? 1) - 1
    if (left === 0) this.#perOwner.delete(owner)
    else this.#perOwner.set(owner, left)
    return parked.call
  }

  close(): void { for (const [id, { owner }] of this.#parked) this.take(id, owner)?.cancel() }
}
