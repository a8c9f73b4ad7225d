// What may be spent and how fast: the limits that hold for one exchange, and how they stand. Plain types and arithmetic; stores keep the sums.

export const budgetWindows = ['hour', 'day', 'month', 'total'] as const
export type BudgetWindow = (typeof budgetWindows)[number]

/** One budget of one account. Equal accounts share one sum per window, whatever process or session spends from it. */
export interface Budget {
  /** Of the rule: "engineering", or "key" for the budget of a key. */
  readonly name: string
  /** Whose it is: "key:alice", "tenant:acme", "session:…", or "shared". */
  readonly scope: string
  /** What its sum is kept under. */
  readonly account: string
  readonly limitUsd: number | null
  readonly limitTokens: number | null
  readonly window: BudgetWindow
  /** Percent, ascending. */
  readonly warnAt: readonly number[]
  /** True where it is about certain models only: another candidate may still be within it. */
  readonly ofModel: boolean
  /** Milliseconds after its last use that a sum is forgotten; null: with its window. */
  readonly idleMs: number | null
}

/** Calls and tokens a minute of one account, in bursts of up to one minute's worth. */
export interface Rate {
  readonly name: string
  readonly scope: string
  readonly account: string
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  /** Counted per attempt at such a model; the others are counted once per exchange. */
  readonly ofModel: boolean
}

/** What is left of a rate after a call was let in; tokens are negative while a debt is paid off. */
export interface RateState { readonly rate: Rate; readonly requestsLeft: number; readonly tokensLeft: number }

/** All that holds for one exchange. One object for equal callers: stores remember what they derive from it. */
export interface Limits { readonly budgets: readonly Budget[]; readonly rates: readonly Rate[] }

export const noLimits: Limits = Object.freeze({ budgets: Object.freeze([]), rates: Object.freeze([]) })

export interface Amount { readonly usd: number; readonly tokens: number }

/** What a call is held to before it is made. */
export interface Hold extends Amount {
  /** Tokens that rates are charged until the true number is known. */
  readonly estimatedTokens: number
}

export interface BudgetState {
  readonly budget: Budget
  readonly spent: Amount
  readonly reserved: Amount
  /** Milliseconds since the epoch at which the window ends, or null. */
  readonly resetsAt: number | null
}

const percentOf = (spent: number, limit: number | null): number => {
  if (limit === null) return 0
  // Rounded where sums of floating point numbers miss: 80 percent is 80, not a billionth less.
  return limit === 0 ? 100 : Math.round((spent / limit) * 1e11) / 1e9
}

/** Percent of a budget that is spent, of USD or tokens whichever is further; above 100 where calls cost more than their bound. */
export const usedPercent = ({ budget, spent }: Pick<BudgetState, 'budget' | 'spent'>): number =>
  Math.max(percentOf(spent.usd, budget.limitUsd), percentOf(spent.tokens, budget.limitTokens))

/** The budget that is nearest to its end. Those of certain models count only where there are no others. */
export const tightest = (states: readonly BudgetState[]): BudgetState | null => {
  let found: BudgetState | null = null
  for (const state of states) {
    const isNearer = found === null || (found.budget.ofModel === state.budget.ofModel ? usedPercent(state) > usedPercent(found) : found.budget.ofModel)
    if (isNearer) found = state
  }
  return found
}

/** A step of a budget that was reached: told once per budget, window and step. */
export interface BudgetWarning { readonly budget: Budget; readonly step: number; readonly resetsAt: number | null }

/** Who wants to know how budgets stand. */
export interface BudgetWatch {
  used(state: BudgetState): void
  warned(warning: BudgetWarning): void
}
