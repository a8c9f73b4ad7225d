// Checks the audit log's chain and signatures, and says where the first record is that does not fit.
import { join } from 'node:path'
import { formatVerifyReport, verifyAudit } from '../audit/verify.ts'
import { loadConfig } from '../config/load.ts'
import type { Command } from './command.ts'

export const auditVerify: Command = async options => {
  const { config } = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  const report = await verifyAudit(join(config.data, 'audit'))
  process.stdout.write(`${formatVerifyReport(report)}\n`)
  return report.ok ? 0 : 1
}
