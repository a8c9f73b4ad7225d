// A running estimate of the median: moves a little towards each new value, so it needs no memory of the past.

export class LatencyEstimate {
  #p50Ms: number | null = null

  get p50Ms(): number | null { return this.#p50Ms }

  add(durationMs: number): void {
    if (this.#p50Ms === null) {
      this.#p50Ms = durationMs
      return
    }
    // Stochastic median: up and down by the same relative step, so half of the values end up on each side.
    const step = Math.max(this.#p50Ms * 0.05, 0.1)
    this.#p50Ms = durationMs > this.#p50Ms ? this.#p50Ms + Math.min(step, durationMs - this.#p50Ms) : this.#p50Ms - Math.min(step, this.#p50Ms - durationMs)
  }
}
