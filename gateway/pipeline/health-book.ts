// Breakers and latency of every candidate, kept for as long as the process runs: a reload does not forget that an upstream is down.
import { Breaker, type BreakerOptions } from '../../router/breaker.ts'
import { LatencyEstimate } from '../../router/latency.ts'
import type { Health } from '../../router/route.ts'

interface Entry { readonly breaker: Breaker; readonly latency: LatencyEstimate }

// Passed-through model names are chosen by callers, so the book is bounded; a forgotten entry starts healthy.
const maxEntries = 5000

export class HealthBook {
  readonly #options: BreakerOptions
  readonly #nowMs: () => number
  readonly #entries = new Map<string, Entry>()

  constructor(options: BreakerOptions, nowMs: () => number = () => performance.now()) {
    this.#options = options
    this.#nowMs = nowMs
  }

  of = (candidateId: string): Health => {
    const entry = this.#entries.get(candidateId)
    return entry === undefined ? { healthy: true, p50Ms: null, p95Ms: null }
      : { healthy: entry.breaker.allows(this.#nowMs()), p50Ms: entry.latency.p50Ms, p95Ms: entry.latency.p95Ms }
  }

  started(candidateId: string): void { this.#entry(candidateId).breaker.started(this.#nowMs()) }

  succeeded(candidateId: string, durationMs: number): void {
    const entry = this.#entry(candidateId)
    entry.breaker.succeeded()
    entry.latency.add(durationMs)
  }

  failed(candidateId: string, retryAfterMs: number | undefined): void { this.#entry(candidateId).breaker.failed(this.#nowMs(), retryAfterMs) }

  abandoned(candidateId: string): void { this.#entry(candidateId).breaker.abandoned() }

  /** Candidates that rest at the moment. */
  resting(): string[] { return [...this.#entries].filter(([, entry]) => !entry.breaker.allows(this.#nowMs())).map(([id]) => id) }

  #entry(candidateId: string): Entry {
    let entry = this.#entries.get(candidateId)
    if (entry === undefined) {
      if (this.#entries.size >= maxEntries) this.#entries.clear()
      this.#entries.set(candidateId, entry = { breaker: new Breaker(this.#options), latency: new LatencyEstimate() })
    }
    return entry
  }
}
