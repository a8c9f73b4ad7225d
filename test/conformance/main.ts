// npm run conformance [-- --cell 2025-11-25:legacy:http] [--scenario tools-list]: the official suite in every cell of the matrix.
// Ends with 0 only when nothing fails but what expected-failures.json lists, and everything that it lists fails.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { cells, nameOf, runDirect, runThroughGateway, type Cell } from './cells.ts'
import type { ScenarioResult } from './suite.ts'

const { values } = parseArgs({ options: { cell: { type: 'string' }, scenario: { type: 'string' }, direct: { type: 'boolean', default: false } } })

/** By cell, by scenario: why it fails. */
const expectedSchema = z.record(z.string(), z.record(z.string(), z.string()))
const expected = expectedSchema.parse(JSON.parse(readFileSync(resolve(import.meta.dirname, 'expected-failures.json'), 'utf8')))

interface Row { readonly cell: string; readonly passed: number; readonly scenarios: number; readonly misses: readonly string[]; readonly failing: Readonly<Record<string, readonly string[]>> }

const judge = (cell: Cell, results: readonly ScenarioResult[]): Row => {
  const listed = expected[nameOf(cell)] ?? {}
  const failing = results.filter(result => result.failures.length > 0)
  const unexpected = failing.filter(({ scenario }) => listed[scenario] === undefined).map(({ scenario }) => `${scenario} fails`)
  const stale = values.scenario === undefined ? Object.keys(listed).filter(name => !failing.some(({ scenario }) => scenario === name)).map(name => `${name} no longer fails: take it off the list`) : []
  const nothing = results.length === 0 ? ['the suite ran nothing'] : []
  return {
    cell: nameOf(cell), passed: results.length - failing.length, scenarios: results.length, misses: [...nothing, ...unexpected, ...stale],
    failing: Object.fromEntries(failing.map(({ scenario, failures }) => [scenario, failures])),
  }
}

const runCell = async (cell: Cell): Promise<Row> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-gateway-'))
  try {
    const run = values.direct ? await runDirect(cell, values.scenario ?? null) : await runThroughGateway(cell, values.scenario ?? null, folder)
    if (run.results.length === 0) console.error(run.output)
    return judge(cell, run.results)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const chosen = cells.filter(cell => values.cell === undefined || nameOf(cell) === values.cell)
if (chosen.length === 0) {
  console.error(`There is no cell ${values.cell ?? ''}; there are ${cells.map(nameOf).join(', ')}`)
  process.exit(2)
}

const rows: Row[] = []
for (const cell of chosen) {
  const row = await runCell(cell)
  rows.push(row)
  console.log(`${row.cell.padEnd(24)} ${row.passed}/${row.scenarios}${row.misses.length === 0 ? '' : `  ${row.misses.join('; ')}`}`)
  if (values.cell !== undefined) console.log(JSON.stringify(row.failing, null, 2))
}
if (values.cell === undefined && values.scenario === undefined && !values.direct) {
  mkdirSync(resolve(import.meta.dirname, 'results'), { recursive: true })
  writeFileSync(resolve(import.meta.dirname, 'results/matrix.json'), `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), rows }, null, 2)}\n`)
}
process.exitCode = rows.every(row => row.misses.length === 0) ? 0 : 1
