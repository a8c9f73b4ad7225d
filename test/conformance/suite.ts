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
  /** Checks that passed. */
  readonly passed: number
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

const resultsIn = (folder: string): readonly ScenarioResult[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.name === 'checks.json').map(({ parentPath }) => ({
    scenario: scenarioOf(parentPath.slice(folder.length + 1)),
    passed: saying(parentPath, 'SUCCESS').length,
    failures: saying(parentPath, 'FAILURE'),
    warnings: saying(parentPath, 'WARNING'),
  })).sort((a, b) => a.scenario < b.scenario ? -1 : 1)

const selection = (revision: Revision, scenario: string | null): readonly string[] => {
  if (scenario !== null) return ['--scenario', scenario, '--spec-version', revision]
  return isFrozen(revision) ? ['--requirements', revision] : ['--suite', 'all', '--spec-version', revision]
}

export interface SuiteTarget {
  readonly leg: 'server' | 'client'
  /** `--url` of a server, or `--command` of a client. */
  readonly target: readonly string[]
  readonly revision: Revision
  /** One scenario instead of all. */
  readonly scenario: string | null
  readonly env?: Readonly<Record<string, string>>
}

export const runSuite = async ({ leg, target, revision, scenario, env = {} }: SuiteTarget): Promise<SuiteRun> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const args = [join(root, 'dist/index.js'), leg, ...target, ...selection(revision, scenario), '-o', folder]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
    const code = await new Promise<number | null>((resolve, reject) => { child.once('close', resolve).once('error', reject) })
    return { results: resultsIn(folder), clean: scenario === null && isFrozen(revision) ? code === 0 : null, output }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
