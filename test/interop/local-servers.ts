// Genuine inference servers that run on this machine, with models made a moment before: what they say is nonsense, how they say it is theirs.
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startChild, type Child } from '../support/child.ts'
import { installPython } from './install-clients.ts'

export interface RunningServer {
  /** Base URL of its OpenAI-compatible API. */
  readonly url: string
  /** What it calls the model. */
  readonly model: string
  readonly child: Child
}

export interface LocalServer {
  readonly name: string
  /** As `providers[].server` names it. */
  readonly server: 'llamacpp' | 'ollama'
  /** What becomes of a prompt that is longer than its context. */
  readonly tooLong: 'refused' | 'cut'
  /** @param folder empty, for its model @returns why it cannot be had, as text */
  readonly start: (folder: string) => Promise<RunningServer | string>
}

/** llama.cpp's server as PyPI has it, built in. Exact versions; they are no dependencies of the project. */
const packages = ['gguf==0.19.0', 'xllamacpp==2026.10.11549'] as const
const program = (name: string): string => join(import.meta.dirname, 'programs', name)
const model = 'portcullis-interop'
/** Tokens of context that the servers are started with. */
export const contextTokens = 4096

const listening = (line: string): string | undefined => line.includes('"listening"') ? (JSON.parse(line) as { readonly url: string }).url : undefined

const startLlamaCpp = async (folder: string): Promise<RunningServer | string> => {
  const python = await installPython('llama-cpp', packages)
  if (python.kind === 'unavailable') return python.reason
  const child = await startChild({ command: python.path, args: [program('llama_server.py'), join(folder, 'tiny.gguf')], env: { PATH: process.env['PATH'] ?? '', HOME: folder, PYTHONDONTWRITEBYTECODE: '1' } })
  return { url: `${await child.line(listening, 60_000)}/v1`, model, child }
}

const ollamaBinary = (): string | undefined =>
  [process.env['OLLAMA_BIN'], ...(process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, process.platform === 'win32' ? 'ollama.exe' : 'ollama'))].find(file => file !== undefined && existsSync(file))

const freePort = (): Promise<number> => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => { resolve(port) })
  })
})

/** Ollama does not say in one line that it listens. @throws when it does not within a minute */
const untilHeard = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 300; tries += 1) {
    const heard = await fetch(url).then(({ ok }) => ok, () => false)
    if (heard) return
    await sleep(200)
  }
  throw new Error(`${url} does not answer`)
}

/** The one that is installed: it is too large to be fetched for a test. */
const startOllama = async (folder: string): Promise<RunningServer | string> => {
  const command = ollamaBinary()
  if (command === undefined) return 'no ollama on the PATH, and OLLAMA_BIN names none'
  const python = await installPython('llama-cpp', packages)
  if (python.kind === 'unavailable') return python.reason
  const file = join(folder, 'tiny.gguf')
  await promisify(execFile)(python.path, [program('make_model.py'), file])
  const host = `127.0.0.1:${await freePort()}`
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, OLLAMA_HOST: host, OLLAMA_MODELS: join(folder, 'models'), OLLAMA_CONTEXT_LENGTH: String(contextTokens), OLLAMA_NO_CLOUD: '1' }
  const child = await startChild({ command, args: ['serve'], env })
  await untilHeard(`http://${host}/`)
  writeFileSync(join(folder, 'Modelfile'), `FROM ${file}\n`)
  await promisify(execFile)(command, ['create', model, '-f', join(folder, 'Modelfile')], { env })
  return { url: `http://${host}/v1`, model, child }
}

export const localServers: readonly LocalServer[] = [
  { name: 'llama.cpp', server: 'llamacpp', tooLong: 'refused', start: startLlamaCpp },
  { name: 'Ollama', server: 'ollama', tooLong: 'cut', start: startOllama },
]
