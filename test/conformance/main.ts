// npm run conformance [-- --cell 2025-11-25:legacy:http] [--scenario tools-list]: the official suite in every cell of the matrix. A cell may be
// named by its beginning (--cell 2026-07-28). Ends with 0 only when nothing fails but what expected-failures.json lists, and all of that fails.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cells, nameOf, runCell, type Cell } from './cells.ts'
import { expectedFailures, judge, type Row } from './judge.ts'
import { markdown, writeResults } from './results.ts'
import { requiredScenarios, suiteVersion } from './suite.ts'

const { values } = parseArgs({ options: { cell: { type: 'string' }, scenario: { type: 'string' }, verbose: { type: 'boolean', default: false } } })
const scenario = values.scenario ?? null
const expected = expectedFailures()

const rowOf = async (cell: Cell): Promise<Row> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-gateway-'))
  try {
    const run = await runCell(cell, { scenario, folder, log: text => { if (values.verbose) console.error(text) } })
    if (values.verbose || run.results.length === 0) console.error(run.output)
    const name = nameOf(cell)
    return judge(run, { cell: name, required: requiredScenarios(cell.revision, cell.via === 'client' ? 'client' : 'server'), listed: expected[name] ?? {}, scenario })
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const chosen = cells.filter(cell => nameOf(cell).startsWith(values.cell ?? ''))
if (chosen.length === 0) {
  console.error(`There is no cell ${values.cell ?? ''}; there are ${cells.map(nameOf).join(', ')}`)
  process.exit(2)
}

const rows: Row[] = []
for (const cell of chosen) {
  const row = await rowOf(cell)
  rows.push(row)
  const listed = Object.keys(row.failing).length - row.misses.filter(miss => miss.endsWith(' fails')).length
  console.log(`${row.cell.padEnd(26)} ${`${row.passed}/${row.scenarios}`.padStart(5)}${listed === 0 ? '' : `  ${listed} expected to fail`}${row.misses.map(miss => `\n    ${miss}`).join('')}`)
  if (chosen.length === 1) for (const [name, failures] of Object.entries(row.failing)) console.log(`  ${name}\n${failures.map(text => `      ${text}`).join('\n')}`)
}
// Only the whole matrix is worth keeping.
if (chosen.length === cells.length && scenario === null) {
  writeResults(resolve(import.meta.dirname, 'results'), suiteVersion, rows)
}
if (chosen.length > 1) console.log(`\n${markdown(rows)}`)
process.exitCode = rows.every(row => row.misses.length === 0) ? 0 : 1
