// What calls cost, from the audit log. It reads; a gateway may run meanwhile.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatCosts } from '../audit/costs-format.ts'
import { costGroupings, reportCosts, type CostGrouping } from '../audit/costs-report.ts'
import { pointInTime } from '../audit/point-in-time.ts'
import { ConfigError } from '../config/config-error.ts'
import { loadConfig } from '../config/load.ts'
import type { Command, CommandOptions } from './command.ts'

const wrong = (option: string, problem: string, example: string): ConfigError => new ConfigError('command line', [{ path: option, problem, example: `portcullis costs ${option} ${example}` }])

const groupingOf = ({ costs: { by } }: CommandOptions): CostGrouping => {
  const known = costGroupings.find(one => one === (by ?? 'root'))
  if (known === undefined) throw wrong('--by', `costs can be told by ${costGroupings.join(', ')}`, 'session')
  return known
}

const topOf = ({ costs: { top } }: CommandOptions): number | null => {
  if (top === null) return null
  if (!/^[1-9]\d{0,8}$/.test(top)) throw wrong('--top', 'must be a whole number from 1', '20')
  return Number(top)
}

/** A time that is not understood is wrong usage, not a report about nothing. */
const timeOf = (option: '--since' | '--until', text: string | null): string | undefined => {
  if (text === null) return undefined
  try {
    pointInTime(option, text, Date.now())
  } catch {
    throw wrong(option, 'is neither a time nor an age', '7d')
  }
  return text
}

const rowsOnTerminal = 20

export const costs: Command = async options => {
  const by = groupingOf(options)
  const top = topOf(options)
  const since = timeOf('--since', options.since)
  const until = timeOf('--until', options.costs.until)
  const { config } = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  const folder = join(config.data, 'audit')
  if (!existsSync(folder)) throw new Error(`there is no audit log in ${folder}; --config or --data says where the gateway keeps it`)
  const report = await reportCosts(folder, { by, ...since === undefined ? {} : { since }, ...until === undefined ? {} : { until } })
  const text = options.pins.json
    ? JSON.stringify({ ...report, rows: report.rows.slice(0, top ?? report.rows.length), since: since ?? null, until: until ?? null }, null, 2)
    : formatCosts(report, top ?? rowsOnTerminal)
  process.stdout.write(`${text}\n`)
  return 0
}
