// Runs the official suite against one address and reads what it wrote: its files, and as a second opinion its exit code.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPackageJSON } from 'node:module'
import { parse } from 'yaml'
import { z } from 'zod'

/** The suite freezes what the last two require; for the older one it runs what applies to it. */
export const revisions = ['2025-06-18', '2025-11-25', '2026-07-28'] as const
export type Revision = (typeof revisions)[number]

const checkSchema = z.object({ id: z.string(), name: z.string(), status: z.string(), errorMessage: z.string().optional() })
const requirementsSchema = z.object({ server: z.array(z.string()), client: z.array(z.string()) })

export interface ScenarioResult {
  readonly scenario: string
  readonly failures: readonly string[]
  /** What the suite only recommends. */
  readonly warnings: readonly string[]
}

export interface SuiteRun {
  readonly results: readonly ScenarioResult[]
  /** The suite's own verdict on what the revision requires; null where it gives none. */
  readonly clean: boolean | null
  readonly output: string
}

const manifest = findPackageJSON('@modelcontextprotocol/conformance', import.meta.url) ?? ''
const root = join(manifest, '..')

export const suiteVersion = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version

const isFrozen = (revision: Revision): boolean => existsSync(join(root, 'requirements', `${revision}.yaml`))

/** Scenarios that count. Revisions without a frozen list count those of the next one that has one, as far as they apply. */
export const requiredScenarios = (revision: Revision, leg: 'server' | 'client'): { readonly scenarios: readonly string[]; readonly all: boolean } => {
  const frozen = revisions.find(candidate => candidate >= revision && isFrozen(candidate)) ?? revision
  const { [leg]: scenarios } = requirementsSchema.parse(parse(readFileSync(join(root, 'requirements', `${frozen}.yaml`), 'utf8')))
  return { scenarios, all: frozen === revision }
}

const saying = (folder: string, status: string): readonly string[] => {
  const file = join(folder, 'checks.json')
  if (!existsSync(file)) return []
  return z.array(checkSchema).parse(JSON.parse(readFileSync(file, 'utf8'))).filter(check => check.status === status)
    .map(check => `${check.id}: ${check.errorMessage ?? check.name}`)
}

// The suite names its folders `server-<scenario>-<time>`, and those of clients without a first word; a scenario's name may hold slashes.
const scenarioOf = (path: string): string => path.replace(/^server-/, '').replace(/-\d{4}-\d{2}-\d{2}T[^/]*$/, '')

/** A scenario in which everything was skipped has shown nothing. */
const failuresIn = (folder: string): readonly string[] => {
  const failures = saying(folder, 'FAILURE')
  return failures.length > 0 || saying(folder, 'SUCCESS').length > 0 || saying(folder, 'WARNING').length > 0 ? failures : ['nothing was checked']
}

const resultsIn = (folder: string): readonly ScenarioResult[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.name === 'checks.json').map(({ parentPath }) => ({
    scenario: scenarioOf(parentPath.slice(folder.length + 1)),
    failures: failuresIn(parentPath),
    warnings: saying(parentPath, 'WARNING'),
  })).sort((a, b) => a.scenario < b.scenario ? -1 : 1)

const selection = (revision: Revision, scenario: string | null): readonly string[] => {
  if (scenario !== null) return ['--scenario', scenario, '--spec-version', revision]
  return isFrozen(revision) ? ['--requirements', revision] : ['--suite', 'all', '--spec-version', revision]
}

const run = async (nodeArgs: readonly string[], args: readonly string[]): Promise<Omit<SuiteRun, 'clean'> & { readonly code: number | null }> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const child = spawn(process.execPath, [...nodeArgs, join(root, 'dist/index.js'), ...args, '-o', folder], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
    const code = await new Promise<number | null>((resolve, reject) => { child.once('close', resolve).once('error', reject) })
    return { results: resultsIn(folder), output, code }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The suite as a client of the server at `url`; `scenario` null for everything. */
export const testServer = async (url: string, revision: Revision, scenario: string | null): Promise<SuiteRun> => {
  const { code, ...rest } = await run([], ['server', '--url', url, ...selection(revision, scenario)])
  return { ...rest, clean: scenario === null && isFrozen(revision) ? code === 0 : null }
}

const bindLoopback = join(import.meta.dirname, 'client/bind-loopback.mjs')

/**
 * The suite as the server of `command`. One scenario after another: the suite itself would start all at once, and a gateway each.
 * `--force` because what a revision requires may be older than the revision.
 */
export const testClient = async (command: string, revision: Revision, scenario: string | null): Promise<SuiteRun> => {
  const results: ScenarioResult[] = []
  let output = ''
  for (const name of scenario === null ? requiredScenarios(revision, 'client').scenarios : [scenario]) {
    const one = await run(['--import', bindLoopback], ['client', '--command', command, ...selection(revision, name), '--force'])
    results.push(...one.results)
    output += one.output
  }
  return { results, output, clean: null }
}
