// Several gateway processes, one provider that keeps its own bill, and a Redis that they share. Each run has a key, and so a budget, of its own.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { hashKey } from '../../../registry/key.ts'
import { startFakeProvider, type FakeProvider, type Reply } from '../../support/fake-provider.ts'
import type { RedisServer } from '../../support/redis-server.ts'
import { eventually } from '../../support/wait.ts'
import { spawnGateway, type SpawnedGateway } from '../../support/spawn-gateway.ts'

/** USD per million tokens; large, so that a few calls use a budget up. */
const price = { usd_per_mtok_in: 100, usd_per_mtok_out: 500 }
export const maxTokens = 64
export const limitUsd = 1

export interface BudgetStand extends AsyncDisposable {
  readonly gateways: readonly SpawnedGateway[]
  readonly provider: FakeProvider
  /** Key of a run. */
  readonly key: (run: number) => string
  /** USD that the provider charged for the calls of a run: from what it answered, whatever the gateways think. */
  readonly billed: (run: number) => number
  /** Waits until every gateway has its state. */
  readonly ready: () => Promise<void>
}

export interface StandOptions {
  readonly folder: string
  readonly processes: number
  /** Null: embedded state, for one process. */
  readonly redis: RedisServer | null
  readonly runs: number
}

const keyOf = (run: number): string => `pk_budget-run-${run}-0123456789abcdef`

const configOf = (provider: string, { redis, runs }: StandOptions): string => stringify({
  listen: { host: '127.0.0.1', port: 0 }, admin: { port: 0 }, data: './data',
  keys: Array.from({ length: runs }, (_, run) => ({ name: `run-${run}`, hash: hashKey(keyOf(run)), subject: { id: 'bench', tenant: 'bench', groups: ['bench'] }, agent: { id: 'bench' } })),
  providers: [{ id: 'fake', dialect: 'openai', base_url: `${provider}/v1`, credential: { env: 'PROVIDER_KEY' }, trust: 'restricted' }],
  models: [{ id: 'fake/model', context: 128_000, price }],
  policy: { settings: { models: [{ groups: ['*'], models: ['*'] }] } },
  budgets: [{ name: 'run', each: 'key', window: 'total', limit_usd: limitUsd }, { name: 'all', window: 'day', limit_usd: limitUsd * runs }],
  state: redis === null ? {} : { vault_key: { env: 'VAULT_KEY' }, redis: { url: redis.url, timeout_ms: 2000 } },
  log: { level: 'error' }, shutdown: { drain_ms: 2000 },
})

/** Answers after a little while: with between one token and as many as were allowed, and in every second run with all of them. */
const reply = (run: number): Reply => {
  const output = run % 2 === 1 ? maxTokens : 1 + Math.floor(Math.random() * maxTokens)
  return { kind: 'answer', text: 'word '.repeat(8), headDelayMs: 5 + Math.floor(Math.random() * 40), usage: { output } }
}

export const startBudgetStand = async (options: StandOptions): Promise<BudgetStand> => {
  const { folder, processes, runs } = options
  const bills = new Map<number, number>()
  const provider = await startFakeProvider({
    apiKey: 'provider-key',
    reply: request => {
      // Which run a call belongs to stands in its text.
      const run = Number(/run (\d+)/.exec(request.body.toString())?.[1] ?? -1)
      const made = reply(run)
      const usage = made.kind === 'answer' ? { input: 40, output: made.usage?.output ?? 0 } : { input: 0, output: 0 }
      bills.set(run, (bills.get(run) ?? 0) + (usage.input * price.usd_per_mtok_in + usage.output * price.usd_per_mtok_out) / 1e6)
      return made.kind === 'answer' ? { ...made, usage } : made
    },
  })
  const vaultKey = randomBytes(32).toString('base64')
  const gateways: SpawnedGateway[] = []
  const close = async (): Promise<void> => {
    await Promise.all(gateways.map(gateway => gateway.close()))
    await provider.close()
  }
  const ready = async (): Promise<void> => {
    for (const { admin } of gateways) await eventually(async () => (await fetch(`${admin}/readyz`)).status === 200, { withinMs: 60_000 })
  }
  try {
    for (let process = 0; process < processes; process += 1) {
      const home = join(folder, `gateway-${process}`)
      mkdirSync(home, { recursive: true })
      gateways.push(await spawnGateway({ folder: home, config: configOf(provider.url, options), env: { PROVIDER_KEY: 'provider-key', VAULT_KEY: vaultKey }, withinMs: 60_000 }))
    }
  } catch (error) {
    await close()
    throw error
  }
  if (runs < 1) throw new RangeError('a stand needs at least one run')
  return { gateways, provider, key: keyOf, billed: run => bills.get(run) ?? 0, ready, [Symbol.asyncDispose]: close }
}
