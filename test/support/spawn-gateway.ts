// The real gateway as a process of its own, on free ports, for flow tests, interop and the bench.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild, type Child } from './child.ts'

const entry = join(import.meta.dirname, '../../gateway/main.ts')

export interface SpawnGatewayOptions {
  /** Empty folder for the configuration and the gateway's data. */
  readonly folder: string
  /** YAML text; relative paths in it start from `folder`. */
  readonly config: string
  /** Environment beside PATH and HOME: credentials named in the configuration. */
  readonly env?: Readonly<Record<string, string>>
  /** Further command-line arguments, e.g. ["--observe"]. */
  readonly args?: readonly string[]
  /** Put before the command, e.g. ["taskset", "-c", "0"]. */
  readonly wrapper?: readonly string[]
  /** Flags for node itself. */
  readonly nodeFlags?: readonly string[]
  /** Longest wait until it listens. */
  readonly withinMs?: number
}

export interface SpawnedGateway extends AsyncDisposable {
  /** Origin of the data plane. */
  readonly url: string
  /** Origin of the admin plane. */
  readonly admin: string
  readonly child: Child
  /** SIGTERM, then the end. */
  readonly close: () => Promise<void>
}

/** The line that says the gateway is ready; it is the only one on standard output. */
export const readListening = (line: string): { data: string; admin: string } | undefined => {
  if (!line.includes('"listening"')) return undefined
  const { msg, data, admin } = JSON.parse(line) as { msg?: unknown; data?: unknown; admin?: unknown }
  return msg === 'listening' && typeof data === 'string' && typeof admin === 'string' ? { data, admin } : undefined
}

/** Starts the gateway and waits until it listens. @throws with its output when it does not */
export const spawnGateway = async (options: SpawnGatewayOptions): Promise<SpawnedGateway> => {
  const { folder, config, env = {}, args = [], wrapper = [], nodeFlags = [], withinMs } = options
  const file = join(folder, 'portcullis.yaml')
  writeFileSync(file, config)
  const [command, ...rest] = [...wrapper, process.execPath, ...nodeFlags, entry, 'start', '--config', file, ...args]
  const child = await startChild({ command: command ?? process.execPath, args: rest, cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env } })
  const close = async (): Promise<void> => { await child.stop() }
  try {
    const { data, admin } = await child.line(readListening, withinMs)
    return { url: data, admin, child, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await child.stop('SIGKILL')
    throw error
  }
}
