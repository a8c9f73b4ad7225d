// One cell of the matrix: a client revision against a fixture server of one era, straight or through the real gateway; or the suite as a server
// that the gateway is a client of.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from '../support/child.ts'
import { startOtlpCollector } from '../support/otlp-collector.ts'
import type { CleansUp } from '../support/scratch-folder.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { gatewayConfig } from './gateway-config.ts'
import { testClient, testServer, type Revision, type SuiteRun } from './suite.ts'

export type Era = 'legacy' | 'modern'

export interface Cell {
  readonly revision: Revision
  readonly era: Era
  /** How the fixture is reached: `direct` without the gateway, over HTTP; `http` and `stdio` name the gateway's way to it. `client`: no fixture. */
  readonly via: 'direct' | 'http' | 'stdio' | 'client'
}

const eraOf = (revision: Revision): Era => revision === '2026-07-28' ? 'modern' : 'legacy'
const isMainRevision = (revision: Revision): boolean => revision >= '2025-11-25'

/** Every revision and era; the older one differs by nothing that stdio upstreams would see, and the suite has no server scenarios before it. The suite speaks only HTTP, so `direct` is HTTP. */
const viasOf = (revision: Revision, era: Era): readonly Cell['via'][] => {
  if (!isMainRevision(revision)) return ['http']
  return eraOf(revision) === era ? ['direct', 'http', 'stdio', 'client'] : ['http', 'stdio']
}

export const cells: readonly Cell[] = (['2025-06-18', '2025-11-25', '2026-07-28'] as const).flatMap(revision =>
  (['legacy', 'modern'] as const).flatMap(era => viasOf(revision, era).map((via): Cell => ({ revision, era, via }))))

export const nameOf = ({ revision, era, via }: Cell): string => `${revision}:${era}:${via}`

const repository = resolve(import.meta.dirname, '../..')
// The suite gives it to a shell.
const clientCommand = `"${process.execPath}" "${resolve(import.meta.dirname, 'client/main.ts')}"`
const fixture = (era: Era): string => resolve(import.meta.dirname, 'fixture', `${era}-main.ts`)

const startFixture = async (era: Era, test: CleansUp): Promise<string> => {
  const child = await startChild({ command: process.execPath, args: [fixture(era), 'http'], env: { PATH: process.env['PATH'] ?? '' } })
  test.after(async () => { await child.stop() })
  return child.line(line => line.includes('"listening"') ? (JSON.parse(line) as { data: string }).data : undefined)
}

const runThroughGateway = async ({ revision, era, via }: Cell, options: RunOptions, test: CleansUp): Promise<SuiteRun> => {
  const { folder, scenario } = options
  const collector = await startOtlpCollector(test)
  const server = via === 'stdio' ? { command: process.execPath, args: [fixture(era), 'stdio'] } : { url: await startFixture(era, test) }
  const gateway = await spawnGateway({ folder, config: gatewayConfig({ fixture: server }, collector.url) })
  let run: SuiteRun
  try {
    run = await testServer(`${gateway.url}/mcp/fixture`, revision, scenario)
  } finally {
    await gateway.close()
    options.log(gateway.child.stderr())
  }
  // Scores count only with tracing and audit really at work.
  if (collector.spans.length === 0) throw new Error('The gateway exported no spans.')
  await promisify(execFile)(process.execPath, [resolve(repository, 'gateway/main.ts'), 'audit', 'verify', '--config', resolve(folder, 'portcullis.yaml')], { cwd: folder })
  return run
}

export interface RunOptions {
  readonly scenario: string | null
  /** Empty folder for the gateway's configuration and data. */
  readonly folder: string
  /** Takes what the gateway said on standard error. */
  readonly log: (text: string) => void
}

/** @throws when the gateway does not start, or its traces or its audit log are missing */
export const runCell = async (cell: Cell, options: RunOptions): Promise<SuiteRun> => {
  const cleanups: (() => void | Promise<void>)[] = []
  const test: CleansUp = { after: fn => { cleanups.push(fn) } }
  try {
    switch (cell.via) {
      case 'client': return await testClient(clientCommand, cell.revision, options.scenario)
      case 'direct': return await testServer(await startFixture(cell.era, test), cell.revision, options.scenario)
      default: return await runThroughGateway(cell, options, test)
    }
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}
