// Something that expires and is asked for again: one question at a time, however many wait for it, and early enough that nobody waits at
// all while the old one is still good.

export interface Fresh<T> {
  readonly value: T
  /** Infinity for what never expires. */
  readonly expiresMs: number
}

/** What is left when the next one is asked for in the background. Clocks differ, and requests take time to arrive. */
const renewBeforeMs = 5 * 60_000
/** With so little left it is not used any more. */
const unusableBeforeMs = 10_000
/** A source that failed is not asked by every request that comes in the meantime. */
const quietAfterFailureMs = 1000
/** A source whose answers are refused is not asked for each of them. */
const quietAfterRefusalMs = 60_000

export class Perishable<T> {
  readonly #ask: () => Promise<Fresh<T>>
  readonly #clock: () => number
  #known: Fresh<T> | null = null
  #gotMs = 0
  #asking: Promise<T> | null = null
  #failed: { readonly atMs: number; readonly thrown: Error } | null = null

  constructor(ask: () => Promise<Fresh<T>>, clock: () => number = Date.now) {
    this.#ask = ask
    this.#clock = clock
  }

  /** It was refused by whom it was for: the next is asked for by whoever comes, unless this one is new, which asking again would not better. */
  refused(): void {
    if (this.#known !== null && this.#clock() - this.#gotMs > quietAfterRefusalMs) this.#known = null
  }

  /** The value where it is known, so that callers need not wait. @throws (or rejects with) what `ask` failed with */
  get(): T | Promise<T> {
    const now = this.#clock()
    const leftMs = this.#known === null ? 0 : this.#known.expiresMs - now
    if (this.#known !== null && leftMs > renewBeforeMs) return this.#known.value
    if (this.#known === null || leftMs <= unusableBeforeMs) return this.#next(now)
    // Still good: whoever comes first asks for the next, and failing is no harm yet.
    const { value } = this.#known
    this.#next(now).catch(() => undefined)
    return value
  }

  #next(now: number): Promise<T> {
    if (this.#asking !== null) return this.#asking
    if (this.#failed !== null && now - this.#failed.atMs < quietAfterFailureMs) return Promise.reject(this.#failed.thrown)
    this.#asking = this.#ask().then(fresh => {
      this.#known = fresh
      this.#gotMs = this.#clock()
      this.#failed = null
      return fresh.value
    }, (thrown: unknown) => {
      const error = thrown instanceof Error ? thrown : new Error('no credential', { cause: thrown })
      this.#failed = { atMs: this.#clock(), thrown: error }
      throw error
    }).finally(() => { this.#asking = null })
    return this.#asking
  }
}
