// An embedded store on a file of its own, with a clock that the test turns.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SessionKeys } from '../../../gateway/exchange/session.ts'
import { EmbeddedStore, type EmbeddedStoreOptions } from '../../../gateway/sessions/embedded-store.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'

export const minute = 60_000
export const hour = 60 * minute

export interface Bench {
  readonly file: string
  readonly vaultKey: Buffer
  /** Milliseconds since the epoch; tests assign it. */
  nowMs: number
  /** Opens a store on the file; it is closed after the test if it is still open. */
  open(options?: Partial<EmbeddedStoreOptions>): EmbeddedStore
}

export const benchFor = (test: CleansUp): Bench => {
  const folder = scratchFolder(test)
  const bench: Bench = {
    file: join(folder, 'sessions.db'), vaultKey: randomBytes(32), nowMs: Date.UTC(2030, 5, 15, 12),
    open: options => {
      const store = new EmbeddedStore({
        file: bench.file, vaultKey: bench.vaultKey, sessionTtlMs: hour, labelTtlMs: 24 * hour, maxSessions: 100, clockMs: () => bench.nowMs, ...options,
      })
      opened.push(store)
      return store
    },
  }
  const opened: EmbeddedStore[] = []
  test.after(() => {
    for (const store of opened) {
      try {
        store.close()
      } catch {
        // The test closed it.
      }
    }
  })
  return bench
}

export const keysOf = (session: string, { tenant = 'acme', key = 'key1', agent = '~agent' } = {}): SessionKeys =>
  ({ session: `${tenant}/${key}/${session}`, agent: `${tenant}/${key}/${agent}`, budget: `${tenant}/${key}` })
