// Running estimates of the median and of the 95th percentile: each moves a little towards each new value, so they need no memory of the past.

/** Fewer values say nothing about the slowest twentieth. */
const enoughForTail = 20

export class LatencyEstimate {
  #p50Ms: number | null = null
  #p95Ms = 0
  #count = 0

  get p50Ms(): number | null { return this.#p50Ms }

  /** Null until enough was seen. */
  get p95Ms(): number | null { return this.#count < enoughForTail ? null : this.#p95Ms }

  add(durationMs: number): void {
    this.#count += 1
    this.#p95Ms = this.#count === 1 ? durationMs : this.#tail(durationMs)
    if (this.#p50Ms === null) {
      this.#p50Ms = durationMs
      return
    }
    // Stochastic median: up and down by the same relative step, so half of the values end up on each side.
    const step = Math.max(this.#p50Ms * 0.05, 0.1)
    this.#p50Ms = durationMs > this.#p50Ms ? this.#p50Ms + Math.min(step, durationMs - this.#p50Ms) : this.#p50Ms - Math.min(step, this.#p50Ms - durationMs)
  }

  /** Stochastic quantile: nineteen steps down are as long as one up, so a twentieth of the values ends up above. */
  #tail(durationMs: number): number {
    const step = Math.max(this.#p95Ms * 0.1, 0.1)
    return durationMs > this.#p95Ms
      ? this.#p95Ms + Math.min(step * 0.95, durationMs - this.#p95Ms)
      : this.#p95Ms - Math.min(step * 0.05, this.#p95Ms - durationMs)
  }
}
