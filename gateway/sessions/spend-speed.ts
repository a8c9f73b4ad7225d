// How fast a session spends, and how fast it usually does. A median of earlier minutes: one dear minute does not make dear minutes usual.

const minuteMs = 60_000
/** Minutes with spending that are looked back on, and how many of them make a past. */
const kept = 30
const enough = 5

export class SpendSpeed {
  #minute = -1
  #current = 0
  #previous = 0
  readonly #past: number[] = []
  #usual: number | null = null

  add(usd: number, nowMs: number): void {
    this.#roll(nowMs)
    this.#current += usd
  }

  /** USD in the last sixty seconds; of the minute before, what falls into them if it was spent evenly. */
  perMinute(nowMs: number): number {
    this.#roll(nowMs)
    return this.#current + this.#previous * (1 - (nowMs % minuteMs) / minuteMs)
  }

  /** Median of the earlier minutes in which something was spent; null until there are enough of them. */
  usual(nowMs: number): number | null {
    this.#roll(nowMs)
    return this.#usual
  }

  #roll(nowMs: number): void {
    const minute = Math.floor(nowMs / minuteMs)
    if (minute === this.#minute) return
    this.#previous = minute === this.#minute + 1 ? this.#current : 0
    if (this.#current > 0) {
      if (this.#past.length === kept) this.#past.shift()
      this.#past.push(this.#current)
      if (this.#past.length >= enough) this.#usual = this.#past.toSorted((a, b) => a - b)[this.#past.length >> 1] ?? null
    }
    this.#minute = minute
    this.#current = 0
  }
}
