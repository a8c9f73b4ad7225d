// Makes the client of one server, of servers behind sentinels, or of a cluster. Commands never wait for a connection: what cannot be asked now
// is a failure now, and what was under way when a connection broke is not sent again by itself.
import { createRequire } from 'node:module'
import type * as Ioredis from 'ioredis'
import { scripts, type ScriptName } from './scripts.ts'

export interface RedisNode { readonly host: string; readonly port: number }

export interface RedisTarget {
  readonly kind: 'url' | 'sentinels' | 'cluster'
  /** For `url`. */
  readonly url: string
  /** Sentinels, or nodes of the cluster. */
  readonly nodes: readonly RedisNode[]
  /** Name of the group behind the sentinels. */
  readonly name: string
  readonly username: string | null
  readonly password: string | null
  readonly tls: boolean
}

/** Where keys can be listed. */
export interface Server { scan(cursor: string, match: 'MATCH', pattern: string, count: 'COUNT', most: number): Promise<[string, string[]]> }

/** The part of both clients that is used. */
export type Client = Record<ScriptName, (...given: (string | number)[]) => Promise<unknown>> & Server & {
  lrange(key: string, from: number, to: number): Promise<string[]>
  hscan(key: string, cursor: string, count: 'COUNT', most: number): Promise<[string, string[]]>
  on(event: 'error', listener: (error: Error) => void): unknown
  connect(): Promise<void>
  disconnect(reconnect?: boolean): void
}

let loaded: typeof Ioredis | undefined

/**
 * The library is loaded where there is a Redis. It derives a class from String, and with one V8 (13.6) reads characters of any string less quickly:
 * a process without shared state would look through texts at three fifths of its speed for nothing.
 */
const ioredis = (): typeof Ioredis => loaded ??= createRequire(import.meta.url)('ioredis') as typeof Ioredis

/** The servers that hold the keys: the one there is, or the masters of a cluster. */
export const serversOf = (client: Client): readonly Server[] => client instanceof ioredis().Cluster ? client.nodes('master') : [client]

const againAfterMs = (times: number): number => Math.min(25 * 2 ** Math.min(times, 6), 1000)

const optionsOf = ({ password, username }: RedisTarget, timeoutMs: number) => ({
  protocol: 2 as const, lazyConnect: true, connectTimeout: Math.max(timeoutMs, 1000), enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0,
  // A server that was the master and is none any more refuses to write: the sentinels know the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  ...username === null ? {} : { username }, ...password === null ? {} : { password },
})

/** @param timeoutMs longest wait for a connection */
export const createClient = (target: RedisTarget, timeoutMs: number): Client => {
  const { Cluster, Redis } = ioredis()
  const options = optionsOf(target, timeoutMs)
  const tls = target.tls ? { tls: {} } : {}
  const retryStrategy = againAfterMs
  // Scripts become methods, which the types cannot know.
  switch (target.kind) {
    case 'url': return new Redis(target.url, { ...options, scripts, retryStrategy }) as unknown as Client
    case 'sentinels': return new Redis({
      ...options, ...tls, scripts, retryStrategy, name: target.name, sentinels: [...target.nodes], sentinelRetryStrategy: againAfterMs, enableTLSForSentinelMode: target.tls,
      ...target.tls ? { sentinelTLS: {} } : {}, ...target.password === null ? {} : { sentinelPassword: target.password },
    }) as unknown as Client
    case 'cluster': return new Cluster([...target.nodes], {
      lazyConnect: true, enableOfflineQueue: false, scripts, clusterRetryStrategy: againAfterMs, retryDelayOnFailover: 50, slotsRefreshTimeout: Math.max(timeoutMs, 1000),
      redisOptions: { ...options, ...tls },
    }) as unknown as Client
  }
}
