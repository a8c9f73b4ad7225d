// Budget windows in UTC.
import type { BudgetWindow } from '../exchange/limits.ts'

export interface WindowAt {
  /** Name of the window that a moment falls into: equal names share one sum. */
  readonly name: string
  /** Milliseconds since the epoch at which it ends, or null for one that never does. */
  readonly endsAt: number | null
}

const hourMs = 3_600_000

/** The redis store computes the same by the server's clock (redis/scripts.ts). */
export const windowAt = (window: BudgetWindow, nowMs: number): WindowAt => {
  const now = new Date(nowMs)
  switch (window) {
    case 'hour': return { name: now.toISOString().slice(0, 13), endsAt: (Math.floor(nowMs / hourMs) + 1) * hourMs }
    case 'day': return { name: now.toISOString().slice(0, 10), endsAt: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) }
    case 'month': return { name: now.toISOString().slice(0, 7), endsAt: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) }
    case 'total': return { name: 'total', endsAt: null }
  }
}
