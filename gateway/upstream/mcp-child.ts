// The process of a stdio server: clean environment, own process group, a certain end. It knows nothing of JSON-RPC.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { LineSplitter } from './mcp-lines.ts'
import type { McpStdioTransport } from './mcp-server.ts'

export interface ChildEvents {
  line(text: string): void
  stderr(text: string): void
  /** Once, when the process is gone and its output is complete, or when it could not be started (`started` false). */
  gone(exit: ChildExit): void
  /** The output cannot be read on; the process is being killed. */
  unreadable(thrown: unknown): void
}

export interface ChildExit { readonly started: boolean; readonly code: number | null; readonly signal: string | null; readonly why: string | null }

/** What a child inherits. Everything else of our environment, keys above all, stays with us; so do proxies, whose URLs may hold passwords. */
const inherited = [
  'PATH', 'HOME', 'LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'LC_MESSAGES', 'TMPDIR', 'TZ', 'USER', 'LOGNAME', 'SHELL', 'TERM',
  'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR',
  'SYSTEMROOT', 'SYSTEMDRIVE', 'TEMP', 'TMP', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PATHEXT', 'COMSPEC', 'PROGRAMFILES', 'WINDIR',
] as const

export const cleanEnvironment = (ours: NodeJS.ProcessEnv, added: Readonly<Record<string, string>>): Record<string, string> => {
  const environment: Record<string, string> = {}
  for (const name of inherited) {
    const value = ours[name]
    // bash exports functions as values that begin with "()": they would run in a child's shell.
    if (value !== undefined && !value.startsWith('()')) environment[name] = value
  }
  return { ...environment, ...added }
}

/** Groups that must not outlive this process, whatever ends it short of SIGKILL. */
const liveGroups = new Set<number>()
let guarded = false

const killGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // ESRCH: nobody is left, which is what we want.
  }
}

const guardExit = (): void => {
  if (guarded) return
  guarded = true
  process.once('exit', () => { for (const pid of liveGroups) killGroup(pid, 'SIGKILL') })
}

const lineLimitBytes = 64 * 1024 * 1024
const unreadLimitBytes = 64 * 1024 * 1024
const stderrLineLimit = 2000
const stderrBufferBytes = 64 * 1024

export interface Graces {
  /** From closing its input to SIGTERM. */
  readonly inputMs: number
  /** From SIGTERM to SIGKILL. */
  readonly termMs: number
}

const defaultGraces: Graces = { inputMs: 500, termMs: 2000 }

export class McpChild {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #events: ChildEvents
  readonly #gone: Promise<void>
  #over = false
  #startError: string | null = null

  constructor(transport: McpStdioTransport, events: ChildEvents) {
    guardExit()
    this.#events = events
    this.#child = spawn(transport.command, [...transport.args], {
      cwd: transport.cwd ?? undefined, env: cleanEnvironment(process.env, transport.env),
      stdio: 'pipe', detached: process.platform !== 'win32', windowsHide: true, shell: false,
    })
    if (this.#child.pid !== undefined) liveGroups.add(this.#child.pid)
    this.#gone = new Promise(resolve => { this.#watch(resolve) })
    this.#read()
  }

  get pid(): number | undefined { return this.#child.pid }

  /** Writes one line; order is kept. Returns false when the process is gone or has stopped reading its input. */
  write(line: string): boolean {
    const { stdin } = this.#child
    if (this.#over || !stdin.writable || stdin.writableLength > unreadLimitBytes) return false
    stdin.write(`${line}\n`)
    return true
  }

  /** Ends the whole group: end of input, then SIGTERM, then SIGKILL. Resolves when it is gone. */
  async stop(graces: Graces = defaultGraces): Promise<void> {
    if (!this.#over) this.#child.stdin.end()
    const term = setTimeout(() => { this.#signal('SIGTERM') }, graces.inputMs)
    const kill = setTimeout(() => { this.#signal('SIGKILL') }, graces.inputMs + graces.termMs)
    await this.#gone
    clearTimeout(term)
    clearTimeout(kill)
  }

  kill(): void { this.#signal('SIGKILL') }

  #signal(signal: NodeJS.Signals): void { if (this.#child.pid !== undefined) killGroup(this.#child.pid, signal) }

  #watch(resolve: () => void): void {
    const child = this.#child
    let exit: { code: number | null; signal: string | null } | null = null
    const finish = (): void => {
      if (this.#over) return
      this.#over = true
      if (child.pid !== undefined) {
        // Grandchildren (npx, uvx) may have survived their parent.
        killGroup(child.pid, 'SIGKILL')
        liveGroups.delete(child.pid)
      }
      resolve()
      this.#events.gone({ started: child.pid !== undefined, code: exit?.code ?? null, signal: exit?.signal ?? null, why: this.#startError })
    }
    child.once('error', error => {
      this.#startError = (error as NodeJS.ErrnoException).code ?? error.name
      if (child.pid === undefined) finish()
    })
    child.once('exit', (code, signal) => {
      exit = { code, signal }
      // A grandchild that holds the pipes must not hide the crash: "close" gets a moment, then the group is ended.
      setTimeout(finish, 250)
    })
    child.once('close', finish)
  }

  #read(): void {
    const { stdin, stdout, stderr } = this.#child
    // Writing to a process that has just died raises EPIPE here; its exit tells the story.
    stdin.on('error', () => undefined)
    const lines = new LineSplitter(lineLimitBytes)
    stdout.on('data', (chunk: Buffer) => {
      try {
        for (const line of lines.push(chunk)) this.#events.line(line)
      } catch (thrown) {
        stdout.removeAllListeners('data')
        stdout.resume()
        this.#events.unreadable(thrown)
        this.kill()
      }
    })
    this.#readStderr(stderr)
  }

  #readStderr(stderr: NodeJS.ReadableStream): void {
    let rest = ''
    stderr.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = (lines.pop() ?? '').slice(-stderrBufferBytes)
      for (const line of lines) if (line.trim() !== '') this.#events.stderr(line.slice(0, stderrLineLimit))
    })
    stderr.once('end', () => { if (rest.trim() !== '') this.#events.stderr(rest.slice(0, stderrLineLimit)) })
  }
}
