// The file of approved MCP servers: read strictly, checked against the digests of their approval, written whole or not at all. The
// commands write it, the gateway only reads it.
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { approvalProblems, approvalsSchema, type Approval } from '../../registry/approval.ts'
import { mcpServerSchema } from '../../registry/mcp-server.ts'
import { readJson } from '../surfaces/json/read-json.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { dotted } from './explain.ts'
import type { LoadedConfig } from './load.ts'

const maxDepth = 64
const remedy = 'the file is written by "portcullis servers import" and "servers add"; remove it to begin anew'

export interface ApprovedFile {
  /** Null where there is no such file. */
  readonly text: string | null
  readonly servers: ReadonlyMap<string, Approval>
}

const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new ConfigError(file, [{ path: '', problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }])
  }
}

/** Reads the file's form only; whether an entry may still be used is asked by mergeApproved. @throws ConfigError */
export const readApproved = (file: string): ApprovedFile => {
  const text = textOf(file)
  if (text === null) return { text, servers: new Map() }
  let value: unknown
  try {
    ({ value } = readJson(text, { maxDepth }))
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: error instanceof Error ? error.message : String(error), example: remedy }])
  }
  const parsed = approvalsSchema.safeParse(value)
  if (!parsed.success) throw new ConfigError(file, parsed.error.issues.map(({ path, message }) => ({ path: dotted(path), problem: message, example: remedy })))
  return { text, servers: new Map(Object.entries(parsed.data.servers)) }
}

/** What speaks against using an approved server beside a configuration. */
export const problemsOfApproved = ({ config }: LoadedConfig, name: string, approval: Approval): ConfigProblem[] => [
  ...Object.hasOwn(config.mcp_servers, name) ? [{ path: `servers.${name}`, problem: 'is also a server under mcp_servers of the configuration', example: `portcullis servers remove ${name}, or rename the other` }] : [],
  ...approvalProblems(name, approval, config.registry.launchers).map(({ path, problem, remedy: example }) => ({ path, problem, example })),
]

/** The configuration with the approved servers in it. @throws ConfigError with every entry that may not be used */
export const mergeApproved = (own: LoadedConfig, servers: ReadonlyMap<string, Approval>): Pick<LoadedConfig, 'config' | 'approved'> => {
  const problems = [...servers].flatMap(([name, approval]) => problemsOfApproved(own, name, approval))
  if (problems.length > 0) throw new ConfigError(own.approved.file, problems)
  const approved = Object.fromEntries([...servers].map(([name, { server }]) => [name, mcpServerSchema.parse(server)]))
  return { config: { ...own.config, mcp_servers: { ...own.config.mcp_servers, ...approved } }, approved: { file: own.approved.file, servers } }
}

/** Writes the file anew, readable and writable by its owner alone. */
export const writeApproved = (file: string, servers: ReadonlyMap<string, Approval>): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, `${JSON.stringify({ format: 1, servers: Object.fromEntries(servers) }, null, 2)}\n`, { mode: 0o600, flush: true })
  chmodSync(fresh, 0o600)
  // Whoever reads at this moment has the old file or the new one, never half of either.
  renameSync(fresh, file)
}
