// The processes that the MCP figures are measured on: the instant servers, the two yardsticks, and gateways for calls, lists and sessions.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../../support/child.ts'
import { spawnGateway } from '../../support/spawn-gateway.ts'
import { benchEnv, mcpOnly } from '../configs.ts'
import { pinnedTo } from '../load.ts'
import { gatewayCore, loadCore, startPeer } from '../targets.ts'

export interface Peer { readonly url: string; readonly child: Child }

export interface Memory {
  /** Megabytes (10^6 bytes). */
  readonly rssMb: number
  readonly heapMb: number
}

/** The tool servers by the paths of the instant provider; eras are found out by the gateway. */
export const legacyPath = '/mcp'
export const modernPath = '/modern'
export const hundredPath = (index: number): string => `/hundred/${index}`
export const listedServers = 20

export const startInstant = (): Promise<Peer> => startPeer('instant-provider.ts', [], loadCore)
export const startProxy = (script: 'bare-proxy.ts' | 'bytes-proxy.ts', instant: Peer): Promise<Peer> => startPeer(script, [instant.url], gatewayCore)

/** Starts a gateway over some of the instant servers. @param folder must not exist */
export const startGateway = async (folder: string, instant: Peer, servers: Readonly<Record<string, string>>, memoBytes?: number): Promise<Peer> => {
  mkdirSync(folder)
  return spawnGateway({
    folder, config: mcpOnly(instant.url, servers, memoBytes), env: benchEnv, wrapper: pinnedTo(gatewayCore),
    nodeFlags: ['--expose-gc', '--import', join(import.meta.dirname, '../memory-on-signal.ts')],
  })
}

const reports = (child: Child): string[] => child.stderr().split('\n').filter(line => line.startsWith('{"memory"'))

/** What a gateway holds once its garbage is collected. @throws when it does not say so within a minute */
export const memoryOf = async ({ child }: Peer): Promise<Memory> => {
  const before = reports(child).length
  process.kill(child.pid, 'SIGUSR2')
  for (let waited = 0; waited < 600; waited += 1) {
    const line = reports(child)[before]
    if (line !== undefined) {
      const { memory } = JSON.parse(line) as { memory: { rss: number; heapUsed: number; external: number } }
      return { rssMb: memory.rss / 1e6, heapMb: (memory.heapUsed + memory.external) / 1e6 }
    }
    await sleep(100)
  }
  throw new Error('the gateway did not report its memory')
}
