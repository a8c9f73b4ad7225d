// The process of a stdio server: clean environment, own process group, a certain end. It knows nothing of JSON-RPC.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { markVariable, type ChildBook } from './mcp-child-book.ts'
import { LineSplitter } from './mcp-lines.ts'
import type { McpStdioTransport } from './mcp-server.ts'
import { endGroup, signalGroup } from './process-group.ts'

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

const guardExit = (): void => {
  if (guarded) return
  guarded = true
  process.once('exit', () => { for (const pid of liveGroups) signalGroup(pid, 'SIGKILL') })
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
  /** Once the first process is gone: the end of those that it leaves behind. */
  #swept: Promise<void> = Promise.resolve()
  #graces = defaultGraces

  constructor(transport: McpStdioTransport, book: ChildBook, events: ChildEvents) {
    guardExit()
    this.#events = events
    const mark = book.newMark()
    this.#child = spawn(transport.command, [...transport.args], {
      cwd: transport.cwd ?? undefined, env: { ...cleanEnvironment(process.env, transport.env), [markVariable]: mark },
      stdio: 'pipe', detached: process.platform !== 'win32', windowsHide: true, shell: false,
    })
    const { pid } = this.#child
    if (pid !== undefined) liveGroups.add(pid)
    const forget = pid === undefined ? null : book.note(pid, mark)
    this.#gone = new Promise(resolve => { this.#watch(resolve, forget) })
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
    this.#graces = graces
    if (!this.#over) this.#child.stdin.end()
    const term = setTimeout(() => { this.#signal('SIGTERM') }, graces.inputMs)
    const kill = setTimeout(() => { this.#signal('SIGKILL') }, graces.inputMs + graces.termMs)
    await this.#gone
    clearTimeout(term)
    clearTimeout(kill)
    await this.#swept
  }

  kill(): void { this.#signal('SIGKILL') }

  #signal(signal: NodeJS.Signals): void { if (this.#child.pid !== undefined) signalGroup(this.#child.pid, signal) }

  #watch(resolve: () => void, forget: (() => void) | null): void {
    const child = this.#child
    let exit: { code: number | null; signal: string | null } | null = null
    const finish = (): void => {
      if (this.#over) return
      this.#over = true
      if (child.pid !== undefined) {
        this.#swept = this.#sweep(child.pid, forget)
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

  /** Grandchildren (npx, uvx) may have survived their parent. */
  async #sweep(pid: number, forget: (() => void) | null): Promise<void> {
    await endGroup(pid, this.#graces.termMs)
    liveGroups.delete(pid)
    forget?.()
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
