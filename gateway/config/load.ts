// Reads the configuration file: YAML text → strict schema → typed config. It resolves no secrets and builds nothing.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { hash } from 'node:crypto'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { isScalar, parseDocument, visit, type Document, type YAMLError } from 'yaml'
import type { Approval } from '../../registry/approval.ts'
import { mergeApproved, readApproved } from './approved-file.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { embeddedDefaults } from './embedded-defaults.ts'
import { explainIssues } from './explain.ts'
import { configSchema, type Config } from './schema.ts'

export interface LoadedConfig {
  readonly config: Config
  /** File it came from, or null for the embedded defaults. */
  readonly file: string | null
  /** Folder that relative paths in the file start from. */
  readonly base: string
  /** SHA-256 of the file's text, for the audit log's genesis record. */
  readonly digest: string
  /** File of approved MCP servers, and what it holds; they are among `config.mcp_servers`. */
  readonly approved: { readonly file: string; readonly servers: ReadonlyMap<string, Approval> }
}

export interface LoadOptions {
  /** File named by the user; null means `portcullis.yaml` in the working directory if there is one, else embedded defaults. */
  readonly file: string | null
  readonly cwd: string
  readonly environment: NodeJS.ProcessEnv
  /** `--data` on the command line. */
  readonly data?: string
}

const defaultFile = 'portcullis.yaml'

const firstLine = ({ message }: Error): string => (message.split('\n')[0] ?? message).replace(/:$/, '')

const syntaxProblem = (error: YAMLError): ConfigProblem => ({
  path: '', problem: error.code === 'MULTIPLE_DOCS' ? `more than one YAML document; a second one begins at line ${error.linePos?.[0].line ?? 0}` : firstLine(error),
})

/** Keys that JavaScript objects cannot hold as written would be dropped or renamed in silence. */
const keyProblems = (document: Document): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  visit(document, {
    Pair: (_key, { key }) => {
      if (!isScalar(key)) problems.push({ path: '', problem: 'a key must be plain text, not a list or a map' })
      else if (key.value === '__proto__') problems.push({ path: '', problem: 'the key `__proto__` is not accepted' })
    },
  })
  return problems
}

const parseYaml = (file: string, text: string): unknown => {
  const document = parseDocument(text, { uniqueKeys: true, strict: true, prettyErrors: true })
  // Warnings count: a tag that nobody resolves would be read as if it were not there.
  const problems = [...[...document.errors, ...document.warnings].map(syntaxProblem), ...keyProblems(document)]
  if (problems.length > 0) throw new ConfigError(file, problems)
  try {
    // A billion laughs in YAML is a file that never finishes loading: aliases are bounded.
    return document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: error instanceof Error ? firstLine(error) : String(error) }])
  }
}

const readFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}`, example: 'portcullis start --config portcullis.yaml' }])
  }
}

/** Parses a configuration object that came from `file` (for messages only). @throws ConfigError */
export const parseConfig = (file: string, input: unknown): Config => {
  const parsed = configSchema.safeParse(input)
  if (!parsed.success) throw new ConfigError(file, explainIssues(parsed.error.issues, input))
  return parsed.data
}

/** The configuration without the approved servers: for commands that must work while their file is broken. @throws ConfigError */
export const loadOwnConfig = (options: LoadOptions): LoadedConfig => {
  const named = options.file ?? (existsSync(resolve(options.cwd, defaultFile)) ? defaultFile : null)
  const file = named === null ? null : resolve(options.cwd, named)
  const text = file === null ? '' : readFile(file)
  const input = file === null ? embeddedDefaults(options.environment) : parseYaml(file, text)
  const config = parseConfig(file ?? 'embedded defaults', input)
  const base = file === null ? options.cwd : dirname(file)
  const data = options.data === undefined ? resolveFrom(base, config.data) : resolve(options.cwd, options.data)
  return {
    config: { ...config, data }, file, base, digest: hash('sha256', file === null ? JSON.stringify(input) : text),
    approved: { file: config.registry.file === null ? join(data, 'registry', 'servers.json') : resolveFrom(base, config.registry.file), servers: new Map() },
  }
}

/** Loads the configuration and the approved servers. @throws ConfigError with every problem of a file */
export const loadConfig = (options: LoadOptions): LoadedConfig => {
  const own = loadOwnConfig(options)
  const approved = readApproved(own.approved.file)
  if (approved.text === null) return own
  return { ...own, ...mergeApproved(own, approved.servers), digest: hash('sha256', `${own.digest}${hash('sha256', approved.text)}`) }
}

const resolveFrom = (base: string, path: string): string => isAbsolute(path) ? path : resolve(base, path)

/** What others may write to: a policy or key that anybody can replace protects nobody. Reported at start, not refused. */
export const writableByOthers = (paths: readonly string[]): string[] => paths.filter(path => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && process.platform !== 'win32' && (found.mode & 0o022) !== 0
})
