// Running estimates of quantiles: each moves a little towards each new value, so that they need no memory of the past.

/** One quantile, by stochastic approximation: the step up and the step down balance where the wanted share of values lies below. */
class Quantile {
  readonly #share: number
  #value: number | null = null
  #count = 0

  constructor(share: number) { this.#share = share }

  get value(): number | null { return this.#value }
  get count(): number { return this.#count }

  add(value: number): void {
    this.#count += 1
    if (this.#value === null) {
      this.#value = value
      return
    }
    const unit = Math.max(this.#value * 0.1, 0.2)
    const step = value > this.#value ? Math.min(unit * this.#share, value - this.#value) : -Math.min(unit * (1 - this.#share), this.#value - value)
    this.#value += step
  }
}

/** Fewer values say nothing about the slowest twentieth. */
const enoughForTail = 20

/** Time to the head of an answer, of one candidate. */
export class LatencyEstimate {
  readonly #p50 = new Quantile(0.5)
  readonly #p95 = new Quantile(0.95)

  get p50Ms(): number | null { return this.#p50.value }
  /** Never below the median; null until enough was seen. */
  get p95Ms(): number | null { return this.#p95.value === null || this.#p95.count < enoughForTail ? null : Math.max(this.#p95.value, this.#p50.value ?? 0) }

  add(durationMs: number): void {
    this.#p50.add(durationMs)
    this.#p95.add(durationMs)
  }
}
