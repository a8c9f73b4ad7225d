// What is approved: in one line each, or one entry in full. Also what can no longer be loaded, and why.
import { showCommand, showWord } from '../../../registry/show-text.ts'
import type { Approval } from '../../../registry/approval.ts'
import { problemsOfApproved, writeApproved } from '../../config/approved-file.ts'
import { ConfigError } from '../../config/config-error.ts'
import type { Command } from '../command.ts'
import { onlyWord, openApproved, type Opened } from './approved-servers.ts'
import { describeServer } from './describe.ts'

const write = (text: string): void => { process.stdout.write(`${text}\n`) }

const lineOf = ({ server }: Approval): string => {
  const { url, command, args } = server as { url?: string; command?: string; args?: readonly string[] }
  return url === undefined ? showCommand(command ?? '', args ?? []) : showWord(url)
}

const found = ({ own, approved }: Opened, name: string): Approval => {
  const approval = approved.servers.get(name)
  if (approval !== undefined) return approval
  throw new ConfigError(own.approved.file, [{
    path: name, problem: Object.hasOwn(own.config.mcp_servers, name) ? 'was not approved by a command: it stands under mcp_servers of the configuration' : 'is not approved here',
    example: `approved are ${[...approved.servers.keys()].join(', ') || 'none'}`,
  }])
}

export const serversList: Command = options => {
  const { own, approved } = openApproved(options)
  for (const [name, approval] of approved.servers) {
    const broken = problemsOfApproved(own, name, approval).length > 0
    write(`${name.padEnd(25)}${broken ? 'REFUSED  ' : ''}${lineOf(approval)}`)
  }
  for (const name of Object.keys(own.config.mcp_servers)) write(`${name.padEnd(25)}(mcp_servers of the configuration)`)
  if (approved.servers.size === 0) write(`Nothing is approved in ${own.approved.file}.`)
  return Promise.resolve(0)
}

export const serversShow: Command = options => {
  const name = onlyWord(options, 'show <name>')
  const opened = openApproved(options)
  const approval = found(opened, name)
  for (const line of describeServer(name, approval)) write(line)
  write(`  ${'approved'.padEnd(9)}${approval.approved_at}`)
  const problems = problemsOfApproved(opened.own, name, approval)
  for (const { path, problem, example } of problems) write(`  REFUSED  ${path}: ${problem}${example === undefined ? '' : `; ${example}`}`)
  return Promise.resolve(problems.length > 0 ? 1 : 0)
}

export const serversRemove: Command = options => {
  const name = onlyWord(options, 'remove <name>')
  const opened = openApproved(options)
  found(opened, name)
  writeApproved(opened.own.approved.file, new Map([...opened.approved.servers].filter(([other]) => other !== name)))
  write(`Removed ${name}. A running gateway ends it by itself.`)
  return Promise.resolve(0)
}
