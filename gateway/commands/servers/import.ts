// Takes over the servers of a client's own file, after showing what each would run.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { clientServers, importServer, localName, type ImportedServer } from '../../../registry/client-file.ts'
import { withoutComments } from '../../../registry/json-comments.ts'
import { showText } from '../../../registry/show-text.ts'
import { ConfigError } from '../../config/config-error.ts'
import { readJson } from '../../surfaces/json/read-json.ts'
import type { Command, CommandOptions } from '../command.ts'
import { givenValues, onlyWord, openApproved } from './approved-servers.ts'
import { propose } from './propose.ts'

const readServers = (file: string): Readonly<Record<string, unknown>> => {
  let value: unknown
  try {
    ({ value } = readJson(withoutComments(readFileSync(file, 'utf8')), { maxDepth: 64 }))
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: error instanceof Error ? error.message : String(error), example: '{"mcpServers": {"files": {"command": "npx", "args": []}}}' }])
  }
  const servers = clientServers(value)
  if (servers === null) throw new ConfigError(file, [{ path: '', problem: 'holds no MCP servers', example: 'an object "mcpServers", or "servers" as VS Code has it' }])
  return servers
}

/** `--name there` selects, `--name there=here` also renames. */
const selection = ({ names }: CommandOptions): ReadonlyMap<string, string> =>
  new Map(names.map(name => name.includes('=') ? [name.slice(0, name.lastIndexOf('=')), name.slice(name.lastIndexOf('=') + 1)] : [name, localName(name)]))

/** What must hold for all of them together. */
const checkNames = (file: string, servers: Readonly<Record<string, unknown>>, rename: ReadonlyMap<string, string>): void => {
  const unknown = [...rename.keys()].filter(name => !Object.hasOwn(servers, name))
  if (unknown.length > 0) throw new ConfigError(file, unknown.map(name => ({ path: name, problem: 'is not in this file', example: `it has ${Object.keys(servers).join(', ')}` })))
}

const refuse = (imported: ImportedServer): void => {
  process.stdout.write(`${showText(imported.original)}: not taken over\n${imported.problems.map(({ path, problem, remedy }) => `  ${showText(`${path === '' ? '' : `${path}: `}${problem}; ${remedy}`)}\n`).join('')}\n`)
}

export const serversImport: Command = async options => {
  const file = resolve(options.cwd, onlyWord(options, 'import <file>'))
  const opened = openApproved(options)
  const servers = readServers(file)
  const rename = selection(options)
  checkNames(file, servers, rename)
  const imported = Object.entries(servers).filter(([name]) => rename.size === 0 || rename.has(name))
    .map(([name, written]) => importServer(name, written, { launchers: opened.own.config.registry.launchers, given: givenValues(options), rename }))
  const twice = imported.filter(({ name }, at) => imported.findIndex(other => other.name === name) !== at)
  if (twice.length > 0) throw new ConfigError(file, twice.map(({ original, name }) => ({ path: original, problem: `would be a second server "${name}"`, example: `--name ${original}=another-name` })))
  const refused = imported.filter(({ problems }) => problems.length > 0)
  refused.forEach(refuse)
  const proposals = imported.flatMap(({ name, original, server, problems, notices }) => server === null || problems.length > 0 ? []
    : [{ name, server, serverJson: null, source: { kind: 'client-file' as const, from: file }, notices: [...name === original ? [] : [`called ${JSON.stringify(original)} in the file`], ...notices] }])
  if (proposals.length === 0) {
    process.stdout.write('There is nothing to approve.\n')
    return 1
  }
  const code = await propose(proposals, options, opened)
  return refused.length > 0 ? 1 : code
}
