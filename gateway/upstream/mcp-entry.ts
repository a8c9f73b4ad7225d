// One owner's place at one server: at most one connection, opened once for everybody who waits, reopened with growing pauses.
import { asFailure, Failure } from '../exchange/failure.ts'
import type { McpOwner } from '../exchange/mcp.ts'
import type { ConnectionEvents, PooledConnection } from './mcp-connection.ts'
import { openConnection, type OpenDeps } from './mcp-open.ts'

export interface EntryDeps extends Omit<OpenDeps, 'events'> {
  readonly nowMs: () => number
  readonly events: Omit<ConnectionEvents, 'onBroken'>
  /** Every outcome of an attempt or of a connection's life; null when it is ready. */
  readonly onState: (failure: Failure | null) => void
  /** The connection is a new one in place of an earlier one: what was known about the server may be outdated. */
  readonly onReopened: () => void
}

const firstPauseMs = 100
const longestPauseMs = 30_000
/** A connection that lived this long was not part of a crash loop. */
const stableMs = 10_000
/** Callers wait through shorter pauses; during longer ones they are told when to come back. */
const longestWaitMs = 2000

const pauseAfter = (failures: number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 16))

export class PoolEntry {
  readonly owner: McpOwner
  connection: PooledConnection | null = null
  lastUsedMs: number
  readonly #deps: EntryDeps
  #opening: Promise<PooledConnection> | null = null
  #failures = 0
  #notBeforeMs = 0
  #readyAtMs = 0
  #opened = 0
  #retired = false
  /** Of the last failure, where it knew better than the table. */
  #remedy: string | undefined

  constructor(owner: McpOwner, deps: EntryDeps) {
    this.owner = owner
    this.#deps = deps
    this.lastUsedMs = deps.nowMs()
  }

  get isOpening(): boolean { return this.#opening !== null }
  get isBusy(): boolean { return this.isOpening || (this.connection?.pendingCount ?? 0) > 0 }

  /** @throws Failure upstream.* when the server cannot be reached, or is in a pause after failing */
  open(): Promise<PooledConnection> {
    if (this.#opening !== null) return this.#opening
    const waitMs = this.#notBeforeMs - this.#deps.nowMs()
    if (waitMs > longestWaitMs) {
      const { name } = this.#deps.spec
      return Promise.reject(new Failure('upstream.connect', `MCP server "${name}" has failed ${this.#failures} times in a row; the next attempt is in ${Math.ceil(waitMs / 1000)} s.`, {
        detail: { server: name, ...this.#remedy === undefined ? {} : { remedy: this.#remedy } }, retryAfterMs: waitMs,
      }))
    }
    return this.#opening = this.#run(waitMs).finally(() => { this.#opening = null })
  }

  /** Ends a pause: what had failed is said to work again. */
  forgive(): void {
    this.#failures = 0
    this.#notBeforeMs = 0
  }

  /** Ends the place: waits for pending calls up to the deadline, then closes. New calls must no longer come here. */
  async retire(drainMs: number): Promise<void> {
    this.#retired = true
    const connection = this.connection ?? await this.#opening?.catch(() => null) ?? null
    this.connection = null
    if (connection === null) return
    if (drainMs > 0 && connection.pendingCount > 0) await Promise.race([connection.idle(), delay(drainMs)])
    await connection.close()
  }

  async #run(waitMs: number): Promise<PooledConnection> {
    const deps = this.#deps
    const life: { connection: PooledConnection | null; ended: Failure | null } = { connection: null, ended: null }
    const onBroken = (failure: Failure): void => {
      life.ended = failure
      if (life.connection !== null && this.connection === life.connection) this.#broke(failure)
    }
    try {
      if (waitMs > 0) await delay(waitMs)
      const connection = await openConnection({ ...deps, events: { ...deps.events, onBroken } })
      // It may have ended between its hello and this line.
      if (life.ended !== null) throw life.ended
      life.connection = connection
      this.#becameReady(connection)
      return connection
    } catch (thrown) {
      const failure = asFailure(thrown)
      this.#failed(failure)
      throw failure
    }
  }

  #becameReady(connection: PooledConnection): void {
    if (!this.#retired) this.connection = connection
    this.#readyAtMs = this.#deps.nowMs()
    this.#opened += 1
    this.#deps.onState(null)
    if (this.#opened > 1) this.#deps.onReopened()
  }

  #broke(failure: Failure): void {
    this.connection = null
    if (this.#retired) return
    if (this.#deps.nowMs() - this.#readyAtMs >= stableMs) this.#failures = 0
    this.#failed(failure)
  }

  #failed(failure: Failure): void {
    this.#failures += 1
    this.#remedy = failure.detail.remedy
    this.#notBeforeMs = this.#deps.nowMs() + pauseAfter(this.#failures)
    this.#deps.onState(failure)
  }
}

/** A pause that does not keep the process alive. */
const delay = (ms: number): Promise<void> => new Promise(resolve => { setTimeout(resolve, ms).unref() })
