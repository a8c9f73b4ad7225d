// Leaves a detector that fails alone for a while. Afterwards one call may try it; the others wait for what becomes of that.

const longestFactor = 16

export class Breaker {
  readonly #failures: number
  readonly #cooldownMs: number
  readonly #nowMs: () => number
  #inRow = 0
  #openings = 0
  #restUntilMs = 0
  #isTrying = false

  constructor(failures: number, cooldownMs: number, nowMs: () => number = () => performance.now()) {
    this.#failures = failures
    this.#cooldownMs = cooldownMs
    this.#nowMs = nowMs
  }

  get isOpen(): boolean { return this.#openings > 0 }

  /** May it be asked now? Whoever is told so says afterwards what became of it. */
  allows(): boolean {
    if (!this.isOpen) return true
    if (this.#isTrying || this.#nowMs() < this.#restUntilMs) return false
    this.#isTrying = true
    return true
  }

  succeeded(): void {
    this.#inRow = 0
    this.#openings = 0
    this.#isTrying = false
  }

  /** @returns true where it rests from now on, and did not before */
  failed(): boolean {
    this.#inRow += 1
    const wasTrying = this.#isTrying
    this.#isTrying = false
    // Calls that were under way when it opened say nothing new.
    if (this.isOpen ? !wasTrying : this.#inRow < this.#failures) return false
    const isNew = !this.isOpen
    this.#restUntilMs = this.#nowMs() + this.#cooldownMs * Math.min(longestFactor, 2 ** this.#openings)
    this.#openings += 1
    return isNew
  }
}
