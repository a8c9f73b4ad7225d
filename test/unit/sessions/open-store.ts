// Stores with a clock that the test turns: the embedded one on a file of its own, and the one in Redis under a prefix of its own. What holds for
// both is tested on both.
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, type TestContext } from 'node:test'
import type { Budget, BudgetState, BudgetWarning, Hold, Limits, Rate } from '../../../gateway/exchange/limits.ts'
import type { NoteBounds, NoteKind } from '../../../gateway/exchange/notes.ts'
import { noLimits } from '../../../gateway/exchange/limits.ts'
import type { EntityKind } from '../../../gateway/exchange/kinds.ts'
import type { Pseudonyms, SessionKeys, SessionStore } from '../../../gateway/exchange/session.ts'
import { whenAgreed } from '../../../gateway/stages/when-agreed.ts'
import { EmbeddedStore, type EmbeddedStoreOptions } from '../../../gateway/sessions/embedded-store.ts'
import { RedisStore } from '../../../gateway/sessions/redis/redis-store.ts'
import { VaultKeys } from '../../../gateway/sessions/vault-keys.ts'
import { noRedis, startRedis, type RedisServer } from '../../support/redis-server.ts'
import { scratchFolder, type CleansUp } from '../../support/scratch-folder.ts'
import { eventually } from '../../support/wait.ts'

export const minute = 60_000
export const hour = 60 * minute

/** Small, so that tests get to them. */
export const noteBounds: Readonly<Record<NoteKind, NoteBounds>> = { text: { ttlMs: hour, most: 100 }, forgiven: { ttlMs: hour, most: 10 }, call: { ttlMs: 10 * minute, most: 10 }, root: { ttlMs: 10 * minute, most: 10 } }

export interface Bench {
  readonly file: string
  readonly vaultKeys: VaultKeys
  /** Milliseconds since the epoch; tests assign it. */
  nowMs: number
  /** Opens a store on the file; it is closed after the test if it is still open. */
  open(options?: Partial<EmbeddedStoreOptions>): EmbeddedStore
}

const noon = Date.UTC(2030, 5, 15, 12)

export const benchFor = (test: CleansUp): Bench => {
  const folder = scratchFolder(test)
  const bench: Bench = {
    file: join(folder, 'sessions.db'), vaultKeys: new VaultKeys(randomBytes(32)), nowMs: noon,
    open: options => {
      const store = new EmbeddedStore({
        file: bench.file, vaultKeys: bench.vaultKeys, sessionTtlMs: hour, labelTtlMs: 24 * hour, maxSessions: 100, noteBounds, clockMs: () => bench.nowMs, ...options,
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

/** What the suites of both stores need: the same state opened again and again. */
export interface StoreBench {
  nowMs: number
  readonly vaultKeys: VaultKeys
  readonly warnings: BudgetWarning[]
  readonly used: BudgetState[]
  /** Opens the state. Embedded: whoever has it open closes it before. */
  open(options?: { readonly labelTtlMs?: number; readonly maxSessions?: number; readonly leaseMs?: number; readonly vaultKeys?: VaultKeys; readonly hashKey?: Buffer; readonly timeoutMs?: number; /** Texts. */ readonly most?: number; readonly onOtherHashKey?: () => void; readonly onExpired?: (count: number) => void }): Promise<SessionStore>
}

export type BenchMaker = (t: TestContext) => StoreBench

const embeddedBench: BenchMaker = t => {
  const bench = benchFor(t)
  const made: StoreBench = {
    get nowMs() { return bench.nowMs }, set nowMs(value) { bench.nowMs = value },
    vaultKeys: bench.vaultKeys, warnings: [], used: [],
    open: (options = {}) => Promise.resolve(bench.open({ ...options, watch: { used: state => { made.used.push(state) }, warned: warning => { made.warnings.push(warning) } } })),
  }
  return made
}

export interface RedisBench extends StoreBench { readonly prefix: string; open(options?: Parameters<StoreBench['open']>[0]): Promise<RedisStore> }

/** To be called in a suite: a Redis that its tests share, there from the first of them to the last. */
export const redisOfSuite = (): (() => RedisServer) => {
  let server: RedisServer
  const leftovers: (() => void | Promise<void>)[] = []
  before(async () => { server = await startRedis({ folder: scratchFolder({ after: work => { leftovers.push(work) } }) }) })
  after(async () => {
    await server.close()
    for (const work of leftovers) await work()
  })
  return () => server
}

export const redisBench = (server: () => RedisServer) => (t: TestContext): RedisBench => {
  const prefix = `test-${randomUUID()}`
  const made: RedisBench = {
    prefix, nowMs: noon, vaultKeys: new VaultKeys(randomBytes(32)), warnings: [], used: [],
    open: async ({ most, ...options } = {}) => {
      const store = new RedisStore({
        target: { kind: 'url', url: server().url, nodes: [], name: '', username: null, password: null, tls: false }, prefix, timeoutMs: 5000, leaseMs: hour, vaultKeys: made.vaultKeys,
        sessionTtlMs: hour, labelTtlMs: 24 * hour, maxSessions: 100, noteBounds, clockMs: () => made.nowMs,
        watch: { used: state => { made.used.push(state) }, warned: warning => { made.warnings.push(warning) } }, ...options,
        ...most === undefined ? {} : { noteBounds: { ...noteBounds, text: { ...noteBounds.text, most } } },
      })
      t.after(() => store.close())
      await store.open()
      return store
    },
  }
  return made
}

/** Runs a suite on both stores. */
export const onBothStores = (name: string, suite: (bench: BenchMaker, kind: 'embedded' | 'redis') => void): void => {
  describe(`${name}, embedded`, () => { suite(embeddedBench, 'embedded') })
  describe(`${name}, in Redis`, { skip: noRedis }, () => {
    const server = redisOfSuite()
    suite(redisBench(server), 'redis')
  })
}

/** Waits until a check passes: what is settled is not waited for, where it goes over a network. */
export const becomes = async (check: () => void | Promise<void>): Promise<void> => {
  await eventually(async () => {
    await check()
    return true
  }, { withinMs: 20_000 })
}

/** What work with pseudonyms comes to, once they are agreed upon where several processes share them. */
export const agreed = async <T>(pseudonyms: Pseudonyms, work: () => T): Promise<T> => await whenAgreed(() => {
  const done = work()
  pseudonyms.agree?.()
  return done
})

/** As a rewrite does it: the value is named, and agreed upon where others could name it too. */
export const placeholderOf = (pseudonyms: Pseudonyms, kind: EntityKind, value: string): Promise<string> => agreed(pseudonyms, () => pseudonyms.placeholder(kind, value))

export const keysOf = (session: string, { tenant = 'acme', key = 'key1', agent = '~agent', subject = 'ada' } = {}): SessionKeys =>
  ({ session: `${tenant}/${key}/${session}`, agent: `${tenant}/${key}/${agent}`, subject: `${tenant}/${subject}` })

export const budget = (changes: Partial<Budget> = {}): Budget => ({
  name: 'test', scope: 'shared', account: ':test/shared', limitUsd: 1, limitTokens: null, window: 'day', warnAt: [50, 80, 100], ofModel: false, idleMs: null, ...changes,
})

export const rate = (changes: Partial<Rate> = {}): Rate => ({ name: 'test', scope: 'shared', account: ':test/shared', requestsPerMinute: null, tokensPerMinute: null, ofModel: false, ...changes })

export const limitsOf = (...budgets: readonly Budget[]): Limits => ({ budgets, rates: [] })
export const ratesOf = (...rates: readonly Rate[]): Limits => ({ budgets: [], rates })
export const hold = (usd: number, tokens = 0, estimatedTokens = 0): Hold => ({ usd, tokens, estimatedTokens })
export { noLimits }
