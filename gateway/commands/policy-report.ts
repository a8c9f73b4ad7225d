// What policy stopped, or would have stopped while it only observes: by rule, principal and tool.
import { join } from 'node:path'
import { formatPolicyReport, reportPolicy } from '../audit/policy-report.ts'
import { loadConfig } from '../config/load.ts'
import type { Command } from './command.ts'

export const policyReport: Command = async options => {
  const { config } = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  const rows = await reportPolicy(join(config.data, 'audit'), options.since === null ? {} : { since: options.since })
  process.stdout.write(`${formatPolicyReport(rows)}\n`)
  return 0
}
