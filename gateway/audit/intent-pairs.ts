// Intents that wait for their outcome. Holds only those in flight, so a log of any length fits.

export interface Intent { readonly file: string; readonly line: number; readonly seq: number }

export class IntentPairs {
  readonly #open = new Map<string, Intent>()

  /** Other phases than intent and outcome are ignored. */
  take(phase: string, exchange: unknown, at: Intent): void {
    if (typeof exchange !== 'string') return
    if (phase === 'intent') this.#open.set(exchange, at)
    else if (phase === 'outcome') this.#open.delete(exchange)
  }

  /** Removes and returns what has no outcome. */
  drain(): Intent[] {
    const left = [...this.#open.values()]
    this.#open.clear()
    return left
  }
}
