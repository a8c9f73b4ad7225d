// Logins that are on their way through a browser, by their state: one use, a short life, a bounded number. Kept in memory only, so a restart
// ends them.
import { randomBytes } from 'node:crypto'
import type { Awaited } from './login-steps.ts'

export const awaitedMs = 10 * 60_000
const mostAwaited = 100

export class AwaitedLogins {
  readonly #nowMs: () => number
  readonly #byState = new Map<string, { readonly awaited: Awaited; readonly untilMs: number }>()

  constructor(nowMs: () => number) { this.#nowMs = nowMs }

  newState(): string { return randomBytes(32).toString('base64url') }

  add(state: string, awaited: Awaited): number {
    const now = this.#nowMs()
    for (const [known, { awaited: { server }, untilMs }] of this.#byState) {
      // A newer login at the same server replaces the older one: its address is not to be used any more.
      if (untilMs <= now || server === awaited.server || this.#byState.size >= mostAwaited) this.#byState.delete(known)
    }
    const untilMs = now + awaitedMs
    this.#byState.set(state, { awaited, untilMs })
    return untilMs
  }

  has(server: string): boolean {
    const now = this.#nowMs()
    return [...this.#byState.values()].some(({ awaited, untilMs }) => awaited.server === server && untilMs > now)
  }

  /** Gives it out once; null for a state that is unknown, used or too old. */
  take(state: string): Awaited | null {
    const found = this.#byState.get(state)
    this.#byState.delete(state)
    return found === undefined || found.untilMs <= this.#nowMs() ? null : found.awaited
  }
}
