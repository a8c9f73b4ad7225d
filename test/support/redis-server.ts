// A real redis-server on a free loopback port with a folder of its own, for tests and the bench. Where there is none, tests say so and skip.
import { createServer, type AddressInfo } from 'node:net'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { startChild, type Child } from './child.ts'
import { eventually } from './wait.ts'

/** Path of redis-server: REDIS_SERVER, else from the PATH; null where there is none. */
export const redisServerPath = (environment: NodeJS.ProcessEnv = process.env): string | null => {
  const named = environment['REDIS_SERVER']
  const places = named === undefined ? (environment['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'redis-server')) : [named]
  return places.find(place => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  }) ?? null
}

/** For `skip` of node:test: a reason, or false. */
export const noRedis: string | false = redisServerPath() === null ? 'there is no redis-server on this machine (REDIS_SERVER names one)' : false

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: () => number
  /** Ends it without a chance to write anything. */
  kill(): Promise<void>
  /** Starts it again on the same port and folder. */
  start(): Promise<void>
  /** Runs a command at it. */
  ask(command: string, ...args: string[]): Promise<unknown>
  close(): Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return port
}

export interface RedisServerOptions {
  readonly folder: string
  /** Further settings, e.g. ["--appendonly", "yes"]. */
  readonly settings?: readonly string[]
  /** Makes a sentinel of it, with these lines in its configuration file. */
  readonly sentinel?: string
}

/** @throws Error where there is no redis-server, or it does not start */
export const startRedis = async ({ folder, settings = [], sentinel }: RedisServerOptions): Promise<RedisServer> => {
  const command = redisServerPath()
  if (command === null) throw new Error('there is no redis-server')
  const port = await freePort()
  const home = join(folder, `redis-${port}`)
  mkdirSync(home, { recursive: true })
  let child: Child | null = null
  const ask = async (name: string, ...args: string[]): Promise<unknown> => {
    const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await client.call(name, ...args)
    } finally {
      client.disconnect()
    }
  }
  const start = async (): Promise<void> => {
    const file = join(home, 'sentinel.conf')
    if (sentinel !== undefined) writeFileSync(file, `${sentinel}\n`)
    const own = sentinel === undefined ? ['--save', '', ...settings] : [file, '--sentinel']
    child = await startChild({ command, args: [...own.filter(word => word === file), '--port', String(port), '--bind', '127.0.0.1', '--dir', home, '--daemonize', 'no', ...own.filter(word => word !== file)], cwd: home, env: {} })
    await eventually(async () => await ask('PING') === 'PONG', { withinMs: 10_000 })
  }
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await child?.stop(signal)
    child = null
  }
  await start()
  return { url: `redis://127.0.0.1:${port}`, port, pid: () => child?.pid ?? -1, ask, start, kill: () => stop('SIGKILL'), close: () => stop('SIGKILL') }
}
