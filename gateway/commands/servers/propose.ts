// Shows what would be approved, asks, and writes the answer down. The one place that adds approved servers.
import { approve, type Approval } from '../../../registry/approval.ts'
import type { WrittenServer } from '../../../registry/build-launch.ts'
import { showText } from '../../../registry/show-text.ts'
import { problemsOfApproved, readApproved, writeApproved } from '../../config/approved-file.ts'
import { ConfigError } from '../../config/config-error.ts'
import type { CommandOptions } from '../command.ts'
import type { Opened } from './approved-servers.ts'
import { confirm } from './confirm.ts'
import { describeServer, missingVariables } from './describe.ts'

export interface Proposal {
  readonly name: string
  readonly server: WrittenServer
  readonly serverJson: Readonly<Record<string, unknown>> | null
  readonly source: Approval['source']
  readonly notices: readonly string[]
}

const settingsOf = ({ settings }: CommandOptions): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== null))

const write = (text: string): void => { process.stdout.write(`${text}\n`) }

const show = (name: string, approval: Approval, notices: readonly string[], { approved }: Opened): void => {
  const known = approved.servers.get(name)
  for (const line of describeServer(name, approval)) write(line)
  for (const notice of notices) write(`  ${'note'.padEnd(9)}${showText(notice)}`)
  if (known !== undefined) write(`  ${'replaces'.padEnd(9)} what was approved under this name on ${known.approved_at}`)
  write('')
}

/** @returns exit code. @throws ConfigError when an entry could not be loaded as it would be written */
export const propose = async (proposals: readonly Proposal[], options: CommandOptions, opened: Opened): Promise<number> => {
  const now = new Date()
  const made = proposals.map(proposal => ({ ...proposal, approval: approve({ ...proposal, server: { ...proposal.server, ...settingsOf(options) }, now }) }))
  const problems = made.flatMap(({ name, approval }) => problemsOfApproved(opened.own, name, approval))
  if (problems.length > 0) throw new ConfigError('these servers', problems)
  for (const { name, approval, notices } of made) show(name, approval, notices, opened)
  const names = made.map(({ name }) => name)
  if (!options.yes && !await confirm(`Approve ${names.join(', ')}? The gateway may then run or call exactly this.`, { input: process.stdin, output: process.stdout })) return 1
  const { file } = opened.own.approved
  // Read again: another command may have written while this one was waiting for its answer.
  writeApproved(file, new Map([...readApproved(file).servers, ...made.map(({ name, approval }): [string, Approval] => [name, approval])]))
  write(`Approved ${names.join(', ')} in ${file}. A running gateway takes it up by itself.`)
  write(`Policy decides who may use it, e.g. policy.settings.access: [{groups: [engineering], tools: ["${names[0] ?? ''}/*"]}]`)
  const missing = [...new Set(made.flatMap(({ approval }) => missingVariables(approval, options.environment)))]
  if (missing.length > 0) write(`Not set here, and needed by the gateway before it starts or loads this: ${missing.join(', ')}`)
  return 0
}
