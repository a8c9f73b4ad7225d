// Breakers and latency of every candidate, and a breaker of every provider for what hits all of its models alike. Kept for as long as the
// process runs: a reload does not forget that an upstream is down.
import { Breaker, type BreakerOptions } from '../../router/breaker.ts'
import { LatencyEstimate } from '../../router/latency.ts'
import type { Health } from '../../router/route.ts'

interface Entry { readonly breaker: Breaker; readonly latency: LatencyEstimate }

// Passed-through model names are chosen by callers, so the book is bounded; a forgotten entry starts healthy.
const maxEntries = 5000

/** Candidates are `provider/model`. */
const providerOf = (candidateId: string): string => candidateId.slice(0, Math.max(0, candidateId.indexOf('/')))

export class HealthBook {
  readonly #options: BreakerOptions
  readonly #nowMs: () => number
  readonly #entries = new Map<string, Entry>()
  /** Names of the configuration only: callers cannot make more. */
  readonly #providers = new Map<string, Breaker>()

  constructor(options: BreakerOptions, nowMs: () => number = () => performance.now()) {
    this.#options = options
    this.#nowMs = nowMs
  }

  of = (candidateId: string): Health & { readonly p95Ms: number | null } => {
    const nowMs = this.#nowMs()
    const entry = this.#entries.get(candidateId)
    const reachable = this.#providers.get(providerOf(candidateId))?.allows(nowMs) ?? true
    return entry === undefined
      ? { healthy: reachable, p50Ms: null, p95Ms: null }
      : { healthy: reachable && entry.breaker.allows(nowMs), p50Ms: entry.latency.p50Ms, p95Ms: entry.latency.p95Ms }
  }

  /** Milliseconds until a resting candidate is asked again; 0 where it does not rest. */
  restMs = (candidateId: string): number => {
    const nowMs = this.#nowMs()
    return Math.max(this.#entries.get(candidateId)?.breaker.restMs(nowMs) ?? 0, this.#providers.get(providerOf(candidateId))?.restMs(nowMs) ?? 0)
  }

  started(candidateId: string): void {
    const nowMs = this.#nowMs()
    this.#entry(candidateId).breaker.started(nowMs)
    this.#provider(candidateId).started(nowMs)
  }

  /** @param durationMs time until the answer began */
  succeeded(candidateId: string, durationMs: number): void {
    const entry = this.#entry(candidateId)
    entry.breaker.succeeded()
    entry.latency.add(durationMs)
    this.#provider(candidateId).succeeded()
  }

  /** It answered with an error: what is wrong is the model's, and the provider can be reached. */
  failed(candidateId: string, retryAfterMs: number | undefined): void {
    this.#entry(candidateId).breaker.failed(this.#nowMs(), retryAfterMs)
    this.#provider(candidateId).succeeded()
  }

  /** No connection, for none of its models. */
  unreachable(candidateId: string): void {
    const nowMs = this.#nowMs()
    this.#entry(candidateId).breaker.failed(nowMs)
    this.#provider(candidateId).failed(nowMs)
  }

  /** Its answer did not begin in time: that may be this model's doing alone. */
  timedOut(candidateId: string): void {
    this.#entry(candidateId).breaker.failed(this.#nowMs())
    this.#provider(candidateId).abandoned()
  }

  abandoned(candidateId: string): void {
    this.#entry(candidateId).breaker.abandoned()
    this.#provider(candidateId).abandoned()
  }

  /** Candidates that rest at the moment, and providers as `provider/*`. */
  resting(): string[] {
    const nowMs = this.#nowMs()
    return [
      ...[...this.#entries].filter(([, { breaker }]) => !breaker.allows(nowMs)).map(([id]) => id),
      ...[...this.#providers].filter(([, breaker]) => !breaker.allows(nowMs)).map(([id]) => `${id}/*`),
    ]
  }

  #entry(candidateId: string): Entry {
    let entry = this.#entries.get(candidateId)
    if (entry === undefined) {
      if (this.#entries.size >= maxEntries) this.#entries.clear()
      this.#entries.set(candidateId, entry = { breaker: new Breaker(this.#options), latency: new LatencyEstimate() })
    }
    return entry
  }

  #provider(candidateId: string): Breaker {
    const id = providerOf(candidateId)
    let breaker = this.#providers.get(id)
    if (breaker === undefined) this.#providers.set(id, breaker = new Breaker(this.#options))
    return breaker
  }
}
