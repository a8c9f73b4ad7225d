// The processes that are measured and the one they all call, each on its core. They are ended by their own handles.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startChild, type Child } from '../support/child.ts'
import { spawnGateway } from '../support/spawn-gateway.ts'
import { benchEnv, everythingOff, everythingOn } from './configs.ts'
import { pinnedTo } from './load.ts'

/** The gateway has one core to itself; load and upstream share the other. */
export const gatewayCore = 0
export const loadCore = 1

export interface Target {
  readonly id: 'direct' | 'bare' | 'off' | 'on' | 'fresh'
  readonly label: string
  readonly url: string
  readonly pid: number
  /** Every request is new, so that nothing remembered answers it. */
  readonly fresh: boolean
}

export interface Stand extends AsyncDisposable {
  readonly targets: readonly Target[]
  /** Rows that could not be measured, and why. */
  readonly missing: readonly string[]
}

interface Ready {
  readonly data: string
  /** Where telemetry may be sent; only the instant provider has it. */
  readonly collector?: string
}

const readReady = (line: string): Ready | undefined => line.includes('"listening"') ? JSON.parse(line) as Ready : undefined

/** Starts one of the bench's own servers. */
export const startPeer = async (script: string, args: readonly string[], core: number): Promise<{ child: Child; url: string; collector: string }> => {
  const [command = '', ...rest] = [...pinnedTo(core), process.execPath, join(import.meta.dirname, script), ...args]
  const child = await startChild({ command, args: rest, env: { PATH: process.env['PATH'] ?? '' } })
  const { data, collector = '' } = await child.line(readReady)
  return { child, url: data, collector }
}

const startGateway = async (folder: string, config: string): Promise<{ child: Child; url: string }> => {
  mkdirSync(folder)
  const { child, url } = await spawnGateway({ folder, config, env: benchEnv, wrapper: pinnedTo(gatewayCore) })
  return { child, url }
}

/** Starts everything. A gateway that does not start costs its rows, not the run. @param folder empty, for the gateways' files */
export const startStand = async (folder: string): Promise<Stand> => {
  const instant = await startPeer('instant-provider.ts', [], loadCore)
  const bare = await startPeer('bare-proxy.ts', [instant.url], gatewayCore)
  const children = [bare.child, instant.child]
  const missing: string[] = []
  const gateway = async (name: string, config: string): Promise<{ child: Child; url: string } | null> => {
    try {
      const started = await startGateway(join(folder, name), config)
      children.unshift(started.child)
      return started
    } catch (error) {
      // Its output names files of this machine: it is for the terminal, not for the report.
      console.error(error)
      missing.push(`Portcullis, everything ${name}: the gateway did not start`)
      return null
    }
  }
  const off = await gateway('off', everythingOff(instant.url))
  const on = await gateway('on', everythingOn(instant.url, instant.collector))
  const row = (id: Target['id'], label: string, started: { child: Child; url: string } | null): Target[] =>
    started === null ? [] : [{ id, label, url: started.url, pid: started.child.pid, fresh: id === 'fresh' }]
  return {
    missing,
    targets: [
      ...row('direct', 'direct to the fake', instant),
      ...row('bare', 'bare JSON proxy', bare),
      ...row('off', 'Portcullis, everything off', off),
      ...row('on', 'Portcullis, everything on', on),
      ...row('fresh', 'Portcullis, everything on, no two requests equal', on),
    ],
    [Symbol.asyncDispose]: async () => { await Promise.all(children.map(child => child.stop())) },
  }
}
