// Genuine inference servers that run on this machine, with models made a moment before: what they say is nonsense, how they say it is theirs.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, type Child } from '../support/child.ts'
import { run } from './install-clients.ts'
import { installLlamaCpp, installOllama, installVllm, program } from './install-local.ts'

export interface RunningServer {
  /** Without a path. */
  readonly origin: string
  /** What it calls the model. */
  readonly model: string
  readonly child: Child
}

export interface LocalServer {
  readonly name: string
  /** As `providers[].server` names it. */
  readonly server: 'llamacpp' | 'ollama' | 'vllm' | 'transformers'
  /** What becomes of a prompt that is longer than its context: these words, or it is cut, or taken all the same. */
  readonly tooLong: RegExp | 'cut' | 'taken'
  /** Its status and words for a model that it does not have; null: it answers with the one that it has. */
  readonly unknownModel: readonly [number, RegExp] | null
  /** True: it has Messages and Responses beside chat completions. */
  readonly hasOtherApis: boolean
  /** True: answers keep to a schema that is asked for. */
  readonly keepsToSchemas: boolean
  /** True: a tool that is asked for is called, whatever the model would say. */
  readonly forcesCalls: boolean
  readonly countsTokens: boolean
  readonly embeds: boolean
  /** @param folder empty, for its model @returns why it cannot be had, as text */
  readonly start: (folder: string) => Promise<RunningServer | string>
}

const model = 'portcullis-interop'
/** Tokens of context that the servers are started with. */
export const contextTokens = 4096

const environment = (home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({ PATH: process.env['PATH'] ?? '', HOME: home, PYTHONDONTWRITEBYTECODE: '1', ...more })

const listening = (line: string): string | undefined => line.includes('"listening"') ? (JSON.parse(line) as { readonly url: string }).url : undefined

const startLlamaCpp = async (folder: string): Promise<RunningServer | string> => {
  const python = await installLlamaCpp()
  if (python.kind === 'unavailable') return python.reason
  const child = await startChild({ command: python.path, args: [program('llama_server.py'), join(folder, 'tiny.gguf')], env: environment(folder) })
  return { origin: await child.line(listening, 60_000), model, child }
}

const freePort = (): Promise<number> => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => { resolve(port) })
  })
})

/** For servers that do not say in one line where they listen. @throws when it ends, or has not answered in time */
const untilHeard = async (url: string, child: Child, withinMs: number): Promise<void> => {
  const over = child.exit.then(() => 'over' as const)
  for (const last = Date.now() + withinMs; Date.now() < last;) {
    if (await fetch(url).then(({ ok }) => ok, () => false)) return
    if (await Promise.race([over, sleep(250)]) === 'over') break
  }
  throw new Error(`${url} does not answer: ${child.stderr().slice(-2000)}`)
}

const startOllama = async (folder: string): Promise<RunningServer | string> => {
  const ollama = await installOllama()
  if (ollama.kind === 'unavailable') return ollama.reason
  const python = await installLlamaCpp()
  if (python.kind === 'unavailable') return python.reason
  const file = join(folder, 'tiny.gguf')
  await run(python.path, [program('make_model.py'), file])
  const host = `127.0.0.1:${await freePort()}`
  const env = environment(folder, { OLLAMA_HOST: host, OLLAMA_MODELS: join(folder, 'models'), OLLAMA_CONTEXT_LENGTH: String(contextTokens), OLLAMA_NO_CLOUD: '1' })
  const child = await startChild({ command: ollama.path, args: ['serve'], env })
  await untilHeard(`http://${host}/`, child, 60_000)
  writeFileSync(join(folder, 'Modelfile'), `FROM ${file}\n`)
  await run(ollama.path, ['create', model, '-f', join(folder, 'Modelfile')], { env })
  return { origin: `http://${host}`, model, child }
}

/** One process on one core, which keeps to itself; a call that is asked for is put together by its grammar, so any model can make one. */
const vllmArguments = (folder: string, port: number): string[] => [
  '-m', 'vllm.entrypoints.openai.api_server', '--model', folder, '--served-model-name', model, '--host', '127.0.0.1', '--port', String(port), '--dtype', 'float32', '--enforce-eager',
  '--max-model-len', String(contextTokens), '--max-num-batched-tokens', String(contextTokens), '--max-num-seqs', '2', '--enable-auto-tool-choice', '--tool-call-parser', 'hermes',
]
const vllmEnvironment = {
  VLLM_HOST_IP: '127.0.0.1', VLLM_NO_USAGE_STATS: '1', HF_HUB_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '', VLLM_CPU_KVCACHE_SPACE: '1', VLLM_CPU_OMP_THREADS_BIND: 'nobind', OMP_NUM_THREADS: '1',
}

const startVllm = async (folder: string): Promise<RunningServer | string> => {
  const python = await installVllm()
  if (python.kind === 'unavailable') return python.reason
  const [home, made, port] = [join(folder, 'home'), join(folder, 'model'), await freePort()]
  mkdirSync(home)
  await run(python.path, [program('make_hf_model.py'), made])
  const child = await startChild({ command: python.path, args: vllmArguments(made, port), env: environment(home, vllmEnvironment) })
  const origin = `http://127.0.0.1:${port}`
  await untilHeard(`${origin}/health`, child, 600_000)
  return { origin, model, child }
}

const startTransformers = async (folder: string): Promise<RunningServer | string> => {
  const python = await installVllm()
  if (python.kind === 'unavailable') return python.reason
  const port = await freePort()
  // It calls a model by the folder that it is in.
  await run(python.path, [program('make_hf_model.py'), join(folder, model)])
  const args = ['-m', 'transformers.cli.transformers', 'serve', model, '--host', '127.0.0.1', '--port', String(port), '--device', 'cpu', '--dtype', 'float32']
  const child = await startChild({ command: python.path, args, cwd: folder, env: environment(folder, { HF_HUB_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '', OMP_NUM_THREADS: '1' }) })
  const origin = `http://127.0.0.1:${port}`
  await untilHeard(`${origin}/health`, child, 300_000)
  return { origin, model, child }
}

const able = { hasOtherApis: true, keepsToSchemas: true, forcesCalls: false, countsTokens: true, embeds: false } as const

export const localServers: readonly LocalServer[] = [
  { ...able, name: 'llama.cpp', server: 'llamacpp', tooLong: /request \(\d+ tokens\) exceeds/, unknownModel: null, start: startLlamaCpp },
  { ...able, name: 'Ollama', server: 'ollama', tooLong: 'cut', unknownModel: [404, /model 'nobody' not found/], countsTokens: false, embeds: true, start: startOllama },
  { ...able, name: 'vLLM', server: 'vllm', tooLong: /maximum context length is 4096 tokens/, unknownModel: [404, /The model `nobody` does not exist/], forcesCalls: true, start: startVllm },
  { ...able, name: 'transformers', server: 'transformers', tooLong: 'taken', unknownModel: [400, /Server is pinned to/], hasOtherApis: false, keepsToSchemas: false, countsTokens: false, start: startTransformers },
]
