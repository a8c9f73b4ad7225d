// Answers that may be asked for again under their Idempotency-Key. They are held in memory only and bound to who asked: what was restored
// for one principal is never found by another. Bounded in number, bytes and time; where there is too much, whoever holds most gives up its
// oldest first: an answer that is pushed out would be executed again.
import { hash } from 'node:crypto'
import { FairMap } from '../exchange/fair-map.ts'
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
interface Over { readonly digest: string; readonly exchange: string; readonly answer: KeptAnswer | null; readonly owner: string; readonly bytes: number; readonly expiresMs: number }

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

const ownerOf = ({ key, subject }: Principal): string => `${subject.tenant}/${key}`

const nameOf = ({ subject, key }: Principal, given: string): string => hash('sha256', JSON.stringify([subject.tenant, key, given]))

export class IdempotencyBook {
  readonly #running = new Map<string, Running>()
  /** In the order in which they ended. */
  readonly #over = new FairMap<Over>(Infinity)
  /** Bytes by who holds them, those under way included. */
  readonly #held = new Map<string, number>()
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
    this.#held.clear()
    this.#bytes = 0
  }

  #begin(name: string, { digest, exchange, principal, restore }: Asking, rules: IdempotencyRules): Noted {
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>()
    const owner = ownerOf(principal)
    let head: { status: number; headers: Readonly<Record<string, string>> } | null = null
    let body: Buffer[] = []
    let bytes = 0
    let fits = true
    let isOpen = true
    this.#running.set(name, { digest, exchange, ended })
    const giveUp = (): void => {
      this.#take(owner, -bytes)
      body = []
      bytes = 0
      fits = false
    }
    const finish = (entry: Over | null): void => {
      isOpen = false
      this.#running.delete(name)
      if (entry !== null) this.#over.put(owner, name, entry)
      this.#makeRoom(rules, owner)
      end(undefined)
    }
    return {
      get isOpen() { return isOpen },
      begin: (status, headers) => { head = { status, headers } },
      push: chunk => {
        if (!fits || !isOpen) return
        bytes += chunk.length
        this.#take(owner, chunk.length)
        // A copy: the chunk may be a small part of a large buffer of the socket's.
        body.push(Buffer.from(chunk))
        if (this.#bytes > rules.maxBytes) this.#makeRoom(rules, owner)
        if (bytes > rules.maxBytes * largestShare || this.#bytes > rules.maxBytes) giveUp()
      },
      keep: () => {
        if (!isOpen) return
        finish({ digest, exchange, owner, bytes, expiresMs: this.#nowMs() + rules.ttlMs, answer: fits && head !== null ? { exchange, ...head, body, restore } : null })
        this.#schedule()
      },
      drop: () => {
        if (!isOpen) return
        giveUp()
        finish(null)
      },
    }
  }

  #take(owner: string, bytes: number): void {
    this.#bytes += bytes
    const held = (this.#held.get(owner) ?? 0) + bytes
    if (held > 0) this.#held.set(owner, held)
    else this.#held.delete(owner)
  }

  #forget(name: string, { bytes, owner }: Over): void {
    this.#over.delete(name)
    this.#take(owner, -bytes)
  }

  /** Forgets until the rest fits. What is under way cannot be forgotten; whoever holds most of that gives up itself. */
  #makeRoom({ maxBytes, maxEntries }: IdempotencyRules, adding: string): void {
    while (this.#over.size > maxEntries) {
      const [first] = this.#over.ofHeaviest()
      if (first !== undefined) this.#forget(...first)
    }
    while (this.#bytes > maxBytes) {
      const found = this.#oldestOfHeaviest(adding)
      if (found === null) return
      this.#forget(...found)
    }
  }

  /** Of those who have something to give up, or add something now; null where that one has nothing. */
  #oldestOfHeaviest(adding: string): readonly [name: string, entry: Over] | null {
    let heaviest = -1
    let found: readonly [name: string, entry: Over] | null = null
    for (const [owner, bytes] of this.#held) {
      if (bytes <= heaviest) continue
      const oldest = this.#oldestOf(owner)
      if (oldest === null && owner !== adding) continue
      heaviest = bytes
      found = oldest
    }
    return found
  }

  #oldestOf(owner: string): readonly [name: string, entry: Over] | null {
    for (const kept of this.#over.of(owner)) if (kept[1].bytes > 0) return kept
    return null
  }

  #forgetOld(): void {
    const nowMs = this.#nowMs()
    for (const [name, entry] of this.#over.entries()) {
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
