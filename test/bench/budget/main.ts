// npm run bench -- budget: may many calls at once, on several gateways, spend more than a budget has? Writes results/budget.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { noRedis, startRedis, type RedisServer } from '../../support/redis-server.ts'
import { eventually } from '../../support/wait.ts'
import { overspendOf, runOnce, type RunResult } from './run.ts'
import { startBudgetStand, type BudgetStand, type StandOptions } from './stand.ts'

export interface BudgetBench {
  /** Empty, for everything that is started. */
  readonly folder: string
  readonly quick: boolean
  readonly origin: { readonly machine: string; readonly date: string; readonly command: string }
  readonly say: (line: string) => void
}

interface Table { readonly title: string; readonly rows: readonly RunResult[] }

const calls = 200

const rowText = (row: RunResult): string =>
  `| ${[row.run + 1, row.limitUsd.toFixed(2), row.spentUsd.toFixed(6), row.answered, row.refused, row.unavailable, overspendOf(row).toFixed(6)].join(' | ')} |`

const tableText = ({ title, rows }: Table): string => `## ${title}
| run | limit USD | spent USD | answered | refused | state unavailable | overspend USD |
|---|---|---|---|---|---|---|
${rows.map(rowText).join('\n')}
| all | ${rows.reduce((sum, row) => sum + row.limitUsd, 0).toFixed(2)} | ${rows.reduce((sum, row) => sum + row.spentUsd, 0).toFixed(6)} | ${rows.reduce((sum, row) => sum + row.answered, 0)} | ${rows.reduce((sum, row) => sum + row.refused, 0)} | ${rows.reduce((sum, row) => sum + row.unavailable, 0)} | ${rows.reduce((sum, row) => sum + overspendOf(row), 0).toFixed(6)} |
`

/** Every run on a budget of its own. @param one carries a run out */
const measure = async (title: string, options: StandOptions, one = (stand: BudgetStand, run: number): Promise<RunResult> => runOnce(stand, run, calls)): Promise<Table> => {
  await using stand = await startBudgetStand(options)
  const rows: RunResult[] = []
  for (let run = 0; run < options.runs; run += 1) {
    const row = await one(stand, run)
    if (row.failed.length > 0) throw new Error(`${title}, run ${run + 1}: ${row.failed.length} calls failed otherwise, e.g. ${row.failed[0] ?? ''}`)
    rows.push(row)
  }
  return { title, rows }
}

const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec']

/** Redis dies while calls are under way and comes back; then as many calls again try what is left of the budget. */
const withKill = (redis: RedisServer) => async (stand: BudgetStand, run: number): Promise<RunResult> => {
  await stand.ready()
  const before = stand.provider.requests.length
  const first = await runOnce(stand, run, calls, async () => {
    await eventually(() => stand.provider.requests.length >= before + 5, { everyMs: 1, withinMs: 60_000 })
    await redis.kill()
    await sleep(300)
    await redis.start()
  })
  await stand.ready()
  const second = await runOnce(stand, run, calls)
  return {
    ...second, answered: first.answered + second.answered, refused: first.refused + second.refused,
    unavailable: first.unavailable + second.unavailable, failed: [...first.failed, ...second.failed],
  }
}

const explained = `Spent is the bill of the provider, which counts what it answered and knows nothing of budgets. Every call of a run begins before any has ended and may cost up to
its upper bound; a call is refused (429 \`budget.exhausted\`) when its bound no longer fits beside what others have reserved. As all begin at once, what a limit leaves unused was
reserved for calls that came out cheaper; in every second run each answer is as long as it may be. Killed: redis-server gets SIGKILL when the provider has seen five calls of a run, and is started again on its append-only file
(appendfsync everysec) 300 ms later; calls meanwhile are refused with 503 \`state.unavailable\`. Then 200 more calls try
what is left of the same budget. Such a kill loses nothing that was acknowledged; a power cut can lose the last second.
`

/** @throws Error where a run had failures of another kind; sets exit code 1 where a limit was passed. */
export const runBudgetBench = async ({ folder, quick, origin, say }: BudgetBench): Promise<void> => {
  const runs = quick ? 3 : 20
  const tables: Table[] = []
  if (noRedis === false) {
    const redis = await startRedis({ folder, settings: durable })
    try {
      tables.push(await measure(`Three processes, one Redis, ${calls} calls at once`, { folder: join(folder, 'shared'), processes: 3, redis, runs }))
      say('Shared state measured')
      await redis.ask('FLUSHALL')
      tables.push(await measure(`The same, Redis killed during each run`, { folder: join(folder, 'killed'), processes: 3, redis, runs: quick ? 2 : 5 }, withKill(redis)))
      say('Killed Redis measured')
    } finally {
      await redis.close()
    }
  } else say(`Only embedded state is measured: ${noRedis}`)
  tables.push(await measure(`One process, embedded state, ${calls} calls at once`, { folder: join(folder, 'embedded'), processes: 1, redis: null, runs: quick ? 2 : 5 }))
  const text = `# Budgets\n\n- Machine: ${origin.machine}\n- Date: ${origin.date}\n- Command: \`${origin.command}\`\n\n${tables.map(tableText).join('\n')}\n${explained}`
  console.log(text)
  const results = join(import.meta.dirname, '../results')
  // Half a result must not replace a whole one.
  if (noRedis === false) {
    mkdirSync(results, { recursive: true })
    writeFileSync(join(results, 'budget.md'), text)
  }
  if (tables.some(({ rows }) => rows.some(row => overspendOf(row) > 0))) process.exitCode = 1
}
