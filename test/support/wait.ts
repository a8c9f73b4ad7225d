// Waiting for what happens in another process or on another connection. It never stands in for an order that the code should guarantee.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Patience {
  /** Longest time to try, in milliseconds. */
  readonly withinMs?: number
  /** Pause between tries, in milliseconds. */
  readonly everyMs?: number
}

/** Calls `look` until it neither throws nor returns undefined or false; gives its value. @throws the last error, or one that says what was last seen */
export const eventually = async <T>(look: () => T | Promise<T>, { withinMs = 5000, everyMs = 20 }: Patience = {}): Promise<Exclude<T, undefined | false>> => {
  const giveUpAt = Date.now() + withinMs
  for (;;) {
    const late = Date.now() >= giveUpAt
    try {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>
      if (late) throw new Error(`still ${String(seen)} after ${withinMs} ms`)
    } catch (error) {
      if (late) throw error
    }
    await sleep(everyMs)
  }
}
