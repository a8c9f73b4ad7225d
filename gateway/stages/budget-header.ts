// Tells a caller how the budget stands that is nearest to its end, as it was before this call.
import { tightest, usedPercent, type BudgetState } from '../exchange/limits.ts'

export const budgetHeader = 'x-portcullis-budget'

const nothing: Readonly<Record<string, string>> = Object.freeze({})

/** `engineering; used=83; window=day; reset=3600`: whole percent, and seconds until the window ends (none for one that never does). */
export const budgetHeaders = (states: readonly BudgetState[], nowMs: number): Readonly<Record<string, string>> => {
  const state = tightest(states)
  if (state === null) return nothing
  const { budget, resetsAt } = state
  const reset = resetsAt === null ? '' : `; reset=${Math.max(0, Math.ceil((resetsAt - nowMs) / 1000))}`
  return { [budgetHeader]: `${budget.name}; used=${Math.floor(usedPercent(state))}; window=${budget.window}${reset}` }
}
