// Budget windows in UTC.
import type { BudgetRule } from '../exchange/session.ts'

export interface BudgetWindow {
  /** Name of the window that a moment falls into: equal names share one sum. */
  readonly name: string
  /** Milliseconds since the epoch at which it ends, or null for one that never does. */
  readonly endsAt: number | null
}

export const windowAt = (rule: BudgetRule, nowMs: number): BudgetWindow => {
  const now = new Date(nowMs)
  if (rule.window === 'day') return { name: now.toISOString().slice(0, 10), endsAt: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) }
  if (rule.window === 'month') return { name: now.toISOString().slice(0, 7), endsAt: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) }
  return { name: 'total', endsAt: null }
}
