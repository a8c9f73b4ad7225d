// State that outlives a call, in this process: memory first, SQLite behind it. Labels and pseudonyms are written when they are new,
// money and counters in groups a tenth of a second long. Everything is synchronous: nothing on the request path waits for it.
import { Failure } from '../exchange/failure.ts'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import type { BudgetRule, BudgetState, Reservation, SessionChange, SessionKeys, SessionState, SessionStore } from '../exchange/session.ts'
import { windowAt } from './budget-window.ts'
import { SessionPseudonyms } from './pseudonyms.ts'
import { SessionFile, type LabelRow } from './session-file.ts'

export interface EmbeddedStoreOptions {
  /** Path of the SQLite file, or ":memory:". */
  readonly file: string
  readonly vaultKey: Buffer
  readonly sessionTtlMs: number
  readonly labelTtlMs: number
  readonly maxSessions: number
  /** Told about a group that could not be written in the background; it is kept, and tried again with the next one. */
  readonly onError?: (error: unknown) => void
  readonly clockMs?: () => number
}

const flushAfterMs = 100
/** Moving an entry, and writing that it was used, more often than this buys nothing. */
const touchEveryMs = 1000

interface Session {
  readonly startedAt: number
  readonly pseudonyms: SessionPseudonyms
  labels: Labels
  lastUsedAt: number
  calls: number
  spendUsd: number
  /** When it was last moved to the young end and marked for writing. */
  touchedAt: number
}

interface Money { readonly scope: string; readonly name: string; readonly endsAt: number | null; spentUsd: number; reservedUsd: number }

/** Sums of floating point numbers miss by less than this; a budget is no finer. */
const roundingUsd = 1e-9
/** How often sessions that nobody asks for are looked through for expired ones. */
const sweepEveryMs = 60_000
// Labels of agents stand in the file under their own prefix: the session that has no id is named like its agent, and expires earlier.
const labelScope = (agent: string): string => `agent ${agent}`

const stored = <T>(write: () => T): T => {
  try {
    return write()
  } catch (cause) {
    throw new Failure('gateway.bug', 'Session state cannot be read or written.', { cause })
  }
}

export class EmbeddedStore implements SessionStore {
  readonly #options: EmbeddedStoreOptions
  readonly #file: SessionFile
  readonly #now: () => number
  readonly #sessions = new Map<string, Session>()
  readonly #agents = new Map<string, LabelRow | null>()
  readonly #money = new Map<string, Money>()
  readonly #dirtySessions = new Set<string>()
  readonly #dirtyMoney = new Set<Money>()
  #sweptAt: number
  #timer: NodeJS.Timeout | null = null

  /** @throws Error when the file cannot be opened */
  constructor(options: EmbeddedStoreOptions) {
    this.#options = options
    this.#now = options.clockMs ?? Date.now
    this.#file = new SessionFile(options.file, options.vaultKey)
    this.#sweptAt = this.#now()
    this.#file.forgetBefore(this.#sweptAt - options.sessionTtlMs)
    this.#file.forgetLabelsBefore(this.#sweptAt - options.labelTtlMs)
  }

  load(keys: SessionKeys, budget: BudgetRule | null): SessionState {
    const session = this.#session(keys.session)
    const agent = this.#agentLabels(keys.agent)
    return {
      id: keys.session, startedAt: session.startedAt, labels: joinLabels(session.labels, agent),
      calls: session.calls, spendUsd: session.spendUsd, pseudonyms: session.pseudonyms, budget: this.#budgetState(keys.budget, budget),
    }
  }

  commit(keys: SessionKeys, change: SessionChange): void {
    const session = this.#session(keys.session)
    if (change.addLabels !== undefined) this.#addLabels(keys, session, change.addLabels)
    if (change.calls === undefined && change.spendUsd === undefined) return
    // The file refuses what is no number, and with it everything else that waits to be written.
    if (!Number.isFinite(change.calls ?? 0) || !Number.isFinite(change.spendUsd ?? 0)) throw new Failure('gateway.bug', 'A session was told a cost that is no number.')
    session.calls += change.calls ?? 0
    session.spendUsd += change.spendUsd ?? 0
    this.#markDirty(keys.session)
  }

  reserve(keys: SessionKeys, budget: BudgetRule | null, amountUsd: number): Reservation {
    if (budget === null) return { settle: () => undefined, release: () => undefined }
    const money = this.#moneyOf(keys.budget, budget)
    // Asked so that what is no number is refused.
    if (!(amountUsd >= 0 && money.spentUsd + money.reservedUsd + amountUsd <= budget.limitUsd + roundingUsd)) {
      const { endsAt } = windowAt(budget, this.#now())
      throw new Failure('budget.exhausted', `This call may cost ${amountUsd.toFixed(4)} USD, and the ${budget.window} budget of ${budget.limitUsd} USD has ${Math.max(0, budget.limitUsd - money.spentUsd - money.reservedUsd).toFixed(4)} left.`, {
        detail: { field: 'budget' }, ...(endsAt === null ? {} : { retryAfterMs: endsAt - this.#now() }),
      })
    }
    money.reservedUsd += amountUsd
    let open = true
    const end = (actualUsd: number): void => {
      if (!open) return
      open = false
      money.reservedUsd = Math.max(0, money.reservedUsd - amountUsd)
      if (actualUsd === 0) return
      // A cost that is no amount of money is counted as what was set aside for it.
      money.spentUsd += actualUsd > 0 && Number.isFinite(actualUsd) ? actualUsd : amountUsd
      this.#dirtyMoney.add(money)
      this.#flushSoon()
    }
    return { settle: end, release: () => { end(0) } }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#flush()
    this.#file.close()
  }

  #session(id: string): Session {
    const now = this.#now()
    let session = this.#sessions.get(id)
    if (session !== undefined && now - session.lastUsedAt > this.#options.sessionTtlMs) {
      this.#forget(id)
      session = undefined
    }
    if (session === undefined) this.#sessions.set(id, session = this.#read(id, now))
    session.lastUsedAt = now
    if (now - session.touchedAt > touchEveryMs) this.#touch(id, session)
    return session
  }

  // Least recently used first in the map.
  #touch(id: string, session: Session): void {
    session.touchedAt = session.lastUsedAt
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    this.#markDirty(id)
  }

  #markDirty(id: string): void {
    this.#dirtySessions.add(id)
    this.#flushSoon()
  }

  #read(id: string, now: number): Session {
    this.#sweep(now)
    this.#makeRoom()
    const row = stored(() => this.#file.session(id))
    const alive = row !== undefined && now - row.lastUsedAt <= this.#options.sessionTtlMs
    // Left in the file, its vault would be part of the new session after a restart.
    if (row !== undefined && !alive) stored(() => { this.#file.group(() => { this.#file.forget(id) }) })
    // In use again: the file must not take it for one that nobody used.
    if (alive) this.#markDirty(id)
    const labels = alive ? stored(() => this.#file.label(id)) : undefined
    const rows = alive ? stored(() => this.#file.pseudonyms(id)) : []
    return {
      startedAt: alive ? row.startedAt : now, lastUsedAt: now, touchedAt: now, calls: alive ? row.calls : 0, spendUsd: alive ? row.spendUsd : 0,
      labels: labels === undefined ? noLabels : { labels: labels.labels, sensitivity: labels.sensitivity },
      pseudonyms: new SessionPseudonyms(rows, added => {
        stored(() => {
          this.#file.putSession(id, this.#rowOf(id, now))
          this.#file.addPseudonym(id, added)
        })
      }),
    }
  }

  #rowOf(id: string, now: number): { startedAt: number; lastUsedAt: number; calls: number; spendUsd: number } {
    const { startedAt, lastUsedAt, calls, spendUsd } = this.#sessions.get(id) ?? { startedAt: now, lastUsedAt: now, calls: 0, spendUsd: 0 }
    return { startedAt, lastUsedAt, calls, spendUsd }
  }

  #makeRoom(): void {
    if (this.#sessions.size < this.#options.maxSessions) return
    stored(() => { this.#flush() })
    const [oldest] = this.#sessions.keys()
    if (oldest !== undefined) this.#sessions.delete(oldest)
  }

  #forget(id: string): void {
    this.#sessions.delete(id)
    this.#dirtySessions.delete(id)
    stored(() => { this.#file.group(() => { this.#file.forget(id) }) })
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = now
    const { sessionTtlMs, labelTtlMs } = this.#options
    for (const [id, { lastUsedAt }] of this.#sessions) if (now - lastUsedAt > sessionTtlMs) this.#forget(id)
    stored(() => {
      this.#flush()
      // The file learns of a use a second late at most.
      this.#file.forgetBefore(now - sessionTtlMs - 2 * touchEveryMs)
      this.#file.forgetLabelsBefore(now - labelTtlMs)
    })
    for (const [scope, row] of this.#agents) if (row === null || now - row.addedAt > labelTtlMs) this.#agents.delete(scope)
  }

  #agentLabels(scope: string): Labels {
    let row = this.#agents.get(scope)
    if (row === undefined) this.#agents.set(scope, row = stored(() => this.#file.label(labelScope(scope))) ?? null)
    return row === null || this.#now() - row.addedAt > this.#options.labelTtlMs ? noLabels : row
  }

  #addLabels(keys: SessionKeys, session: Session, added: Labels): void {
    const now = this.#now()
    const forSession = joinLabels(session.labels, added)
    const forAgent = { ...joinLabels(this.#agentLabels(keys.agent), added), addedAt: now }
    stored(() => this.#file.group(() => {
      this.#file.putSession(keys.session, this.#rowOf(keys.session, now))
      if (forSession !== session.labels) this.#file.putLabel(keys.session, { ...forSession, addedAt: now })
      this.#file.putLabel(labelScope(keys.agent), forAgent)
    }))
    session.labels = forSession
    this.#agents.set(keys.agent, forAgent)
  }

  #moneyOf(scope: string, rule: BudgetRule): Money {
    const now = this.#now()
    const { name, endsAt } = windowAt(rule, now)
    // One sum per window: a reservation settles in the window that it was taken in, and rules with different windows do not forget each other.
    const key = `${name} ${scope}`
    let money = this.#money.get(key)
    if (money === undefined) {
      for (const [other, old] of this.#money) if (old.endsAt !== null && old.endsAt <= now && !this.#dirtyMoney.has(old)) this.#money.delete(other)
      this.#money.set(key, money = { scope, name, endsAt, spentUsd: stored(() => this.#file.spent(scope, name)), reservedUsd: 0 })
    }
    return money
  }

  #budgetState(scope: string, rule: BudgetRule | null): BudgetState {
    if (rule === null) return { limitUsd: null, spentUsd: 0, reservedUsd: 0, resetsAt: null }
    const money = this.#moneyOf(scope, rule)
    return { limitUsd: rule.limitUsd, spentUsd: money.spentUsd, reservedUsd: money.reservedUsd, resetsAt: windowAt(rule, this.#now()).endsAt }
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      try {
        this.#flush()
      } catch (error) {
        this.#options.onError?.(error)
      }
    }, flushAfterMs).unref()
  }

  #flush(): void {
    this.#timer = null
    if (this.#dirtySessions.size === 0 && this.#dirtyMoney.size === 0) return
    this.#file.group(() => {
      for (const id of this.#dirtySessions) if (this.#sessions.has(id)) this.#file.putSession(id, this.#rowOf(id, this.#now()))
      for (const { scope, name, spentUsd } of this.#dirtyMoney) this.#file.putSpent(scope, name, spentUsd)
    })
    this.#dirtySessions.clear()
    this.#dirtyMoney.clear()
  }
}
