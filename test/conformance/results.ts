// What is kept of a run: matrix.json for machines, matrix.md for readers. Nothing in them changes while the scores stay the same.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cells, nameOf, type Cell } from './cells.ts'
import type { Row } from './judge.ts'

const vias = ['direct', 'http', 'stdio', 'client'] as const
const columns = (['legacy', 'modern'] as const).flatMap(era => vias.map(via => ({ era, via })))

const heads = { direct: 'without the gateway', http: 'HTTP', stdio: 'stdio', client: 'the suite as server' } as const

const headOf = ({ era, via }: Pick<Cell, 'era' | 'via'>): string => `${era === 'legacy' ? 'session server' : 'stateless server'}, ${heads[via]}`

/** Scores by client revision (down) and upstream (across); only scenarios that the revision requires. Where the upstream is the suite itself, the gateway is judged as a client. */
export const markdown = (rows: readonly Row[]): string => {
  const scoreOf = (cell: Cell | undefined): string => {
    const row = cell === undefined ? undefined : rows.find(candidate => candidate.cell === nameOf(cell))
    return row === undefined ? '' : `${row.passed}/${row.scenarios}`
  }
  const revisions = [...new Set(cells.map(cell => cell.revision))]
  return [
    `| client | ${columns.map(headOf).join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...revisions.map(revision => `| ${revision} | ${columns.map(({ era, via }) => scoreOf(cells.find(cell => cell.revision === revision && cell.era === era && cell.via === via))).join(' | ')} |`),
  ].join('\n')
}

export const writeResults = (folder: string, suite: string, rows: readonly Row[]): void => {
  mkdirSync(folder, { recursive: true })
  const kept = rows.map(({ alsoFailing, cell, failing, misses, passed, scenarios, warnings }) =>
    ({ cell, passed, scenarios, misses, failing: Object.keys(failing), notRequiredAndFailing: alsoFailing, onlyRecommended: Object.keys(warnings) }))
  writeFileSync(join(folder, 'matrix.json'), `${JSON.stringify({ suite, cells: kept }, null, 2)}\n`)
  writeFileSync(join(folder, 'matrix.md'), `Official conformance suite ${suite}, scenarios passed of those required:\n\n${markdown(rows)}\n`)
}
