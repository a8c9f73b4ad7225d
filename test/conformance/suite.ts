// Runs the official suite against one address and reads what it wrote.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export type Revision = '2025-11-25' | '2026-07-28'

interface Check { readonly id: string; readonly name: string; readonly status: string; readonly errorMessage?: string }

export interface ScenarioResult {
  readonly scenario: string
  readonly failures: readonly string[]
  readonly passed: number
}

export interface SuiteRun { readonly results: readonly ScenarioResult[]; readonly output: string }

const command = resolve(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance/dist/index.js')

const checksIn = (folder: string): readonly Check[] => {
  const file = readdirSync(folder).find(name => name === 'checks.json')
  return file === undefined ? [] : JSON.parse(readFileSync(join(folder, file), 'utf8')) as Check[]
}

// The suite names its folders `server-<scenario>-<time>`.
const scenarioOf = (folder: string): string => folder.replace(/^server-/, '').replace(/-\d{4}-\d{2}-\d{2}T.*$/, '')

const resultsIn = (folder: string): readonly ScenarioResult[] => readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => {
  const checks = checksIn(join(folder, entry.name))
  return {
    scenario: scenarioOf(entry.name),
    passed: checks.filter(check => check.status === 'SUCCESS').length,
    failures: checks.filter(check => check.status === 'FAILURE').map(check => `${check.id}: ${check.errorMessage ?? check.name}`),
  }
})

/** Runs what a revision requires, or one scenario of it. */
export const runSuite = async (url: string, revision: Revision, scenario: string | null): Promise<SuiteRun> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const which = scenario === null ? ['--requirements', revision] : ['--scenario', scenario, '--spec-version', revision]
    const child = spawn(process.execPath, [command, 'server', '--url', url, ...which, '-o', folder], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
    await new Promise((resolve_, reject) => { child.once('close', resolve_).once('error', reject) })
    return { results: resultsIn(folder), output }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
