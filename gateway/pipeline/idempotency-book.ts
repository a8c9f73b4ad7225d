// Answers that may be asked for again under their Idempotency-Key. They are held in memory only and bound to who asked: what was restored
// for one principal is never found by another. Bounded in number, bytes and time.
import { hash } from 'node:crypto'
import type { Principal } from '../exchange/principal.ts'

export interface IdempotencyRules { readonly ttlMs: number; readonly maxEntries: number; readonly maxBytes: number }

/** What a caller was answered, as it was said. */
export interface KeptAnswer {
  /** The exchange that was executed. */
  readonly exchange: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: readonly Buffer[]
  /** Under which duties to restore values it was said. */
  readonly restore: string
}

export type Found =
  /** Nobody asked before: this call is executed, and what it answers is noted. */
  | { readonly kind: 'first'; readonly noted: Noted }
  /** The first one is under way. Resolves when it has ended, however: then ask again. */
  | { readonly kind: 'running'; readonly ended: Promise<unknown> }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** It was executed, but its answer was too large to be kept. */
  | { readonly kind: 'lost'; readonly exchange: string }
  /** The key was used for another request. */
  | { readonly kind: 'other' }

export interface Asking { readonly principal: Principal; readonly key: string; readonly digest: string; readonly exchange: string; readonly restore: string }

interface Running { readonly digest: string; readonly exchange: string; readonly ended: Promise<unknown> }
/** Answer null: it was too large. */
interface Over { readonly digest: string; readonly exchange: string; readonly answer: KeptAnswer | null; readonly bytes: number; readonly expiresMs: number }

/** The answer of a first call while it is said. One of `keep` and `drop` ends it; later calls have no effect. */
export interface Noted {
  readonly isOpen: boolean
  begin(status: number, headers: Readonly<Record<string, string>>): void
  push(chunk: Buffer): void
  /** The answer is complete. */
  keep(): void
  /** There is nothing to be had again: whoever waits tries for itself. */
  drop(): void
}

/** One answer may take so much of all. */
const largestShare = 0.25

const nameOf = ({ subject, key }: Principal, given: string): string => hash('sha256', JSON.stringify([subject.tenant, key, given]))

export class IdempotencyBook {
  readonly #running = new Map<string, Running>()
  /** In the order in which they ended. */
  readonly #over = new Map<string, Over>()
  readonly #nowMs: () => number
  #bytes = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(nowMs: () => number = () => performance.now()) { this.#nowMs = nowMs }

  /** Kept answers and the bytes that they take, those under way included. */
  get size(): number { return this.#over.size }
  get bytes(): number { return this.#bytes }

  find(asking: Asking, rules: IdempotencyRules): Found {
    this.#forgetOld()
    const name = nameOf(asking.principal, asking.key)
    const entry = this.#running.get(name) ?? this.#over.get(name)
    if (entry === undefined) return { kind: 'first', noted: this.#begin(name, asking, rules) }
    if (entry.digest !== asking.digest) return { kind: 'other' }
    if ('ended' in entry) return { kind: 'running', ended: entry.ended }
    return entry.answer === null ? { kind: 'lost', exchange: entry.exchange } : { kind: 'answered', answer: entry.answer }
  }

  close(): void {
    clearTimeout(this.#sweep)
    this.#over.clear()
    this.#bytes = 0
  }

  #begin(name: string, { digest, exchange, restore }: Asking, rules: IdempotencyRules): Noted {
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>()
    let head: { status: number; headers: Readonly<Record<string, string>> } | null = null
    let body: Buffer[] = []
    let bytes = 0
    let fits = true
    let isOpen = true
    this.#running.set(name, { digest, exchange, ended })
    const giveUp = (): void => {
      this.#bytes -= bytes
      body = []
      bytes = 0
      fits = false
    }
    const finish = (entry: Over | null): void => {
      isOpen = false
      this.#running.delete(name)
      if (entry !== null) this.#over.set(name, entry)
      this.#makeRoom(rules)
      end(undefined)
    }
    return {
      get isOpen() { return isOpen },
      begin: (status, headers) => { head = { status, headers } },
      push: chunk => {
        if (!fits || !isOpen) return
        bytes += chunk.length
        this.#bytes += chunk.length
        // A copy: the chunk may be a small part of a large buffer of the socket's.
        body.push(Buffer.from(chunk))
        if (this.#bytes > rules.maxBytes) this.#makeRoom(rules)
        if (bytes > rules.maxBytes * largestShare || this.#bytes > rules.maxBytes) giveUp()
      },
      keep: () => {
        if (!isOpen) return
        finish({ digest, exchange, bytes, expiresMs: this.#nowMs() + rules.ttlMs, answer: fits && head !== null ? { exchange, ...head, body, restore } : null })
        this.#schedule()
      },
      drop: () => {
        if (!isOpen) return
        giveUp()
        finish(null)
      },
    }
  }

  #forget(name: string, { bytes }: Over): void {
    this.#over.delete(name)
    this.#bytes -= bytes
  }

  /** Forgets what ended first until the rest fits. What is under way cannot be forgotten. */
  #makeRoom({ maxBytes, maxEntries }: IdempotencyRules): void {
    for (const [name, entry] of this.#over) {
      if (this.#bytes <= maxBytes && this.#over.size <= maxEntries) return
      this.#forget(name, entry)
    }
  }

  #forgetOld(): void {
    const nowMs = this.#nowMs()
    for (const [name, entry] of this.#over) {
      if (entry.expiresMs > nowMs) return
      this.#forget(name, entry)
    }
  }

  /** What nobody asks for again is forgotten in its time as well. */
  #schedule(): void {
    if (this.#sweep !== undefined) return
    const [first] = this.#over.values()
    if (first === undefined) return
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined
      this.#forgetOld()
      this.#schedule()
    }, Math.max(1, first.expiresMs - this.#nowMs())).unref()
  }
}
