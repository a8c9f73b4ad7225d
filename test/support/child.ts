// A child process whose output is kept and whose end is certain: ended by its own handle, never by name.
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** The whole environment of the child; nothing is inherited beyond it. */
  readonly env: Readonly<Record<string, string>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** Output so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves when the process has ended and its output is complete. */
  readonly exit: Promise<Exit>
  /** First standard-output line, past or future, for which `pick` returns a value. @throws when the process ends or the time is over */
  readonly line: <T>(pick: (line: string) => T | undefined, withinMs?: number) => Promise<T>
  /** Sends a signal and waits for the end; SIGKILL follows after `graceMs`. */
  readonly stop: (signal?: NodeJS.Signals, graceMs?: number) => Promise<Exit>
}

const exitOf = (child: ChildProcess): Promise<Exit> => new Promise((resolve, reject) => {
  child.once('error', reject)
  child.once('close', (code, signal) => { resolve({ code, signal }) })
})

const stopper = (child: ChildProcess, exit: Promise<Exit>): Child['stop'] => async (signal = 'SIGTERM', graceMs = 5000) => {
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  try {
    return await exit
  } finally {
    clearTimeout(timer)
  }
}

/** Starts a process. @throws when it cannot be started */
export const startChild = async ({ command, args, cwd, env }: ChildOptions): Promise<Child> => {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env }, ...cwd === undefined ? {} : { cwd } })
  const exit = exitOf(child)
  const lines: string[] = []
  const listeners = new Set<(line: string | null) => void>()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(line)
    for (const listener of listeners) listener(line)
  })
  const ended = (): void => { for (const listener of listeners) listener(null) }
  exit.then(ended, ended)
  await new Promise<void>((resolve, reject) => { child.once('spawn', resolve).once('error', reject) })

  const line = <T>(pick: (line: string) => T | undefined, withinMs = 15_000): Promise<T> => new Promise((resolve, reject) => {
    const fail = (why: string): void => { done(); reject(new Error(`${command} ${why}.\nstdout:\n${lines.join('\n')}\nstderr:\n${stderr}`)) }
    const timer = setTimeout(() => { fail(`printed no such line within ${withinMs} ms`) }, withinMs)
    const done = (): void => { clearTimeout(timer); listeners.delete(listen) }
    const listen = (text: string | null): void => {
      const found = text === null ? undefined : pick(text)
      if (found !== undefined) { done(); resolve(found) }
      else if (text === null) fail('ended')
    }
    listeners.add(listen)
    for (const past of [...lines]) listen(past)
    if (child.exitCode !== null || child.signalCode !== null) listen(null)
  })
  return { pid: child.pid ?? -1, stdout: () => lines.join('\n'), stderr: () => stderr, exit, line, stop: stopper(child, exit) }
}
