// Sums of budgets in this process: what is spent is in the file soon, what is held dies with the process. Whoever holds has checked every
// budget first: all or none.
import type { Amount, Budget, BudgetState, BudgetWatch } from '../exchange/limits.ts'
import { usedPercent } from '../exchange/limits.ts'
import { windowAt } from './budget-window.ts'
import { budgetExhausted } from './limit-failures.ts'
import type { SessionFile } from './session-file.ts'

export interface SumsOptions {
  readonly file: SessionFile
  readonly now: () => number
  /** Something waits to be written. */
  readonly changed: () => void
  readonly watch: BudgetWatch | undefined
}

interface Sum {
  readonly account: string
  /** Of the window. */
  readonly name: string
  readonly resetsAt: number | null
  /** From then on nobody asks for it. */
  endsAt: number | null
  usd: number
  tokens: number
  heldUsd: number
  heldTokens: number
  /** Highest step that was told. */
  warned: number
}

/** Sums of floating point numbers miss by less than this; a budget is no finer. */
const roundingUsd = 1e-9
/** Sums kept in memory before those that rest are looked for. */
const manySums = 10_000
/** A window's sum is kept as long as calls that began in it may still settle. */
const graceMs = 24 * 3_600_000

const stateOf = (budget: Budget, sum: Sum): BudgetState =>
  ({ budget, spent: { usd: sum.usd, tokens: sum.tokens }, reserved: { usd: sum.heldUsd, tokens: sum.heldTokens }, resetsAt: sum.resetsAt })

/** What is no amount counts as what was set aside for it. */
const amountOr = (actual: number, held: number): number => actual >= 0 && Number.isFinite(actual) ? actual : held

export class EmbeddedSums {
  readonly #options: SumsOptions
  readonly #sums = new Map<string, Sum>()
  readonly #dirty = new Set<Sum>()
  #sweepAbove = manySums

  constructor(options: SumsOptions) { this.#options = options }

  get isDirty(): boolean { return this.#dirty.size > 0 }

  states(budgets: readonly Budget[]): BudgetState[] {
    const now = this.#options.now()
    return budgets.map(budget => stateOf(budget, this.#sumOf(budget, now)))
  }

  /** @returns ends the hold. @throws Failure budget.exhausted */
  hold(budgets: readonly Budget[], wanted: Amount): (actual: Amount | null) => void {
    const now = this.#options.now()
    const sums = budgets.map(budget => this.#sumOf(budget, now))
    budgets.forEach((budget, at) => { this.#check(budget, sums[at] as Sum, wanted) })
    for (const sum of sums) {
      sum.heldUsd += wanted.usd
      sum.heldTokens += wanted.tokens
    }
    return actual => {
      sums.forEach((sum, at) => {
        sum.heldUsd = Math.max(0, sum.heldUsd - wanted.usd)
        sum.heldTokens = Math.max(0, sum.heldTokens - wanted.tokens)
        if (actual !== null) this.#spend(budgets[at] as Budget, sum, { usd: amountOr(actual.usd, wanted.usd), tokens: amountOr(actual.tokens, wanted.tokens) })
      })
    }
  }

  /** Writes what is new, inside the caller's transaction; `written` says that it was kept. */
  write(): void {
    const { file } = this.#options
    for (const sum of this.#dirty) file.putSum(sum.account, sum.name, { spentUsd: sum.usd, spentTokens: sum.tokens, warned: sum.warned }, sum.endsAt)
  }

  written(): void { this.#dirty.clear() }

  #check(budget: Budget, sum: Sum, wanted: Amount): void {
    const { limitUsd, limitTokens } = budget
    // Asked so that what is no number is refused.
    const unit = limitUsd !== null && !(wanted.usd >= 0 && sum.usd + sum.heldUsd + wanted.usd <= limitUsd + roundingUsd) ? 'usd'
      : limitTokens !== null && !(wanted.tokens >= 0 && sum.tokens + sum.heldTokens + wanted.tokens <= limitTokens) ? 'tokens' : null
    if (unit === null) return
    // Used up, whatever is left of it: the steps below are not told as well.
    this.#warn(budget, sum, budget.warnAt.filter(step => step === 100), 100)
    throw budgetExhausted({
      budget, unit, wanted, taken: { usd: sum.usd + sum.heldUsd, tokens: sum.tokens + sum.heldTokens }, resetsAt: sum.resetsAt, nowMs: this.#options.now(),
    })
  }

  #spend(budget: Budget, sum: Sum, actual: Amount): void {
    if (actual.usd === 0 && actual.tokens === 0) return
    sum.usd += actual.usd
    sum.tokens += actual.tokens
    this.#dirty.add(sum)
    const state = stateOf(budget, sum)
    this.#warn(budget, sum, budget.warnAt, usedPercent(state))
    this.#options.watch?.used(state)
    this.#options.changed()
  }

  #warn(budget: Budget, sum: Sum, steps: readonly number[], percent: number): void {
    for (const step of steps) {
      if (step > percent || step <= sum.warned) continue
      sum.warned = step
      this.#dirty.add(sum)
      this.#options.changed()
      this.#options.watch?.warned({ budget, step, resetsAt: sum.resetsAt })
    }
  }

  // One sum per window: a reservation settles in the window that it was taken in, and rules with different windows do not forget each other.
  #sumOf({ account, window, idleMs }: Budget, now: number): Sum {
    const { name, endsAt } = windowAt(window, now)
    const key = `${name} ${account}`
    const until = endsAt === null ? (idleMs === null ? null : now + idleMs) : endsAt + graceMs
    let sum = this.#sums.get(key)
    if (sum !== undefined && sum.endsAt !== null && sum.endsAt < now) {
      this.#forget(key, sum)
      sum = undefined
    }
    if (sum === undefined) {
      this.#makeRoom(now)
      const row = this.#options.file.sum(account, name)
      this.#sums.set(key, sum = { account, name, resetsAt: endsAt, endsAt: until, usd: row?.spentUsd ?? 0, tokens: row?.spentTokens ?? 0, heldUsd: 0, heldTokens: 0, warned: row?.warned ?? 0 })
    }
    sum.endsAt = until
    return sum
  }

  #forget(key: string, sum: Sum): void {
    this.#sums.delete(key)
    this.#dirty.delete(sum)
    this.#options.file.forgetSum(sum.account, sum.name)
  }

  // Sums of sessions come and go: what rests is read from the file again.
  #makeRoom(now: number): void {
    if (this.#sums.size < this.#sweepAbove) return
    for (const [key, sum] of this.#sums) {
      if (sum.heldUsd > 0 || sum.heldTokens > 0 || this.#dirty.has(sum)) continue
      if (sum.endsAt !== null && sum.endsAt < now) this.#forget(key, sum)
      else this.#sums.delete(key)
    }
    this.#sweepAbove = Math.max(manySums, this.#sums.size * 2)
  }
}
