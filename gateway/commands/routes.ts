// What the router chose: one recorded choice made again, and all of them in sum. Both read the audit log only.
import { join } from 'node:path'
import { explainText } from '../audit/route-explain.ts'
import { replay, routedOutcomes, type RoutedOutcome } from '../audit/route-log.ts'
import { formatRouteReport, reportRoutes } from '../audit/route-report.ts'
import { plainText } from '../audit/text-table.ts'
import { loadConfig } from '../config/load.ts'
import { difficultyModel } from '../../router/difficulty/model.ts'
import type { Command, CommandOptions } from './command.ts'

const auditFolder = (options: CommandOptions): string => {
  const { config } = loadConfig({ file: options.config, cwd: options.cwd, environment: options.environment, ...(options.data === null ? {} : { data: options.data }) })
  return join(config.data, 'audit')
}

const find = async (folder: string, exchange: string): Promise<RoutedOutcome | null> => {
  for await (const outcome of routedOutcomes(folder, exchange)) if (outcome.exchange === exchange) return outcome
  return null
}

/** Ends with 0 where the choice comes out again, 1 where it does not or nothing was recorded, 2 for wrong usage. */
export const routesExplain: Command = async options => {
  const [exchange, ...more] = options.words
  if (exchange === undefined || more.length > 0) {
    process.stderr.write('Usage: portcullis routes explain EXCHANGE, with the id from the answer\'s header x-portcullis-exchange\n')
    return 2
  }
  const outcome = await find(auditFolder(options), exchange)
  if (outcome === null) {
    process.stderr.write(`The audit log has no model call ${JSON.stringify(exchange)} that reached a model.\n`)
    return 1
  }
  const { plan } = outcome.route
  if (plan === undefined) {
    process.stdout.write(`${plainText(outcome.route.chosen)} was asked for by its own name: there was nothing to choose.\n`)
    return 0
  }
  const again = replay(plan, difficultyModel)
  process.stdout.write(`${explainText(outcome, plan, again)}\n`)
  return again.same && again.predictions !== 'differ' ? 0 : 1
}

export const routesReport: Command = async options => {
  const rows = await reportRoutes(auditFolder(options), options.since === null ? {} : { since: options.since })
  process.stdout.write(`${formatRouteReport(rows)}\n`)
  return 0
}
