// One cell of the matrix: a client revision against an upstream of one era over one transport, straight or through the real gateway.
import { resolve } from 'node:path'
import { stringify } from 'yaml'
import { startChild } from '../support/child.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { runSuite, type Revision, type SuiteRun } from './suite.ts'

export interface Cell { readonly revision: Revision; readonly era: 'legacy'; readonly transport: 'http' | 'stdio' }

export const cells: readonly Cell[] = (['http', 'stdio'] as const).map((transport): Cell => ({ revision: '2025-11-25', era: 'legacy', transport }))

export const nameOf = ({ revision, era, transport }: Cell): string => `${revision}:${era}:${transport}`

const fixture = (era: Cell['era']): string => resolve(import.meta.dirname, 'fixture', `${era}-main.ts`)

interface Running { readonly url: string; readonly stop: () => Promise<unknown> }

const startFixture = async (era: Cell['era']): Promise<Running> => {
  const child = await startChild({ command: process.execPath, args: [fixture(era), 'http'], env: { PATH: process.env['PATH'] ?? '' } })
  const url = await child.line(line => line.includes('"listening"') ? (JSON.parse(line) as { data: string }).data : undefined)
  return { url, stop: () => child.stop() }
}

/** Everything is allowed and nothing is rewritten, so that what the suite misses is missing in the protocol. */
const configFor = (server: object): string => stringify({
  listen: { port: 0 }, admin: { port: 0 }, data: './data', mcp_servers: { fixture: server },
  policy: { settings: { access: [{ groups: ['*'], tools: ['*'] }], data: { pseudonymise: [], secrets: 'allow' } } },
  log: { level: 'warn' },
})

/** The fixture by itself: what fails here is not the gateway's fault. */
export const runDirect = async ({ revision, era }: Cell, scenario: string | null): Promise<SuiteRun> => {
  const upstream = await startFixture(era)
  try {
    return await runSuite(upstream.url, revision, scenario)
  } finally {
    await upstream.stop()
  }
}

/** @param folder empty folder for the gateway's configuration and data */
export const runThroughGateway = async ({ revision, era, transport }: Cell, scenario: string | null, folder: string): Promise<SuiteRun> => {
  const upstream = transport === 'http' ? await startFixture(era) : null
  try {
    const server = upstream === null ? { command: process.execPath, args: [fixture(era), 'stdio'] } : { url: upstream.url }
    await using gateway = await spawnGateway({ folder, config: configFor(server) })
    return await runSuite(`${gateway.url}/mcp/fixture`, revision, scenario)
  } finally {
    await upstream?.stop()
  }
}
