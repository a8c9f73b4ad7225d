// npm run bench [-- quick] [-- models|mcp]: measures the gateway beside a bare proxy and writes results/bench.md and bench.svg.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { chartSvg } from './chart.ts'
import { loadTool, pinnedTo } from './load.ts'
import { measurePolicy, type PolicyTimes } from './policy-times.ts'
import { openBenchPolicy } from './policy-engine.ts'
import { reportText } from './report.ts'
import { measureFirstByte, measureTables, type Plan, type Traffic } from './rounds.ts'
import { startStand } from './targets.ts'

const words = process.argv.slice(2)
const known = ['quick', 'models', 'mcp']
const unknown = words.filter(word => !known.includes(word))
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Usage: npm run bench [-- quick] [-- models|mcp]`)
  process.exit(2)
}

const quick = words.includes('quick')
const traffic = (['models', 'mcp'] as const).filter((name): name is Traffic => words.includes(name))
const plan: Plan = {
  traffic: traffic.length === 0 ? ['models', 'mcp'] : traffic,
  rounds: quick ? 2 : 4,
  roundMs: quick ? 1000 : 5000,
  say: line => { console.error(line) },
}

const machine = (): string => {
  const all = cpus()
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  return `${availableParallelism()} × ${all[0]?.model.trim() ?? 'unknown CPU'}, ${gib} GiB, ${platform()}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(2) ?? '–'} before the run`
}

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

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
try {
  const described = machine()
  await using stand = await startStand(folder)
  const tables = await measureTables(stand.targets, plan)
  const firstByte = plan.traffic.includes('models') ? await measureFirstByte(stand.targets, plan) : []
  const policy = await policyTimes()
  const missing = [...stand.missing, ...policy.missing]
  const report = reportText({
    machine: described, date: new Date().toISOString().slice(0, 10), command: ['npm run bench', ...words.length > 0 ? ['--', ...words] : []].join(' '),
    method: `${loadTool}; ${pinning}; ${plan.rounds} interleaved rounds of ${plan.roundMs / 1000} s after a warm-up, medians`,
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
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
