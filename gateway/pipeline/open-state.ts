// Where state is kept: embedded, or in a Redis that several gateways share. What budgets come to is told to the log and the metrics.
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import type { RedisConfig } from '../config/state-schema.ts'
import type { BudgetWatch } from '../exchange/limits.ts'
import type { NoteBounds, NoteKind } from '../exchange/notes.ts'
import type { SessionStore } from '../exchange/session.ts'
import { EmbeddedStore } from '../sessions/embedded-store.ts'
import type { RedisTarget } from '../sessions/redis/client.ts'
import { RedisStore } from '../sessions/redis/redis-store.ts'
import type { VaultKeys } from '../sessions/vault-keys.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Log } from './parts.ts'

export interface StateOptions {
  readonly config: Config
  readonly vaultKeys: VaultKeys
  readonly hashKey: Buffer | null
  readonly redisPassword: string | null
  readonly log: Log
  readonly metrics: Metrics
}

export interface OpenedState {
  readonly sessions: SessionStore
  /** Resolves when shared state is there, or known not to be. @throws Error where it is used with another vault key */
  readonly open: () => Promise<void>
}

const watchOf = ({ log, metrics }: StateOptions): BudgetWatch => ({
  used: state => { metrics.recordBudget(state) },
  warned: warning => {
    const { budget: { name, scope, window, limitTokens, limitUsd }, resetsAt, step } = warning
    metrics.recordBudgetWarning(warning)
    log.warn({ budget: name, scope, step, window, limit_usd: limitUsd, limit_tokens: limitTokens, resets_at: resetsAt === null ? null : new Date(resetsAt).toISOString() }, `a budget is at ${step} percent`)
  },
})

/** Nothing is remembered longer than its session could be. Calls, roots and removals are small and many; texts are what `sessions.fingerprints` says. */
const boundsOf = ({ call_window_s: call, fingerprints, label_ttl_s: label, root_quiet_s: root, ttl_s: session }: Config['sessions']): Readonly<Record<NoteKind, NoteBounds>> => {
  const bounds = (seconds: number, most: number): NoteBounds => ({ ttlMs: Math.min(seconds, session) * 1000, most })
  return { text: bounds(label, fingerprints), forgiven: bounds(label, 1000), call: bounds(call, 2000), root: bounds(root, 500) }
}

const targetOf = (redis: RedisConfig, password: string | null): RedisTarget => ({
  kind: redis.url !== null ? 'url' : redis.sentinels !== null ? 'sentinels' : 'cluster',
  url: redis.url ?? '', nodes: redis.sentinels?.nodes ?? redis.cluster ?? [], name: redis.sentinels?.name ?? '', username: redis.username, password, tls: redis.tls,
})

/** @throws Error when the embedded file cannot be opened */
export const openState = (options: StateOptions): OpenedState => {
  const { config: { data, sessions, state: { redis } }, hashKey, log, metrics, redisPassword, vaultKeys } = options
  const common = { vaultKeys, hashKey, sessionTtlMs: sessions.ttl_s * 1000, labelTtlMs: sessions.label_ttl_s * 1000, maxSessions: sessions.max, noteBounds: boundsOf(sessions), watch: watchOf(options) }
  if (redis === null) {
    const store = new EmbeddedStore({
      ...common, file: join(data, 'sessions.db'), onError: err => { log.error({ err }, 'session state could not be written; it is tried again') },
    })
    return {
      sessions: store,
      open: () => {
        store.notes.openAll()
        return Promise.resolve()
      },
    }
  }
  const store = new RedisStore({
    ...common, target: targetOf(redis, redisPassword), prefix: redis.prefix, timeoutMs: redis.timeout_ms, leaseMs: redis.lease_s * 1000,
    onChange: problem => {
      if (problem === null) log.info({}, 'the shared state is there')
      else {
        metrics.recordStateLost()
        log.error({ problem }, 'the shared state is lost; exchanges are refused until it is there again')
      }
    },
    onOtherHashKey: () => { log.warn({}, 'the shared state holds another hash key than state.hash_key: give all gateways the same, or equal values have different tokens') },
    onExpired: reservations => { log.warn({ reservations }, 'reservations whose gateway did not settle them count as spent') },
  })
  return { sessions: store, open: () => store.open() }
}
