// State that outlives a call, in this process: memory first, SQLite behind it. Labels and pseudonyms are written when they are new,
// money and counters in groups a tenth of a second long. Everything is synchronous: nothing on the request path waits for it.
import { Failure } from '../exchange/failure.ts'
import { joinLabels, noLabels, type Labels } from '../exchange/labels.ts'
import type { BudgetWatch, Hold, Limits } from '../exchange/limits.ts'
import type { NoteBounds, NoteKind } from '../exchange/notes.ts'
import type { HeldLabels, LabelRemoval, Reservation, SessionChange, SessionKeys, SessionState, SessionStore } from '../exchange/session.ts'
import { EmbeddedLabels } from './embedded-labels.ts'
import { EmbeddedNotes } from './embedded-notes.ts'
import { oncePerCall, reserve } from './embedded-holds.ts'
import { EmbeddedSums } from './embedded-sums.ts'
import { hashTokens, refuseGiven, tenantOf } from './hash-token.ts'
import { SessionPseudonyms, type PseudonymRow } from './pseudonyms.ts'
import { RateBuckets } from './rate-buckets.ts'
import { SessionFile, type SessionRow } from './session-file.ts'
import { newStableKey } from './stable-keys.ts'
import { stored } from './stored.ts'
import type { VaultKeys } from './vault-keys.ts'

export interface EmbeddedStoreOptions {
  /** Path of the SQLite file, or ":memory:". */
  readonly file: string
  readonly vaultKeys: VaultKeys
  /** `state.hash_key`, or null: then it is the state's own. */
  readonly hashKey?: Buffer | null
  readonly sessionTtlMs: number
  readonly labelTtlMs: number
  readonly maxSessions: number
  /** Of notes, by kind. */
  readonly noteBounds: Readonly<Record<NoteKind, NoteBounds>>
  /** Told about a group that could not be written in the background; it is kept, and tried again with the next one. */
  readonly onError?: (error: unknown) => void
  readonly watch?: BudgetWatch
  readonly clockMs?: () => number
}

const flushAfterMs = 100
/** Moving an entry, and writing that it was used, more often than this buys nothing. */
const touchEveryMs = 1000

interface Session {
  readonly startedAt: number
  pseudonyms: SessionPseudonyms
  labels: Labels
  lastUsedAt: number
  calls: number
  spendUsd: number
  /** When it was last moved to the young end and marked for writing. */
  touchedAt: number
}

/** How often sessions that nobody asks for are looked through for expired ones. */
const sweepEveryMs = 60_000


export class EmbeddedStore implements SessionStore {
  readonly #options: EmbeddedStoreOptions
  readonly #file: SessionFile
  readonly #now: () => number
  #hashKey: Buffer
  readonly #sessions = new Map<string, Session>()
  readonly #labels: EmbeddedLabels
  readonly #sums: EmbeddedSums
  readonly notes: EmbeddedNotes
  readonly #rates: RateBuckets
  readonly #dirtySessions = new Set<string>()
  #sweptAt: number
  #timer: NodeJS.Timeout | null = null

  /** @throws Error when the file cannot be opened */
  constructor(options: EmbeddedStoreOptions) {
    this.#options = options
    this.#now = options.clockMs ?? Date.now
    this.#file = new SessionFile(options.file, options.vaultKeys)
    if (options.vaultKeys.previous.length > 0) this.#file.reseal()
    this.#hashKey = this.#file.stableKeys.key('hash', options.hashKey)
    this.#sums = new EmbeddedSums({ file: this.#file, now: this.#now, changed: () => { this.#flushSoon() }, watch: options.watch })
    this.#rates = new RateBuckets(this.#now)
    this.notes = new EmbeddedNotes({ file: this.#file, now: this.#now, bounds: options.noteBounds, changed: () => { this.#flushSoon() } })
    this.#labels = new EmbeddedLabels({ ...options, file: this.#file, now: this.#now, inMemory: id => this.#sessions.get(id) })
    this.#sweptAt = this.#now()
    this.#file.forgetSumsBefore(this.#sweptAt)
    this.#file.forgetBefore(this.#sweptAt - options.sessionTtlMs)
    this.#file.forgetLabelsBefore(this.#sweptAt - options.labelTtlMs)
    this.notes.sweep(this.#sweptAt)
  }

  /** The file is this process's own: what goes wrong with it is the call's own failure. */
  readonly problem = null

  load(keys: SessionKeys, { budgets, rates }: Limits, counts = false): SessionState {
    if (counts && rates.length > 0) this.#rates.take(rates, oncePerCall, 0)
    this.notes.open(keys.session)
    const session = this.#session(keys.session)
    const agent = this.#labels.ofAgent(keys.agent)
    const lasting = stored(() => this.#file.lasting.at(keys, this.#now()))
    const labels = joinLabels(session.labels, agent)
    return {
      id: keys.session, startedAt: session.startedAt, labels: lasting.length === 0 ? labels : joinLabels(labels, { labels: lasting.map(({ label }) => label), sensitivity: 'public' }),
      calls: session.calls, spendUsd: session.spendUsd, pseudonyms: session.pseudonyms, budgets: stored(() => this.#sums.states(budgets)),
    }
  }

  commit(keys: SessionKeys, change: SessionChange): void {
    const session = this.#session(keys.session)
    if (change.addLabels !== undefined) this.#labels.add(keys, session, this.#rowOf(keys.session, this.#now()), change.addLabels)
    const { lasting } = change
    if (lasting !== undefined) stored(() => { this.#file.group(() => { this.#file.lasting.put(keys, lasting, this.#now()) }) })
    if (change.calls === undefined && change.spendUsd === undefined) return
    // The file refuses what is no number, and with it everything else that waits to be written.
    if (!Number.isFinite(change.calls ?? 0) || !Number.isFinite(change.spendUsd ?? 0)) throw new Failure('gateway.bug', 'A session was told a cost that is no number.')
    session.calls += change.calls ?? 0
    session.spendUsd += change.spendUsd ?? 0
    this.#markDirty(keys.session)
  }

  reserve(limits: Limits, hold: Hold): Reservation { return reserve({ sums: this.#sums, rates: this.#rates }, limits, hold) }

  forgetVault(id: string): boolean {
    const session = this.#sessions.get(id)
    if (session !== undefined) session.pseudonyms = this.#vaultOf(id, [])
    const isNoted = this.notes.forget(id)
    return stored(() => {
      const isKept = this.#file.forgetVault(id)
      this.#file.scrub()
      return isKept || isNoted
    })
  }

  resealVaults(): number { return stored(() => this.#file.reseal()) }

  rotateHashKey(): void {
    refuseGiven(this.#options.hashKey)
    this.#hashKey = stored(() => this.#file.stableKeys.replace('hash', newStableKey()))
  }

  held(keys: SessionKeys): HeldLabels { return this.#labels.held(keys) }

  removeLabels(keys: SessionKeys, removal: LabelRemoval): void { this.#labels.remove(keys, removal) }

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
      pseudonyms: this.#vaultOf(id, rows),
    }
  }

  #vaultOf(id: string, rows: readonly PseudonymRow[]): SessionPseudonyms {
    const vault: SessionPseudonyms = new SessionPseudonyms(rows, added => {
      const session = this.#sessions.get(id)
      // A call that was under way when the vault was forgotten must not begin to fill it again.
      if (session !== undefined && session.pseudonyms !== vault) throw new Failure('state.unavailable', 'The vault of the session was forgotten while the call was under way.', { retryAfterMs: 1000 })
      stored(() => {
        this.#file.putSession(id, this.#rowOf(id, this.#now()))
        this.#file.addPseudonym(id, added)
      })
    }, hashTokens(() => this.#hashKey, tenantOf(id)))
    vault.group = write => { this.#file.group(write) }
    return vault
  }

  #rowOf(id: string, now: number): SessionRow {
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
      this.#file.forgetSumsBefore(now)
      this.#file.lasting.forgetBefore(now)
      this.notes.sweep(now)
    })
    this.#labels.sweep(now)
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
    if (this.#dirtySessions.size === 0 && !this.#sums.isDirty && !this.notes.isDirty) return
    this.#file.group(() => {
      for (const id of this.#dirtySessions) if (this.#sessions.has(id)) this.#file.putSession(id, this.#rowOf(id, this.#now()))
      this.#sums.write()
      this.notes.write()
    })
    this.#dirtySessions.clear()
    this.#sums.written()
    this.notes.written()
  }
}
