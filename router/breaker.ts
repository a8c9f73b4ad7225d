// A circuit breaker: after some failures in a row a candidate rests, then one probe decides. Pure state, the clock is passed in.

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number
  /** First rest in milliseconds; doubles with each failed probe, up to sixteen times this. */
  readonly cooldownMs: number
}

const longest = 16

export class Breaker {
  readonly #options: BreakerOptions
  #inARow = 0
  #rest = 0
  #openUntilMs = 0
  #probing = false

  constructor(options: BreakerOptions) { this.#options = options }

  /** May a call be tried? Asking changes nothing; an attempt that starts while it rests over counts as the probe. */
  allows(nowMs: number): boolean {
    if (this.#openUntilMs === 0) return true
    return nowMs >= this.#openUntilMs && !this.#probing
  }

  /** How long it still rests; 0 where a call may be tried, or where a probe is under way and decides soon. */
  restMs(nowMs: number): number { return Math.max(0, this.#openUntilMs - nowMs) }

  /** A call starts: half open, it is the only one until it ends. */
  started(nowMs: number): void {
    if (this.#openUntilMs !== 0 && nowMs >= this.#openUntilMs) this.#probing = true
  }

  succeeded(): void {
    this.#inARow = 0
    this.#rest = 0
    this.#openUntilMs = 0
    this.#probing = false
  }

  /** The call ended in a way that says nothing about the upstream. */
  abandoned(): void { this.#probing = false }

  /** @param retryAfterMs how long the upstream itself asked to be left alone. */
  failed(nowMs: number, retryAfterMs?: number): void {
    this.#inARow += 1
    const wasProbe = this.#probing
    const wasOpen = this.#openUntilMs !== 0
    this.#probing = false
    if (retryAfterMs !== undefined && retryAfterMs > 0) this.#openUntilMs = Math.max(this.#openUntilMs, nowMs + Math.min(retryAfterMs, this.#options.cooldownMs * longest))
    // Calls that were under way when it opened fail of the same outage: only a failed probe makes the rest longer.
    if (!wasProbe && (wasOpen || this.#inARow < this.#options.failures)) return
    this.#rest = Math.min(this.#rest === 0 ? 1 : this.#rest * 2, longest)
    this.#openUntilMs = Math.max(this.#openUntilMs, nowMs + this.#rest * this.#options.cooldownMs)
  }
}
