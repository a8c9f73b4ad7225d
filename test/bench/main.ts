// npm run bench [-- quick] [-- models]: measures the gateway beside a bare proxy and writes results/bench.md and bench.svg.
// npm run bench -- router DATA [quick]: what choosing a model saves on held-out prompts, results/router.md.
// npm run bench -- budget [quick]: whether budgets hold, results/budget.md.
// npm run bench -- stream [quick]: translated streams beside passthrough, results/stream.md.
// npm run bench -- redaction [DATA] [quick] [--presidio]: what detection finds, and what data protection costs, results/redaction.md.
// npm run bench -- mcp [quick] [--soak <minutes>]: the MCP figures, results/mcp.md; with --soak only the soak, results/mcp-soak.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { chartSvg } from './chart.ts'
import { loadTool, pinnedTo } from './load.ts'
import { runMcpBench } from './mcp/main.ts'
import { runRedactionBench } from './redaction/main.ts'
import { runRouterBench } from './router/main.ts'
import { measurePolicy, type PolicyTimes } from './policy-times.ts'
import { openBenchPolicy } from './policy-engine.ts'
import { reportText } from './report.ts'
import { measureFirstByte, measureTables, type Plan } from './rounds.ts'
import { runStreamBench } from './stream/main.ts'
import { startStand } from './targets.ts'

const usage = (problem: string): never => {
  console.error(`${problem}. Usage: npm run bench [-- quick] [-- models], npm run bench -- mcp [quick] [--soak <minutes>], npm run bench -- router DATA [quick], npm run bench -- budget [quick], npm run bench -- stream [quick], npm run bench -- redaction [DATA] [quick] [--presidio]`)
  process.exit(2)
}

const words = process.argv.slice(2)
const soakAt = words.indexOf('--soak')
const soakMinutes = soakAt === -1 ? null : Number(words[soakAt + 1])
if (soakMinutes !== null && !(soakMinutes > 0)) usage('--soak takes a number of minutes')
const names = soakAt === -1 ? words : words.toSpliced(soakAt, 2)
// Their second word is a folder, which need not be the name of a bench.
const isRouter = words[0] === 'router'
const isRedaction = words[0] === 'redaction'
const unknown = isRouter || isRedaction ? [] : names.filter(word => !['quick', 'models', 'mcp', 'budget', 'stream'].includes(word))
if (unknown.length > 0) usage(`Unknown: ${unknown.join(', ')}`)
const mcp = names.includes('mcp')
const budget = names.includes('budget')
if (budget && (mcp || names.includes('models'))) usage('budget is a run of its own')
if (mcp ? names.includes('models') : soakMinutes !== null) usage(mcp ? 'models and mcp are runs of their own' : '--soak belongs to mcp')

const stream = names.includes('stream')
if (stream && (mcp || budget || names.includes('models'))) usage('stream is a run of its own')

const quick = names.includes('quick')
const plan: Plan = {
  traffic: names.includes('models') ? ['models'] : ['models', 'mcp'],
  rounds: quick ? 2 : 4,
  roundMs: quick ? 1000 : 5000,
  say: line => { console.error(line) },
}

const machine = (): string => {
  const all = cpus()
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  return `${availableParallelism()} × ${all[0]?.model.trim() ?? 'unknown CPU'}, ${gib} GiB, ${platform()}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(2) ?? '–'} before the run`
}

if (isRouter) process.exit(runRouterBench(words[1], words.includes('quick'), machine()))

const pinning = pinnedTo(0).length > 0 && availableParallelism() > 1
  ? 'measured process on core 0, load and upstream on core 1'
  : 'processes not pinned to cores'

const policyTimes = async (): Promise<{ times: PolicyTimes | null; missing: readonly string[] }> => {
  try {
    return { times: measurePolicy(await openBenchPolicy(), quick ? 2000 : 20_000), missing: [] }
  } catch (error) {
    console.error(error)
    return { times: null, missing: ['Policy evaluation: the shipped bundle could not be opened'] }
  }
}

const origin = { machine: machine(), date: new Date().toISOString().slice(0, 10), command: ['npm run bench', ...words.length > 0 ? ['--', ...words] : []].join(' ') }
const setting = `${loadTool}; ${pinning}`

/** Model and MCP traffic beside the bare proxy. */
const runBench = async (folder: string): Promise<void> => {
  await using stand = await startStand(folder)
  const tables = await measureTables(stand.targets, plan)
  const firstByte = plan.traffic.includes('models') ? await measureFirstByte(stand.targets, plan) : []
  const policy = await policyTimes()
  const missing = [...stand.missing, ...policy.missing]
  const report = reportText({
    ...origin, method: `${setting}; ${plan.rounds} interleaved rounds of ${plan.roundMs / 1000} s after a warm-up, medians`,
    tables, firstByte, policy: policy.times, missing,
  })
  console.log(report)
  if (missing.length === 0) {
    const results = join(import.meta.dirname, 'results')
    mkdirSync(results, { recursive: true })
    writeFileSync(join(results, 'bench.md'), report)
    writeFileSync(join(results, 'bench.svg'), chartSvg(tables))
  } else {
    // A bench without its subject is no result, and must not replace one.
    console.error(`Nothing was written to results/: ${missing.join('; ')}`)
    process.exitCode = 1
  }
}

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
try {
  if (isRedaction) process.exitCode = await runRedactionBench({ words: words.slice(1), folder, origin, setting: pinning, say: plan.say })
  else if (stream) await runStreamBench({ folder, quick, origin, setting: pinning, say: plan.say })
  // Its Redis client makes all strings of a process slower (gateway/sessions/redis/client.ts): the others are measured without it.
  else await (budget ? (await import('./budget/main.ts')).runBudgetBench({ folder, quick, origin, say: plan.say }) : mcp ? runMcpBench({ folder, quick, soakMinutes, origin, setting, say: plan.say }) : runBench(folder))
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
