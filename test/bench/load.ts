// Puts load on one URL and measures it: with wrk where it is installed, else with our own client (load-client.ts). Always in a process of
// its own, so that it can be pinned and never shares an event loop with what it measures.
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { wrkScript } from './wrk-script.ts'

export interface RequestTemplate {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Text that a served answer holds: an error page served fast is no result. */
  readonly expect: string
}

export interface LoadOptions {
  readonly request: RequestTemplate
  readonly connections: number
  readonly durationMs: number
  /** True: the counter mark in the body counts up, so that no two requests are equal. */
  readonly fresh: boolean
  /** Command put before the load process, e.g. ["taskset", "-c", "1"]. */
  readonly wrapper: readonly string[]
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly requests: number
  /** Answers with another status than 200, and broken connections. */
  readonly errors: number
}

export type LoadTool = 'wrk' | 'own client'

const isOnPath = (command: string): boolean => (process.env['PATH'] ?? '').split(delimiter).some(folder => {
  try {
    accessSync(join(folder, command), constants.X_OK)
    return true
  } catch {
    return false
  }
})

/** Asked once: a bench that changes its tool half way compares nothing. */
export const loadTool: LoadTool = isOnPath('wrk') ? 'wrk' : 'own client'

/** Pins to a core where that is possible; an empty wrapper where not. */
export const pinnedTo = (core: number): readonly string[] => isOnPath('taskset') ? ['taskset', '-c', String(core)] : []

const run = (command: readonly string[]): Promise<string> => new Promise((resolve, reject) => {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaint += text })
  child.once('error', reject)
  child.once('close', code => {
    if (code === 0) resolve(out)
    else reject(new Error(`${file} ended with ${String(code)}: ${complaint}${out}`))
  })
})

/** Our own tools' last line; its shape is theirs to keep. */
const lastJson = (out: string): unknown => JSON.parse(out.trim().split('\n').at(-1) ?? '')

/** Sends one request and checks what comes back. @throws when the answer is not the expected one */
export const checkServed = async ({ url, headers, body, expect }: RequestTemplate): Promise<void> => {
  const response = await fetch(url, { method: 'POST', headers, body })
  const text = await response.text()
  if (response.status !== 200 || !text.includes(expect)) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`)
}

/** Runs one round. @throws when any answer failed: a round with errors measures something else */
export const runLoad = async (options: LoadOptions): Promise<LoadResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-load-'))
  try {
    const result = await (loadTool === 'wrk' ? runWrk(options, folder) : runClient('throughput', options, folder)) as LoadResult
    if (result.errors > 0) throw new Error(`${options.request.url}: ${result.errors} of ${result.requests} requests failed`)
    return result
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const runWrk = async ({ request, connections, durationMs, fresh, wrapper }: LoadOptions, folder: string): Promise<unknown> => {
  const script = join(folder, 'request.lua')
  writeFileSync(script, wrkScript(request, fresh))
  const seconds = Math.max(1, Math.round(durationMs / 1000))
  return lastJson(await run([...wrapper, 'wrk', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script, request.url]))
}

const runClient = async (mode: 'throughput' | 'first-byte', { wrapper, ...options }: LoadOptions, folder: string): Promise<unknown> => {
  const file = join(folder, 'load.json')
  writeFileSync(file, JSON.stringify({ mode, ...options }))
  return lastJson(await run([...wrapper, process.execPath, join(import.meta.dirname, 'load-client.ts'), file]))
}

/** Times to the first byte of the body in milliseconds, one request after the other on one connection. */
export const runFirstByte = async (options: Omit<LoadOptions, 'connections'>): Promise<readonly number[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-first-'))
  try {
    const measured = await runClient('first-byte', { ...options, connections: 1 }, folder) as { readonly firstByteMs: readonly number[] }
    return measured.firstByteMs
  } finally {
    rmSync(folder, { recursive: true })
  }
}
